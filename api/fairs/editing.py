"""What an organiser changes by hand: a meeting's place, who must meet or must not, who is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlmodel import Session

from api.errors import MissingError, PlaceTakenError
from api.fairs.links import Links
from api.fairs.meetings import call_off, hold
from api.fairs.planning import MENDING_SECONDS, Mended, firms_of, mend, mend_timetable
from api.store.database import Database
from api.store.fair_tables import PreferenceRow, TimetableRow
from api.store.fairs import (
    Deed,
    drop_preferences,
    fair_row,
    load_fair,
    log_event,
    participant_of,
    participant_row,
    put_participants,
    put_preferences,
    remove_preference,
)
from api.store.meetings import get_meeting, held_pairs
from api.store.timetables import add_timetable, get_timetable, last_timetable, places_now, places_of, slot_names
from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Preference, Wish
from matcher.fair.fair import Pair, Place
from matcher.fair.meetings import HELD, OPEN
from matcher.fair.moves import Conflict, conflicts, free_places, sound
from matcher.timetable import keep_compiled_in


def move(database: Database, fair_id: str, pair: Pair, to: Place | None, deed: Deed) -> int:
    """Give a meeting another place, or none; the timetable's number.

    Args:
        database: Where the fair stands.
        fair_id: Of the fair.
        pair: Ids of the two firms, in any order.
        to: Slot from 0 and table from 1; None takes the meeting out of the timetable.
        deed: For the log.

    Raises:
        MissingError: there is no such fair, or no such meeting is held.
        PlaceTakenError: it cannot be there; carries each conflict.
    """
    with database.writing() as session:
        fair, pair, places = _placed(session, fair_id, pair)
        if to is not None and (found := conflicts(fair, places, pair, to, names=_names(session, fair))):
            raise PlaceTakenError(conflicts=found)
        if to == places.get(pair):
            return last_timetable(session, fair_id)
        a, b = pair
        if to is None:
            places.pop(pair)
            why = Sentence(f"นำนัด {a} กับ {b} ออกจากตาราง", f"{a} and {b} were taken out of the timetable")
        else:
            places[pair] = to
            why = Sentence(
                f"ย้ายนัด {a} กับ {b} ไปช่วงที่ {to[0] + 1} โต๊ะ {to[1]}",
                f"{a} and {b} moved to slot {to[0] + 1}, table {to[1]}",
            )
        return add_timetable(session, fair_id, places, deed, why=why, what="timetable.moved")


def look(session: Session, fair_id: str, pair: Pair, to: Place | None) -> tuple[tuple[Conflict, ...], dict[int, int]]:
    """What would stand in the way of a move, and the slots that are free, each with a free table; raises as `move`."""
    fair, pair, places = _placed(session, fair_id, pair)
    found = conflicts(fair, places, pair, to, names=_names(session, fair)) if to is not None else ()
    return found, free_places(fair, places, pair)


def restore(database: Database, fair_id: str, number: int, deed: Deed) -> int:
    """Bring a former version of the timetable back, as the next one; meetings that are off by now stay off.

    One that was where a firm is away by now, or at a slot or table that is gone, waits for a place.

    Raises:
        MissingError: there is no such fair or version.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        held = set(held_pairs(session, fair_id))
        former = get_timetable(session, fair_id, number)
        kept = {
            pair: place for pair, place in sound(fair, _renumbered(session, fair_id, former)).items() if pair in held
        }
        why = Sentence(f"กลับไปใช้ตารางรุ่นที่ {number}", f"version {number} was brought back")
        return add_timetable(session, fair_id, kept, deed, why=why, what="timetable.restored")


def _renumbered(session: Session, fair_id: str, former: TimetableRow | None) -> dict[Pair, Place]:
    """The places of a former version, by the slots as they are numbered now."""
    now = {name: slot for slot, name in enumerate(slot_names(fair_row(session, fair_id).sessions))}
    names = former.made_of["slots"] if former else []
    return {pair: (now[names[slot]], table) for pair, (slot, table) in places_of(former).items() if names[slot] in now}


def pin(database: Database, fair_id: str, pair: Pair, deed: Deed) -> None:
    """The two must meet: from now on in all lists, and held at once.

    Raises:
        MissingError: there is no such fair or participant.
        FairError: they cannot meet, or one has no room for another must-meet.
    """
    wish = Preference(Wish.MUST_MEET, *pair)
    with database.writing() as session:
        if session.get(PreferenceRow, (fair_id, *wish.pair, Wish.NO_THANKS)) is not None:
            remove_preference(session, fair_id, Preference(Wish.NO_THANKS, *pair), deed)
        put_preferences(session, fair_id, [wish], deed, by=None)
        hold(session, load_fair(session, fair_id), pair, deed)


