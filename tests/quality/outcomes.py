"""Do chances learned from a fair's answers come nearer to the truth? Fairs are drawn, so that the truth is known.

The firms, their scores and their lists are those of the demo; what each fair's firms are like is drawn: how a
score turns into a good answer, how readily who did not ask accepts, how strict each firm is, and who keeps
silent (those who do not want to meet more often). Learned from half of the firms' meetings, measured on the
other half, and on a second fair of other firms in the same market.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np
import numpy.typing as npt

from matcher.domain import Seeking
from matcher.engine import Engine, Sentence
from matcher.engine.seeking import need_seeking
from matcher.fair import Fair, Participant, Session, match_lists, pair_scores
from matcher.fair.chance import Belief, Calibration, Readiness, both_accept, brier, calibration_error, load_belief
from matcher.fair.outcomes.learning import Answer, learn
from tests.quality.trials import interval

LEARNING = """## Learning from outcomes
Chances that both accept, as they come with the project and as a fair learns them from its own answers
(`khukha fair learn`), on 20 drawn fairs of 110 demo firms whose truth is known: each market has its own numbers, and
who does not want to meet often does not answer. Measured on meetings that were not learned from, whether they were
answered or not; differences with a paired bootstrap interval over fairs. "Error" is the calibration error over ten bins
of equal size, which is not 0 for the true numbers either: some 180 meetings make noise, and how strict each firm is
nobody knows.
"""

FAIRS = 20
FIRMS = 110
FEW = (10, 30, 100)
"""Answers that are learned from, beside all there are."""

_DAY = date(2027, 2, 4)
_ANSWERED = {True: 0.8, False: 0.5}
"""Share of those that want a meeting, and of those that do not, who say so."""

_SIDES = (Seeking.SUPPLIER, Seeking.BUYER, Seeking.PARTNER)


@dataclass(frozen=True, slots=True)
class Meetings:
    """Proposed meetings with what both sides want, column by column.

    Attributes:
        ids: Of both firms.
        wants: float32 (n,), the engine's score that the second answers what the first looks for; `wanted` likewise.
        asks: int64 (n,), what the first looks for in the second, a place in `_SIDES`; `asked` likewise.
        yes: bool (n, 2), whether each side wants to meet.
        said: bool (n, 2), whether it says so.
    """

    ids: Sequence[tuple[str, str]]
    wants: npt.NDArray[np.float32]
    wanted: npt.NDArray[np.float32]
    asks: npt.NDArray[np.int64]
    asked: npt.NDArray[np.int64]
    yes: npt.NDArray[np.bool_]
    said: npt.NDArray[np.bool_]

    def chance(self, belief: Belief) -> npt.NDArray[np.float32]:
        """That both accept, float32 (n,)."""
        ready = np.array([belief.readiness.for_asked(side) for side in _SIDES], np.float32)
        return both_accept(
            wants=belief.calibration.chance(self.wants),
            wanted=belief.calibration.chance(self.wanted),
            asked_ready=ready[self.asks],
            asking_ready=ready[self.asked],
        )

    def answers(self, rows: npt.NDArray[np.bool_]) -> list[Answer]:
        """What was said of some of the meetings."""
        found = []
        for at in np.flatnonzero(rows).tolist():
            scores, sides = (self.wants[at], self.wanted[at]), (self.asks[at], self.asked[at])
            for side in (0, 1):
                if self.said[at, side]:
                    own, others = float(scores[side]), float(scores[1 - side])
                    asked, yes = _SIDES[sides[1 - side]], bool(self.yes[at, side])
                    found.append(Answer(self.ids[at][side], own, others, asked, yes))
        return found


class Market:
    """The demo's firms, all pairs scored once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        catalog = engine.built.catalog
        self.scores = pair_scores(engine, [firm.id for firm in catalog.living], on=_DAY)
        kinds = [
            _SIDES.index(need_seeking(need, catalog.firms[firm].offers))
            for need, firm in zip(catalog.needs, catalog.need_firm.tolist(), strict=True)
        ]
        self._seeks = np.where(self.scores.need >= 0, np.array(kinds)[self.scores.need], 0)

    def fairs(self, seed: int) -> tuple[Meetings, Meetings, Belief]:
        """Two fairs of different firms in the same market, and what chances in it are made with."""
        draw = np.random.default_rng(seed)
        truth, ids = _truth(draw), draw.permutation(np.array(self.scores.firm_ids))
        first, second = (self._fair(ids[at : at + FIRMS].tolist(), truth, draw) for at in (0, FIRMS))
        return first, second, truth

    def _fair(self, ids: Sequence[str], truth: Belief, draw: np.random.Generator) -> Meetings:
        lists = match_lists(_fair_of(ids), self.scores, engine=self._engine)
        pairs = [(pair.first, pair.second) for pair in lists.pairs if pair.chance is not None]
        a, b = (np.array([self.scores.at(pair[side]) for pair in pairs]) for side in (0, 1))
        wants, wanted = self.scores.raw[a, b], self.scores.raw[b, a]
        asks, asked = self._seeks[a, b], self._seeks[b, a]
        first_good = draw.random(len(a)) < truth.calibration.chance(wants)
        second_good = draw.random(len(a)) < truth.calibration.chance(wanted)
        ready = np.array([truth.readiness.for_asked(side) for side in _SIDES])
        strict = draw.beta(1, 9, len(self.scores.firm_ids))
        first = (first_good | (second_good & (draw.random(len(a)) < ready[asked]))) & (draw.random(len(a)) >= strict[a])
        second = (second_good | (first_good & (draw.random(len(a)) < ready[asks]))) & (draw.random(len(a)) >= strict[b])
        yes = np.stack([first, second], axis=1)
        said = draw.random(yes.shape) < np.where(yes, _ANSWERED[True], _ANSWERED[False])
        return Meetings(pairs, wants, wanted, asks, asked, yes, said)


