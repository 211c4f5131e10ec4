"""Lists of the greatest total value, proven against every allowed pair and not only those tried.

The relaxation is solved over each firm's best pairs; its prices say which pairs left out would pay, they
are let in, and so on until none would (column generation). A pair whose price speaks clearly is then
settled and the integer program decides the few others: lists that differ in a settled pair lose at
least its price (reduced-cost fixing), so what is found within that margin of the relaxation is the best.

Source: Desrosiers and Lübbecke, "A primer in column generation", 2005; Dantzig, Fulkerson and Johnson,
"Solution of a large-scale traveling-salesman problem", 1954 (fixing by reduced costs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.fair.problem import Floats, Mask, Pairs, Problem, strongest
from matcher.fair.solver import GAP, Solved, Solver

FIRST_EACH = 6
"""Best pairs of each firm, beside its cap, that are tried first."""

_ROUNDS = 40
_PAYS = 1e-7
_MANY = 5_000
_ENOUGH = 1e-4
"""With so many pairs to decide, lists that come this near to the bound, as a share of it, will do."""

_MARGINS = (0.01, 0.05, 0.25, np.inf)
"""How clearly a price must speak to settle a pair; each is tried where the one before proved nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Total:
    """The best lists found by total value.

    Attributes:
        pairs: Taken.
        short: float64 (n,), meetings missing to each firm's reachable floor.
        shortfall: Their sum, the smallest there can be.
        value: Sum of the scores of the pairs.
        worth: Sum of what they are worth beyond `Problem.least`: what was made greatest.
        bound: No lists with this shortfall have a greater worth.
        tried: Pairs that the relaxation was solved over, bool (n, n), symmetric.
    """

    pairs: Pairs
    short: Floats
    shortfall: int
    value: float
    worth: float
    bound: float
    tried: Mask


def best_total(problem: Problem) -> Total:
    """Floors first, then worth.

    Floors and caps leave an answer whenever those that must meet do (`Fair` sees to it): what cannot
    be held of the floors is counted as missing, as little as possible.

    Raises:
        ValueError: the pairs that must be taken break a cap or the total.
    """
    if not problem.n:
        nobody = np.zeros(0, np.int64)
        return Total(Pairs(nobody, nobody), np.zeros(0), 0, 0.0, 0.0, 0.0, problem.allowed)
    shortfall = _least_shortfall(problem)
    worth = problem.score - problem.least
    while True:
        priced = _priced(problem, worth, shortfall=shortfall)
        for margin in _MARGINS:
            pairs, solved = _decided(problem, worth, priced, margin, shortfall)
            left = _ENOUGH * priced.value if len(pairs) > _MANY else 0.0
            if solved is not None and solved.value >= priced.value - max(margin, left):
                return _total(problem, pairs, solved, priced, margin)
        shortfall += 1  # floors were reached by halves alone
        if shortfall > problem.floor.sum():
            raise ValueError("no lists were found within the solver's limit of nodes")


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """The relaxation over all allowed pairs.

    Attributes:
        tried: bool (n, n), symmetric: pairs it was solved over.
        gain: float64 (n, n), what a pair is worth beyond the prices of its firms and of a table.
        value: Of the relaxation.
    """

    tried: Mask
    gain: Floats
    value: float


def _decided(
    problem: Problem, worth: Floats, priced: _Priced, margin: float, shortfall: int
) -> tuple[Pairs, Solved | None]:
    """Pairs that are not ruled out, and the best of them in integers."""
    pairs = Pairs.of(problem.allowed & (problem.must | (priced.gain >= -margin)))
    settled = pairs.values(priced.gain) > margin
    gap = _ENOUGH / 2 if len(pairs) > _MANY else GAP
    solver = Solver(problem, pairs, shortfall=shortfall, settled=settled, gap=gap)
    return pairs, solver.best_integers(pairs.values(worth))


def _total(problem: Problem, pairs: Pairs, solved: Solved, priced: _Priced, margin: float) -> Total:
    taken = pairs.chosen(solved.taken)
    worth = float((taken.values(problem.score) - problem.least).sum())
    return Total(
        pairs=taken,
        short=np.round(solved.short),
        shortfall=round(float(solved.short.sum())),
        value=float(taken.values(problem.score).sum()),
        worth=worth,
        bound=max(worth, min(priced.value, max(solved.bound, priced.value - margin))),
        tried=priced.tried,
    )


def _least_shortfall(problem: Problem) -> int:
    """Fewest meetings that must be missing to the floors; 0 where all can be held.

    The relaxation over all pairs says how few it can be; mostly few pairs are enough to do as well.
    """
    if not problem.floor.any():
        return 0
    nothing = np.zeros_like(problem.score)
    priced = _priced(problem, nothing, short=-1.0)
    for mask in (priced.tried, problem.allowed):
        pairs = Pairs.of(mask)
        solved = Solver(problem, pairs, shortfall=None).best_integers(pairs.values(nothing), short=-1.0)
        if solved is not None and (solved.value >= np.floor(priced.value + _PAYS) - _PAYS or mask is problem.allowed):
            return round(-solved.value)
    return int(problem.reachable_floor().sum())


def _priced(problem: Problem, worth: Floats, *, shortfall: float | None = None, short: float = 0.0) -> _Priced:
    """The relaxation over all allowed pairs, by letting in those that pay.

    Args:
        problem: Its floors, caps and total.
        worth: float64 (n, n), of each pair.
        shortfall: Meetings that may be missing; None as many as need be.
        short: Worth of each that is.
    """
    tried = strongest(problem, int(problem.cap.max(initial=0)) + FIRST_EACH)
    for at in range(_ROUNDS):
        pairs = Pairs.of(tried)
        solved = Solver(problem, pairs, shortfall=shortfall).best(pairs.values(worth), short=short)
        if solved is None and len(pairs) == problem.allowed.sum() // 2:
            raise ValueError("the pairs that must be taken break a cap or the total")
        if solved is not None:
            gain = worth - solved.prices[:, None] - solved.prices[None, :] - solved.total_price
            pays = problem.allowed & ~tried & (gain > _PAYS)
            if not pays.any():
                return _Priced(tried, gain, solved.value)
        tried = problem.allowed if solved is None or at == _ROUNDS - 2 else tried | pays
    raise AssertionError("the last round tries every pair")
