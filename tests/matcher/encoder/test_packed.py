"""The packed model against the library's own vectors, and when it stands aside."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from matcher.encoder import packed
from matcher.encoder.bert import cosines, reaches_bfloat16
from matcher.encoder.bundled import unpack
from matcher.encoder.encoder import load_encoder
from matcher.encoder.library import LibraryModel
from matcher.encoder.packed import PackedModel
from matcher.encoder.tuning import load_tuning
from matcher.encoder.unigram import Unigram
from tests.matcher.encoder.tiny import ENGLISH, THAI, write_tiny_model

LETTERS = ENGLISH + THAI
TEXTS = ["ก", "ab", "ผ้าไหม silk", "ab cd ef", "xyz", "เซนเซอร์วัดความชื้น", "abcdefghijklmnopqrstuvwxyz", "zz"]


@pytest.fixture(scope="module")
def folder(models_dir, encoder):
    """The bundled model, unpacked."""
    return unpack(models_dir, tuning=load_tuning())


@pytest.fixture(scope="module")
def tokenizers(folder):
    """The bundled model's tokenizer twice: the library's and ours."""
    text = (folder / "tokenizer.json").read_text("utf-8")
    theirs = Tokenizer.from_str(text)
    theirs.enable_truncation(40)
    return theirs, Unigram.of(json.loads(text), limit=40).reader()


def test_the_bundled_model_gives_the_librarys_vectors(folder, encoder):
    library = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": "float32"})
    texts = [*TEXTS, "โรงงานรับผลิตเสื้อกีฬา ขั้นต่ำ 100 ตัว", "ปลากัดครีบยาว ส่งออก " * 15]
    for prompt in ("query", "passage"):
        ours = encoder.plain.encode(texts, prompt=prompt)
        theirs = library.encode(texts, prompt_name=prompt, normalize_embeddings=True)
        assert (ours * theirs).sum(axis=1).min() > 0.9999
    assert isinstance(encoder._model, PackedModel)


@given(st.text(st.sampled_from("กขคงนมาิ์่ ab1▁😀漢<>s/\u00a0ﬁ"), max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_cut_as_the_librarys_tokenizer_cuts_it(tokenizers, text):
    theirs, ours = tokenizers
    for one in (text, f"<s>{text}", text * 4):
        assert ours.ids(one) == theirs.encode(one).ids


@pytest.mark.parametrize(("precision", "off"), [("float32", 1e-5), ("bfloat16", 2e-2)])
def test_a_plain_bert_is_packed_and_agrees_with_the_library_whatever_the_batch(tmp_path, monkeypatch, precision, off):
    if precision == "bfloat16" and not reaches_bfloat16():
        pytest.skip("this CPU does not multiply bfloat16")
    monkeypatch.setattr("matcher.encoder.library.reaches_bfloat16", lambda: precision == "bfloat16")
    folder = write_tiny_model(tmp_path, letters=LETTERS)
    library = LibraryModel(SentenceTransformer(str(folder), device="cpu"))
    quick = library.packed()
    assert quick is not None
    assert quick.facts.precision == precision
    together, theirs = quick.vectors(TEXTS, prompt="query"), library.vectors(TEXTS, prompt="query")
    assert together == pytest.approx(theirs, abs=off)
    assert cosines(together, theirs).min() > 0.999
    for at, text in enumerate(TEXTS):
        assert quick.vectors([text], prompt="query")[0] == pytest.approx(together[at], abs=off)


def test_another_architecture_is_run_by_the_library(tmp_path):
    folder = write_tiny_model(tmp_path, letters=LETTERS, act="relu")
    encoder = load_encoder(str(folder), models_dir=tmp_path / "models")
    assert isinstance(encoder._model, LibraryModel)
    theirs = SentenceTransformer(str(folder), device="cpu").encode(["ผ้าไหม"], normalize_embeddings=True)
    assert cosines(encoder.passages(["ผ้าไหม"]), theirs).min() > 0.999


def test_a_model_checked_once_is_opened_without_the_library_and_gives_the_same(tmp_path):
    folder = write_tiny_model(tmp_path, letters=LETTERS)
    first = load_encoder(str(folder), models_dir=tmp_path / "models")
    code = (
        "import sys; from pathlib import Path; from matcher.encoder.encoder import load_encoder;"
        f"e = load_encoder({str(folder)!r}, models_dir=Path({str(tmp_path / 'models')!r}));"
        "assert not {'transformers', 'sentence_transformers'} & set(sys.modules);"
        "print(e.fingerprint, e.passages(['ผ้าไหม'])[0].tolist())"
    )
    fingerprint, vector = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split(" ", 1)
    assert fingerprint == first.fingerprint
    assert json.loads(vector) == pytest.approx(first.passages(["ผ้าไหม"])[0], abs=1e-6)


def test_a_model_whose_weights_changed_since_is_checked_again(tmp_path):
    folder, models = write_tiny_model(tmp_path / "a", letters=LETTERS), tmp_path / "models"
    first = load_encoder(str(folder), models_dir=models)
    assert packed.opened(folder, models_dir=models) is not None
    other = write_tiny_model(tmp_path / "b", letters=LETTERS, seed=1)
    (folder / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    assert packed.opened(folder, models_dir=models) is None
    again = load_encoder(str(folder), models_dir=models)
    assert again.fingerprint != first.fingerprint
    assert not np.allclose(again.passages(["ผ้าไหม"]), first.passages(["ผ้าไหม"]))


def test_a_record_that_cannot_be_read_is_made_again(tmp_path):
    folder, models = write_tiny_model(tmp_path, letters=LETTERS), tmp_path / "models"
    first = load_encoder(str(folder), models_dir=models)
    (record,) = (models / "checked").glob("*.json")
    record.write_text("{", "utf-8")
    assert load_encoder(str(folder), models_dir=models).fingerprint == first.fingerprint
    assert packed.opened(folder, models_dir=models) is not None
