"""The synthetic market: what each way of making lists is worth, and to whom; prints a table.

    python tests/bench/markets.py

Set-up: 300 suppliers, 200 buyers, 8 and 10 meetings at most. As in the code that Tomita and Yokoyama
publish beside "Fair reciprocal recommendation in matching markets" (RecSys 2024, arXiv 2409.00720), a
firm likes another by (1 − λ)·U + λ·popularity, U uniform in [0, 1] and popularity falling evenly from 1
to 0 over the other side. Low concentration is λ = 0.5, high 0.8: the published figures do not name
theirs, and these give the published optima to half a percent. A pair is worth p·q.

Naive: each supplier asks the 8 buyers it likes best, each buyer accepts the 10 askers it likes best.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from matcher.fair.dial import best_fair
from matcher.fair.problem import Pairs, Problem
from matcher.fair.total import best_total

SUPPLIERS, BUYERS = 300, 200
SUPPLIER_CAP, BUYER_CAP = 8, 10
FLOOR = 5
CONCENTRATIONS = {"low": 0.5, "high": 0.8}
SEEDS = range(5)
PUBLISHED = {
    "naive": {"low": (363, 0, 93), "high": (225, 0, 199)},
    "greedy": {"low": (1013, 0.39, 4), "high": (786, 0, 22)},
    "max weight": {"low": (1045, 0.25, 14), "high": (808, 0, 29)},
    "floors": {"low": (1034, 1.32, 0), "high": (798, 0.23, 0)},
    "Nash": {"low": (1011, 1.83, 0), "high": (705, 0.68, 0)},
}


@dataclass(frozen=True, slots=True)
class Market:
    """How suppliers like buyers (p) and buyers suppliers (q), float64 (suppliers, buyers) each."""

    p: np.ndarray
    q: np.ndarray

    @classmethod
    def drawn(cls, concentration: float, seed: int) -> Market:
        """As published."""
        random = np.random.default_rng(seed)
        shape = (SUPPLIERS, BUYERS)
        p = (1 - concentration) * random.random(shape) + concentration * np.linspace(1, 0, BUYERS)
        q = (1 - concentration) * random.random(shape) + concentration * np.linspace(1, 0, SUPPLIERS)[:, None]
        return cls(p, q)

    def problem(self, floor: int = 0) -> Problem:
        """Suppliers first, then buyers."""
        n = SUPPLIERS + BUYERS
        score, allowed = np.zeros((n, n)), np.zeros((n, n), np.bool_)
        score[:SUPPLIERS, SUPPLIERS:] = self.p * self.q
        allowed[:SUPPLIERS, SUPPLIERS:] = True
        return Problem(
            score=score + score.T,
            allowed=allowed | allowed.T,
            must=np.zeros((n, n), np.bool_),
            floor=np.full(n, floor),
            cap=np.repeat([SUPPLIER_CAP, BUYER_CAP], [SUPPLIERS, BUYERS]),
            total=n * n,
        )


def naive(market: Market) -> np.ndarray:
    """Bool (suppliers, buyers)."""
    asks = _best(market.p, SUPPLIER_CAP, axis=1)
    return asks & _best(np.where(asks, market.q, -1.0), BUYER_CAP, axis=0)


def greedy(market: Market) -> np.ndarray:
    """The best pair whose firms have room, again and again."""
    taken = np.zeros(market.p.shape, np.bool_)
    left, right = np.full(SUPPLIERS, SUPPLIER_CAP), np.full(BUYERS, BUYER_CAP)
    for at in np.argsort(-(market.p * market.q), axis=None):
        a, b = divmod(int(at), BUYERS)
        if left[a] and right[b]:
            taken[a, b] = True
            left[a] -= 1
            right[b] -= 1
    return taken


def floors(market: Market) -> np.ndarray:
    """The greatest total with a floor of meetings for everybody."""
    return _table(best_total(market.problem(FLOOR)).pairs)


def nash(market: Market) -> np.ndarray:
    """Nash social welfare, no floors."""
    problem = market.problem()
    return _table(best_fair(problem, 1.0, start=best_total(problem)).pairs)


WAYS: dict[str, Callable[[Market], np.ndarray]] = {
    "naive": naive,
    "greedy": greedy,
    "max weight": lambda market: _table(best_total(market.problem()).pairs),
    "floors": floors,
    "Nash": nash,
}


def measured(market: Market, taken: np.ndarray) -> tuple[float, float, int]:
    """Total value, the suppliers' 5th percentile, suppliers with an empty list."""
    gain = (market.p * market.q * taken).sum(axis=1)
    return float(gain.sum()), float(np.percentile(gain, 5)), int((taken.sum(axis=1) == 0).sum())


def _best(value: np.ndarray, k: int, *, axis: int) -> np.ndarray:
    order = np.argsort(-value, axis=axis, kind="stable")
    mask = np.zeros(value.shape, np.bool_)
    np.put_along_axis(mask, np.take(order, range(k), axis=axis), True, axis=axis)
    return mask


def _table(pairs: Pairs) -> np.ndarray:
    taken = np.zeros((SUPPLIERS, BUYERS), np.bool_)
    taken[pairs.a, pairs.b - SUPPLIERS] = True
    return taken


def table() -> Iterator[str]:
    """Markdown: value, 5th percentile and empty lists, here (mean of the seeds) and as published."""
    yield "| way | concentration | value | p5 | empty lists | value lost | CPU s | published value; p5; empty |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"
    for name, concentration in CONCENTRATIONS.items():
        drawn = [Market.drawn(concentration, seed) for seed in SEEDS]
        most = np.mean([measured(market, WAYS["max weight"](market))[0] for market in drawn])
        for way, make in WAYS.items():
            start = time.process_time()
            value, low, empty = np.mean([measured(market, make(market)) for market in drawn], axis=0)
            seconds = (time.process_time() - start) / len(SEEDS)
            yield (
                f"| {way} | {name} | {value:.0f} | {low:.2f} | {empty:.1f} | {1 - value / most:.2%} | {seconds:.2f} "
                f"| {'; '.join(map(str, PUBLISHED[way][name]))} |"
            )


if __name__ == "__main__":
    for row in table():
        print(row, flush=True)
