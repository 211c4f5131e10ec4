"""A fair from its participants to its files: pair scores, match lists, timetable, what is printed and sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from api.exports import Pack, PackMeeting, write_pack
from matcher.domain import Firm
from matcher.engine import Engine, Match, Sentence
from matcher.fair import Fair, MatchLists, Participant, Session, manifest, match_lists, pair_scores, reasons
from matcher.fair.lists import ListedPair
from matcher.timetable import Problem, Status, Timetable, keep_compiled_in, solve

BANGKOK = timezone(timedelta(hours=7))
DEMO_DAY = date(2027, 2, 4)
DEMO_FIRMS_A_CLUSTER = 20
STEPS = 20_000_000
"""Of the search for a timetable: so many rather than so long, so that equal fairs get equal timetables."""

_NOTHING_SAID = Sentence("ผู้จัดงานขอให้พบกัน", "the organiser asks them to meet")
_ASK = Sentence("กำลังมองหาอะไรอยู่ และอยากเริ่มเมื่อไร", "What are you looking for, and when would you like to start?")


@dataclass(frozen=True, slots=True)
class Planned:
    """A fair that is planned.

    Attributes:
        timetable: Its meetings are `lists.pairs`, in their order; its participants those of the fair by id.
    """

    fair: Fair
    lists: MatchLists
    timetable: Timetable
    pack: Pack

    @property
    def with_four_meetings(self) -> float:
        """Share of the firms with at least four meetings in the timetable, in [0, 1]."""
        held = Counter(id for one in self.pack.meetings if one.slot is not None for id in (one.a, one.b))
        return sum(held[one.firm_id] >= 4 for one in self.fair.participants) / len(self.fair.participants)


def plan(fair: Fair, engine: Engine, *, cache_dir: Path, steps: int = STEPS, seed: int = 1) -> Planned:
    """Lists, timetable and pack of a fair; equal inputs give equal ones.

    Args:
        fair: Who takes part, when and where.
        engine: Over the catalog of its firms.
        cache_dir: Where the compiled search is kept between runs.
        steps: How long to search for a timetable with fewer breaks.
        seed: Of that search.
    """
    first_day = fair.days[0]
    scores = pair_scores(engine, [one.firm_id for one in fair.participants], on=first_day)
    lists = match_lists(fair, scores, engine=engine)
    keep_compiled_in(cache_dir)
    timetable = solve(problem_of(fair, lists, engine), seconds=120, steps=steps, seed=seed)
    made_of = manifest(engine, fair, scores, lists.rules)
    held = timetable.status in {Status.OPTIMAL, Status.FEASIBLE}
    catalog = engine.built.catalog
    pack = Pack(
        fair=fair,
        firms={one.firm_id: catalog.firms[catalog.firm_row(one.firm_id)] for one in fair.participants},
        meetings=tuple(
            _meeting(engine, pair, (timetable.slots[at], timetable.tables[at] + 1) if held else (None, None))
            for at, pair in enumerate(lists.pairs)
        ),
        issued=datetime.combine(first_day, time(), BANGKOK),
        unmet=lists.unmet,
        manifest=json.loads(made_of.as_json()) | {"timetable_seed": seed, "timetable_steps": steps},
    )
    return Planned(fair, lists, timetable, pack)


def problem_of(fair: Fair, lists: MatchLists, engine: Engine) -> Problem:
    """The timetable that a fair's lists ask for."""
    people = sorted(fair.participants, key=lambda one: one.firm_id)
    at = {one.firm_id: number for number, one in enumerate(people)}
    every = frozenset(range(len(fair.slots)))
    catalog = engine.built.catalog
    return Problem(
        n_participants=len(people),
        meetings=tuple((at[pair.first], at[pair.second]) for pair in lists.pairs),
        n_slots=len(fair.slots),
        n_tables=fair.tables,
        forbidden=tuple(frozenset() if one.available is None else every - one.available for one in people),
        fairness=len(fair.slots),
        names=tuple(catalog.firms[catalog.firm_row(one.firm_id)].name_th for one in people),
    )


def demo_fair(firms: Sequence[Firm]) -> Fair:
    """Two days of ten slots, forty tables, twenty firms of each cluster of the demo catalog."""
    by_cluster: dict[str, list[str]] = {}
    for firm in sorted(firms, key=lambda firm: firm.id):
        by_cluster.setdefault(firm.id.rpartition("-")[0], []).append(firm.id)
    sessions = (
        Session.even(f"{day + 1}{half}", day=DEMO_DAY + timedelta(days=day), start=start, slots=5, slot_minutes=30)
        for day in range(2)
        for half, start in (("a", time(9)), ("b", time(13)))
    )
    return Fair(
        id="demo",
        name=Sentence("งานเจรจาธุรกิจตัวอย่าง", "Demo business fair"),
        sessions=tuple(sessions),
        tables=40,
        participants=tuple(Participant(id) for ids in by_cluster.values() for id in ids[:DEMO_FIRMS_A_CLUSTER]),
    )


def write(planned: Planned, folder: Path) -> list[Path]:
    """Write a fair's files: lists, timetable, sheets, calendars, the printed pack."""
    written = write_pack(planned.pack, folder)
    lists = folder / "lists.json"
    lists.write_bytes(planned.lists.as_json())
    timetable = folder / "timetable.json"
    timetable.write_text(json.dumps(asdict(planned.timetable), ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    return [*written, lists, timetable]


def _meeting(engine: Engine, pair: ListedPair, place: tuple[int | None, int | None]) -> PackMeeting:
    why = reasons(engine, pair)
    said: list[Match] = [match for match in (why.for_first, why.for_second) if match is not None]
    reason = _NOTHING_SAID
    if said:
        reason = Sentence(
            " · ".join(match.evidence.reason.th for match in said),
            " · ".join(match.evidence.reason.en for match in said),
        )
    ask = said[0].evidence.next_question if said else _ASK
    return PackMeeting(pair.first, pair.second, pair.chance, reason, ask, *place)
