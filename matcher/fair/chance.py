"""From how well a firm answers a need to the chance that both sides accept a meeting."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from matcher.domain import Seeking

Chances = npt.NDArray[np.float32]
LEAST = 0.01
"""Scores under it are of pairs that no list would hold; calibration looks at the others."""

_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Readiness:
    """Chance that a firm accepts a meeting that only the other asked for, where it would be a good answer.

    Who is asked to sell only gains, who is asked to buy must spend: the sides differ. No judged data
    speak of this: these values are assumed, and a fair learns its own (`matcher.fair.outcomes.learning`).
    """

    to_sell: float = 0.9
    to_buy: float = 0.5
    to_join: float = 0.7

    def for_asked(self, seeking: Seeking) -> float:
        """Of the firm that is asked by one that seeks a supplier, a buyer or a partner."""
        return {Seeking.SUPPLIER: self.to_sell, Seeking.BUYER: self.to_buy, Seeking.PARTNER: self.to_join}[seeking]


def both_accept(
    *, wants: Chances, wanted: Chances, asked_ready: Chances, asking_ready: Chances
) -> npt.NDArray[np.float32]:
    """Chance that both of two firms accept, from what each says it looks for.

    A meeting is good for a firm where the other answers its need. Where it is good for both, both
    accept; where it is good for one, the other accepts as readily as its side does; else nobody does.
    A product of each side's own chance would count the same good answer twice.

    Args:
        wants: float32, chance that b answers what a looks for, in [0, 1].
        wanted: Likewise that a answers what b looks for.
        asked_ready: Chance that b accepts where only a's need is answered.
        asking_ready: Chance that a accepts where only b's is.

    Returns:
        In [0, 1]; 0 where neither answers the other; the same with the sides exchanged.

    Example: `wants=0.8, wanted=0, asked_ready=0.9 -> 0.72`
    Source: reciprocity after Pizzato et al., "RECON: a reciprocal recommender for online dating",
    RecSys 2010, as a chance instead of their harmonic mean.
    """
    chance = wants * wanted + wants * (1 - wanted) * asked_ready + (1 - wants) * wanted * asking_ready
    return np.asarray(chance, np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns an engine score into the chance that a judge calls the firm a good answer (grade 2 or 3).

    Attributes:
        scale: Of the score's log-odds.
        shift: Added to them.
    """

    scale: float = 1.0
    shift: float = 0.0

    def chance(self, score: npt.NDArray[np.float32]) -> Chances:
        """float32 of any shape, rising with the score; 0 stays 0."""
        found = 0.5 * (1 + np.tanh((self.scale * log_odds(score) + self.shift) / 2))
        return np.where(score > 0, found, 0.0).astype(np.float32)

    @classmethod
    def fit(cls, score: npt.NDArray[np.float32], good: npt.NDArray[np.bool_]) -> Calibration:
        """From judged pairs, float32 (n,) and bool (n,).

        Source: Platt, "Probabilistic outputs for support vector machines", 1999.
        """
        from scipy.optimize import minimize  # slow to load, and a service never fits

        x, y = log_odds(score), good.astype(np.float64)

        def loss(p: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            margin = p[0] * x + p[1]
            off = 0.5 * (1 + np.tanh(margin / 2)) - y
            return float(np.mean(np.logaddexp(0, margin) - y * margin)), np.array([np.mean(off * x), np.mean(off)])

        scale, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B").x
        return cls(round(float(scale), 4), round(float(shift), 4))

    def score_of(self, chance: float) -> float:
        """The score of which `chance` makes this, in [0, 1]; 0 stays 0."""
        if chance <= 0:
            return 0.0
        odds = (float(log_odds(np.float32(chance))) - self.shift) / self.scale
        return 0.5 * (1 + float(np.tanh(odds / 2)))


@dataclass(frozen=True, slots=True)
class Belief:
    """What the chance that both accept is made with, beside the engine's scores."""

    calibration: Calibration
    readiness: Readiness

    def as_table(self) -> dict[str, float]:
        """Its five numbers by name."""
        return {**asdict(self.calibration), **asdict(self.readiness)}

    @classmethod
    def from_table(cls, table: Mapping[str, float]) -> Belief:
        """Read back what `as_table` wrote; other entries are passed over."""
        ready = Readiness(to_sell=table["to_sell"], to_buy=table["to_buy"], to_join=table["to_join"])
        return cls(Calibration(table["scale"], table["shift"]), ready)


def load_belief() -> Belief:
    """The one that comes with the project."""
    return Belief(load_calibration(), Readiness())


@cache
def load_calibration() -> Calibration:
    """The one that comes with the project; `tests/bench/chances.py` makes and measures it."""
    table = tomllib.loads((files("matcher.fair") / "calibration.toml").read_text("utf-8"))
    return Calibration(float(table["scale"]), float(table["shift"]))


def brier(chance: Chances, good: npt.NDArray[np.bool_]) -> float:
    """Mean squared difference between chance and what was judged, in [0, 1]; 0 is best.

    Source: Brier, "Verification of forecasts expressed in terms of probability", 1950.
    """
    return float(np.mean((chance.astype(np.float64) - good) ** 2))


def calibration_error(chance: Chances, good: npt.NDArray[np.bool_], *, bins: int = 10) -> float:
    """Mean distance of stated and found share of good pairs over bins of equal size, in [0, 1].

    Source: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning", AAAI 2015, with bins of equal size, since most pairs are near 0.
    """
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    gaps = [abs(float(chance[part].mean() - good[part].mean())) * len(part) for part in parts if len(part)]
    return sum(gaps) / max(1, len(chance))


def log_odds(score: npt.NDArray[np.float32] | np.float32) -> npt.NDArray[np.float64]:
    """Of scores in [0, 1], kept from the very ends."""
    inside = np.clip(score.astype(np.float64), _EDGE, 1 - _EDGE)
    odds: npt.NDArray[np.float64] = np.log(inside) - np.log1p(-inside)
    return odds
