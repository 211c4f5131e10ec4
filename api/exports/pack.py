"""A fair as it is printed and sent: its firms, their meetings, and why they should meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from api.pages.words import Language
from matcher.domain import Firm
from matcher.engine.answer import Sentence
from matcher.fair.errors import FairError
from matcher.fair.fair import Fair, Participant, Slot

_NO_SLOT = 1_000_000


@dataclass(frozen=True, slots=True)
class PackMeeting:
    """Two firms that should meet, and where and when, once that is known.

    Attributes:
        a: Id of a firm; `b` of the other.
        score: Chance that both accept, in [0, 1]; None where a profile is too thin to say.
        reason: Why they should meet.
        next_question: What to ask first.
        slot: Number of the fair's slot; None while there is no time for them.
        table: From 1, as it is written on the table.
    """

    a: str
    b: str
    score: float | None
    reason: Sentence
    next_question: Sentence
    slot: int | None = None
    table: int | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """Both ids, the smaller first."""
        return min(self.a, self.b), max(self.a, self.b)


@dataclass(frozen=True)
class Pack:
    """All that the files are made of: equal packs make equal files, to the byte.

    Attributes:
        firms: Every participant and nobody else, by id.
        meetings: Each pair once, in any order.
        unmet: Why a firm has fewer meetings than it wished, by id.
        manifest: What lists and timetable were made of, as JSON.
        issued: When this version was published, with its time zone; stands in every file as its date.
        version: From 1, greater with every version that is sent: SEQUENCE of the calendars.

    Raises:
        FairError: a firm, slot or table does not exist, or a pair stands twice.
    """

    fair: Fair
    firms: Mapping[str, Firm]
    meetings: tuple[PackMeeting, ...]
    issued: datetime
    unmet: Mapping[str, Sentence] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    language: Language = "th"

    def __post_init__(self) -> None:
        if self.issued.tzinfo is None:
            raise ValueError("issued needs a time zone")
        if problems := [*_people(self), *_meetings(self)]:
            raise FairError(problems)

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """By id."""
        return tuple(sorted(self.fair.participants, key=lambda one: one.firm_id))

    @cached_property
    def ordered(self) -> tuple[PackMeeting, ...]:
        """All meetings by slot, table and ids; those without a slot stand last."""
        return tuple(sorted(self.meetings, key=_place))

    @cached_property
    def _own(self) -> dict[str, list[PackMeeting]]:
        own: dict[str, list[PackMeeting]] = {id: [] for id in self.firms}
        for meeting in self.ordered:
            own[meeting.a].append(meeting)
            own[meeting.b].append(meeting)
        return own

    def of(self, firm_id: str) -> tuple[PackMeeting, ...]:
        """A firm's meetings, in order."""
        return tuple(self._own[firm_id])

    def other(self, meeting: PackMeeting, firm_id: str) -> Firm:
        """Whom a firm meets."""
        return self.firms[meeting.b if meeting.a == firm_id else meeting.a]

    def slot(self, meeting: PackMeeting) -> Slot | None:
        """When a meeting is; None while it has no time."""
        return None if meeting.slot is None else self.fair.slots[meeting.slot]

    def at(self, slot: int, table: int) -> tuple[PackMeeting, ...]:
        """What takes place there: one meeting, unless the timetable is wrong."""
        return self._places.get((slot, table), ())

    @cached_property
    def _places(self) -> dict[tuple[int, int], tuple[PackMeeting, ...]]:
        places: dict[tuple[int, int], tuple[PackMeeting, ...]] = {}
        for meeting in self.ordered:
            if meeting.slot is not None and meeting.table is not None:
                key = meeting.slot, meeting.table
                places[key] = (*places.get(key, ()), meeting)
        return places


def _place(meeting: PackMeeting) -> tuple[int, int, tuple[str, str]]:
    slot = _NO_SLOT if meeting.slot is None else meeting.slot
    return slot, meeting.table or _NO_SLOT, meeting.pair


def _people(pack: Pack) -> Iterator[Sentence]:
    ids = {one.firm_id for one in pack.fair.participants}
    for id in sorted(ids ^ pack.firms.keys()):
        yield Sentence(f"กิจการ {id} ไม่ตรงกับรายชื่อผู้ร่วมงาน", f"firm {id} takes part without a profile, or not at all")


def _meetings(pack: Pack) -> Iterator[Sentence]:
    seen: set[tuple[str, str]] = set()
    for one in pack.meetings:
        a, b = one.pair
        if a == b or not {a, b} <= pack.firms.keys():
            yield Sentence(f"นัด {a}–{b} มีกิจการที่ไม่ได้ร่วมงาน", f"meeting {a}–{b}: these are not two firms of the fair")
        if one.pair in seen:
            yield Sentence(f"นัด {a}–{b} มีซ้ำ", f"meeting {a}–{b} stands twice")
        seen.add(one.pair)
        if one.slot is not None and not 0 <= one.slot < len(pack.fair.slots):
            yield Sentence(f"นัด {a}–{b}: ไม่มีช่วงเวลา {one.slot}", f"meeting {a}–{b}: there is no slot {one.slot}")
        if one.table is not None and not 1 <= one.table <= pack.fair.tables:
            yield Sentence(f"นัด {a}–{b}: ไม่มีโต๊ะ {one.table}", f"meeting {a}–{b}: there is no table {one.table}")
