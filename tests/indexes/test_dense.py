"""FlatIndex is held against ExactIndex, and ExactIndex against a loop that cannot be wrong."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes import NOTHING, ExactIndex, FlatIndex, VectorsError

KINDS = [ExactIndex, FlatIndex]
seeds = st.integers(0, 2**32 - 1)
shares = st.sampled_from([0.0, 0.02, 0.1, 0.5, 0.9, 1.0])
"""How many of the rows a mask allows."""


def whole_numbers(seed, *, n_rows, dim=4, n_queries=3):
    """Small integers: every inner product is exact, and ties are everywhere."""
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (n_rows, dim)).astype(np.float32)
    queries = rng.integers(-2, 3, (n_queries, dim)).astype(np.float32)
    return rng, vectors, queries


def real_numbers(seed, *, n_rows, dim=8, n_queries=3):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n_rows, dim))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rng, vectors.astype(np.float32), rng.normal(size=(n_queries, dim)).astype(np.float32)


def assert_equal(got, expected):
    assert got.rows.tolist() == expected.rows.tolist()
    assert got.scores.tolist() == expected.scores.tolist()


@given(seed=seeds, n_rows=st.integers(0, 40), k=st.integers(1, 50), share=shares)
def test_the_exact_index_is_a_sorted_loop_over_the_allowed_rows(seed, n_rows, k, share):
    rng, vectors, queries = whole_numbers(seed, n_rows=n_rows)
    allowed = rng.random(n_rows) < share
    hits = ExactIndex(vectors).search(queries, k=k, allowed=allowed)
    for query, rows, scores in zip(queries, hits.rows.tolist(), hits.scores.tolist(), strict=True):
        best = sorted((-float(query @ vectors[row]), row) for row in range(n_rows) if allowed[row])[:k]
        short = k - len(best)
        assert rows == [row for _, row in best] + [NOTHING] * short
        assert scores == [-score for score, _ in best] + [-np.inf] * short


@given(seed=seeds, n_rows=st.integers(0, 300), k=st.integers(1, 310), share=shares)
@settings(deadline=None)
def test_filtered_search_equals_the_exact_index_where_half_the_rows_tie(seed, n_rows, k, share):
    rng, vectors, queries = whole_numbers(seed, n_rows=n_rows)
    allowed = rng.random(n_rows) < share
    assert_equal(
        FlatIndex(vectors).search(queries, k=k, allowed=allowed),
        ExactIndex(vectors).search(queries, k=k, allowed=allowed),
    )


@given(seed=seeds, n_rows=st.integers(1, 200), k=st.integers(1, 50), length=st.floats(0.01, 1000), share=shares)
@settings(deadline=None)
def test_scores_equal_the_exact_index_whatever_the_length_of_the_query(seed, n_rows, k, length, share):
    rng, vectors, queries = real_numbers(seed, n_rows=n_rows)
    queries *= np.float32(length)
    allowed = rng.random(n_rows) < share
    got = FlatIndex(vectors).search(queries, k=k, allowed=allowed)
    expected = ExactIndex(vectors).search(queries, k=k, allowed=allowed)
    assert got.scores == pytest.approx(expected.scores, rel=1e-5, abs=2e-6 * max(1, length))
    assert ((got.rows == NOTHING) == (expected.rows == NOTHING)).all()
    filled = got.rows != NOTHING
    own = np.take_along_axis(queries @ vectors.T, np.where(filled, got.rows, 0), axis=1)
    assert own[filled] == pytest.approx(got.scores[filled], rel=1e-5, abs=2e-6 * max(1, length))


@pytest.mark.parametrize("copies", [2, 8, 9, 100, 1000])
@pytest.mark.parametrize("k", [1, 3, 20])
def test_ties_are_cut_by_the_smaller_row_however_many_there_are(copies, k):
    vectors = np.ones((copies + 1, 4), np.float32)
    vectors[copies] = 2
    hits = FlatIndex(vectors).search(np.ones((1, 4), np.float32), k=k)
    expected = [copies, *range(copies)][:k]
    assert hits.rows[0].tolist() == expected + [NOTHING] * (k - len(expected))


def test_rows_that_differ_by_less_than_the_rounding_tie_and_are_cut_by_row():
    scores = 0.5 + np.linspace(0, 3e-7, 200)  # the last row has the largest product, but not by enough
    hits = FlatIndex(scores[:, None].astype(np.float32)).search(np.ones((1, 1), np.float32), k=5)
    assert hits.rows[0].tolist() == [0, 1, 2, 3, 4]


@given(seed=seeds, n_queries=st.integers(0, 40))
@settings(deadline=None, max_examples=30)
def test_a_batch_answers_as_its_queries_do_alone(seed, n_queries):
    _, vectors, queries = real_numbers(seed, n_rows=100, dim=16, n_queries=n_queries)
    index = FlatIndex(vectors)
    batch = index.search(queries, k=10)
    assert batch.rows.shape == batch.scores.shape == (n_queries, 10)
    for at in range(n_queries):
        alone = index.search(queries[at : at + 1], k=10)
        assert batch.scores[at] == pytest.approx(alone.scores[0], abs=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_that_allows_nothing_finds_nothing(kind):
    hits = kind(np.eye(3, dtype=np.float32)).search(np.eye(3, dtype=np.float32), k=2, allowed=np.zeros(3, np.bool_))
    assert (hits.rows == NOTHING).all()
    assert (hits.scores == -np.inf).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(0, 3), (1, 3)])
def test_more_places_than_rows_are_filled_with_nothing(kind, shape):
    hits = kind(np.ones(shape, np.float32)).search(np.ones((2, 3), np.float32), k=5)
    assert hits.rows.tolist() == [[0] * shape[0] + [NOTHING] * (5 - shape[0])] * 2
    assert hits.rows.dtype == np.int64
    assert hits.scores.dtype == np.float32


BAD = {
    "float64": np.zeros((2, 3)),
    "float16": np.zeros((2, 3), np.float16),
    "int": np.zeros((2, 3), np.int32),
    "big-endian": np.zeros((2, 3), ">f4"),
    "one row": np.zeros(3, np.float32),
    "a cube": np.zeros((2, 3, 1), np.float32),
    "NaN": np.array([[0, np.nan, 0]], np.float32),
    "inf": np.array([[0, 0, np.inf]], np.float32),
    "-inf": np.array([[-np.inf, 0, 0]], np.float32),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_an_array_of_the_wrong_kind_is_refused_as_vectors_and_as_queries(kind, bad):
    with pytest.raises(VectorsError):
        kind(bad)
    with pytest.raises(VectorsError):
        kind(np.zeros((2, 3), np.float32)).search(bad, k=1)


@pytest.mark.parametrize("kind", KINDS)
def test_queries_of_another_dimension_are_refused(kind):
    with pytest.raises(VectorsError, match="4 dimensions, the index has 3"):
        kind(np.zeros((2, 3), np.float32)).search(np.zeros((1, 4), np.float32), k=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "mask",
    [np.ones(3, np.bool_), np.ones((1, 2), np.bool_), np.ones(2, np.uint8), np.array([0, 1])],
    ids=["too long", "two-dimensional", "bytes", "rows"],
)
def test_a_mask_of_another_shape_or_dtype_is_refused(kind, mask):
    with pytest.raises(VectorsError, match="mask"):
        kind(np.zeros((2, 3), np.float32)).search(np.zeros((1, 3), np.float32), k=1, allowed=mask)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_laid_out_in_other_ways_mean_the_same(kind):
    _, vectors, queries = whole_numbers(1, n_rows=20)
    expected = kind(vectors).search(queries, k=5)
    assert_equal(kind(np.asfortranarray(vectors)).search(np.asfortranarray(queries), k=5), expected)
    wide = np.repeat(vectors, 2, axis=1)[:, ::2]
    assert_equal(kind(wide).search(queries, k=5), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [0, 5])
def test_the_vectors_are_those_given_and_cannot_be_changed(kind, n_rows):
    given_vectors = np.random.default_rng(2).normal(size=(n_rows, 3)).astype(np.float32)
    index = kind(given_vectors)
    assert np.array_equal(index.vectors, given_vectors)
    assert index.vectors.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        index.vectors[...] = 1


def test_the_vectors_outlive_their_index():
    vectors = np.random.default_rng(3).normal(size=(2000, 64)).astype(np.float32)
    view = FlatIndex(vectors.copy()).vectors
    gc.collect()
    others = [FlatIndex(np.full_like(vectors, at)) for at in range(4)]  # takes the memory, were it free
    assert np.array_equal(view, vectors)
    assert len(others) == 4
