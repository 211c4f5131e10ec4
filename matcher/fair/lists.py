"""Match lists of a fair: whom each firm meets, best for all together, within everybody's limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from matcher.domain import Firm
from matcher.engine import Engine
from matcher.engine.answer import Sentence
from matcher.fair.dial import best_fair
from matcher.fair.fair import Fair, Participant, Wish
from matcher.fair.pairs import PairScores
from matcher.fair.problem import Mask, Pairs, Problem
from matcher.fair.total import best_total
from matcher.fair.unmet import Limits, why_unmet


@dataclass(frozen=True, slots=True)
class ListRules:
    """How lists are made.

    Attributes:
        dial: λ: 0 makes the total greatest, 1 Nash social welfare.
        least: Chance from which a meeting is worth its slot; one under it is held for a floor alone.
        pointless: Chance under which no meeting is listed, not even for a floor.
        met_before: What the chance of two firms that met before counts, in [0, 1].
    """

    dial: float = 0.0
    least: float = 0.05
    pointless: float = 0.02
    met_before: float = 0.5


@dataclass(frozen=True, slots=True)
class ListedPair:
    """Two firms that should meet; `first` is the smaller id.

    Attributes:
        chance: That both accept, in [0, 1]; None where a profile is too thin to say and they must meet.
        first_wants: Chance that the second answers what the first looks for; `second_wants` likewise.
        first_need: Id of the first's need that the second answers best, if any does; `second_need` likewise.
        first_offer: Id of the first's offer that answers the second's need; `second_offer` likewise.
        must: Somebody said that they must meet.
        met_before: They have.
    """

    first: str
    second: str
    chance: float | None
    first_wants: float
    second_wants: float
    first_need: str | None
    second_offer: str | None
    second_need: str | None
    first_offer: str | None
    must: bool = False
    met_before: bool = False


@dataclass(frozen=True, slots=True)
class MatchLists:
    """The lists of all firms; equal inputs give equal ones, to the byte.

    Attributes:
        pairs: By ids.
        rules: How they were made.
        value: Sum of the chances: meetings that both sides are expected to accept.
        objective: What was made greatest: at dial 0 the chances above `least` summed, else each firm's
            gain in the mean that belongs to the dial.
        bound: Proven: no lists reach more.
        price_of_fairness: What floors and dial cost of the greatest sum of chances above `least`, percent.
        unmet: Why a firm has fewer meetings than its floor, by id.
    """

    pairs: tuple[ListedPair, ...]
    rules: ListRules
    value: float
    objective: float
    bound: float
    price_of_fairness: float
    unmet: dict[str, Sentence]

    @property
    def gap(self) -> float:
        """How much more than the objective the bound leaves open, as a share of the bound; 0 is proven best."""
        return max(0.0, (self.bound - self.objective) / self.bound) if self.bound > 0 else 0.0

    def of(self, firm_id: str) -> tuple[ListedPair, ...]:
        """A firm's list: those it must meet, then the greatest chance first, then by ids."""
        own = [pair for pair in self.pairs if firm_id in (pair.first, pair.second)]
        return tuple(sorted(own, key=lambda pair: (not pair.must, -(pair.chance or 0.0), pair.first, pair.second)))

    def as_json(self) -> bytes:
        """UTF-8, keys sorted, one line, a newline at the end: equal lists give equal bytes."""
        table = asdict(self) | {"gap": self.gap}
        return (json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def match_lists(fair: Fair, scores: PairScores, *, engine: Engine, rules: ListRules | None = None) -> MatchLists:
    """The best lists of a fair.

    Args:
        fair: Who takes part, with floors, caps, slots, wishes and rules.
        scores: Of its participants, or of more firms.
        engine: Over the catalog that the scores were made of.
        rules: None takes the defaults.

    Raises:
        UnknownIdError: a participant has no scores.
        ValueError: the dial lies outside [0, 1].
    """
    rules = rules or ListRules()
    people = sorted(fair.participants, key=lambda one: one.firm_id)
    at = np.array([scores.at(one.firm_id) for one in people], np.int64)
    limits = _limits(fair, people, at, scores, engine, rules)
    problem = _problem(fair, people, limits, rules)
    free = _without_floors(problem)
    best, unbound = best_total(problem), best_total(free)
    pairs, objective, bound = best.pairs, best.worth, best.bound
    if rules.dial:
        dialled = best_fair(problem, rules.dial, start=best)
        pairs, objective, bound = dialled.pairs, dialled.gain, dialled.bound
    worth = float((pairs.values(problem.score) - problem.least).sum())
    top = max(unbound.bound, worth)
    return MatchLists(
        pairs=_listed(pairs, people, at, scores, engine, problem.must, limits.met_before),
        rules=rules,
        value=round(float(pairs.values(np.nan_to_num(limits.chance)).sum()), 6),
        objective=round(objective, 6),
        bound=round(max(bound, objective), 6),
        price_of_fairness=round(100 * (top - worth) / top, 3) if top > 0 else 0.0,
        unmet=why_unmet(people, pairs.degrees(problem.n), limits, scores, engine),
    )


def _limits(
    fair: Fair,
    people: Sequence[Participant],
    at: np.typing.NDArray[np.int64],
    scores: PairScores,
    engine: Engine,
    rules: ListRules,
) -> Limits:
    """What keeps pairs apart, step by step, so that it can be named."""
    place = {one.firm_id: row for row, one in enumerate(people)}
    firms = _firms(engine, people)
    free = np.zeros((len(people), len(fair.slots)), np.float32)
    for row, one in enumerate(people):
        free[row, sorted(fair.free_slots(one))] = 1
    chance = scores.chance[np.ix_(at, at)].astype(np.float64)
    return Limits(
        by_rules=fair.rules.allowed(people, firms),
        wanted=~_mask(fair.pairs_with(Wish.NO_THANKS), place),
        together=free @ free.T > 0,
        chance=chance,
        worthwhile=np.nan_to_num(chance) >= rules.pointless,
        must=_mask(fair.pairs_with(Wish.MUST_MEET), place),
        met_before=_mask(fair.pairs_with(Wish.MET_BEFORE), place),
        floor=np.array([one.min_meetings for one in people], np.int64),
        cap=np.array([fair.cap(one) for one in people], np.int64),
    )


def _problem(fair: Fair, people: Sequence[Participant], limits: Limits, rules: ListRules) -> Problem:
    score = np.nan_to_num(limits.chance) * np.where(limits.met_before, rules.met_before, 1.0)
    return Problem(
        score=score,
        allowed=limits.allowed,
        must=limits.must,
        floor=limits.floor,
        cap=limits.cap,
        total=fair.tables * len(fair.slots),
        least=rules.least,
    )


def _without_floors(problem: Problem) -> Problem:
    return Problem(
        problem.score,
        problem.allowed,
        problem.must,
        np.zeros_like(problem.floor),
        problem.cap,
        problem.total,
        problem.least,
    )


def _mask(pairs: frozenset[tuple[str, str]], place: dict[str, int]) -> Mask:
    mask: Mask = np.zeros((len(place), len(place)), np.bool_)
    for a, b in pairs:
        mask[place[a], place[b]] = mask[place[b], place[a]] = True
    return mask


def _firms(engine: Engine, people: Sequence[Participant]) -> list[Firm]:
    by_id = {firm.id: firm for firm in engine.built.catalog.living}
    return [by_id[one.firm_id] for one in people]


def _listed(
    pairs: Pairs,
    people: Sequence[Participant],
    at: np.typing.NDArray[np.int64],
    scores: PairScores,
    engine: Engine,
    must: Mask,
    met_before: Mask,
) -> tuple[ListedPair, ...]:
    needs, offers = engine.built.catalog.needs, engine.built.catalog.offers

    def need(a: int, b: int) -> str | None:
        row = int(scores.need[a, b])
        return needs[row].id if row >= 0 else None

    def offer(a: int, b: int) -> str | None:
        row = int(scores.offer[a, b])
        return offers[row].id if row >= 0 else None

    found = []
    for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True):
        i, j = int(at[a]), int(at[b])
        chance = float(scores.chance[i, j])
        found.append(
            ListedPair(
                first=people[a].firm_id,
                second=people[b].firm_id,
                chance=None if np.isnan(chance) else round(chance, 6),
                first_wants=round(float(scores.wants[i, j]), 6),
                second_wants=round(float(scores.wants[j, i]), 6),
                first_need=need(i, j),
                second_offer=offer(i, j),
                second_need=need(j, i),
                first_offer=offer(j, i),
                must=bool(must[a, b]),
                met_before=bool(met_before[a, b]),
            )
        )
    return tuple(found)