def outcomes_part(engine: Engine) -> list[str]:
    """Brier score and calibration error of chances, usual and learned, on meetings that were not learned from."""
    market, usual = Market(engine), load_belief()
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for seed in range(FAIRS):
        this, following, truth = market.fairs(seed)
        draw = np.random.default_rng(seed)
        seen = draw.random(len(this.ids)) < 0.5
        every = this.answers(seen)
        answers = [every[at] for at in draw.permutation(len(every))]
        for name, count in (*((f"{few} answers", few) for few in FEW), ("half of the meetings", len(answers))):
            learned = learn(answers[:count], prior=usual).belief
            found[name].append((min(count, len(answers)), *_figures(this, ~seen, usual, learned)))
        found["nothing: the drawn market's own numbers"].append((0, *_figures(this, ~seen, usual, truth)))
        everything, others = np.ones(len(this.ids), np.bool_), np.ones(len(following.ids), np.bool_)
        answers = this.answers(everything)
        learned = learn(answers, prior=usual).belief
        found["all of them, for the next fair"].append((len(answers), *_figures(following, others, usual, learned)))
    lines = [
        "| learned from | answers | Brier, usual | learned | difference | error, usual | learned | difference |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | --- |",
    ]
    for name, rows in found.items():
        figures = np.array(rows)
        count, before, after, off_before, off_after = figures.mean(axis=0)
        nearer, truer = _moved(figures[:, 2] - figures[:, 1]), _moved(figures[:, 4] - figures[:, 3])
        lines.append(
            f"| {name} | {count:.0f} | {before:.4f} | {after:.4f} | {nearer}"
            f" | {off_before:.3f} | {off_after:.3f} | {truer} |"
        )
    return lines


def _figures(
    meetings: Meetings, rows: npt.NDArray[np.bool_], usual: Belief, learned: Belief
) -> tuple[float, float, float, float]:
    both = meetings.yes[rows].all(axis=1)
    before, after = (meetings.chance(belief)[rows] for belief in (usual, learned))
    return (brier(before, both), brier(after, both), calibration_error(before, both), calibration_error(after, both))


def _moved(differences: npt.NDArray[np.float64]) -> str:
    low, high = interval(differences)
    return f"{differences.mean():+.4f} ({low:+.4f} to {high:+.4f})"


def _truth(draw: np.random.Generator) -> Belief:
    """What a market is like: the usual, moved by chance, and rather warier."""
    usual = load_belief()
    calibration = Calibration(
        usual.calibration.scale * float(np.exp(draw.normal(0, 0.25))), usual.calibration.shift + draw.normal(-0.5, 0.8)
    )
    moved = [_shifted(usual.readiness.for_asked(side), draw.normal(-0.5, 0.8)) for side in _SIDES]
    return Belief(calibration, Readiness(*moved))


def _shifted(share: float, by: float) -> float:
    return 1 / (1 + float(np.exp(-(np.log(share / (1 - share)) + by))))


def _fair_of(ids: Sequence[str]) -> Fair:
    sessions = tuple(
        Session.even(f"{day}{half}", day=_DAY + timedelta(days=day), start=start, slots=5, slot_minutes=30)
        for day in range(2)
        for half, start in (("a", time(9)), ("b", time(13)))
    )
    return Fair("drawn", Sentence("งานจำลอง", "drawn fair"), sessions, 40, tuple(Participant(id) for id in ids))
