"""Vectors in half precision: a mapped file, and blocks in memory behind it.

A unit vector's inner product is off by some 1e-5 in float16, and half the bytes are read. A mapped file
costs no memory until rows are asked for, and processes that map it share what they read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexes.contract import Mask, Rows, Vectors
from indexes.errors import SnapshotDamagedError

Halves = npt.NDArray[np.float16]
_BLOCK = 16_384


class HalfVectors:
    """float16 rows that read as float32 and are never changed.

    Args:
        blocks: float16 (n, dim) each, at least one.
    """

    def __init__(self, blocks: tuple[Halves, ...]) -> None:
        self._blocks = blocks
        self._ends = np.cumsum([len(block) for block in blocks])
        self.shape = (int(self._ends[-1]), blocks[0].shape[1])

    @classmethod
    def mapped(cls, path: Path, *, dim: int) -> HalfVectors:
        """A file that `write` made and that never changes.

        Raises:
            SnapshotDamagedError: it cannot be read, or is of another dimension.
        """
        try:
            size = path.stat().st_size
            flat = np.memmap(path, np.float16, "r") if size else np.zeros(0, np.float16)
        except (OSError, ValueError) as problem:
            raise SnapshotDamagedError(path=path, problem="cannot be mapped") from problem
        if len(flat) % dim:
            raise SnapshotDamagedError(path=path, problem=f"holds no rows of {dim} dimensions")
        return cls((flat.reshape(-1, dim),))

    def __getitem__(self, rows: int | Rows | Mask | slice) -> Vectors:
        """See `Stored`."""
        if isinstance(rows, int | np.integer):
            one: Vectors = self._taken(np.array([rows]))[0]
            return one
        if isinstance(rows, slice):
            return self._taken(np.arange(*rows.indices(len(self))))
        return self._taken(np.arange(len(self))[rows])

    def __len__(self) -> int:
        return self.shape[0]

    def __matmul__(self, vector: Vectors) -> Vectors:
        """See `Stored`."""
        return np.concatenate([block @ vector for block in self.blocks()] or [np.zeros(0, np.float32)])

    def blocks(self) -> Iterator[Vectors]:
        """All rows in order, some at a time, float32 (n, dim)."""
        for block in self._blocks:
            for start in range(0, len(block), _BLOCK):
                yield block[start : start + _BLOCK].astype(np.float32)

    def followed_by(self, vectors: Vectors) -> HalfVectors:
        """These and more, float32 (n, dim); nothing of these is copied but small blocks."""
        blocks = [*self._blocks, vectors.astype(np.float16)]
        while len(blocks) > 2 and len(blocks[-1]) >= len(blocks[-2]):  # few blocks, each larger than the next
            blocks[-2:] = [np.concatenate(blocks[-2:])]
        return HalfVectors(tuple(blocks))

    def _taken(self, rows: Rows) -> Vectors:
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"rows are from 0 to {len(self) - 1}")
        if len(self._blocks) == 1:
            return self._blocks[0][rows].astype(np.float32)
        found = np.empty((len(rows), self.shape[1]), np.float32)
        owner = np.searchsorted(self._ends, rows, side="right")
        for number, block in enumerate(self._blocks):
            own = owner == number
            found[own] = block[rows[own] - (self._ends[number] - len(block))]
        return found


def write(path: Path, blocks: Iterable[Vectors]) -> None:
    """Write the file that `HalfVectors.mapped` reads, float32 (n, dim) at a time."""
    with path.open("wb") as file:
        for block in blocks:
            file.write(block.astype(np.float16).tobytes())
