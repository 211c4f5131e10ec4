from __future__ import annotations

import hashlib
import json
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import (
    SnapshotDamagedError,
    SnapshotError,
    SnapshotMismatchError,
    SnapshotMissingError,
    open_snapshot,
    write_snapshot,
)

FOR = {"catalog": "7", "model": "e5"}
FILES = {"index.faiss": b"\x00\x01" * 500, "words/terms.bin": b"terms", "words/empty.bin": b"", "ชื่อไทย.txt": b"x"}


def write(root, *, built_for=FOR, files=FILES):
    with write_snapshot(root, built_for=built_for) as folder:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)


def crash_while_writing(root, crash):
    with write_snapshot(root, built_for={"catalog": "8"}) as folder:
        (folder / "half").write_bytes(b"half")
        raise crash


def folders(root):
    return [path for path in root.iterdir() if path.is_dir()]


def read(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def test_what_was_written_is_opened(tmp_path):
    write(tmp_path / "made" / "if need be")
    assert read(open_snapshot(tmp_path / "made" / "if need be", built_for=FOR)) == FILES


def test_the_block_is_given_an_empty_folder_that_readers_do_not_see(tmp_path):
    with write_snapshot(tmp_path, built_for=FOR) as folder:
        assert list(folder.iterdir()) == []
        with pytest.raises(SnapshotMissingError):
            open_snapshot(tmp_path, built_for=FOR)


def test_a_root_without_a_snapshot_says_so(tmp_path):
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SnapshotMissingError, match="build it"):
            open_snapshot(root, built_for=FOR)


@pytest.mark.parametrize("crash", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_crash_inside_the_block_leaves_the_former_snapshot_and_nothing_else(tmp_path, crash):
    write(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(crash):
        crash_while_writing(tmp_path, crash)
    assert sorted(tmp_path.rglob("*")) == before
    assert read(open_snapshot(tmp_path, built_for=FOR)) == FILES


def test_a_crash_before_the_first_snapshot_leaves_an_empty_root(tmp_path):
    with pytest.raises(RuntimeError):
        crash_while_writing(tmp_path, RuntimeError)
    assert list(tmp_path.iterdir()) == []


def test_a_new_snapshot_takes_the_place_of_all_older_ones(tmp_path):
    for number in range(4):
        write(tmp_path, built_for={"catalog": str(number)})
        open_snapshot(tmp_path, built_for={"catalog": str(number)})
    assert len(folders(tmp_path)) == 1
    with pytest.raises(SnapshotMismatchError):
        open_snapshot(tmp_path, built_for={"catalog": "2"})


def test_writing_the_same_content_twice_is_one_snapshot(tmp_path):
    write(tmp_path)
    first = open_snapshot(tmp_path, built_for=FOR)
    write(tmp_path)
    assert open_snapshot(tmp_path, built_for=FOR) == first
    assert folders(tmp_path) == [first]


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_writing_the_same_content_again_mends_what_was_damaged(tmp_path, name):
    write(tmp_path)
    (open_snapshot(tmp_path, built_for=FOR) / name).write_bytes(b"damaged")
    write(tmp_path)
    assert read(open_snapshot(tmp_path, built_for=FOR)) == FILES


@pytest.mark.parametrize("name", ["index.faiss", "words/terms.bin", "ชื่อไทย.txt", "manifest.json"])
@pytest.mark.parametrize("harm", ["removed", "grown", "emptied", "changed", "a folder"])
def test_a_file_that_is_not_as_written_is_named(tmp_path, name, harm):
    write(tmp_path)
    path = open_snapshot(tmp_path, built_for=FOR) / name
    content = path.read_bytes()
    path.unlink()
    if harm == "a folder":
        path.mkdir()
    elif harm != "removed":
        path.write_bytes({"grown": content + b" ", "emptied": b"", "changed": content[:-1] + b"?"}[harm])
    with pytest.raises(SnapshotDamagedError) as refused:
        open_snapshot(tmp_path, built_for=FOR)
    assert refused.value.path == path
    assert "rebuild" in str(refused.value)


@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_changed_byte_of_the_manifest_goes_unseen(tmp_path, where, byte):
    if not (tmp_path / "CURRENT").exists():
        write(tmp_path)
    path = open_snapshot(tmp_path, built_for=FOR) / "manifest.json"
    whole = path.read_bytes()
    at = int(where * len(whole))
    path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
    if whole[at] != byte:
        with pytest.raises(SnapshotDamagedError):
            open_snapshot(tmp_path, built_for=FOR)
    path.write_bytes(whole)


def test_a_manifest_edited_to_match_a_changed_file_is_refused(tmp_path):
    write(tmp_path)
    folder = open_snapshot(tmp_path, built_for=FOR)
    (folder / "index.faiss").write_bytes(b"other")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"]["index.faiss"] = {"bytes": 5, "sha256": hashlib.sha256(b"other").hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
    with pytest.raises(SnapshotDamagedError, match="changed since it was written"):
        open_snapshot(tmp_path, built_for=FOR)


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, '{"a":' * 100_000, " " * 1_000_001, "[]", "null", "{}", '{"format": 1, "files": {}}', "1" * 5000],
    ids=["deep list", "deep object", "huge", "list", "null", "empty", "half", "long number"],
)
def test_a_manifest_that_is_none_is_refused(tmp_path, content):
    write(tmp_path)
    (open_snapshot(tmp_path, built_for=FOR) / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(SnapshotDamagedError):
        open_snapshot(tmp_path, built_for=FOR)


@pytest.mark.parametrize("format_", [0, 2, "1", None])
def test_a_manifest_of_another_format_is_refused_though_its_checksum_is_right(tmp_path, format_):
    text = json.dumps({"format": format_, "built_for": FOR, "files": {}})
    name = hashlib.sha256(text.encode()).hexdigest()[:24]
    (tmp_path / name).mkdir()
    (tmp_path / name / "manifest.json").write_text(text, "utf-8")
    (tmp_path / "CURRENT").write_text(name)
    with pytest.raises(SnapshotDamagedError):
        open_snapshot(tmp_path, built_for=FOR)


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"catalog": "8", "model": "e5"}, ["catalog"]),
        ({"catalog": "7"}, ["model"]),
        ({"catalog": "7", "model": "e5", "glossary": "1"}, ["glossary"]),
        ({"catalog": "8", "model": "bge"}, ["catalog", "model"]),
    ],
)
def test_a_snapshot_built_for_something_else_names_what_differs(tmp_path, wanted, named):
    write(tmp_path)
    with pytest.raises(SnapshotMismatchError, match=f"another {' and '.join(named)}:") as refused:
        open_snapshot(tmp_path, built_for=wanted)
    assert refused.value.built_for == FOR
    assert refused.value.wanted == wanted


