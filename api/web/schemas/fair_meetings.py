"""Lists, meetings, timetables and publications of a fair."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.web.schemas.base import Id, Line, Model, Sentence
from api.web.schemas.fairs import Slot, TableNumber
from api.web.schemas.service import JobOut
from matcher.fair.meetings import MeetingState

_PAIR: Any = {"by": "agritech-d01", "other": "agritech-d11"}


class ListsIn(Model):
    """How lists are made anew."""

    keep: bool = Field(default=False, description="Every meeting that is held stays, as for a firm that comes late.")


class ListedPairOut(Model):
    """Two firms that should meet."""

    first: str
    second: str
    chance: float | None = Field(description="That both accept; null where too little is known.")
    first_wants: float
    second_wants: float
    first_need: str | None
    second_offer: str | None
    second_need: str | None
    first_offer: str | None
    must: bool
    met_before: bool


class ListsOut(Model):
    """Lists as they were made."""

    number: int
    by: str
    at: datetime
    pairs: list[ListedPairOut]
    value: float = Field(description="Meetings that both sides are expected to accept.")
    objective: float
    bound: float = Field(description="No lists reach more; proven.")
    gap: float
    price_of_fairness: float
    unmet: dict[str, Sentence]
    manifest: dict[str, Any] = Field(description="Everything they were made of: equal manifests, equal lists.")


class ListChangeOut(Model):
    """One pair that came, went or changed, and why."""

    kind: Literal["added", "removed", "score"]
    first: str
    second: str
    before: float | None
    after: float | None
    why: Sentence


class MeetingFirm(Model):
    """One side of a meeting."""

    id: str
    name_th: str
    name_en: str = Field(description="The Thai name where it has no other.")


class PlaceOut(Model):
    """When and where."""

    slot: int = Field(description="From 0 through all sessions.")
    session: str
    start: datetime
    end: datetime
    table: int = Field(description="From 1, as it stands on the table.")


class MeetingOut(Model):
    """Two firms who meet, may meet, or will not."""

    first: MeetingFirm
    second: MeetingFirm
    state: MeetingState
    listed: bool = Field(description="The lists propose it.")
    asked_by: str | None
    message: str | None = Field(description="What the asking firm wrote.")
    first_said: bool | None
    second_said: bool | None
    expires_at: datetime | None
    chance: float | None = Field(description="That both accept.")
    chance_unknown: Sentence | None = Field(description="Why there is no chance, where there is none.")
    must: bool
    met_before: bool
    reason: Sentence | None
    question: Sentence | None = Field(description="What to ask first.")
    reasons: int
    place: PlaceOut | None = Field(
        description="In the timetable in force; for a firm's key in the one published last. Null: none yet."
    )
    updated_at: datetime


class AskIn(Model):
    """A firm asks another for a meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAIR | {"message": "สนใจเซนเซอร์ความชื้น"}]})

    by: Id | None = Field(default=None, description="Who asks; a firm's key leaves it out.")
    other: Id
    message: Line | None = None


class AnswerIn(Model):
    """A firm says yes or no to a meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAIR | {"yes": True}]})

    by: Id | None = Field(default=None, description="Who answers; a firm's key leaves it out.")
    other: Id
    yes: bool


class PairIn(Model):
    """Two firms."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"firm_id": "agritech-d01", "other_id": "agritech-d11"}]})

    firm_id: Id
    other_id: Id


class PlaceIn(Model):
    """Where to."""

    slot: Slot
    table: TableNumber


class MoveIn(PairIn):
    """A meeting that gets another place."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"firm_id": "agritech-d01", "other_id": "agritech-d11", "to": {"slot": 3, "table": 7}, "preview": True}
            ]
        }
    )

    to: PlaceIn | None = Field(description="Null takes the meeting out of the timetable.")
    preview: bool = Field(default=False, description="Only say what stands in the way and what is free.")


class ConflictOut(Model):
    """What keeps a meeting from a place."""

    kind: Literal["no_such_place", "away", "busy", "table_taken"]
    firm_id: str | None
    meeting: list[str] | None = Field(description="The two firms of the meeting that stands in the way.")
    what: Sentence


class MoveOut(Model):
    """What came of a move, or would come of it."""

    number: int | None = Field(description="Of the timetable; null for a preview.")
    conflicts: list[ConflictOut]
    free: list[PlaceOut] = Field(description="For a preview: every slot that would do, each with a free table.")


class UndoTimetableIn(Model):
    """Which version comes back."""

    to: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        default=None, description="Number of a version; the one before where it is left out."
    )


class TimetableNumber(Model):
    """The timetable in force from now on."""

    number: int


class MendIn(Model):
    """Whether the timetable is mended, or only looked at."""

    preview: bool = False


class AbsenceIn(Model):
    """A participant who does not come, or leaves."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"firm_id": "agritech-d01", "from_slot": 5, "preview": True}]}
    )

    firm_id: Id
    from_slot: Slot = Field(default=0, description="The first slot in which it is away.")
    preview: bool = False


class MovedOut(Model):
    """A meeting that changed its slot."""

    first: str
    second: str
    from_slot: int
    to_slot: int


class MendedOut(Model):
    """A timetable fitted to what the fair is now, with as few moves as possible."""

    number: int | None = Field(description="Of the timetable; null for a preview.")
    what: Sentence
    moved: list[MovedOut]
    gone: list[list[str]] = Field(description="Meetings that have no place any more.")
    new: list[list[str]] = Field(description="Meetings that had none before.")
    fewest: bool = Field(description="No mending moves fewer; proven.")


class TimetableRowOut(PlaceOut):
    """A meeting at its place."""

    first: str
    second: str


class TimetableHead(Model):
    """A version of the timetable."""

    number: int
    at: datetime
    by: str
    why: Sentence
    meetings: int


class TimetableOut(TimetableHead):
    """A version of the timetable with every meeting, in the order of time and table."""

    made_of: dict[str, Any] = Field(description="Of a search: objective, bound, status, seed, steps.")
    rows: list[TimetableRowOut]


class PublicationOut(Model):
    """A timetable that was published."""

    version: int
    timetable: int
    at: datetime
    by: str
    files: bool = Field(description="Whether its files can be fetched.")


class PublishedOut(Model):
    """What was just published; its files are being written."""

    version: int
    job: JobOut
