"""Vectors in a file that is mapped into memory, with those that came since in memory."""

from __future__ import annotations

import numpy as np

from indexes.contract import Mask, Rows, Vectors


class Grown:
    """Reads like an array; never changed once made.

    Args:
        first: float32 (n, dim), mapped or not.
        more: float32 (m, dim), the rows after.
    """

    def __init__(self, first: Vectors, more: Vectors | None = None) -> None:
        self._first = first
        self._more: Vectors = np.zeros((0, first.shape[1]), np.float32) if more is None else more

    @property
    def shape(self) -> tuple[int, int]:
        """(n + m, dim)."""
        return len(self._first) + len(self._more), self._first.shape[1]

    def __getitem__(self, rows: int | Rows | Mask | slice) -> Vectors:
        """One row, float32 (dim,), or some, float32 (k, dim); a copy."""
        n_first = len(self._first)
        if isinstance(rows, int | np.integer):
            row = range(self.shape[0])[rows]
            return np.array(self._first[row] if row < n_first else self._more[row - n_first], np.float32)
        at = np.arange(self.shape[0])[rows]
        found = np.empty((len(at), self.shape[1]), np.float32)
        early = at < n_first
        found[early] = self._first[at[early]]
        found[~early] = self._more[at[~early] - n_first]
        return found

    def __matmul__(self, vector: Vectors) -> Vectors:
        """Every row's inner product with float32 (dim,): float32 (n + m,); reads all of them."""
        return np.concatenate([self._first @ vector, self._more @ vector])

    def followed_by(self, vectors: Vectors) -> Grown:
        """With rows at the end, float32 (k, dim)."""
        return Grown(self._first, np.concatenate([self._more, vectors]))

    def whole(self) -> Vectors:
        """All rows as one array."""
        return np.concatenate([self._first, self._more])