def veto(database: Database, links: Links, fair_id: str, pair: Pair, deed: Deed) -> None:
    """The two do not meet: not in any list, and what is held between them is off.

    Raises:
        MissingError: there is no such fair or participant.
    """
    wish = Preference(Wish.NO_THANKS, *pair)
    with database.writing() as session:
        if session.get(PreferenceRow, (fair_id, *wish.pair, Wish.MUST_MEET)) is not None:
            remove_preference(session, fair_id, Preference(Wish.MUST_MEET, *pair), deed)
        put_preferences(session, fair_id, [wish], deed, by=None)
        known = get_meeting(session, fair_id, pair)
        if known is not None and known.meeting.state in OPEN:
            call_off(session, links, load_fair(session, fair_id), [wish.pair], deed)


def absent(
    database: Database,
    links: Links,
    fair_id: str,
    firm_id: str,
    deed: Deed,
    *,
    cache_dir: Path,
    from_slot: int = 0,
    preview: bool,
    seconds: float = MENDING_SECONDS,
) -> Mended:
    """A participant does not come, or leaves: its meetings from a slot on are off, and the timetable is mended.

    Before the first timetable there is nothing to mend, and none is made.

    Args:
        database: Where the fair stands.
        links: To the participants' pages, for those who are told.
        fair_id: Of the fair.
        firm_id: Of the participant.
        deed: For the log.
        cache_dir: Where the compiled search is kept between runs.
        from_slot: The first slot in which it is away, from 0.
        preview: Only say what would happen.
        seconds: How long to look for the fewest moves.

    Raises:
        MissingError: there is no such fair or participant.
        NoTimetableError: the meetings left fit no timetable.
    """
    if preview:
        with database.reading() as session:
            fair, after, off = _leaving(session, fair_id, firm_id, from_slot)
            places, firms = places_now(session, fair), firms_of(session, fair)
            left = [pair for pair in held_pairs(session, fair_id) if pair not in off]
            if get_timetable(session, fair_id) is None:
                return _only_off(off)
        people = tuple(after if one.firm_id == firm_id else one for one in fair.participants)
        keep_compiled_in(cache_dir)
        return mend(replace(fair, participants=people, preferences=()), left, places, firms, seconds=seconds)
    with database.writing() as session:
        fair, after, off = _leaving(session, fair_id, firm_id, from_slot)
        drop_preferences(session, fair_id, firm_id, Wish.MUST_MEET)
        put_participants(session, fair_id, [after], {}, deed)
        log_event(session, fair_id, deed, "participant.absent", pair=(firm_id, None), said={"from_slot": from_slot})
        call_off(session, links, fair, off, deed)
        if get_timetable(session, fair_id) is None:
            return _only_off(off)
    return mend_timetable(database, fair_id, deed, cache_dir=cache_dir, preview=False, off=off, seconds=seconds)


def _only_off(off: list[Pair]) -> Mended:
    """What an absence does before there is a timetable."""
    what = Sentence(f"ยกเลิก {len(off)} นัด", f"{len(off)} meetings are off")
    return Mended(places={}, moved=(), gone=tuple(off), new=(), fewest=True, what=what, number=None)


def _leaving(session: Session, fair_id: str, firm_id: str, from_slot: int) -> tuple[Fair, Participant, list[Pair]]:
    """A fair, one of its participants as it is once it left, and its meetings that cannot be held then."""
    fair = load_fair(session, fair_id)
    after = _away_from(fair, participant_of(participant_row(session, fair_id, firm_id)), from_slot)
    places = places_now(session, fair)
    own = [pair for pair in held_pairs(session, fair_id) if firm_id in pair]
    return fair, after, [pair for pair in own if places.get(pair, (from_slot, 0))[0] >= from_slot]


def _away_from(fair: Fair, participant: Participant, from_slot: int) -> Participant:
    """A participant who is there only before a slot."""
    stays = frozenset(slot for slot in fair.free_slots(participant) if slot < from_slot)
    return replace(participant, available=stays, min_meetings=min(participant.min_meetings, len(stays)))


def _placed(session: Session, fair_id: str, pair: Pair) -> tuple[Fair, Pair, dict[Pair, Place]]:
    """A fair, a meeting that is held at it, and where all meetings are."""
    fair = load_fair(session, fair_id)
    pair = (min(pair), max(pair))
    found = get_meeting(session, fair_id, pair)
    if found is None or found.meeting.state not in HELD:
        raise MissingError(kind="meeting", id=" ".join(pair))
    return fair, pair, places_now(session, fair)


def _names(session: Session, fair: Fair) -> dict[str, str]:
    return {id: firm.name_th for id, firm in firms_of(session, fair).items()}
