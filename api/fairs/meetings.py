"""Meeting requests: ask, accept, decline, expire; each with its event and its messages in one transaction.

A request that waits holds no slot. Where a timetable is in force, a meeting that is settled takes the first
free place, and one that is declined gives its place back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from api.errors import MissingError
from api.fairs.links import Links
from api.fairs.telling import happened
from api.privacy.consenting import agreeing
from api.privacy.policy import Purpose
from api.store.database import Database
from api.store.fair_tables import MeetingRow
from api.store.fairs import Deed, fair_row, load_fair, log_event
from api.store.firms import load_firms
from api.store.meetings import StoredMeeting, find_meetings, get_meeting, put_meeting
from api.store.outbox_tables import Topic
from api.store.tables import now
from api.store.timetables import add_timetable, get_timetable, places_now, places_of
from matcher.engine import Sentence
from matcher.fair import Fair, Wish
from matcher.fair.errors import MeetingRefusedError
from matcher.fair.meetings import (
    HELD,
    Meeting,
    MeetingState,
    accept,
    cancel,
    decline,
    expire,
    insist,
    proposed,
    request,
)
from matcher.fair.moves import free_places

_TOPICS = {
    MeetingState.REQUESTED: Topic.MEETING_REQUESTED,
    MeetingState.ACCEPTED: Topic.MEETING_ACCEPTED,
    MeetingState.DECLINED: Topic.MEETING_DECLINED,
    MeetingState.WITHDRAWN: Topic.MEETING_WITHDRAWN,
    MeetingState.EXPIRED: Topic.MEETING_EXPIRED,
}
CLOCK = Deed("clock")


def ask(
    database: Database, links: Links, fair_id: str, *, by: str, other: str, deed: Deed, message: str | None = None
) -> StoredMeeting:
    """One participant asks another for a meeting.

    Args:
        database: Where the fair stands.
        links: To the participants' pages, for those who are told.
        fair_id: Of the fair.
        by: Id of the asking firm.
        other: Id of the firm asked.
        deed: Who does it; an organiser may act for a firm.
        message: What the asking firm writes.

    Raises:
        MissingError: there is no such fair or participant.
        MeetingRefusedError: the other side said no, the rules keep them apart, they are never free together,
            or a side has no room for another meeting.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        known = _known(session, links, fair, (by, other))
        if other not in agreeing(session, Purpose.MATCHING, fair_id, [other]):
            raise MeetingRefusedError(
                Sentence("กิจการนี้ไม่ขอจับคู่แล้ว ลองขอพบกิจการอื่น", "this firm wants no more meetings: ask another one")
            )
        _may_meet(session, fair, by, other)
        ttl = timedelta(hours=fair_row(session, fair_id).request_ttl_h)
        after = request(known, by=by, other=other, at=now(), ttl=ttl)
        return _settle(session, links, fair, known, after, deed, message=message if after.asked_by == by else None)


