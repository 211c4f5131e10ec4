"""What may become of a meeting: proposed by the lists, or asked for; accepted, declined, expired, withdrawn.

A request that nobody has answered holds no slot of either side. A meeting that the lists propose is held
unless one of the two says no: `HELD` are the states that a timetable is made of.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from matcher.engine.answer import Sentence
from matcher.fair.errors import MeetingRefusedError


class MeetingState(StrEnum):
    """Where a meeting stands."""

    PROPOSED = "proposed"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    """It was held, and cannot be: a side does not come."""


HELD = frozenset({MeetingState.PROPOSED, MeetingState.ACCEPTED})
"""States in which a meeting gets a slot."""

OPEN = frozenset({*HELD, MeetingState.REQUESTED})
"""States in which something may still come of it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two firms who meet, may meet, or will not.

    Attributes:
        first: The smaller id; `second` the other.
        listed: The match lists propose it.
        asked_by: Id of the firm that asked for it, if one did.
        first_said: Whether the first firm wants it; None while it has not said. `second_said` likewise.
        expires_at: When a request that nobody answered ends.
    """

    first: str
    second: str
    state: MeetingState
    listed: bool = False
    asked_by: str | None = None
    first_said: bool | None = None
    second_said: bool | None = None
    expires_at: datetime | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """Both ids, the smaller first."""
        return self.first, self.second

    def other(self, firm_id: str) -> str:
        """The firm on the other side."""
        return self.second if firm_id == self.first else self.first

    def said(self, firm_id: str) -> bool | None:
        """What a side has said."""
        return self.first_said if firm_id == self.first else self.second_said


def proposed(first: str, second: str) -> Meeting:
    """A meeting that the lists propose; the ids in any order."""
    first, second = min(first, second), max(first, second)
    return Meeting(first, second, MeetingState.PROPOSED, listed=True)


def request(meeting: Meeting | None, *, by: str, other: str, at: datetime, ttl: timedelta) -> Meeting:
    """Ask for a meeting; where the other side wants it already, that settles it.

    One that is over, since it expired, was withdrawn or cancelled, is asked for and answered anew.

    Args:
        meeting: What there is between the two, or None.
        by: Who asks.
        other: Who is asked.
        at: Now.
        ttl: How long the other side has to answer.

    Raises:
        MeetingRefusedError: the other side has said no.
    """
    if meeting is None:
        first, second = min(by, other), max(by, other)
        meeting = Meeting(first, second, MeetingState.WITHDRAWN)
    meeting = expire(meeting, at=at)
    if meeting.said(other) is False:
        raise MeetingRefusedError(
            Sentence("อีกฝ่ายแจ้งว่าไม่ขอพบแล้ว ลองขอพบกิจการอื่น", "the other firm said no thanks: ask another one")
        )
    if meeting.state in OPEN or _wanted(meeting, by):
        return accept(meeting, by=by, at=at)
    anew = replace(meeting, first_said=None, second_said=None)
    return replace(_say(anew, by, True), state=MeetingState.REQUESTED, asked_by=by, expires_at=at + ttl)


def accept(meeting: Meeting, *, by: str, at: datetime) -> Meeting:
    """Say yes to what the lists propose or the other side asked for; saying it twice changes nothing.

    Raises:
        MeetingRefusedError: nobody proposes it any more, the other side said no, or the request is over.
    """
    meeting = expire(meeting, at=at)
    if meeting.state is MeetingState.EXPIRED:
        raise MeetingRefusedError(
            Sentence("คำขอนี้หมดเวลาตอบแล้ว กด “ขอพบ” เพื่อเริ่มใหม่", "this request has expired: ask for the meeting yourself")
        )
    if meeting.said(meeting.other(by)) is False:
        raise MeetingRefusedError(
            Sentence("อีกฝ่ายแจ้งว่าไม่ขอพบแล้ว", "the other firm said no thanks: there is nothing to accept")
        )
    if meeting.state not in OPEN and not _wanted(meeting, by):
        raise MeetingRefusedError(
            Sentence("คำขอนี้ถูกถอนแล้ว กด “ขอพบ” เพื่อเริ่มใหม่", "the request was withdrawn: ask for the meeting yourself")
        )
    if meeting.state is MeetingState.REQUESTED and meeting.asked_by == by:
        return meeting
    said = _say(meeting, by, True)
    if said.first_said and said.second_said:
        return replace(said, state=MeetingState.ACCEPTED, expires_at=None)
    return replace(said, state=MeetingState.PROPOSED, expires_at=None)


def decline(meeting: Meeting, *, by: str) -> Meeting:
    """Say no, at any time; who takes back its own unanswered request withdraws it, however often it says so."""
    if meeting.state in {MeetingState.REQUESTED, MeetingState.WITHDRAWN} and meeting.asked_by == by:
        return replace(_say(meeting, by, None), state=MeetingState.WITHDRAWN, expires_at=None)
    return replace(_say(meeting, by, False), state=MeetingState.DECLINED, expires_at=None)


def unsay(meeting: Meeting, *, by: str, at: datetime, ttl: timedelta) -> Meeting:
    """Take back what a side has said, yes or no: as if it had not answered yet.

    Args:
        meeting: Any.
        by: Whose answer it is; of a side that has said nothing, nothing changes.
        at: Now.
        ttl: How long that side has to answer where the other side's request waits again.
    """
    if meeting.said(by) is None:
        return meeting
    after, other = replace(_say(meeting, by, None), expires_at=None), meeting.other(by)
    if meeting.state not in {*OPEN, MeetingState.DECLINED}:
        return after
    if after.said(other) is False:
        return replace(after, state=MeetingState.DECLINED)
    if meeting.listed:
        return replace(after, state=MeetingState.PROPOSED)
    if after.said(other):
        return replace(after, state=MeetingState.REQUESTED, asked_by=other, expires_at=at + ttl)
    return replace(after, state=MeetingState.WITHDRAWN)


def expire(meeting: Meeting, *, at: datetime) -> Meeting:
    """The meeting as it stands at a moment: a request past its time has expired."""
    return replace(meeting, state=MeetingState.EXPIRED) if overdue(meeting, at) else meeting


def cancel(meeting: Meeting) -> Meeting:
    """Nothing can come of a meeting, because a side does not come; what the two said stays, and so does a no."""
    if meeting.state not in OPEN:
        return meeting
    return replace(meeting, state=MeetingState.CANCELLED, listed=False, expires_at=None)


def insist(meeting: Meeting) -> Meeting:
    """The two are to meet whatever became of it before: a no is set aside, a yes stays."""
    first, second = meeting.first_said or None, meeting.second_said or None
    state = MeetingState.ACCEPTED if first and second else MeetingState.PROPOSED
    return replace(meeting, state=state, listed=True, first_said=first, second_said=second, expires_at=None)


def relist(meeting: Meeting, *, listed: bool, at: datetime, ttl: timedelta) -> Meeting | None:
    """A meeting after the lists were made anew; None where nothing is left of it.

    One that a side has said yes to and that the lists propose no longer becomes that side's request.
    """
    if listed:
        settled = meeting.state in {*HELD, MeetingState.DECLINED}
        return replace(meeting, listed=True) if settled else insist(meeting)
    if not meeting.listed or meeting.state is not MeetingState.PROPOSED:
        return replace(meeting, listed=False)
    willing = [id for id in meeting.pair if meeting.said(id)]
    if not willing:
        return None
    kept = replace(meeting, state=MeetingState.REQUESTED, listed=False, asked_by=willing[0])
    return replace(kept, expires_at=at + ttl)


def overdue(meeting: Meeting, at: datetime) -> bool:
    """Whether a request has waited too long."""
    return meeting.state is MeetingState.REQUESTED and meeting.expires_at is not None and meeting.expires_at <= at


def _say(meeting: Meeting, by: str, answer: bool | None) -> Meeting:
    return replace(meeting, first_said=answer) if by == meeting.first else replace(meeting, second_said=answer)


def _wanted(meeting: Meeting, by: str) -> bool:
    """Whether a firm declined a meeting that the lists or the other side still want."""
    declined = meeting.state is MeetingState.DECLINED
    return declined and (meeting.listed or bool(meeting.said(meeting.other(by))))
