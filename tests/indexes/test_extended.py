"""An extended index answers as one built at once, and the one it came of answers as before."""

from __future__ import annotations

import gc
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes import (
    NOTHING,
    ExactIndex,
    FlatIndex,
    IndexOutgrownError,
    LexicalIndex,
    SnapshotDamagedError,
    VectorsError,
    open_snapshot,
    write_snapshot,
)
from tests.indexes.test_lexical import FIELDS, assert_ranked_like, bm25, documents, queries

WEIGHTS = {"words": 1.0, "parts": 0.5}
NONE = np.zeros(0, np.int64)
careful = settings(deadline=None, max_examples=25)


def search(index, query, *, k=60, allowed=None):
    hits = index.search(query, k=k, weights=WEIGHTS, allowed=allowed)
    return hits.rows.tolist(), hits.scores.tolist()


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return lambda rows: LexicalIndex.build(rows, fields=FIELDS, folder=tmp_path_factory.mktemp("words"))


@pytest.mark.parametrize("kind", [ExactIndex, FlatIndex])
@given(seed=st.integers(0, 999), sizes=st.lists(st.integers(0, 9), min_size=2, max_size=4))
@careful
def test_a_dense_index_extended_is_the_one_of_all_vectors_and_the_old_one_stays(kind, seed, sizes):
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(size, 5)).astype(np.float32) for size in sizes]
    line = [kind(parts[0])]
    for part in parts[1:]:
        line.append(line[-1].extended(part))
    query = rng.normal(size=(2, 5)).astype(np.float32)
    for upto, index in enumerate(line, 1):
        expected = ExactIndex(np.concatenate(parts[:upto]))
        assert np.array_equal(index.vectors, expected.vectors)
        assert index.search(query, k=9).rows.tolist() == expected.search(query, k=9).rows.tolist()


@pytest.mark.parametrize("kind", [ExactIndex, FlatIndex])
def test_vectors_of_another_shape_do_not_extend(kind):
    with pytest.raises(VectorsError):
        kind(np.zeros((2, 5), np.float32)).extended(np.zeros((2, 4), np.float32))


@given(rows=documents, more=st.lists(documents, min_size=1, max_size=4), query=queries)
@careful
def test_rows_added_alone_score_as_bm25_over_all_rows(build, rows, more, query):
    index = build(rows)
    for some in more:
        index, rows = index.extended(some, without=NONE), [*rows, *some]
    assert index.n_rows == len(rows)
    hits = index.search(query, k=200, weights=WEIGHTS)
    assert_ranked_like(hits, bm25(rows, query, weights=WEIGHTS), k=200)
    for token in query["words"]:
        assert index.rows_with("words", token) == sum(token in row.get("words", ()) for row in rows)


@given(rows=documents, more=documents, query=queries, seed=st.integers(0, 999), share=st.floats(0, 1))
@careful
def test_deleted_rows_are_never_found_and_all_others_are(build, rows, more, query, seed, share):
    rng = np.random.default_rng(seed)
    first = np.flatnonzero(rng.random(len(rows)) < share)
    index = build(rows).extended(more, without=first)
    second = np.flatnonzero(rng.random(index.n_rows) < share / 2)
    index, rows = index.extended([], without=second), [*rows, *more]
    alive = np.ones(len(rows), np.bool_)
    alive[first], alive[second] = False, False
    assert index.alive.tolist() == alive.tolist()
    share_word = [row for row in np.flatnonzero(bm25(rows, query, weights=WEIGHTS)).tolist() if alive[row]]
    for allowed in (
        None,
        np.ones(len(rows), np.bool_),
        alive,
        rng.random(len(rows)) < 0.5,
        rng.random(len(rows)) < 0.9,
    ):
        found = [row for row in search(index, query)[0][0] if row != NOTHING]
        assert sorted(found) == share_word
        found = [row for row in search(index, query, allowed=allowed)[0][0] if row != NOTHING]
        assert sorted(found) == [row for row in share_word if allowed is None or allowed[row]]
    for token in query["words"]:
        holding = [row for row in range(len(rows)) if alive[row] and token in rows[row].get("words", ())]
        assert index.rows_with("words", token) == len(holding)
        assert index.idf("words", token) > 0


