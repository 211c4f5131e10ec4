"""Which cells a search reads, and in what order: the nearest first, until enough rows may have been found."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np

from indexes.cells import Cells
from indexes.contract import Mask, Rows, Vectors
from indexes.inverted import Inverted

READ_ROWS = 8_000
"""Rows that may be found which a search reads before it stops where all may be; down to half where few may.

Of 100,000 vectors spread as the demo's are, 8,000 hold 99 % of the ten best, 4,000 hold 95 %; where a mask or
parts allow a tenth of the rows, 4,000 of those hold 99 %. Of a million 8,000 do as well, of 3.2 million they hold
96.6 %: beyond a million more are read, with the root of the size.
"""

_MANY_ROWS = 1_000_000

_FIRST = 64
"""Cells put in order at first; more follow while they hold too few rows."""

_COUNTED = 100_000
"""Rows looked at to estimate how many of each cell a mask allows."""


class Probing:
    """Chooses cells for searches of one index.

    Args:
        cells: Where they lie.
        inverted: What they hold.
    """

    def __init__(self, cells: Cells, inverted: Inverted) -> None:
        self._centres = cells.centres
        self._parts = cells.parts
        self._inverted = inverted

    def chosen(
        self, queries: Vectors, *, allowed: Mask | None, within: Collection[int] | None, least: int = 0
    ) -> tuple[Rows, Vectors]:
        """The cells to read for each query, nearest first.

        Args:
            queries: float32 (n_queries, dim).
            allowed: bool (n_rows,), rows that may be found; None for all.
            within: Parts whose cells may be read; None for all.
            least: Rows that may be found of which at least so many are read.

        Returns:
            Cells, int64 (n_queries, m), −1 for none; and their centres' inner products, float32.
        """
        counts = self._inverted.sizes if allowed is None else self._counts(allowed)
        if within is None:
            nearness, numbers = queries @ self._centres.T, np.arange(len(self._centres))
        else:
            numbers = np.flatnonzero(np.isin(self._parts, sorted(within)))
            nearness, counts = queries @ self._centres[numbers].T, counts[numbers]
        if not len(numbers):
            return np.full((len(queries), 1), -1), np.zeros((len(queries), 1), np.float32)
        n_rows = max(1, int(self._inverted.sizes.sum()))
        enough = READ_ROWS * (1 + counts.sum() / n_rows) / 2 * max(1.0, n_rows / _MANY_ROWS) ** 0.5
        places, reach = _nearest(nearness, counts, enough=max(enough, least))
        near = np.take_along_axis(nearness, places, axis=1)
        return np.where(np.arange(places.shape[1]) < reach[:, None], numbers[places], -1), near

    def _counts(self, allowed: Mask) -> Rows:
        """How many rows of each cell a mask allows, int64 (n_cells,); an estimate where there are many rows."""
        step, cells = self._sampled
        inside = allowed[: len(cells) * step : step] if step > 1 else allowed[: len(cells)]
        return np.bincount(cells[inside], minlength=len(self._centres)) * step

    @cached_property
    def _sampled(self) -> tuple[int, Rows]:
        """Every how many rows one is looked at, and the cells of those, int64 (n,)."""
        cell_of = np.empty(int(self._inverted.sizes.sum()), np.int64)
        for cell in range(len(self._centres)):
            cell_of[self._inverted.rows_of(cell)] = cell
        step = max(1, len(cell_of) // _COUNTED)
        return step, np.ascontiguousarray(cell_of[: len(cell_of) // step * step : step])


def _nearest(nearness: Vectors, counts: Rows, *, enough: float) -> tuple[Rows, Rows]:
    """Places of the nearest cells in order, int64 (n_queries, m), and how many of them to read, int64 (n_queries,)."""
    n_cells = nearness.shape[1]
    top = min(_FIRST, n_cells)
    while True:
        places = np.argpartition(nearness, n_cells - top, axis=1)[:, n_cells - top :]
        order = np.argsort(-np.take_along_axis(nearness, places, axis=1), axis=1)
        places = np.take_along_axis(places, order, axis=1)
        reached = np.cumsum(counts[places], axis=1) >= enough
        if top == n_cells or reached[:, -1].all():
            break
        top = min(n_cells, 8 * top)
    reach = np.where(reached.any(axis=1), np.argmax(reached, axis=1) + 1, top)
    return places[:, : int(reach.max(initial=0))], reach
