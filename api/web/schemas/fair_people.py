"""Who takes part in a fair, what they wish, and their links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.web.schemas.base import Id, Model, Sentence, Str
from api.web.schemas.fairs import Label, Slot
from matcher.fair import Wish
from matcher.fair.fair import ANYONE, MAX_MEETINGS, MIN_MEETINGS

Meetings = Annotated[int, Field(ge=0, le=1_000)]
LanguageCode = Annotated[Str, Field(pattern="^[a-z]{2,3}$")]

_PARTICIPANT: Any = {
    "delegates": ["สมหญิง ใจดี"],
    "available": [0, 1, 2],
    "min_meetings": 4,
    "max_meetings": 10,
    "languages": ["th", "en"],
    "side": "seller",
    "group": None,
    "address": "name@example.com",
    "language": "th",
}
_LACKS: Any = {"th": "ข้อมูลไม่พอ: …", "en": "not enough to say: …"}


class ParticipantIn(Model):
    """What is said of a firm that takes part."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PARTICIPANT]})

    delegates: list[Annotated[Str, Field(max_length=200)]] = Field(default=[], max_length=100)
    available: Annotated[list[Slot], Field(max_length=10_000)] | None = Field(
        default=None, description="Slots in which it can meet; null: all."
    )
    min_meetings: Meetings = MIN_MEETINGS
    max_meetings: Meetings = MAX_MEETINGS
    languages: list[LanguageCode] = Field(default=["th"], min_length=1, max_length=20)
    side: Label = ANYONE
    group: Label | None = None
    address: Annotated[Str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="Where it is notified: an e-mail address, or an Apprise URL. Personal data."
    )
    language: Literal["th", "en"] = Field(default="th", description="In which it is written to.")


class ParticipantOut(ParticipantIn):
    """A firm that takes part."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _PARTICIPANT | {"firm_id": "agritech-d01", "name_th": "ฟาร์มตัวอย่าง", "name_en": "Farm", "lacks": _LACKS}
            ]
        }
    )

    firm_id: str
    name_th: str
    name_en: str | None
    lacks: Sentence | None = Field(description="What its profile must say before any chance can be told.")


class RowProblemOut(Model):
    """Something wrong with a row of a sheet, and how to mend it."""

    kind: str
    row: int
    column: str | None
    value: str
    th: str
    en: str


class RegistrationOut(Model):
    """What a sheet does to a fair, or would do."""

    preview: bool
    rows: int
    new: list[str] = Field(description="Ids of firms that take part from now on.")
    changed: list[str]
    same: int
    preferences: int = Field(description="Wishes that are new.")
    problems: list[RowProblemOut] = Field(description="Each keeps its row out; the other rows go in.")
    warnings: list[RowProblemOut]


class PreferenceIO(Model):
    """A wish about two firms; it holds for both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"wish": "must_meet", "firm_id": "agritech-d01", "other_id": "agritech-d11"}]}
    )

    wish: Wish
    firm_id: Id
    other_id: Id


class LinksIn(Model):
    """Whose links; of some, or of all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"firm_ids": ["agritech-d01"]}, {"all": True}]})

    firm_ids: Annotated[list[Id], Field(min_length=1, max_length=5_000)] | None = None
    all: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> LinksIn:
        if (self.firm_ids is None) != self.all:
            raise PydanticCustomError("whose_links", "Give either firm_ids, or all")
        return self


class LinkOut(Model):
    """A link to a participant's page; whoever has it may answer for the firm."""

    firm_id: str
    url: str
