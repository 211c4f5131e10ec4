"""MilvusLexical is held against LexicalIndex: the same BM25, whoever computes it."""

from __future__ import annotations

import numpy as np
import pytest

from indexes import NOTHING, LexicalIndex
from indexes.errors import RemoteError
from indexes.milvus import MilvusLexical, Remote
from indexes.milvus.bm25 import rounded

FIELDS = ("words", "grams")
WEIGHTS = {"words": 1.0, "grams": 0.4}
NONE = np.zeros(0, np.int64)


def documents(seed, count):
    """Rows whose lengths run from none to a few hundred tokens, some of them equal."""
    rng = np.random.default_rng(seed)
    words = [f"คำ{at}" for at in range(300)]
    made = [
        {
            "words": [words[int(at)] for at in rng.zipf(1.3, rng.integers(0, 60)) if at < 300],
            "grams": [words[int(at)][:2] + str(at % 40) for at in rng.integers(0, 300, rng.integers(0, 300))],
        }
        for _ in range(count)
    ]
    made[0]["words"].append("แรก")
    return made + made[:5]


def queries(seed, count=8):
    rng = np.random.default_rng(seed)
    return [
        {
            "words": [f"คำ{at}" for at in rng.integers(0, 320, 4)],
            "grams": [f"คำ{at}" for at in rng.integers(0, 40, 3)],
        }
        for _ in range(count)
    ]


@pytest.fixture
def connection(lite_file):
    opened = Remote(str(lite_file), prefix="sparse").connect()
    yield opened
    opened.client.close()


@pytest.fixture
def both(connection, tmp_path):
    """The same rows in both, and a way to hold one against the other."""
    rows = documents(1, 400)
    there = MilvusLexical.build(rows, fields=FIELDS, connection=connection, name="words")
    here = LexicalIndex.build(rows, fields=FIELDS, folder=tmp_path / "here")
    return there, here


def assert_alike(there, here, *, allowed=None, k=25, close=1e-4):
    for query in queries(2):
        got = there.search(query, k=k, allowed=allowed, weights=WEIGHTS)
        expected = here.search(query, k=k, allowed=allowed, weights=WEIGHTS)
        assert (got.rows.dtype, got.scores.dtype, got.rows.shape) == (np.int64, np.float32, (1, k))
        assert got.scores[0] == pytest.approx(expected.scores[0], rel=close, abs=close)
        clear = expected.scores[0] > expected.scores[0][-1] + close  # the last may tie with rows beyond
        assert set(expected.rows[0][clear]) <= set(got.rows[0])


def test_scores_and_rows_are_those_of_the_index_on_this_machine(both):
    assert_alike(*both)


@pytest.mark.parametrize("share", [0.005, 0.05, 0.3, 0.9])
def test_a_mask_allows_the_same_rows(both, share):
    allowed = np.random.default_rng(3).random(405) < share
    assert_alike(*both, allowed=allowed)


def test_a_mask_that_allows_nothing_finds_nothing(both):
    hits = both[0].search(queries(2)[0], k=4, allowed=np.zeros(405, np.bool_), weights=WEIGHTS)
    assert (hits.rows == NOTHING).all()


def test_equal_rows_are_all_found(both):
    found = both[0].search({"words": ["แรก"]}, k=3, weights=WEIGHTS).rows[0]
    assert found.tolist() == [0, 400, NOTHING]


def test_what_a_token_tells_is_the_same(both):
    there, here = both
    for token in ("คำ1", "คำ2", "คำ299", "nowhere"):
        assert there.rows_with("words", token) == here.rows_with("words", token)
        assert there.idf("words", token) == pytest.approx(here.idf("words", token))
    assert there.rows_with("nothing", "คำ1") == 0


def test_scores_of_given_rows_are_the_same(both):
    rows = np.array([5, 400, 17, 3, 250])
    for query in queries(4):
        for field in FIELDS:
            got, expected = (index.scores(query, rows, field=field) for index in both)
            assert got == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_rows_come_and_go_at_once_and_are_counted(both):
    there, _ = both
    there = there.extended([{"words": ["ใหม่", "คำ1"]}], without=np.array([0, 3, 3]))
    assert there.n_rows == 406
    assert there.search({"words": ["ใหม่"]}, k=3, weights=WEIGHTS).rows[0].tolist() == [405, NOTHING, NOTHING]
    assert there.rows_with("words", "ใหม่") == 1
    assert there.search({"words": ["แรก"]}, k=2, weights=WEIGHTS).rows[0].tolist() == [
        400,
        NOTHING,
    ]  # an equal row stays
    there = there.extended([], without=np.array([405]))
    assert there.search({"words": ["ใหม่"]}, k=3, weights=WEIGHTS).rows[0].tolist() == [NOTHING] * 3
    assert there.rows_with("words", "ใหม่") == 0
    kept = [row for at, row in enumerate(documents(1, 400)) if at not in (0, 3)]
    assert there.rows_with("words", "คำ2") == sum("คำ2" in row["words"] for row in kept)


def test_after_a_restart_everything_is_as_it_was(both, connection, tmp_path):
    there, here = both
    there.save(tmp_path / "saved")
    again = MilvusLexical.load(tmp_path / "saved", connection=connection, name="words")
    assert_alike(again, here)
    there.extended([], without=np.arange(50))  # another process took them out: what the collection lacks is written
    assert_alike(MilvusLexical.load(tmp_path / "saved", connection=connection, name="words"), here)


def test_a_server_that_keeps_no_sparse_vectors_says_so(milvus_server):
    connection = Remote(milvus_server.url, prefix="sparse").connect()
    assert not connection.keeps_sparse
    with pytest.raises(RemoteError, match="MATCHER_MILVUS_URL"):
        MilvusLexical.build(documents(1, 3), fields=FIELDS, connection=connection, name="words")
    connection.client.close()


def test_lengths_are_rounded_as_published():
    assert [rounded(length) for length in (0, 1, 39, 40, 41, 42, 55, 56, 59, 60, 100, 104, 1_000)] == [
        0, 1, 39, 40, 40, 42, 54, 56, 56, 60, 96, 104, 984,
    ]  # fmt: skip