@pytest.mark.parametrize(
    "name",
    ["nonsense", "", ".", "..", "../x", "/etc", "a/b", "0" * 24, "0" * 300, "\0", "A" * 24, "x" * 100_000],
    ids=repr,
)
def test_a_current_that_names_no_snapshot_is_refused(tmp_path, name):
    write(tmp_path / "root")
    (tmp_path / "x").mkdir()
    (tmp_path / "root" / "CURRENT").write_text(name)
    with pytest.raises(SnapshotDamagedError, match="names no snapshot"):
        open_snapshot(tmp_path / "root", built_for=FOR)


@pytest.mark.parametrize("content", ["โฟลเดอร์".encode(), b"\xff\xfe", None], ids=["Thai", "bytes", "a folder"])
def test_a_current_that_cannot_be_read_leaves_no_snapshot(tmp_path, content):
    write(tmp_path)
    (tmp_path / "CURRENT").unlink()
    if content is None:
        (tmp_path / "CURRENT").mkdir()
    else:
        (tmp_path / "CURRENT").write_bytes(content)
    with pytest.raises(SnapshotError):
        open_snapshot(tmp_path, built_for=FOR)


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path):
    for name, age_s in ((".new-old", 7_200), (".new-now", 0)):
        (tmp_path / name).mkdir()
        stamp = time.time() - age_s
        os.utime(tmp_path / name, (stamp, stamp))
    with write_snapshot(tmp_path, built_for={"a": "1"}) as folder:
        (folder / "data").write_bytes(b"x")
    assert not (tmp_path / ".new-old").exists()
    assert (tmp_path / ".new-now").exists()
