"""Learning from what firms answered and told: a fair's chances, moved as far from the usual as its answers carry.

A side accepts where the other answers what it looks for, or else, as readily as its side does, where it
answers what the other looks for. The five numbers behind that (`Belief`) are learned with those that come
with the project as a prior, so that few answers move them little.

Only meetings that lists proposed have answers, so nothing is learned of pairs that looked hopeless; and
learning always starts from the prior and the engine's own scores, never from what was learned before:
what a fair learned cannot feed on itself. A firm that answers often counts for less each time, since its
answers are alike.

Source: Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017 (here with a = b, which keeps scores
of one half as sure as those of the other), its maximum a posteriori under normal priors; Kish, "Survey
sampling", 1965 (the weight of answers that are alike).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from matcher.domain import Seeking
from matcher.fair.chance import Belief, Calibration, Chances, Readiness, brier, calibration_error, log_odds
from matcher.fair.outcomes.told import Outcome

LEAST_ANSWERS = 30
"""Answers from which something can be learned …"""
LEAST_OF_EACH = 5
"""… of which so many must say yes, and so many no."""

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the table of chances said and shares found."""

_FOLDS = 5
_ALIKE = 0.1
"""How alike the answers of one firm are: their correlation."""
_SPREAD = np.array([0.25, 0.6, 0.7, 0.7, 0.7])
"""Standard deviations of the prior: log scale, shift, log-odds of the three readinesses."""
_SIDES = (Seeking.SUPPLIER, Seeking.BUYER, Seeking.PARTNER)

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side of a proposed meeting wants.

    Attributes:
        firm_id: Whose answer it is.
        own: The engine's score that the other answers what this side looks for, in [0, 1]; 0 where nothing does.
        others: Its score that this side answers what the other looks for.
        asked: What the other looks for in it.
        yes: Whether it accepts, and stands by it.
    """

    firm_id: str
    own: float
    others: float
    asked: Seeking
    yes: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose chance of a yes was said to be alike.

    Attributes:
        low: Of the chances, in [0, 1]; `high` likewise.
        said: Their mean; 0 where there are none, like `found`.
        found: Share that said yes.
    """

    low: float
    high: float
    count: int
    said: float
    found: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far chances can be trusted.

    Attributes:
        brier: Mean squared distance of chance and answer, in [0, 1]; 0 is best.
        error: Calibration error, in [0, 1].
    """

    brier: float
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What answers teach.

    Attributes:
        belief: To be used.
        prior: What it was learned from.
        answers: How many there were; `yes` of them.
        firms: That answered.
        before: The prior, held against the answers.
        after: What is learned without the firms that answered, in turn, held against their answers.
    """

    belief: Belief
    prior: Belief
    answers: int
    yes: int
    firms: int
    before: Reliability
    after: Reliability

    @property
    def enough(self) -> bool:
        """Whether the answers are enough to be used."""
        return self.answers >= LEAST_ANSWERS and min(self.yes, self.answers - self.yes) >= LEAST_OF_EACH

    @property
    def better(self) -> bool:
        """Whether chances of firms that were not learned from come nearer to what they answered."""
        return self.after.brier < self.before.brier


def wanted(said: bool | None, outcome: Outcome | None) -> bool | None:
    """Whether a side wants a meeting, from its answer and what came of it; None where it did not say.

    What came of it counts before the answer, where it says which: insufficient interest is a no and
    possible cooperation a yes. A meeting that was informative or did not take place leaves the answer.
    """
    if outcome is Outcome.COOPERATION_POSSIBLE:
        return True
    return False if outcome is Outcome.INSUFFICIENT_INTEREST else said


