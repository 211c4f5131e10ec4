"""Taking back what was just done on a page: an answer, a pin, a veto. Nobody is told; the pages show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from api.errors import MissingError
from api.store.database import Database
from api.store.fairs import Deed, fair_row, load_fair, log_event, remove_preference
from api.store.meetings import get_meeting, put_meeting
from api.store.tables import now
from api.store.timetables import add_timetable, list_timetables, places_now, places_of
from matcher.engine import Sentence
from matcher.fair import Fair, Preference, Wish
from matcher.fair.fair import Pair, Place
from matcher.fair.meetings import HELD, Meeting, MeetingState, insist, unsay
from matcher.fair.moves import conflicts, free_places

_LOOKED_AT = 10
"""Versions of the timetable in which a meeting's former place is looked for."""


def take_back(database: Database, fair_id: str, *, by: str, other: str, deed: Deed) -> None:
    """A participant's answer is as if it had not been given.

    Raises:
        MissingError: there is no such fair, or nothing between the two.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        known = get_meeting(session, fair_id, (by, other))
        if known is None:
            raise MissingError(kind="meeting", id=f"{by} {other}")
        ttl = timedelta(hours=fair_row(session, fair_id).request_ttl_h)
        _write(session, fair, unsay(known.meeting, by=by, at=now(), ttl=ttl), deed)


def unpin(database: Database, fair_id: str, pair: Pair, deed: Deed) -> None:
    """The two need no longer meet; a meeting that only the pin held is off.

    Raises:
        MissingError: they were not pinned.
    """
    with database.writing() as session:
        remove_preference(session, fair_id, Preference(Wish.MUST_MEET, *pair), deed)
        known = get_meeting(session, fair_id, pair)
        if known and known.listing is None and known.meeting.state is MeetingState.PROPOSED:
            willing = known.meeting.first_said or known.meeting.second_said
            if not willing:
                off = replace(known.meeting, state=MeetingState.WITHDRAWN, listed=False)
                _write(session, load_fair(session, fair_id), off, deed)


def unveto(database: Database, fair_id: str, pair: Pair, deed: Deed) -> None:
    """The two may meet again; a meeting that the lists had proposed is held again.

    Raises:
        MissingError: nobody had forbidden it.
    """
    with database.writing() as session:
        remove_preference(session, fair_id, Preference(Wish.NO_THANKS, *pair), deed)
        known = get_meeting(session, fair_id, pair)
        if known and known.listing is not None and known.meeting.state is MeetingState.CANCELLED:
            _write(session, load_fair(session, fair_id), insist(known.meeting), deed)


def _write(session: Session, fair: Fair, meeting: Meeting, deed: Deed) -> None:
    """A meeting as it was, and where a timetable is in force its place with it."""
    put_meeting(session, fair.id, meeting)
    log_event(session, fair.id, deed, "meeting.taken_back", pair=meeting.pair)
    if not fair_row(session, fair.id).timetable:
        return
    places, (a, b) = places_now(session, fair), meeting.pair
    if meeting.state not in HELD:
        former = places_of(list_timetables(session, fair.id, limit=1)[0])
        if meeting.pair in former:
            why = Sentence(f"ยกเลิกนัด {a} กับ {b}", f"the meeting of {a} and {b} is off")
            add_timetable(session, fair.id, places, deed, why=why, what="timetable.freed")
    elif meeting.pair not in places and (place := _place_for(session, fair, places, meeting.pair)):
        why = Sentence(f"นัด {a} กับ {b} กลับเข้าตาราง", f"the meeting of {a} and {b} is back in the timetable")
        places[meeting.pair] = place
        add_timetable(session, fair.id, places, deed, why=why, what="timetable.placed")


def _place_for(session: Session, fair: Fair, places: dict[Pair, Place], pair: Pair) -> Place | None:
    """Where a meeting was last, if it can be there, else the first free place."""
    for row in list_timetables(session, fair.id, limit=_LOOKED_AT):
        former = places_of(row).get(pair)
        if former and not conflicts(fair, places, pair, former, names={}):
            return former
    return next(iter(free_places(fair, places, pair).items()), None)
