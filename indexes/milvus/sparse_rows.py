"""Sparse vectors in files that are mapped into memory, with those that came since in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexes.contract import Rows, Vectors
from indexes.errors import SnapshotDamagedError

_STARTS, _PLACES, _VALUES = "starts.npy", "places.npy", "values.npy"


class SparseRows:
    """Never changed once made.

    Args:
        starts: int64 (n_rows + 1,), where each row begins in the other two.
        places: uint32 (n,), dimensions.
        values: float32 (n,), what stands there.
        more: Rows after those.
    """

    def __init__(
        self, starts: Rows, places: npt.NDArray[np.uint32], values: Vectors, more: Sequence[dict[int, float]] = ()
    ) -> None:
        self._starts, self._places, self._values = starts, places, values
        self._more = tuple(more)

    @classmethod
    def of(cls, rows: Sequence[dict[int, float]]) -> SparseRows:
        """From rows as Milvus takes them."""
        starts = np.cumsum([0, *(len(row) for row in rows)])
        places = np.fromiter((place for row in rows for place in row), np.uint32, int(starts[-1]))
        values = np.fromiter((value for row in rows for value in row.values()), np.float32, int(starts[-1]))
        return cls(starts, places, values)

    def __getitem__(self, row: int) -> dict[int, float]:
        """One row as Milvus takes it."""
        n_first = len(self._starts) - 1
        if row >= n_first:
            return self._more[row - n_first]
        inside = slice(int(self._starts[row]), int(self._starts[row + 1]))
        return dict(zip(self._places[inside].tolist(), self._values[inside].tolist(), strict=True))

    def followed_by(self, rows: Sequence[dict[int, float]]) -> SparseRows:
        """With rows at the end."""
        return SparseRows(self._starts, self._places, self._values, (*self._more, *rows))

    def save(self, folder: Path) -> None:
        """Fill a folder, which is there."""
        whole = SparseRows.of([self[row] for row in range(len(self._starts) - 1 + len(self._more))])
        for name, array in ((_STARTS, whole._starts), (_PLACES, whole._places), (_VALUES, whole._values)):
            np.save(folder / name, array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> SparseRows:
        """Open a folder that `save` filled and whose checksums are known to be right.

        Raises:
            SnapshotDamagedError: a file cannot be read.
        """
        try:
            names = (_STARTS, _PLACES, _VALUES)
            return cls(*(np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in names))
        except (OSError, ValueError, EOFError) as problem:
            raise SnapshotDamagedError(path=folder, problem="cannot be read") from problem