def learn(answers: Sequence[Answer], *, prior: Belief) -> Learnt:
    """Learn from the answers of one fair or several.

    Args:
        answers: In any order, which does not matter.
        prior: Where learning starts: what comes with the project.
    """
    known = sorted(answers, key=lambda one: (one.firm_id, one.own, one.others, one.asked, one.yes))
    facts = _Facts.of(known)
    return Learnt(
        belief=_fitted(facts, prior),
        prior=prior,
        answers=len(known),
        yes=int(facts.yes.sum()),
        firms=len(set(facts.firm.tolist())),
        before=_reliability(_accepts(facts, prior), facts.yes),
        after=_reliability(_unseen(facts, prior), facts.yes),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """Answers in columns: float32 (n,) scores, int64 (n,) side and firm, bool (n,) yes."""

    own: Chances
    others: Chances
    side: npt.NDArray[np.int64]
    firm: npt.NDArray[np.int64]
    yes: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> _Facts:
        number = {id: at for at, id in enumerate(sorted({one.firm_id for one in answers}))}
        return cls(
            np.array([one.own for one in answers], np.float32),
            np.array([one.others for one in answers], np.float32),
            np.array([_SIDES.index(one.asked) for one in answers], np.int64),
            np.array([number[one.firm_id] for one in answers], np.int64),
            np.array([one.yes for one in answers], np.bool_),
        )

    def only(self, rows: npt.NDArray[np.bool_]) -> _Facts:
        return _Facts(self.own[rows], self.others[rows], self.side[rows], self.firm[rows], self.yes[rows])


def _accepts(facts: _Facts, belief: Belief) -> Chances:
    """The chance that each side accepts, float32 (n,)."""
    ready = np.array([belief.readiness.for_asked(side) for side in _SIDES], np.float32)[facts.side]
    wants, wanted_too = belief.calibration.chance(facts.own), belief.calibration.chance(facts.others)
    return np.asarray(wants + (1 - wants) * wanted_too * ready, np.float32)


def _unseen(facts: _Facts, prior: Belief) -> Chances:
    """The chance of each answer, learned without its firm."""
    chance = np.zeros(len(facts.yes), np.float32)
    for fold in range(_FOLDS):
        asked = facts.firm % _FOLDS == fold
        if asked.any():
            chance[asked] = _accepts(facts.only(asked), _fitted(facts.only(~asked), prior))
    return chance


def _fitted(facts: _Facts, prior: Belief) -> Belief:
    """The most likely belief, given the answers and the prior."""
    from scipy.optimize import minimize  # slow to load, and a service rarely learns

    if not len(facts.yes):
        return prior
    start, count = _numbers(prior), np.bincount(facts.firm)[facts.firm]
    weight = 1 / (1 + _ALIKE * (count - 1))

    def loss(numbers: Doubles) -> tuple[float, Doubles]:
        chance, slopes = _sloped(facts, numbers)
        off = (numbers - start) / _SPREAD
        fit = -float(weight @ np.where(facts.yes, np.log(chance), np.log1p(-chance)))
        pull = weight * np.where(facts.yes, -1 / chance, 1 / (1 - chance))
        return fit + 0.5 * float(off @ off), slopes @ pull + off / _SPREAD

    return _belief(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def _sloped(facts: _Facts, numbers: Doubles) -> tuple[Doubles, Doubles]:
    """The chance of each answer as `_accepts` has it, float64 (n,), and its slope in each number, float64 (5, n)."""
    scale, shift, ready = np.exp(numbers[0]), numbers[1], _logistic(numbers[2:])[facts.side]

    def chance_of(score: Chances) -> tuple[Doubles, Doubles, Doubles]:
        odds = log_odds(score)
        chance = np.where(score > 0, _logistic(scale * odds + shift), 0.0)
        return chance, chance * (1 - chance) * scale * odds, chance * (1 - chance)

    wants, wants_scale, wants_shift = chance_of(facts.own)
    others, others_scale, others_shift = chance_of(facts.others)
    by_wants, by_others = 1 - others * ready, (1 - wants) * ready
    by_ready = (1 - wants) * others * ready * (1 - ready)
    slopes = [
        by_wants * wants_scale + by_others * others_scale,
        by_wants * wants_shift + by_others * others_shift,
        *(np.where(facts.side == side, by_ready, 0.0) for side in range(len(_SIDES))),
    ]
    return np.clip(wants + by_others * others, 1e-6, 1 - 1e-6), np.stack(slopes)


def _logistic(x: Doubles) -> Doubles:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)), np.float64)


def _numbers(belief: Belief) -> Doubles:
    """Float64 (5,): log scale, shift, log-odds of the readinesses; any five numbers are a belief."""
    ready = np.array([belief.readiness.for_asked(side) for side in _SIDES])
    return np.array([np.log(belief.calibration.scale), belief.calibration.shift, *np.log(ready / (1 - ready))])


def _belief(numbers: Doubles) -> Belief:
    to_sell, to_buy, to_join = (round(float(one), 4) for one in _logistic(numbers[2:]))
    calibration = Calibration(round(float(np.exp(numbers[0])), 4), round(float(numbers[1]), 4))
    return Belief(calibration, Readiness(to_sell=to_sell, to_buy=to_buy, to_join=to_join))


def _reliability(chance: Chances, yes: npt.NDArray[np.bool_]) -> Reliability:
    if not len(yes):
        return Reliability(0.0, 0.0, ())
    at = np.clip(np.searchsorted(EDGES, chance, side="right") - 1, 0, len(EDGES) - 2)
    bins = []
    for number, (low, high) in enumerate(pairwise(EDGES)):
        own = at == number
        count = int(own.sum())
        said, found = (float(chance[own].mean()), float(yes[own].mean())) if count else (0.0, 0.0)
        bins.append(Bin(low, high, count, round(said, 4), round(found, 4)))
    return Reliability(round(brier(chance, yes), 4), round(calibration_error(chance, yes), 4), tuple(bins))
