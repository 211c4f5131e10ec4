"""Every dense index, held to the contract."""

from __future__ import annotations

from indexes import ExactIndex, FlatIndex
from tests.indexes.contract import DenseContract


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
