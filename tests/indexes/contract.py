"""What every dense index must do, whatever it is made of: a subclass says how one is built and opened again.

    class TestMine(DenseContract):
        def build(self, vectors, parts, folder): ...
        def reopened(self, index, folder): ...

`ExactIndex` is the judge: an exact index gives the same rows up to ties, another one nearly all of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexes import MOST_PARTS, NOTHING, DenseIndex, ExactIndex, VectorsError

DIM, N_ROWS, N_QUERIES, N_PARTS = 32, 3_000, 20, 6
SELECTIVITIES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.9, 1.0]
LEAST_RECALL = 0.98


def clustered(seed, n_rows=N_ROWS):
    """Unit rows around forty centres, each of one part: vectors, int16 parts, queries near some of the rows."""
    centres, rng = np.random.default_rng(0).normal(size=(40, DIM)), np.random.default_rng(seed)
    own = rng.integers(0, len(centres), n_rows)
    vectors = centres[own] + 0.6 * rng.normal(size=(n_rows, DIM))
    near = rng.integers(0, max(1, n_rows), N_QUERIES)
    queries = (vectors[near] if n_rows else centres[:N_QUERIES]) + 0.3 * rng.normal(size=(N_QUERIES, DIM))
    return unit(vectors), (own % N_PARTS).astype(np.int16), unit(queries)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def recall(got, expected, *, close=1e-5):
    """Share of the expected places filled by a row that scores as well, so that ties count for either row."""
    found = wanted = 0
    for rows, scores, judged, best in zip(got.rows, got.scores, expected.rows, expected.scores, strict=True):
        there = judged != NOTHING
        wanted += int(there.sum())
        if there.any():
            found += int(((rows != NOTHING) & (scores >= best[there][-1] - close)).sum())
    return found / wanted if wanted else 1.0


class DenseContract:
    """The tests.

    Attributes:
        exact: The index is as good as `ExactIndex`, scores included.
        immutable: An index that was extended answers as it did before.
        scores_within: Largest difference of a score from the exact one.
    """

    exact = False
    immutable = True
    scores_within = 1e-5

    def build(self, vectors, parts, folder: Path) -> DenseIndex:
        """An index of float32 (n, dim) and int16 (n,), which may write into an empty folder."""
        raise NotImplementedError

    def reopened(self, index, folder: Path):
        """The index, after its process ended and another one opened it from an empty folder it may be saved to."""
        raise NotImplementedError

    def both(self, folder, *, seed=1, n_rows=N_ROWS):
        vectors, parts, queries = clustered(seed, n_rows)
        return self.build(vectors, parts, folder), ExactIndex(vectors, parts=parts), queries

    def agree(self, index, judge, queries, *, k=10, **filters):
        """Hold an index against the exact one."""
        got, expected = index.search(queries, k=k, **filters), judge.search(queries, k=k, **filters)
        assert got.rows.shape == got.scores.shape == (len(queries), k)
        assert (got.rows.dtype, got.scores.dtype) == (np.int64, np.float32)
        assert recall(got, expected, close=self.scores_within) >= (1.0 if self.exact else LEAST_RECALL)
        for query, rows, scores in zip(queries, got.rows, got.scores, strict=True):
            there = rows != NOTHING
            assert len(set(rows[there])) == there.sum()
            assert (scores[~there] == -np.inf).all()
            assert (np.diff(scores[there]) <= 0).all()
            assert scores[there] == pytest.approx(judge.vectors[rows[there]] @ query, abs=self.scores_within)
        assert index.parts.tolist() == judge.parts.tolist()
        assert index.alive.tolist() == judge.alive.tolist()
        return got

    def test_a_search_finds_what_the_exact_index_finds(self, tmp_path):
        self.agree(*self.both(tmp_path))

    @pytest.mark.parametrize("share", SELECTIVITIES)
    def test_a_masked_search_finds_what_the_exact_index_finds_among_the_allowed_rows(self, tmp_path, share):
        index, judge, queries = self.both(tmp_path)
        allowed = np.random.default_rng(2).random(N_ROWS) < share
        got = self.agree(index, judge, queries, allowed=allowed)
        assert allowed[got.rows[got.rows != NOTHING]].all()

    @pytest.mark.parametrize("within", [[0], [5], [1, 4], [0, 1, 2, 3, 4, 5], [2, 99]])
    def test_a_search_within_parts_finds_rows_of_those_alone(self, tmp_path, within):
        index, judge, queries = self.both(tmp_path)
        got = self.agree(index, judge, queries, within=within)
        assert set(judge.parts[got.rows[got.rows != NOTHING]]) <= set(within)

    @pytest.mark.parametrize("share", [0.003, 0.1, 0.9])
    def test_a_mask_and_parts_hold_together(self, tmp_path, share):
        index, judge, queries = self.both(tmp_path)
        allowed = np.random.default_rng(3).random(N_ROWS) < share
        self.agree(index, judge, queries, allowed=allowed, within=[1, 3])

    def test_rows_far_from_the_query_are_found_where_only_they_are_allowed(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        for query in queries[:5]:
            far = judge.vectors @ query
            self.agree(index, judge, query[None], allowed=far <= np.sort(far)[N_ROWS // 5])

    def test_where_nothing_is_allowed_nothing_is_found(self, tmp_path):
        index, _, queries = self.both(tmp_path)
        for filters in ({"allowed": np.zeros(N_ROWS, np.bool_)}, {"within": []}, {"within": [99]}):
            hits = index.search(queries, k=3, **filters)
            assert (hits.rows == NOTHING).all()
            assert (hits.scores == -np.inf).all()

    def test_more_places_than_rows_are_filled_with_nothing(self, tmp_path):
        index, judge, queries = self.both(tmp_path, n_rows=7)
        got = self.agree(index, judge, queries, k=12)
        assert ((got.rows != NOTHING).sum(axis=1) == 7).all()

    def test_an_empty_index_finds_nothing_and_can_be_extended(self, tmp_path):
        index, judge, queries = self.both(tmp_path, n_rows=0)
        assert (index.search(queries, k=2).rows == NOTHING).all()
        vectors, parts, _ = clustered(4, 50)
        self.agree(index.extended(vectors, parts=parts), judge.extended(vectors, parts=parts), queries)

    def test_a_query_of_any_length_finds_the_same_rows(self, tmp_path):
        index, _, queries = self.both(tmp_path)
        long = (queries * np.float32(30)).astype(np.float32)
        assert index.search(long, k=5).rows.tolist() == index.search(queries, k=5).rows.tolist()

    def test_rows_added_are_found_at_once_and_the_index_they_were_added_to_stays(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        vectors, parts, _ = clustered(5, 200)
        more, more_judge = index.extended(vectors, parts=parts), judge.extended(vectors, parts=parts)
        assert more.search(vectors, k=1).rows[:, 0].tolist() == list(range(N_ROWS, N_ROWS + 200))
        self.agree(more, more_judge, queries)
        self.agree(more, more_judge, queries, within=[2])
        self.agree(more, more_judge, queries, allowed=np.arange(N_ROWS + 200) % 3 == 0)
        if self.immutable:
            self.agree(index, judge, queries)

    def test_rows_taken_out_are_never_found_again_and_all_others_are(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        gone = np.unique(judge.search(queries, k=3).rows)
        none, places = np.zeros((0, DIM), np.float32), np.zeros(0, np.int16)
        less, less_judge = (one.extended(none, parts=places, without=gone) for one in (index, judge))
        for filters in ({}, {"within": [0, 1, 2]}, {"allowed": np.ones(N_ROWS, np.bool_)}):
            got = self.agree(less, less_judge, queries, **filters)
            assert not np.isin(got.rows, gone).any()
        if self.immutable:
            self.agree(index, judge, queries)

    def test_a_row_that_changed_is_found_by_its_new_vector_and_not_by_its_old(self, tmp_path):
        index, judge, _ = self.both(tmp_path)
        old, row = judge.vectors[7], np.array([7])
        index, judge = (one.extended(-old[None], parts=np.array([3], np.int16), without=row) for one in (index, judge))
        assert index.search(-old[None], k=1).rows.tolist() == [[N_ROWS]]
        assert 7 not in index.search(old[None], k=20).rows
        assert index.search(-old[None], k=1, within=[3]).rows.tolist() == [[N_ROWS]]

    def test_a_long_line_of_changes_answers_as_the_exact_index_does(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        rng = np.random.default_rng(6)
        for seed in range(12):
            vectors, parts, _ = clustered(seed, int(rng.integers(0, 90)))
            gone = rng.integers(0, len(judge.alive), int(rng.integers(0, 60)))
            index, judge = (one.extended(vectors, parts=parts, without=gone) for one in (index, judge))
        for filters in ({}, {"within": [1]}, {"allowed": rng.random(len(judge.alive)) < 0.05}):
            self.agree(index, judge, queries, **filters)

    def test_after_a_restart_everything_is_as_it_was(self, tmp_path):
        (tmp_path / "before").mkdir()
        index, judge, queries = self.both(tmp_path / "before")
        vectors, parts, _ = clustered(8, 40)
        index, judge = (one.extended(vectors, parts=parts, without=np.arange(50)) for one in (index, judge))
        before = index.search(queries, k=10)
        again = self.reopened(index, tmp_path / "after")
        after = self.agree(again, judge, queries)
        assert after.rows.tolist() == before.rows.tolist()
        self.agree(again, judge, queries, within=[0])
        index, judge = (one.extended(vectors, parts=parts, without=np.arange(99)) for one in (again, judge))
        self.agree(index, judge, queries)

    def test_the_vectors_read_like_an_array_whatever_they_are_kept_as(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        kept, rows = index.vectors, np.array([5, 0, 5, N_ROWS - 1])
        assert kept.shape == judge.vectors.shape
        assert kept[rows].dtype == np.float32
        for what in (rows, 3, np.int64(4), slice(10, 20), judge.parts == 2):
            assert kept[what] == pytest.approx(judge.vectors[what], abs=1e-3)
        assert kept @ queries[0] == pytest.approx(judge.vectors @ queries[0], abs=self.scores_within)

    def test_threads_search_while_the_line_goes_on(self, tmp_path):
        index, judge, queries = self.both(tmp_path)
        vectors, parts, _ = clustered(9, 20)
        with ThreadPoolExecutor(2) as threads:
            for at in range(8):
                running = [threads.submit(self.agree, index, judge, queries) for _ in range(2)]
                if not self.immutable:
                    [one.result() for one in running]
                gone = np.array([at])
                index, judge = (one.extended(vectors, parts=parts, without=gone) for one in (index, judge))
                [one.result() for one in running]
        self.agree(index, judge, queries)

    def test_arrays_of_the_wrong_kind_are_refused(self, tmp_path):
        index, _, queries = self.both(tmp_path, n_rows=50)
        one = queries[:1]
        with pytest.raises(VectorsError):
            index.search(one.astype(np.float64), k=1)
        with pytest.raises(VectorsError):
            index.search(one[:, 1:].copy(), k=1)
        with pytest.raises(VectorsError):
            index.search(one, k=1, allowed=np.ones(49, np.bool_))
        with pytest.raises(VectorsError):
            index.extended(one * np.nan)
        with pytest.raises(VectorsError):
            index.extended(one, parts=np.zeros(1, np.int64))
        for part in (-1, MOST_PARTS):
            with pytest.raises(VectorsError):
                index.extended(one, parts=np.full(1, part, np.int16))
        with pytest.raises(VectorsError):
            index.extended(one, without=np.array([50]))
