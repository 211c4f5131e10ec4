"""What all shapes are made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from matcher.errors import UnreadableTextError
from matcher.text.normalise import check_readable

Item = TypeVar("Item")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _readable(text: str) -> str:
    """The text itself; NUL is refused, for not every database can hold it."""
    try:
        check_readable(text)
    except UnreadableTextError as problem:
        raise PydanticCustomError("unreadable", "The text holds {what}", {"what": problem.what}) from problem
    return text


def _written_out(moment: object) -> object:
    """The value itself; a number, which would pass for seconds since 1970, is refused."""
    if (isinstance(moment, str) and not _DAY.match(moment)) or isinstance(moment, int | float):
        raise PydanticCustomError("datetime_written_out", "Write day and time, as 2027-03-01T09:00:00+07:00")
    return moment


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as problem:
        raise PydanticCustomError("date_out_of_range", "The moment lies outside the calendar") from problem


Str = Annotated[str, AfterValidator(_readable)]
Id = Annotated[Str, Field(min_length=1, max_length=80)]
Line = Annotated[Str, Field(max_length=2_000)]
Text = Annotated[Str, Field(max_length=20_000)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Amount = Annotated[float, Field(ge=0, le=1e12)] | Line
Days = Annotated[int, Field(ge=0, le=3_650)] | Line


class Model(BaseModel):
    """What all shapes share: unknown fields and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Page(Model, Generic[Item]):
    """Some items and where the next begin."""

    items: list[Item]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null at the end.")


class Sentence(Model):
    """The same in Thai and in English."""

    th: str
    en: str
