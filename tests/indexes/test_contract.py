"""Every dense index, held to the contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np
import pytest

from indexes import NOTHING, ExactIndex, FlatIndex, QuantisedIndex, cells, probing, quantised
from tests.indexes.contract import N_ROWS, DenseContract


class TestFlat(DenseContract):
    exact = True

    def build(self, vectors, parts, folder):
        return FlatIndex(vectors, parts=parts)

    def reopened(self, index, folder):
        index.save(folder)
        return FlatIndex.load(folder)


class TestExact(DenseContract):
    """The judge against itself, taken apart and put together again."""

    exact = True

    def build(self, vectors, parts, folder):
        return ExactIndex(vectors, parts=parts)

    def reopened(self, index, folder):
        again = ExactIndex(index.vectors.copy(), parts=index.parts.copy())
        return again.extended(again.vectors[:0], without=(~index.alive).nonzero()[0])


class TestQuantised(DenseContract):
    """So few rows that every search reads most cells; with real sizes the bench holds it to the same."""

    scores_within = 3e-4

    def build(self, vectors, parts, folder):
        return QuantisedIndex.build([(vectors[:999], parts[:999]), (vectors[999:], parts[999:])], folder=folder)

    def reopened(self, index, folder):
        index.save(folder)
        return QuantisedIndex.load(folder)

    def test_as_many_rows_as_asked_for_are_found_where_there_are_so_many(self, tmp_path):
        index, _, queries = self.both(tmp_path)
        assert (index.search(queries, k=N_ROWS - 10).rows != NOTHING).all()
        assert index.search(queries[:0], k=3).rows.shape == (0, 3)

    def test_it_opens_after_an_index_of_hardly_any_rows(self, tmp_path):
        index, judge, queries = self.both(tmp_path / "many")
        self.reopened(index, tmp_path / "many again")
        FlatIndex(judge.vectors[:0]).save(tmp_path / "none")
        FlatIndex.load(tmp_path / "none")  # FAISS then believes files to be small
        self.agree(QuantisedIndex.load(tmp_path / "many again"), judge, queries)


class TestQuantisedWithoutShortCuts(TestQuantised):
    """No few rows are scored at once, no tail is kept, and a third of the rows is read."""

    @pytest.fixture(autouse=True)
    def _none(self, monkeypatch):
        monkeypatch.setattr(quantised, "FEW_ROWS", 0)
        monkeypatch.setattr(quantised, "TAIL_ROWS", 0)
        monkeypatch.setattr(probing, "READ_ROWS", N_ROWS // 3)
        monkeypatch.setattr(cells, "CELL_ROWS", 30)


def test_a_search_takes_one_thread_in_whatever_thread_it_is_asked():
    index = FlatIndex(np.eye(8, dtype=np.float32))
    with ThreadPoolExecutor(1) as own:
        own.submit(index.search, np.eye(8, dtype=np.float32), k=1).result()
        assert own.submit(faiss.omp_get_max_threads).result() == 1
