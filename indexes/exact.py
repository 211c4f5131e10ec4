"""The oracle: plain numpy, obviously right, the judge of every other index."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from indexes.contract import (
    NO_ROWS,
    NOTHING,
    Hits,
    Mask,
    Parts,
    Rows,
    Vectors,
    checked_parts,
    checked_vectors,
    passing,
    ranked,
    read_only,
    without_rows,
)


class ExactIndex:
    """All inner products, sorted. Needs no library and makes no promise about speed.

    Args:
        vectors: float32 (n_rows, dim).
        parts: int16 (n_rows,), the part of each row; None puts all into part 0.

    Attributes:
        vectors: As given, read-only; see `DenseIndex` for the others.

    Raises:
        VectorsError: wrong shape, dtype or a value that is not finite.
    """

    def __init__(self, vectors: Vectors, *, parts: Parts | None = None) -> None:
        self.vectors: Vectors = read_only(checked_vectors(vectors))
        self.parts: Parts = read_only(checked_parts(parts, n_rows=len(vectors)))
        self.alive: Mask = read_only(np.ones(len(vectors), np.bool_))

    def search(
        self, queries: Vectors, *, k: int, allowed: Mask | None = None, within: Collection[int] | None = None
    ) -> Hits:
        """See `DenseIndex.search`."""
        n_rows, dim = self.vectors.shape
        queries = checked_vectors(queries, dim=dim)
        mask = passing(self, allowed, within)
        scores = queries @ self.vectors.T
        rows = np.broadcast_to(np.arange(n_rows, dtype=np.int64), scores.shape)
        if mask is not None:
            rows = np.where(mask, rows, NOTHING)
        return ranked(rows, scores, k=k)

    def extended(self, vectors: Vectors, *, parts: Parts | None = None, without: Rows = NO_ROWS) -> ExactIndex:
        """See `DenseIndex.extended`."""
        more = checked_vectors(vectors, dim=self.vectors.shape[1])
        places = np.concatenate([self.parts, checked_parts(parts, n_rows=len(more))])
        alive = without_rows(self.alive, without, added=len(more))
        index = ExactIndex(np.concatenate([self.vectors, more]), parts=places)
        index.alive = alive
        return index
