"""A fair's lists with their reasons, and the timetable that its meetings ask for; without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.store.meetings import Why
from matcher.bulk import HERE, Bulk
from matcher.engine import Engine, Sentence
from matcher.fair import Fair, ListRules, Manifest, MatchLists, Participant, manifest, match_lists, pair_scores, reasons
from matcher.fair.chance import Belief, load_belief
from matcher.fair.fair import Pair
from matcher.timetable import Problem

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much."""

NOTHING_SAID = Sentence("ผู้จัดงานขอให้พบกัน", "the organiser asks them to meet")
"""Why two firms meet of whom nothing more is known."""

ASK = Sentence("กำลังมองหาอะไรอยู่ และอยากเริ่มเมื่อไร", "What are you looking for, and when would you like to start?")
"""What such firms may ask first."""


@dataclass(frozen=True, slots=True)
class MadeLists:
    """Lists with why each pair is on them, and what they were made of."""

    lists: MatchLists
    whys: Mapping[Pair, Why]
    manifest: Manifest

    @property
    def reasons_a_pair(self) -> float:
        """Mean number of reasons of a listed pair; 0 where nothing is listed."""
        return sum(why.count for why in self.whys.values()) / len(self.whys) if self.whys else 0.0


def make_lists(
    fair: Fair,
    engine: Engine,
    *,
    dial: float = 0.0,
    belief: Belief | None = None,
    report: Report | None = None,
    bulk: Bulk = HERE,
) -> MadeLists:
    """The lists of a fair; equal inputs give equal ones.

    Args:
        fair: Who takes part, with their wishes.
        engine: Over the catalog of its firms.
        dial: 0 makes the total greatest, 1 Nash social welfare.
        belief: What chances are made with; the project's own where it is not given.
        report: Told how far the reasons are.
        bulk: Who scores the pairs.

    Raises:
        UnknownIdError: a participant is not in the catalog.
    """
    report = report or _silent
    report("scores", 0, 1)
    belief = belief or load_belief()
    scores = pair_scores(
        engine,
        [one.firm_id for one in fair.participants],
        on=fair.days[0],
        calibration=belief.calibration,
        readiness=belief.readiness,
        bulk=bulk,
    )
    report("lists", 0, 1)
    lists = match_lists(fair, scores, engine=engine, rules=ListRules(dial=dial))
    found = reasons(engine, lists.pairs, progress=lambda done, total: report("reasons", done, total))
    whys = {
        (pair.first, pair.second): Why(
            _joined([match.evidence.reason for match in one.matches]) if one.matches else NOTHING_SAID,
            one.matches[0].evidence.next_question if one.matches else ASK,
            len(one.matches),
        )
        for pair, one in zip(lists.pairs, found, strict=True)
    }
    return MadeLists(lists, whys, manifest(engine, fair, scores, lists.rules))


def problem_of(fair: Fair, pairs: Sequence[Pair], names: Mapping[str, str]) -> Problem:
    """The timetable that a fair's meetings ask for; participants and meetings in the order of their ids.

    Args:
        fair: With its sessions; between two days nobody waits.
        pairs: Who meets, by ids.
        names: Of the firms, for messages.
    """
    people = participants(fair)
    at = {one.firm_id: number for number, one in enumerate(people)}
    every = frozenset(range(len(fair.slots)))
    days = [slot.start.date() for slot in fair.slots]
    return Problem(
        n_participants=len(people),
        meetings=tuple((at[first], at[second]) for first, second in pairs),
        n_slots=len(fair.slots),
        n_tables=fair.tables,
        forbidden=tuple(every - fair.free_slots(one) for one in people),
        pauses=frozenset(slot for slot in every if slot and days[slot] != days[slot - 1]),
        fairness=len(fair.slots),
        names=tuple(names.get(one.firm_id, one.firm_id) for one in people),
    )


def participants(fair: Fair) -> list[Participant]:
    """A fair's participants in the order in which a timetable counts them."""
    return sorted(fair.participants, key=lambda one: one.firm_id)


def _joined(said: Sequence[Sentence]) -> Sentence:
    return Sentence(" · ".join(one.th for one in said), " · ".join(one.en for one in said))


def _silent(_doing: str, _done: int, _total: int) -> None:
    return None
