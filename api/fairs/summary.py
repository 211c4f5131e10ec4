"""Where a fair stands, in the figures an organiser asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session

from api.fairs.making import problem_of
from api.store.fairs import fair_row, load_fair
from api.store.meetings import find_meetings
from api.store.timetables import Places, get_lists, get_timetable, places_now
from matcher.engine import Sentence
from matcher.fair import Fair
from matcher.fair.meetings import HELD, MeetingState
from matcher.timetable import break_groups

ENOUGH = 4
"""Meetings of which the share of firms is told."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Where a fair stands.

    Attributes:
        held: Meetings that are to be held; `timed` of them have a place.
        waiting: Requests that nobody has answered.
        enough: Share of the participants with at least `ENOUGH` meetings held, in [0, 1].
        reasons_a_pair: Mean number of reasons of a meeting held.
        breaks: Of the timetable as it is; None before the first. `fewest_breaks` is the bound of the last search.
        price_of_fairness: Percent of the lists' value that floors and dial cost; None before the lists.
        unmet: Why a firm has fewer meetings than its floor, by id.
        planned: Number of the last lists; 0 before the first. `timetable` and `published` likewise.
    """

    id: str
    name: Sentence
    days: int
    slots: int
    tables: int
    participants: int
    held: int
    timed: int
    waiting: int
    enough: float
    reasons_a_pair: float
    breaks: int | None
    fewest_breaks: int | None
    price_of_fairness: float | None
    unmet: dict[str, Sentence]
    planned: int
    timetable: int
    published: int


def summary(session: Session, fair_id: str) -> Summary:
    """Where a fair stands.

    Raises:
        MissingError: there is no such fair.
    """
    fair, row = load_fair(session, fair_id), fair_row(session, fair_id)
    lists = get_lists(session, fair_id).lists if row.planned else {}
    timetable = get_timetable(session, fair_id)
    places = places_now(session, fair)
    meetings = find_meetings(session, fair_id)
    held = [one for one in meetings if one.meeting.state in HELD]
    timed = [one.meeting.pair for one in held if one.meeting.pair in places]
    count = Counter(id for one in held for id in one.meeting.pair)
    n = len(fair.participants)
    return Summary(
        id=fair.id,
        name=fair.name,
        days=len(fair.days),
        slots=len(fair.slots),
        tables=fair.tables,
        participants=n,
        held=len(held),
        timed=len(timed),
        waiting=sum(one.meeting.state is MeetingState.REQUESTED for one in meetings),
        enough=sum(count[one.firm_id] >= ENOUGH for one in fair.participants) / n if n else 0.0,
        reasons_a_pair=sum(one.why.count for one in held if one.why) / len(held) if held else 0.0,
        breaks=_breaks(fair, {pair: places[pair] for pair in timed}) if timetable else None,
        fewest_breaks=timetable.made_of.get("bound") if timetable else None,
        price_of_fairness=lists.get("price_of_fairness"),
        unmet={id: Sentence(why["th"], why["en"]) for id, why in lists.get("unmet", {}).items()},
        planned=row.planned,
        timetable=row.timetable,
        published=row.published,
    )


def _breaks(fair: Fair, places: Places) -> int:
    pairs = sorted(places)
    return sum(break_groups(problem_of(fair, pairs, {}), [places[pair][0] for pair in pairs]).values())
