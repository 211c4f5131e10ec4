"""The oracle: plain numpy, obviously right, the judge of every other index."""

from __future__ import annotations

import numpy as np

from indexes.contract import NOTHING, Hits, Mask, Vectors, checked_mask, checked_vectors, ranked


class ExactIndex:
    """All inner products, sorted. Needs no library and makes no promise about speed.

    Args:
        vectors: float32 (n_rows, dim).

    Raises:
        VectorsError: wrong shape, dtype or a value that is not finite.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = checked_vectors(vectors).view()
        self._vectors.flags.writeable = False

    @property
    def vectors(self) -> Vectors:
        """float32 (n_rows, dim), read-only."""
        return self._vectors

    def search(self, queries: Vectors, *, k: int, allowed: Mask | None = None) -> Hits:
        """See `DenseIndex.search`."""
        n_rows, dim = self._vectors.shape
        queries = checked_vectors(queries, dim=dim)
        allowed = checked_mask(allowed, n_rows=n_rows)
        scores = queries @ self._vectors.T
        rows = np.broadcast_to(np.arange(n_rows, dtype=np.int64), scores.shape)
        if allowed is not None:
            rows = np.where(allowed, rows, NOTHING)
        return ranked(rows, scores, k=k)

    def extended(self, vectors: Vectors) -> ExactIndex:
        """See `DenseIndex.extended`."""
        more = checked_vectors(vectors, dim=self._vectors.shape[1])
        return ExactIndex(np.concatenate([self._vectors, more]))
