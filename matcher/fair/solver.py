"""The linear program of a `Problem` and its integer form, solved with HiGHS.

HiGHS takes a new objective and goes on from where it stood, which prices, bounds and the fairness dial
need. One thread and a fixed seed: the same problem gives the same answer.

Source: Huangfu and Hall, "Parallelizing the dual revised simplex method", 2018 (HiGHS).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from matcher.fair.problem import Floats, Ints, Mask, Pairs, Problem

SEED = 0
NODES = 2_000
"""Nodes of the search tree at most: a count and not a clock, so that a slow machine answers the same."""

GAP = 1e-6
_TAKEN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """An answer of the linear or the integer program.

    Attributes:
        x: float64 (m,), how far each pair is taken.
        short: float64 (n,), meetings missing to a floor.
        value: Of the objective.
        bound: No answer is worth more; equal to `value` for the linear program.
        prices: float64 (n,), what a place with each firm is worth; of the linear program alone.
        total_price: What a table is worth.
    """

    x: Floats
    short: Floats
    value: float
    bound: float
    prices: Floats
    total_price: float

    @property
    def taken(self) -> Mask:
        """Bool (m,): pairs of an integer answer."""
        return np.asarray(self.x > _TAKEN)


class Solver:
    """One problem over some of its pairs; the objective can be changed.

    Args:
        problem: Floors, caps, musts and the total.
        pairs: Those that may be taken.
        shortfall: Meetings that may be missing to the floors, over all firms; None as many as need be.
        settled: bool (m,), pairs that are taken beside those that must be; None where none is.
        gap: How near to its bound an integer answer is good enough, as a share.
    """

    def __init__(
        self,
        problem: Problem,
        pairs: Pairs,
        *,
        shortfall: float | None = 0.0,
        settled: Mask | None = None,
        gap: float = GAP,
    ) -> None:
        self._n, self._m = problem.n, len(pairs)
        floor = problem.reachable_floor()
        must = problem.must[pairs.a, pairs.b] | (settled if settled is not None else False)
        columns, n_short = self._m, problem.n
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns + n_short, problem.n + 2
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.zeros(columns + n_short)
        lp.col_lower_ = np.concatenate([must.astype(np.float64), np.zeros(n_short)])
        lp.col_upper_ = np.concatenate([np.ones(columns), floor.astype(np.float64)])
        lp.row_lower_ = np.concatenate([floor.astype(np.float64), [-highspy.kHighsInf, -highspy.kHighsInf]])
        most = float(floor.sum()) if shortfall is None else shortfall
        lp.row_upper_ = np.concatenate([problem.cap.astype(np.float64), [float(problem.total), most]])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = _columns(pairs, problem.n)
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in {
            "output_flag": False,
            "threads": 1,
            "random_seed": SEED,
            "mip_rel_gap": gap,
            "mip_abs_gap": GAP,
            "mip_max_nodes": NODES,
        }.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(lp)

    def best(self, weight: Floats, *, short: float = 0.0) -> Solved | None:
        """The linear program with these weights, float64 (m,); None where floors and caps cannot be met.

        Args:
            weight: Of each pair.
            short: Of each meeting missing to a floor.
        """
        return self._run(weight, short, integer=False)

    def best_integers(self, weight: Floats, *, short: float = 0.0) -> Solved | None:
        """The integer program likewise."""
        return self._run(weight, short, integer=True)

    def _run(self, weight: Floats, short: float, *, integer: bool) -> Solved | None:
        highs, every = self._highs, self._m + self._n
        kind = highspy.HighsVarType.kInteger if integer else highspy.HighsVarType.kContinuous
        highs.changeColsIntegrality(every, np.arange(every, dtype=np.int32), np.full(every, kind))
        cost = np.concatenate([weight, np.full(self._n, short)])
        highs.changeColsCost(every, np.arange(every, dtype=np.int32), cost)
        highs.run()
        info, solution = highs.getInfo(), highs.getSolution()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        x = np.array(solution.col_value, np.float64)
        prices = np.zeros(self._n + 2) if integer else np.array(solution.row_dual, np.float64)
        value = float(info.objective_function_value)
        return Solved(
            x=np.round(x[: self._m]) if integer else x[: self._m],
            short=x[self._m :],
            value=value,
            bound=max(value, float(info.mip_dual_bound)) if integer else value,
            prices=prices[: self._n],
            total_price=float(prices[self._n]),
        )


def _columns(pairs: Pairs, n: int) -> tuple[Ints, Ints, Floats]:
    """The matrix by columns: a pair counts at both firms and in the total, a missing meeting at its firm."""
    m = len(pairs)
    of_pairs = np.stack([pairs.a, pairs.b, np.full(m, n, np.int64)], axis=1).ravel()
    of_short = np.stack([np.arange(n, dtype=np.int64), np.full(n, n + 1, np.int64)], axis=1).ravel()
    starts = np.concatenate([3 * np.arange(m, dtype=np.int64), 3 * m + 2 * np.arange(n + 1, dtype=np.int64)])
    return (
        starts.astype(np.int32),
        np.concatenate([of_pairs, of_short]).astype(np.int32),
        np.ones(3 * m + 2 * n),
    )
