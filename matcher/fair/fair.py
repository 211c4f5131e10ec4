"""A fair: its sessions and slots, its tables, who takes part, and who must, may or will not meet.

Slots are numbered from 0 through all sessions in the order of time; everything else names them by number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from matcher.engine.answer import Sentence
from matcher.fair.errors import FairError
from matcher.fair.rules import MeetingRules

Pair = tuple[str, str]
"""Ids of two firms, the smaller first."""

Place = tuple[int, int]
"""Slot from 0 and table from 1."""

ANYONE = "both"
MIN_MEETINGS = 4
MAX_MEETINGS = 10


class Wish(StrEnum):
    """What is said of two firms beforehand."""

    MUST_MEET = "must_meet"
    NO_THANKS = "no_thanks"
    MET_BEFORE = "met_before"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which each firm has one meeting at most; local time of the venue.

    Attributes:
        number: From 0, through all sessions.
        session: Id of its session.
    """

    number: int
    session: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of slots without a break between, as a morning.

    Attributes:
        times: Start and end of each slot, in order, none overlapping.
    """

    id: str
    day: date
    times: tuple[tuple[time, time], ...]

    @classmethod
    def even(cls, id: str, *, day: date, start: time, slots: int, slot_minutes: int, pause_minutes: int = 0) -> Session:
        """Slots of one length with one pause between them."""
        first, length = datetime.combine(day, start), timedelta(minutes=slot_minutes)
        starts = [first + at * (length + timedelta(minutes=pause_minutes)) for at in range(slots)]
        return cls(id, day, tuple((begin.time(), (begin + length).time()) for begin in starts))


@dataclass(frozen=True, slots=True)
class Participant:
    """A firm at the fair; however many delegates it sends, it has one meeting in a slot.

    Attributes:
        firm_id: Id of the firm in the catalog.
        delegates: Names, as they stand on a badge.
        available: Numbers of the slots in which it can meet; None where in all.
        min_meetings: A floor, kept wherever it can be.
        max_meetings: A cap, always kept.
        languages: Codes spoken, as "th", "en".
        side: "buyer", "seller" or whatever the organiser calls the sides; both where there are none.
        group: A label for `MeetingRules`, as a pavilion or a programme.
    """

    firm_id: str
    delegates: tuple[str, ...] = ()
    available: frozenset[int] | None = None
    min_meetings: int = MIN_MEETINGS
    max_meetings: int = MAX_MEETINGS
    languages: frozenset[str] = frozenset({"th"})
    side: str = ANYONE
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """A wish about two firms; it holds for both, whoever uttered it."""

    wish: Wish
    firm_id: str
    other_id: str

    @property
    def pair(self) -> tuple[str, str]:
        """Both ids, the smaller first."""
        return min(self.firm_id, self.other_id), max(self.firm_id, self.other_id)


@dataclass(frozen=True)
class Fair:
    """A fair that holds together; made once, changed by making another.

    Attributes:
        sessions: In the order of time.
        tables: Meetings at once, at most.
        participants: Each firm once, in any order.
        preferences: At most one wish of a kind for two firms.
        rules: Who may meet whom.

    Raises:
        FairError: something contradicts something else; every problem is listed.
    """

    id: str
    name: Sentence
    sessions: tuple[Session, ...]
    tables: int
    participants: tuple[Participant, ...]
    preferences: tuple[Preference, ...] = ()
    rules: MeetingRules = field(default_factory=MeetingRules)

    def __post_init__(self) -> None:
        if problems := [*_times(self.sessions, self.tables), *_people(self), *_wishes(self)]:
            raise FairError(problems)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Each day once, in order."""
        return tuple(sorted({session.day for session in self.sessions}))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """All slots by number."""
        times = ((session, begin, end) for session in self.sessions for begin, end in session.times)
        return tuple(
            Slot(number, session.id, datetime.combine(session.day, begin), datetime.combine(session.day, end))
            for number, (session, begin, end) in enumerate(times)
        )

    def slots_of(self, session_id: str) -> range:
        """Numbers of a session's slots; empty where there is no such session."""
        numbers = [slot.number for slot in self.slots if slot.session == session_id]
        return range(numbers[0], numbers[-1] + 1) if numbers else range(0)

    def free_slots(self, participant: Participant) -> frozenset[int]:
        """Numbers of the slots in which a participant can meet."""
        everything = frozenset(range(len(self.slots)))
        return everything if participant.available is None else participant.available & everything

    def cap(self, participant: Participant) -> int:
        """Meetings a participant can have at most: its own maximum, and one in each free slot."""
        return min(participant.max_meetings, len(self.free_slots(participant)))

    def pairs_with(self, wish: Wish) -> frozenset[tuple[str, str]]:
        """Pairs of ids, the smaller first, for which a wish was uttered."""
        return frozenset(one.pair for one in self.preferences if one.wish is wish)


