"""Fairs as they are set up, how they stand, and what happened to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.web.schemas.base import Line, Model, Sentence, Str
from matcher.fair import By

MAX_SLOTS = 100

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Clock = Annotated[Str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time, as 09:00.")]
Slot = Annotated[int, Field(ge=0, le=9_999, description="Number of a slot, from 0 through all sessions.")]
TableNumber = Annotated[int, Field(ge=1, le=9_999)]
FairId = Annotated[
    Str,
    Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
        description="Letters, digits, dots, hyphens and underscores; made up where it is left out.",
    ),
]
Label = Annotated[Str, Field(min_length=1, max_length=80)]
Name = Annotated[Str, Field(min_length=1, max_length=300)]

_FAIR: Any = {
    "id": "siam-2027",
    "name_th": "งานเจรจาธุรกิจสยาม 2570",
    "name_en": "Siam Business Matching 2027",
    "venue": "ศูนย์ประชุม ฮอลล์ 2",
    "sessions": [
        {"id": "เช้า", "day": "2027-02-04", "start": "09:00", "slots": 5, "slot_minutes": 30, "pause_minutes": 5},
        {"id": "บ่าย", "day": "2027-02-04", "times": [{"start": "13:00", "end": "13:30"}]},
    ],
    "tables": 40,
    "rules": {"only": [{"by": "side", "one": "buyer", "other": "seller"}], "never": [], "common_language": True},
    "dial": 0.3,
    "request_ttl_h": 72,
}


class TimeIn(Model):
    """When a slot begins and ends."""

    start: Clock
    end: Clock


class SessionIn(Model):
    """A stretch of slots: its times one by one, or evenly from `start`."""

    id: Label
    day: Day
    times: Annotated[list[TimeIn], Field(max_length=MAX_SLOTS)] | None = None
    start: Clock | None = None
    slots: Annotated[int, Field(ge=1, le=MAX_SLOTS)] | None = None
    slot_minutes: Annotated[int, Field(ge=1, le=480)] | None = None
    pause_minutes: Annotated[int, Field(ge=0, le=480, description="Between two slots.")] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SessionIn:
        even = (self.start, self.slots, self.slot_minutes)
        stated = {one is not None for one in even}
        if stated != {self.times is None} or (self.times is not None and self.pause_minutes is not None):
            raise PydanticCustomError("session_times", "Give either times, or start, slots and slot_minutes")
        return self


class TimeOut(Model):
    """When a slot begins and ends."""

    start: str
    end: str


class SessionOut(Model):
    """A session with the times of its slots."""

    id: str
    day: date
    times: list[TimeOut]


class RuleIO(Model):
    """Firms with one value, and firms with another, either way round; `*` is any."""

    by: By
    one: Label
    other: Label


class RulesIn(Model):
    """Who may meet whom; a pair that must meet is above them."""

    only: list[RuleIO] = Field(default=[], max_length=100, description="A pair needs one of them; none allows all.")
    never: list[RuleIO] = Field(default=[], max_length=100)
    common_language: bool = Field(default=False, description="Whether two firms must share a language.")


class RulesOut(Model):
    """The same as it stands."""

    only: list[RuleIO]
    never: list[RuleIO]
    common_language: bool


class FairIn(Model):
    """A fair to set up."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FAIR]})

    id: FairId | None = None
    name_th: Name
    name_en: Name | None = Field(default=None, description="The Thai name where it is left out.")
    venue: Line | None = None
    sessions: Annotated[list[SessionIn], Field(min_length=1, max_length=60, description="In the order of time.")]
    tables: Annotated[int, Field(ge=1, le=9_999, description="Meetings at once, at most.")]
    rules: RulesIn = RulesIn()
    dial: Annotated[float, Field(ge=0, le=1, description="0: the best total; 1: Nash social welfare.")] = 0.0
    request_ttl_h: Annotated[int, Field(ge=1, le=8_760, description="Hours to answer a meeting request.")] = 72


class SummaryOut(Model):
    """Where a fair stands, in figures."""

    participants: int
    held: int = Field(description="Meetings that are to be held.")
    timed: int = Field(description="Of these, how many have a slot and a table.")
    waiting: int = Field(description="Requests that nobody has answered; they hold no slot.")
    enough: float = Field(description="Share of the participants with four meetings or more.")
    reasons_a_pair: float
    breaks: int | None
    fewest_breaks: int | None = Field(description="No timetable has fewer; proven.")
    price_of_fairness: float | None = Field(description="Percent of the lists' value that floors and dial cost.")
    unmet: dict[str, Sentence] = Field(description="Why a firm has fewer meetings than its floor, by its id.")


class FairOut(Model):
    """A fair as it is set up."""

    id: str
    version: int = Field(description="Grows with every change of the fair.")
    name_th: str
    name_en: str
    venue: str | None
    sessions: list[SessionOut]
    slots: int
    tables: int
    rules: RulesOut
    dial: float
    request_ttl_h: int
    participants: int
    lists: int = Field(description="Number of the last lists; 0 before the first. Likewise the next two.")
    timetable: int
    published: int
    made_at: datetime
    summary: SummaryOut | None = Field(description="Not in lists, and not for a firm's key.")


class EventOut(Model):
    """One change of a fair."""

    sequence: int
    at: datetime
    by: str = Field(description="Id of a key, `link`, `command line` or `clock`.")
    firm_id: str | None = Field(description="The firm that did it, or for which an organiser acted.")
    what: str = Field(description="As `meeting.accepted`, `timetable.moved`.")
    first: str | None
    second: str | None
    said: dict[str, Any] | None
