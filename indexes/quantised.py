"""Vectors of one byte a dimension, in cells: for more than can be read at every search.

    folder/
    ├── cells.faiss     codes by cell, mapped: `Inverted`
    ├── cells.npz       where the cells lie: `Cells`
    ├── vectors.f16     all vectors in half precision, mapped: `HalfVectors`
    └── rows.npz        parts, and who lives

A search reads the cells nearest to the query until enough rows that it may find have passed, and scores the
best of those anew with the half-precision vectors. Few allowed rows are scored at once. Rows that are added
stand in a small exact index beside the cells until they are enough to be put in.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from indexes.cells import Cells
from indexes.contract import (
    NO_ROWS,
    NOTHING,
    Hits,
    Mask,
    Parts,
    Rows,
    Vectors,
    checked_mask,
    checked_parts,
    checked_vectors,
    ranked,
    read_only,
    without_rows,
)
from indexes.errors import SnapshotDamagedError
from indexes.flat import FlatIndex
from indexes.halves import HalfVectors, write
from indexes.inverted import Inverted
from indexes.probing import Probing
from indexes.rows import load_rows, save_rows

FILE = "cells.faiss"
"""What a folder holds that `QuantisedIndex.build` or `save` filled."""

FEW_ROWS = 2_000
"""Allowed rows that are scored at once, without cells."""

TAIL_ROWS = 4_096
"""Added rows that stand beside the cells at most; without end once one is of a part that has no cell."""

_RESCORED = 30
"""Rows scored anew beyond k."""

_AT_ONCE = 256
"""Queries worked on at a time."""

_SAMPLE_ROWS = 200_000
_SEED = 7
_VECTORS = "vectors.f16"
_CELLS = "cells.npz"


class QuantisedIndex:
    """Approximate search by cells; make one with `build` or `load`.

    Scores are those of the vectors in half precision, off by some 1e-5 in 384 dimensions.

    Attributes:
        vectors: In half precision; see `DenseIndex`.
        parts: See `DenseIndex`.
        alive: Likewise.
    """

    def __init__(self, cells: Cells, inverted: Inverted, vectors: HalfVectors, *, parts: Parts, alive: Mask) -> None:
        self.vectors = vectors
        self.parts: Parts = read_only(parts)
        self.alive: Mask = read_only(alive)
        self._cells = cells
        self._inverted = inverted
        self._probing = Probing(cells, inverted)
        self._n_inside = int(inverted.sizes.sum())
        self._tail = FlatIndex(vectors[self._n_inside :], parts=parts[self._n_inside :])
        self._living = None if alive.all() else self.alive

    @classmethod
    def build(cls, blocks: Iterable[tuple[Vectors, Parts]], *, folder: Path) -> QuantisedIndex:
        """Build an index in an empty folder; no more than a sample of the vectors is held in memory.

        Args:
            blocks: float32 (n, dim) and int16 (n,), some rows at a time, in order; at least one block.
            folder: Made if need be.
        """
        folder.mkdir(parents=True, exist_ok=True)
        vectors, parts = _written(blocks, folder / _VECTORS)
        chosen = _sample(parts)
        sample, places = vectors[chosen], parts[chosen]
        if not len(sample):  # an empty collection has one cell
            sample, places = np.zeros((1, vectors.shape[1]), np.float32), np.zeros(1, np.int16)
        cells = Cells.cut(sample, places, n_rows=len(vectors))
        inverted = Inverted.trained(cells.centres, sample, cells.of(sample, places))
        del sample
        _save(folder, cells, inverted.with_rows(cells.centres, _placed(cells, vectors, parts, first=0)))
        save_rows(folder, parts=parts, alive=np.ones(len(parts), np.bool_))
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> QuantisedIndex:
        """Map a folder that `build` or `save` filled and whose checksums are known to be right.

        Raises:
            SnapshotDamagedError: a file cannot be read.
        """
        inverted = Inverted.load(folder / FILE)
        try:
            with (folder / _CELLS).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                cells = Cells(**stored)
        except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as problem:
            raise SnapshotDamagedError(path=folder / _CELLS, problem="cannot be read") from problem
        vectors = HalfVectors.mapped(folder / _VECTORS, dim=cells.centres.shape[1])
        parts, alive = load_rows(folder, n_rows=len(vectors))
        return cls(cells, inverted, vectors, parts=parts, alive=alive)

    def save(self, folder: Path) -> None:
        """Fill an empty folder, made if need be; the snapshot around it makes the write safe."""
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / _VECTORS, self.vectors.blocks())
        _save(folder, self._cells, self._grown(self.vectors, self.parts) or self._inverted)
        save_rows(folder, parts=self.parts, alive=self.alive)

    def search(
        self, queries: Vectors, *, k: int, allowed: Mask | None = None, within: Collection[int] | None = None
    ) -> Hits:
        """See `DenseIndex.search`; queries are worked on a few at a time."""
        queries = checked_vectors(queries, dim=self.vectors.shape[1])
        mask = checked_mask(allowed, n_rows=len(self.alive))
        if self._living is not None:
            mask = self._living if mask is None else mask & self._living
        few = None
        if mask is not None and np.count_nonzero(mask) <= FEW_ROWS:
            few = np.flatnonzero(mask)
            few = few if within is None else few[np.isin(self.parts[few], sorted(within))]
        found = []
        for start in range(0, max(1, len(queries)), _AT_ONCE):
            some = queries[start : start + _AT_ONCE]
            found.append(self._few(some, few, k=k) if few is not None else self._many(some, mask, within, k=k))
        return Hits(np.concatenate([hits.rows for hits in found]), np.concatenate([hits.scores for hits in found]))

    def extended(self, vectors: Vectors, *, parts: Parts | None = None, without: Rows = NO_ROWS) -> QuantisedIndex:
        """See `DenseIndex.extended`; once `TAIL_ROWS` stand beside the cells they are put in, and the codes copied.

        Not where one of them is of a part that has no cell: then all wait for the next building.
        """
        more = checked_vectors(vectors, dim=self.vectors.shape[1])
        places = np.concatenate([self.parts, checked_parts(parts, n_rows=len(more))])
        alive = without_rows(self.alive, without, added=len(more))
        kept = self.vectors.followed_by(more)
        inverted = self._grown(kept, places) if len(kept) - self._n_inside > TAIL_ROWS else None
        return QuantisedIndex(self._cells, inverted or self._inverted, kept, parts=places, alive=alive)

    def _few(self, queries: Vectors, rows: Rows, *, k: int) -> Hits:
        """Every one of some rows, scored."""
        return ranked(np.broadcast_to(rows, (len(queries), len(rows))), queries @ self.vectors[rows].T, k=k)

    def _many(self, queries: Vectors, mask: Mask | None, within: Collection[int] | None, *, k: int) -> Hits:
        """The best of the nearest cells, scored anew, and of the rows beside the cells."""
        rows, scores = np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32)
        if self._n_inside and len(queries):
            cells, nearness = self._probing.chosen(queries, allowed=mask, within=within, least=k)
            rows = self._inverted.search(queries, cells, nearness, k=k + _RESCORED, allowed=mask)
            vectors = self.vectors[np.maximum(rows, 0).ravel()].reshape(*rows.shape, -1)
            scores = np.matmul(vectors, queries[:, :, None])[:, :, 0]
        if len(self._tail.alive):
            beside = None if mask is None else mask[self._n_inside :]
            tail = self._tail.search(queries, k=k, allowed=beside, within=within)
            rows = np.concatenate([rows, np.where(tail.rows == NOTHING, NOTHING, tail.rows + self._n_inside)], axis=1)
            scores = np.concatenate([scores, tail.scores], axis=1)
        return ranked(rows, scores, k=k)

    def _grown(self, vectors: HalfVectors, parts: Parts) -> Inverted | None:
        """The codes of all rows; None where one is of a part that has no cell."""
        if not np.isin(parts[self._n_inside :], self._cells.group_parts).all():
            return None
        return self._inverted.with_rows(self._cells.centres, _placed(self._cells, vectors, parts, first=self._n_inside))


def _written(blocks: Iterable[tuple[Vectors, Parts]], path: Path) -> tuple[HalfVectors, Parts]:
    """Write the vectors to a file; the file, mapped, and all parts."""
    places: list[Parts] = []
    dim = 0

    def passing() -> Iterator[Vectors]:
        nonlocal dim
        for vectors, parts in blocks:
            dim = checked_vectors(vectors).shape[1]
            places.append(checked_parts(parts, n_rows=len(vectors)))
            yield vectors

    write(path, passing())
    return HalfVectors.mapped(path, dim=dim), np.concatenate(places)


def _sample(parts: Parts) -> Rows:
    """Rows drawn evenly, at least one of every part, ascending."""
    if len(parts) <= _SAMPLE_ROWS:
        return np.arange(len(parts))
    drawn = np.random.default_rng(_SEED).choice(len(parts), _SAMPLE_ROWS, replace=False)
    return np.unique(np.concatenate([drawn, np.unique(parts, return_index=True)[1]]))


def _placed(cells: Cells, vectors: HalfVectors, parts: Parts, *, first: int) -> Iterator[tuple[Vectors, Rows, Rows]]:
    """The rows from `first` on with their numbers and cells, some at a time."""
    for start in range(first, len(vectors), _AT_ONCE * 64):
        rows = np.arange(start, min(start + _AT_ONCE * 64, len(vectors)))
        some = vectors[rows]
        yield some, rows, cells.of(some, parts[rows])


def _save(folder: Path, cells: Cells, inverted: Inverted) -> None:
    inverted.save(folder / FILE)
    np.savez(folder / _CELLS, **asdict(cells))
