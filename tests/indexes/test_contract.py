"""Every dense index, held to the contract."""

from __future__ import annotations

import pytest

from indexes import ExactIndex, FlatIndex, QuantisedIndex, cells, probing, quantised
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


class TestQuantisedWithoutShortCuts(TestQuantised):
    """No few rows are scored at once, no tail is kept, and a third of the rows is read."""

    @pytest.fixture(autouse=True)
    def _none(self, monkeypatch):
        monkeypatch.setattr(quantised, "FEW_ROWS", 0)
        monkeypatch.setattr(quantised, "TAIL_ROWS", 0)
        monkeypatch.setattr(probing, "READ_ROWS", N_ROWS // 3)
        monkeypatch.setattr(cells, "CELL_ROWS", 30)