def test_every_index_of_a_long_line_answers_as_on_its_day_through_commits_merges_and_threads(build):
    rows = [{"words": ["silk", f"w{at % 7}"], "parts": ["si"] * (at % 5)} for at in range(40)]
    query = {"words": ["silk", "w3"], "parts": ["si"]}
    line = [build(rows)]
    answers = [search(line[0], query)]
    with ThreadPoolExecutor(2) as threads:
        for at in range(60):
            line.append(line[-1].extended([rows[at % 40]] * 2, without=np.array([at])))
            answers.append(search(line[-1], query))
            past = [threads.submit(search, one, query) for one in line[:: max(1, at // 3)]]
            assert [one.result() for one in past] == answers[:: max(1, at // 3)]
    assert [search(one, query) for one in line] == answers
    assert line[-1].alive.sum() == 40 + 60


def test_ties_are_cut_by_the_smaller_row_wherever_the_rows_stand(build):
    index = build([{"words": ["silk"]}] * 30)
    for _ in range(10):
        index = index.extended([{"words": ["silk"]}] * 30, without=NONE)
    assert search(index, {"words": ["silk"]}, k=50)[0][0] == list(range(50))


def test_the_folder_never_changes_and_the_private_copy_goes_with_the_last_index(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    (tmp_path / "private").mkdir()
    index = LexicalIndex.build([{"words": ["silk"]}] * 5, fields=FIELDS, folder=tmp_path / "words")
    before = {path.name: path.read_bytes() for path in (tmp_path / "words").iterdir()}
    old, index = index, index.extended([{"words": ["silk"]}], without=np.array([2]))
    index = index.extended([{"words": ["silk"]}], without=np.array([3]))
    assert {path.name: path.read_bytes() for path in (tmp_path / "words").iterdir()} == before
    assert len(list((tmp_path / "private").iterdir())) == 1
    assert search(LexicalIndex.load(tmp_path / "words"), {"words": ["silk"]}) == search(old, {"words": ["silk"]})
    del index
    gc.collect()
    assert list((tmp_path / "private").iterdir()) == []
    assert search(old, {"words": ["silk"]}, k=5)[0] == [[0, 1, 2, 3, 4]]


def test_an_index_is_extended_once_unless_nothing_was_ever_added(build):
    first = build([{"words": ["silk"]}])
    one, other = (first.extended([{"words": [word]}], without=NONE) for word in ("a", "b"))
    assert [index.rows_with("words", "a") for index in (first, one, other)] == [0, 1, 0]
    one.extended([], without=NONE)
    with pytest.raises(IndexOutgrownError, match="extend the one that came of it"):
        one.extended([], without=NONE)


def test_rows_that_cannot_be_read_change_nothing(build):
    index = build([{"words": ["silk"]}]).extended([], without=NONE)
    with pytest.raises(TypeError):
        index.extended([{"words": ["a"]}, {"words": [7]}], without=np.array([0]))
    after = index.extended([{"words": ["b"]}], without=NONE)
    assert [after.rows_with("words", token) for token in ("silk", "a", "b")] == [1, 0, 1]


def test_a_folder_that_is_gone_is_named(tmp_path):
    index = LexicalIndex.build([{"words": ["silk"]}], fields=FIELDS, folder=tmp_path / "words")
    for path in Path(tmp_path / "words").iterdir():
        path.unlink()
    (tmp_path / "words").rmdir()
    with pytest.raises(SnapshotDamagedError, match="words"):
        index.extended([], without=NONE)
    assert search(index, {"words": ["silk"]}, k=1)[0] == [[0]]


@given(which=st.floats(0, 1, exclude_max=True), at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=40)
def test_a_snapshot_damaged_after_it_was_opened_is_never_extended(tmp_path_factory, which, at, bit):
    root = tmp_path_factory.mktemp("snapshots")
    with write_snapshot(root, built_for={"x": "1"}) as scratch:
        LexicalIndex.build([{"words": ["silk"]}] * 3, fields=FIELDS, folder=scratch / "words")
    folder = open_snapshot(root, built_for={"x": "1"}) / "words"
    index = LexicalIndex.load(folder)
    paths = sorted(path for path in folder.iterdir() if path.stat().st_size)
    path = paths[int(which * len(paths))]
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1 << bit
    path.write_bytes(data)
    with pytest.raises(SnapshotDamagedError):
        index.extended([{"words": ["cotton"]}], without=NONE)