def answer(
    database: Database, links: Links, fair_id: str, *, by: str, other: str, yes: bool, deed: Deed
) -> StoredMeeting:
    """A participant says yes or no to a meeting; raises as `ask`.

    A no to a meeting that has a place gives the place back; a firm that says no to its own request withdraws it.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        known = _known(session, links, fair, (by, other))
        if known is None:
            raise MissingError(kind="meeting", id=f"{by} {other}")
        if yes:
            _may_meet(session, fair, by, other)
        after = accept(known, by=by, at=now()) if yes else decline(known, by=by)
        return _settle(session, links, fair, known, after, deed)


def expire_requests(database: Database, links: Links, *, at: datetime | None = None) -> int:
    """Let requests expire that nobody answered in time; how many there were."""
    at = at or now()
    query = select(col(MeetingRow.fair_id), col(MeetingRow.first), col(MeetingRow.second)).where(
        col(MeetingRow.state) == MeetingState.REQUESTED, col(MeetingRow.expires_at) <= at
    )
    with database.reading() as session:
        due = [(fair_id, (first, second)) for fair_id, first, second in session.execute(query)]
    count = 0
    for fair_id, pair in due:
        with database.writing() as session:
            found = get_meeting(session, fair_id, pair)
            after = expire(found.meeting, at=at) if found else None
            if found is None or after is None or after == found.meeting:
                continue
            _settle(session, links, load_fair(session, fair_id), found.meeting, after, CLOCK)
            count += 1
    return count


def hold(session: Session, fair: Fair, pair: tuple[str, str], deed: Deed) -> None:
    """The organiser has two firms meet, whatever became of them before; where a timetable is in force, at once."""
    found = get_meeting(session, fair.id, pair)
    meeting = found.meeting if found else None
    if meeting is None or meeting.state not in HELD:
        meeting = insist(meeting) if meeting else proposed(*pair)
        put_meeting(session, fair.id, meeting)
        log_event(session, fair.id, deed, f"meeting.{meeting.state}", pair=meeting.pair)
    _mind_the_timetable(session, fair, meeting, deed)


def call_off(session: Session, links: Links, fair: Fair, pairs: Sequence[tuple[str, str]], deed: Deed) -> None:
    """Meetings that cannot be held: their places are free, and both sides are told."""
    for pair in pairs:
        found = get_meeting(session, fair.id, pair)
        if found is not None and (off := cancel(found.meeting)) != found.meeting:
            put_meeting(session, fair.id, off)
            number = log_event(session, fair.id, deed, "meeting.cancelled", pair=pair)
            happened(session, fair, off, Topic.MEETING_CANCELLED, deed, links=links, number=number)
    left = places_now(session, fair)
    if count := len(places_of(get_timetable(session, fair.id))) - len(left):
        why = Sentence(f"ยกเลิก {count} นัด", f"{count} meetings are off")
        add_timetable(session, fair.id, left, deed, why=why, what="timetable.freed")


def _known(session: Session, links: Links, fair: Fair, pair: tuple[str, str]) -> Meeting | None:
    """What there is between two participants, at this moment."""
    people = {one.firm_id for one in fair.participants}
    for id in pair:
        if id not in people:
            raise MissingError(kind="participant", id=id)
    if pair[0] == pair[1]:
        raise MeetingRefusedError(Sentence("ขอพบกิจการของตัวเองไม่ได้", "a firm cannot meet itself"))
    found = get_meeting(session, fair.id, pair)
    if found is None:
        return None
    after = expire(found.meeting, at=now())
    if after != found.meeting:
        _settle(session, links, fair, found.meeting, after, CLOCK)
    return after


def _may_meet(session: Session, fair: Fair, by: str, other: str) -> None:
    pair = (min(by, other), max(by, other))
    if pair in fair.pairs_with(Wish.MUST_MEET):
        return
    if pair in fair.pairs_with(Wish.NO_THANKS):
        raise MeetingRefusedError(
            Sentence("มีการแจ้งว่าไม่ขอพบไว้แล้ว ลองขอพบกิจการอื่น", "a no-thanks stands between the two: ask another firm")
        )
    people = [one for one in fair.participants if one.firm_id in pair]
    firms = {one.firm.id: one.firm for one in load_firms(session, pair)}
    if not fair.rules.allowed(people, [firms[one.firm_id] for one in people])[0, 1]:
        raise MeetingRefusedError(
            Sentence(
                "กติกาของงานไม่ให้สองกิจการนี้พบกัน สอบถามผู้จัดงาน", "the fair's rules keep these two apart: ask the organiser"
            )
        )
    if not fair.free_slots(people[0]) & fair.free_slots(people[1]):
        raise MeetingRefusedError(
            Sentence("ไม่มีช่วงเวลาที่ว่างตรงกัน", "the two are never free at the same time: ask another firm")
        )


def _settle(
    session: Session,
    links: Links,
    fair: Fair,
    before: Meeting | None,
    after: Meeting,
    deed: Deed,
    *,
    message: str | None = None,
) -> StoredMeeting:
    """Write what became of a meeting, with all that follows from it."""
    if before is not None and after == before and message is None:
        found = get_meeting(session, fair.id, after.pair)
        assert found is not None
        return found
    if after.state is MeetingState.ACCEPTED and (before is None or before.state is not MeetingState.ACCEPTED):
        _has_room(session, fair, after)
    put_meeting(session, fair.id, after, message=message)
    changed = before is None or before.state is not after.state
    what = f"meeting.{after.state}" if changed else "meeting.said"
    number = log_event(session, fair.id, deed, what, pair=after.pair)
    if HELD & {after.state, before.state if before else after.state}:
        _mind_the_timetable(session, fair, after, deed)
    if changed and (topic := _TOPICS.get(after.state)):
        happened(session, fair, after, topic, deed, links=links, number=number)
    found = get_meeting(session, fair.id, after.pair)
    assert found is not None
    return found


def _has_room(session: Session, fair: Fair, meeting: Meeting) -> None:
    """Refuse a meeting more than a side can hold: those that both sides accepted are certain."""
    people = {one.firm_id: one for one in fair.participants}
    for id in meeting.pair:
        sure = find_meetings(session, fair.id, firm_id=id, states=[MeetingState.ACCEPTED])
        if len(sure) >= fair.cap(people[id]):
            raise MeetingRefusedError(
                Sentence(
                    f"{id} มีนัดที่ตกลงแล้วครบ {len(sure)} นัด ปฏิเสธนัดอื่นก่อน",
                    f"{id} has agreed to {len(sure)} meetings, which is all it can hold: decline another one first",
                )
            )


def _mind_the_timetable(session: Session, fair: Fair, meeting: Meeting, deed: Deed) -> None:
    """Give a settled meeting a free place, or a place back, where a timetable is in force."""
    timetable = get_timetable(session, fair.id)
    if timetable is None:
        return
    places = places_now(session, fair)
    a, b = meeting.pair
    if meeting.state not in HELD and meeting.pair in places_of(timetable):
        why = Sentence(f"ยกเลิกนัด {a} กับ {b}", f"the meeting of {a} and {b} is off")
        add_timetable(session, fair.id, places, deed, why=why, what="timetable.freed")
    elif meeting.state in HELD and meeting.pair not in places:
        free = free_places(fair, places, meeting.pair)
        if free:
            slot, table = next(iter(free.items()))
            why = Sentence(f"เพิ่มนัด {a} กับ {b}", f"the meeting of {a} and {b} got a place")
            places[meeting.pair] = (slot, table)
            add_timetable(session, fair.id, places, deed, why=why, what="timetable.placed")
