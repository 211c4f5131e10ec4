"""A small map of Thailand: one square a province, each near where the province lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from matcher.domain import Province, load_provinces

COLUMNS, ROWS = 9, 16
CELL = 34
"""Side of a square with its gap, in units of the drawing."""
GAP = 3
_BY_PLACE = 0.6
"""How much a province's place counts beside its rank, which spreads the crowded middle."""
_CLASSES = (1, 2, 4, 8)
"""Numbers of firms from which the next darker colour is taken."""


@dataclass(frozen=True, slots=True)
class Square:
    """A province's place on the map.

    Attributes:
        column: From 0 in the west.
        row: From 0 in the north.
    """

    province: Province
    column: int
    row: int

    @property
    def x(self) -> int:
        """Left edge."""
        return self.column * CELL

    @property
    def y(self) -> int:
        """Upper edge."""
        return self.row * CELL


@cache
def squares() -> tuple[Square, ...]:
    """Every province once, from north to south and west to east.

    Provinces are given to squares so that the sum of squared ways is least (linear assignment).
    """
    from scipy.optimize import linear_sum_assignment  # slow to load, and drawn once

    provinces = list(load_provinces().by_th.values())
    x = _spread(np.array([one.lon for one in provinces])) * (COLUMNS - 1)
    y = (1 - _spread(np.array([one.lat for one in provinces]))) * (ROWS - 1)
    cells = np.array([(column, row) for row in range(ROWS) for column in range(COLUMNS)])
    ways = (x[:, None] - cells[:, 0]) ** 2 + (y[:, None] - cells[:, 1]) ** 2
    at, cell = linear_sum_assignment(ways)
    placed = [Square(provinces[one], *cells[where].tolist()) for one, where in zip(at, cell, strict=True)]
    return tuple(sorted(placed, key=lambda square: (square.row, square.column)))


def shade(count: int) -> int:
    """Class of a number of firms: 0 for none, up to 4.

    Example: `shade(3) -> 2`
    """
    return sum(count >= least for least in _CLASSES)


def counts_by_province(counts: Mapping[str, int]) -> list[tuple[Square, int]]:
    """Every square with its number of firms."""
    return [(square, counts.get(square.province.th, 0)) for square in squares()]


def _spread(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1], those that lie close moved apart."""
    place = (values - values.min()) / (values.max() - values.min())
    rank = values.argsort(kind="stable").argsort() / (len(values) - 1)
    spread: np.ndarray = _BY_PLACE * place + (1 - _BY_PLACE) * rank
    return spread
