from __future__ import annotations

import time

import numpy as np
import pytest

from matcher.encoder.encoder import load_encoder
from matcher.errors import ModelCannotReadThaiError, ModelNotFoundError
from tests.matcher.encoder.tiny import ENGLISH, THAI, write_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """An encoder of Thai and English letters with room for 14 of them, and its folder."""
    folder = write_tiny_model(tmp_path_factory.mktemp("tiny"), letters=ENGLISH + THAI)
    return load_encoder(str(folder), models_dir=folder), folder


@pytest.mark.parametrize("name", ["nobody/nothing", "nothing", "/nowhere/at/all", "../x", "a/b/c", "ไม่มี"])
def test_a_model_that_is_not_on_this_machine_is_refused_at_once(tmp_path, name):
    start = time.perf_counter()
    with pytest.raises(ModelNotFoundError, match="MATCHER_MODEL") as refused:
        load_encoder(name, models_dir=tmp_path)
    assert refused.value.name == name
    assert time.perf_counter() - start < 10
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_no_model_is_refused(tmp_path):
    with pytest.raises(ModelNotFoundError):
        load_encoder(str(tmp_path), models_dir=tmp_path)


def test_a_model_whose_vocabulary_is_english_is_refused(tmp_path):
    folder = write_tiny_model(tmp_path, letters=ENGLISH)
    with pytest.raises(ModelCannotReadThaiError, match="multilingual") as refused:
        load_encoder(str(folder), models_dir=tmp_path)
    assert refused.value.unknown_share > 0.5


def test_a_local_folder_works_as_the_bundled_model_does(tiny):
    encoder, folder = tiny
    vectors = encoder.passages(["ผ้าไหม", "silk"])
    assert vectors.shape == (2, encoder.dim) == (2, 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert encoder.name == str(folder)


def test_a_long_text_is_the_mean_of_its_chunks(tiny):
    encoder, _ = tiny
    parts = ["ผ้าไหมไทย ", "ทอมือ"]
    long = encoder.passages(["".join(parts) * 1, "abcdef ghijkl mnopqr"])[1]
    chunks = encoder.passages(["abcdef ", "ghijkl mnopqr"])
    mean = chunks.sum(axis=0) / np.linalg.norm(chunks.sum(axis=0))
    assert long @ mean == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("length", [1, 13, 14, 15, 16, 29, 200])
def test_every_letter_of_a_long_text_counts(tiny, length):
    encoder, _ = tiny
    text = ("abcdefgh" * 30)[:length]
    (whole,) = encoder.passages([text])
    for at in {0, length // 2, length - 1}:
        (changed,) = encoder.passages([text[:at] + "z" + text[at + 1 :]])
        assert not np.array_equal(whole, changed), at


def test_the_fingerprint_is_of_the_model_and_not_of_its_place(tiny, tmp_path, encoder, models_dir):
    first, folder = tiny
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in folder.rglob("*"):
        target = moved / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert load_encoder(str(moved), models_dir=tmp_path).fingerprint == first.fingerprint
    assert load_encoder("bundled", models_dir=models_dir).fingerprint == encoder.fingerprint != first.fingerprint


@pytest.mark.parametrize("change", [{"seed": 1}, {"max_tokens": 32}, {"letters": ENGLISH + THAI + "é"}])
def test_the_fingerprint_changes_with_weights_limit_and_vocabulary(tiny, tmp_path, change):
    folder = write_tiny_model(tmp_path, **{"letters": ENGLISH + THAI, **change})
    assert load_encoder(str(folder), models_dir=tmp_path).fingerprint != tiny[0].fingerprint