def _times(sessions: tuple[Session, ...], tables: int) -> Iterator[Sentence]:
    if tables < 1:
        yield Sentence("ต้องมีโต๊ะอย่างน้อย 1 ตัว", "there must be at least one table")
    for id in _repeated(session.id for session in sessions):
        yield Sentence(f"รอบ {id} มีซ้ำ", f"session {id} stands twice: give each its own id")
    ends = [datetime.min]
    for session in sessions:
        for begin, end in session.times:
            if begin >= end or datetime.combine(session.day, begin) < ends[-1]:
                yield Sentence(
                    f"รอบ {session.id} เวลา {begin:%H:%M}–{end:%H:%M} ซ้อนหรือเรียงผิด",
                    f"session {session.id}: the slot {begin:%H:%M}–{end:%H:%M} overlaps or is out of order",
                )
            ends.append(datetime.combine(session.day, end))
    if len(ends) == 1:
        yield Sentence("ยังไม่มีช่วงเวลาเจรจา", "there is no slot: add a session")


def _people(fair: Fair) -> Iterator[Sentence]:
    n_slots = len(fair.slots)
    for id in _repeated(one.firm_id for one in fair.participants):
        yield Sentence(f"กิจการ {id} ลงทะเบียนซ้ำ", f"firm {id} takes part twice: join its entries")
    for one in fair.participants:
        if not 0 <= one.min_meetings <= one.max_meetings:
            yield Sentence(
                f"กิจการ {one.firm_id}: นัดขั้นต่ำ {one.min_meetings} เกินนัดสูงสุด {one.max_meetings} หรือติดลบ",
                f"firm {one.firm_id}: at least {one.min_meetings} and at most {one.max_meetings} meetings cannot be",
            )
        if one.available is not None and not one.available <= frozenset(range(n_slots)):
            yield Sentence(
                f"กิจการ {one.firm_id}: มีช่วงเวลาที่งานไม่มี (0–{n_slots - 1})",
                f"firm {one.firm_id}: a slot stated does not exist, they run from 0 to {n_slots - 1}",
            )


def _wishes(fair: Fair) -> Iterator[Sentence]:
    known = {one.firm_id: one for one in fair.participants}
    for one in fair.preferences:
        if one.firm_id == one.other_id:
            yield Sentence(f"กิจการ {one.firm_id} พบตัวเองไม่ได้", f"firm {one.firm_id} cannot meet itself")
        for id in {one.firm_id, one.other_id} - known.keys():
            yield Sentence(f"กิจการ {id} ไม่ได้ร่วมงาน", f"firm {id} of a preference does not take part")
    if all(id in known for pair in fair.pairs_with(Wish.MUST_MEET) for id in pair):
        yield from _musts(fair, known)


def _musts(fair: Fair, known: Mapping[str, Participant]) -> Iterator[Sentence]:
    """Whether all who must meet can, once it is known that they take part."""
    must, never = fair.pairs_with(Wish.MUST_MEET), fair.pairs_with(Wish.NO_THANKS)
    for a, b in sorted(must & never):
        yield Sentence(
            f"{a} กับ {b} มีทั้ง “ต้องพบ” และ “ไม่ขอพบ” ลบออกหนึ่งอย่าง",
            f"{a} and {b} must meet and will not: take one of the two back",
        )
    forced = Counter(id for pair in must for id in pair)
    for id, count in sorted(forced.items()):
        if count > fair.cap(known[id]):
            yield Sentence(
                f"{id} ต้องพบ {count} ราย แต่รับได้ {fair.cap(known[id])} นัด",
                f"{id} must meet {count} firms and has room for {fair.cap(known[id])}",
            )
    if len(must) > fair.tables * len(fair.slots):
        yield Sentence("คู่ที่ต้องพบมากกว่าโต๊ะทั้งงาน", "more pairs must meet than all tables can hold")
    for a, b in sorted(must):
        if not fair.free_slots(known[a]) & fair.free_slots(known[b]):
            yield Sentence(f"{a} กับ {b} ต้องพบแต่ไม่มีเวลาว่างตรงกัน", f"{a} and {b} must meet and share no free slot")


def _repeated(ids: Iterator[str]) -> list[str]:
    return sorted(id for id, count in Counter(ids).items() if count > 1)
