"""The fairness dial: from total value towards equal gain, by a concave value of each firm's gain.

A firm's gain u is the sum of its meetings' scores, and Σ φ(u) is made greatest with

    φ(u) = (u + ε)^(1 − λ) / (1 − λ),   φ(u) = log(u + ε) at λ = 1 (Nash social welfare).

Frank and Wolfe's method asks the linear program for the best direction again and again; the fractional
lists it ends in are rounded to the nearest integral ones. The method's own gap bounds all lists.

Source: Mo and Walrand, "Fair end-to-end window-based congestion control", 2000 (α-fairness); Frank and
Wolfe, "An algorithm for quadratic programming", 1956, and Jaggi, ICML 2013, for the bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.fair.problem import Floats, Mask, Pairs, Problem, strongest
from matcher.fair.solver import Solver
from matcher.fair.total import Total

EPSILON = 0.01
"""Gain that everybody has already, so that one who gains nothing does not outweigh all others."""

STEPS = 60
LEANS = (0.3, 1.0, 3.0, 10.0)
ALL_PAIRS = 60_000
"""Pairs up to which all that are allowed are tried; else each firm's best."""

_CLOSE = 1e-4
_SECTIONS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Dialled:
    """Lists at some setting of the dial.

    Attributes:
        pairs: Taken.
        gain: The firms' gains in one number, by the mean that belongs to λ (arithmetic at 0, geometric
            at 1).
        bound: No lists from the pairs tried have a greater gain.
    """

    pairs: Pairs
    gain: float
    bound: float


def best_fair(problem: Problem, dial: float, *, start: Total) -> Dialled:
    """Lists for a dial in (0, 1], with the floors of the best total; see the module.

    Args:
        problem: As for `best_total`.
        dial: λ.
        start: The best total of the same problem.

    Raises:
        ValueError: the dial lies outside (0, 1].
    """
    if not 0 < dial <= 1:
        raise ValueError(f"the dial is {dial}, it must lie in (0, 1]")
    pairs = Pairs.of(_tried(problem, start))
    value = _Value(pairs, pairs.values(problem.score), problem.n, dial)
    solver = Solver(problem, pairs, shortfall=start.shortfall)
    begin = _indicator(pairs, start.pairs, problem.n)
    x, bound = _relaxed(solver, value, begin)
    best = max([begin, *_rounded(solver, value, x)], key=value.of)
    gain = value.mean(value.of(best))
    return Dialled(pairs.chosen(best > 0.5), gain, max(gain, value.mean(bound)))


@dataclass(frozen=True, slots=True, eq=False)
class _Value:
    """Σ φ(u) of lists x, float64 (m,), over some pairs with their scores."""

    pairs: Pairs
    score: Floats
    n: int
    dial: float

    def gains(self, x: Floats) -> Floats:
        """float64 (n,)."""
        return self.pairs.utilities(self.score * x, self.n)

    def of_gains(self, gains: Floats) -> float:
        """Sum over the firms."""
        return float(self.each(gains).sum())

    def each(self, gains: Floats) -> Floats:
        """φ of each gain, float64 of any shape."""
        inside = np.maximum(gains, 0.0) + EPSILON
        return np.log(inside) if self.dial == 1 else inside ** (1 - self.dial) / (1 - self.dial)

    def of(self, x: Floats) -> float:
        """Of lists."""
        return self.of_gains(self.gains(x))

    def slope(self, x: Floats) -> Floats:
        """What a little more of each pair adds, float64 (m,)."""
        marginal = (np.maximum(self.gains(x), 0.0) + EPSILON) ** -self.dial
        return self.score * (marginal[self.pairs.a] + marginal[self.pairs.b])

    def mean(self, total: float) -> float:
        """The gain that each firm would have if all had the same and Σ φ were `total`."""
        each = total / max(1, self.n)
        if self.dial == 1:
            return float(np.exp(each) - EPSILON)
        return float(max(0.0, (1 - self.dial) * each) ** (1 / (1 - self.dial)) - EPSILON)


def _tried(problem: Problem, start: Total) -> Mask:
    """Pairs worth a meeting, few enough; and those of the best total, which hold the floors."""
    if problem.allowed.sum() // 2 <= ALL_PAIRS:
        mask = problem.allowed & (problem.score >= problem.least)
    else:
        mask = (strongest(problem, 3 * int(problem.cap.max())) | start.tried) & (problem.score >= problem.least)
    mask = mask | problem.must
    mask[start.pairs.a, start.pairs.b] = mask[start.pairs.b, start.pairs.a] = True
    return mask


def _indicator(pairs: Pairs, taken: Pairs, n: int) -> Floats:
    return np.isin(pairs.a * n + pairs.b, taken.a * n + taken.b).astype(np.float64)


def _relaxed(solver: Solver, value: _Value, x: Floats) -> tuple[Floats, float]:
    """Fractional lists of nearly the greatest value, and a value that none exceed."""
    bound = np.inf
    for _ in range(STEPS):
        slope = value.slope(x)
        solved = solver.best(slope)
        if solved is None:
            break
        gap = float(slope @ (solved.x - x))
        bound = min(bound, value.of(x) + gap)
        if gap < _CLOSE * value.n:
            break
        here, there = value.gains(x), value.gains(solved.x)
        step = _line_search(value, here, there)
        x = x + step * (solved.x - x)
    return x, bound


def _line_search(value: _Value, here: Floats, there: Floats) -> float:
    """The best way between two gains, in [0, 1], by halving the slope's sign."""
    low, high = 0.0, 1.0
    for _ in range(_SECTIONS):
        middle = (low + high) / 2
        inside = np.maximum(here + middle * (there - here), 0.0) + EPSILON
        rising = float((inside**-value.dial) @ (there - here)) > 0
        low, high = (middle, high) if rising else (low, middle)
    return (low + high) / 2


def _rounded(solver: Solver, value: _Value, x: Floats) -> list[Floats]:
    """Integral lists near fractional ones: the nearest have the greatest Σ (2x − 1)·y.

    A lean towards what a little more of each pair adds makes them better, and too much leaves x.
    """
    slope = value.slope(x)
    slope /= slope.max(initial=0.0) + EPSILON
    found = [solver.best_integers(2 * x - 1 + lean * slope) for lean in LEANS]
    return [one.x for one in found if one is not None]
