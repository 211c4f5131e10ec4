"""Who meets whom as a problem of numbers: a maximum-weight b-matching with floors and caps.

    maximise   Σ weight(e)·x(e)                        over pairs e that are allowed
    such that  floor(v) ≤ Σ x(e) + short(v) ≤ cap(v)   for each firm v, e at v
               Σ x(e) ≤ total,  x(e) = 1 where e must be,  x(e) ∈ {0, 1},  Σ short(v) as small as can be

Any firm may meet any other, so the graph is not bipartite, and the linear relaxation may end in halves
(odd cycles): integers need a MIP, and the relaxation is its bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The numbers; made by hand for a study, or by `matcher.fair.lists` for a fair.

    Attributes:
        score: float64 (n, n), symmetric, at least 0: what a meeting is worth.
        allowed: bool (n, n), symmetric: pairs that may meet, those that must among them.
        must: bool (n, n), symmetric: pairs that meet whatever they are worth.
        floor: int64 (n,), fewest meetings wished.
        cap: int64 (n,), most meetings.
        total: Meetings of all firms at most.
        least: What a meeting costs: one that is worth less is only held for a floor.
    """

    score: Floats
    allowed: Mask
    must: Mask
    floor: Ints
    cap: Ints
    total: int
    least: float = 0.0

    @property
    def n(self) -> int:
        """How many firms there are."""
        return len(self.cap)

    def reachable_floor(self) -> Ints:
        """Floors cut to what a firm could reach if it were alone: its partners and its cap, int64 (n,)."""
        reachable: Ints = np.minimum(np.minimum(self.floor, self.cap), self.allowed.sum(axis=1)).astype(np.int64)
        return reachable


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Some pairs of a problem, a < b, in the order of (a, b).

    Attributes:
        a: int64 (m,); `b` likewise.
    """

    a: Ints
    b: Ints

    @classmethod
    def of(cls, mask: Mask) -> Pairs:
        """The pairs of a symmetric mask, bool (n, n)."""
        a, b = np.nonzero(np.triu(mask, 1))
        return cls(a.astype(np.int64), b.astype(np.int64))

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.a)

    def values(self, matrix: Floats) -> Floats:
        """Entries of a matrix, float64 (m,)."""
        return matrix[self.a, self.b]

    def chosen(self, taken: Mask) -> Pairs:
        """Those of a mask, bool (m,)."""
        return Pairs(self.a[taken], self.b[taken])

    def degrees(self, n: int) -> Ints:
        """How often each of n firms stands in a pair, int64 (n,)."""
        return np.bincount(np.concatenate([self.a, self.b]), minlength=n).astype(np.int64)

    def utilities(self, values: Floats, n: int) -> Floats:
        """Sum of values at each firm, float64 (n,), from float64 (m,)."""
        both = np.concatenate([values, values])
        sums: Floats = np.bincount(np.concatenate([self.a, self.b]), weights=both, minlength=n).astype(np.float64)
        return sums


def strongest(problem: Problem, each: int) -> Mask:
    """Each firm's best allowed pairs, and those that must be, bool (n, n), symmetric; ties to the smaller."""
    if problem.n <= each:
        return problem.allowed.copy()
    value = np.where(problem.allowed, problem.score, -1.0)
    best = np.argsort(-value, axis=1, kind="stable")[:, :each]
    mask: Mask = np.zeros((problem.n, problem.n), np.bool_)
    np.put_along_axis(mask, best, True, axis=1)
    mask |= mask.T
    return (mask | problem.must) & problem.allowed
