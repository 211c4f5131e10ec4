"""What is stored of fairs. Everything of a fair goes with the fair; what names a firm goes with the firm.

Slots are numbered from 0 through all sessions, tables from 1, as people read them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, String, Text
from sqlmodel import Field, SQLModel

from api.store.tables import SEQUENCE, json_column, moment


def _of_fair(*, primary: bool = True) -> Any:
    key = ForeignKey("fair.id", ondelete="CASCADE")
    return Field(sa_column=Column(String(80), key, primary_key=primary, nullable=False, index=not primary))


def _of_firm() -> Any:
    """One of the firms of a row; indexed, since the row goes with the firm."""
    key = ForeignKey("firm.id", ondelete="CASCADE")
    return Field(sa_column=Column(String(80), key, primary_key=True, nullable=False, index=True))


class FairRow(SQLModel, table=True):
    """A fair as the organiser set it up.

    Attributes:
        sessions: `{"id", "day", "times": [[start, end], …]}` of each, in the order of time.
        rules: `{"only", "never", "common_language"}` of `MeetingRules`.
        dial: 0 makes the lists' total greatest, 1 Nash social welfare.
        request_ttl_h: Hours in which a meeting request must be answered.
        changed: Grows with every change of the fair: number of its last event.
        planned: Number of its last lists; 0 before the first. `timetable` and `published` likewise.
        learnt: What chances are made with, as it was learned, the last in force: `Belief.as_table` of each with
            `fairs`, `answers`, `yes`, `by` and `at`. Empty where they are the project's own.
    """

    __tablename__ = "fair"
    id: str = Field(primary_key=True, max_length=80)
    name_th: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    venue: str | None = Field(default=None, sa_type=Text)
    sessions: Any = json_column()
    tables: int
    rules: Any = json_column()
    dial: float = 0.0
    request_ttl_h: int = 72
    changed: int = Field(default=0, sa_type=BigInteger)
    planned: int = 0
    timetable: int = 0
    published: int = 0
    learnt: Any = json_column()
    made_at: datetime = moment()


class ParticipantRow(SQLModel, table=True):
    """A firm at a fair.

    Attributes:
        delegates: Names. Personal data.
        available: Slots in which it can meet; None where in all.
        address: Where it is notified: an e-mail address or an Apprise URL. Personal data.
        language: `th` or `en`: in which it is written to.
        link_version: Signed links of earlier versions open nothing.
    """

    __tablename__ = "participant"
    fair_id: str = _of_fair()
    firm_id: str = _of_firm()
    delegates: Any = json_column()
    available: Any = json_column()
    min_meetings: int
    max_meetings: int
    languages: Any = json_column()
    side: str = Field(max_length=80)
    group_name: str | None = Field(default=None, max_length=80)
    address: str | None = Field(default=None, sa_type=Text)
    language: str = Field(default="th", max_length=2)
    link_version: int = 1


class PreferenceRow(SQLModel, table=True):
    """A wish about two firms, the smaller id first; `by` is the firm that uttered it, or None for the organiser."""

    __tablename__ = "preference"
    fair_id: str = _of_fair()
    first: str = _of_firm()
    second: str = _of_firm()
    wish: str = Field(primary_key=True, max_length=12)
    by: str | None = Field(default=None, max_length=80)


class MeetingRow(SQLModel, table=True):
    """Two firms who may meet, the smaller id first: see `matcher.fair.meetings.Meeting`.

    Attributes:
        chance: That both accept, in [0, 1]; None where it is not known.
        listing: Of the lists: `wants` of both sides, and the needs and offers it rests on.
        reason: `{"reason": {"th", "en"}, "question": {"th", "en"}, "count"}`.
        message: What the asking firm wrote.
    """

    __tablename__ = "meeting"
    fair_id: str = _of_fair()
    first: str = _of_firm()
    second: str = _of_firm()
    state: str = Field(max_length=10, index=True)
    listed: bool
    asked_by: str | None = Field(default=None, max_length=80)
    first_said: bool | None = None
    second_said: bool | None = None
    expires_at: datetime | None = moment(nullable=True, index=True)
    chance: float | None = None
    must: bool = False
    met_before: bool = False
    listing: Any = json_column()
    reason: Any = json_column()
    message: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = moment()


class ListsRow(SQLModel, table=True):
    """Lists as they were made, for comparing: ids and numbers, no texts.

    Attributes:
        lists: `MatchLists.as_json`; `manifest` is `Manifest.as_json`.
    """

    __tablename__ = "lists"
    fair_id: str = _of_fair()
    number: int = Field(primary_key=True)
    by: str = Field(max_length=80)
    lists: Any = json_column()
    manifest: Any = json_column()
    at: datetime = moment()


class TimetableRow(SQLModel, table=True):
    """A version of a fair's timetable; never changed, a change is the next version.

    Attributes:
        why: What made it, as `{"th", "en"}`.
        places: `[first, second, slot, table]` of each meeting that has a slot.
        made_of: Objective, bound, status, seed and steps of a search; `slots` names the slots by number.
    """

    __tablename__ = "timetable"
    fair_id: str = _of_fair()
    number: int = Field(primary_key=True)
    by: str = Field(max_length=80)
    why: Any = json_column()
    places: Any = json_column()
    made_of: Any = json_column()
    at: datetime = moment()


class PublicationRow(SQLModel, table=True):
    """A timetable that was published.

    Attributes:
        timetable: Number of its timetable.
        fair: The fair's sessions and tables as they were, for calendars that must be taken back.
    """

    __tablename__ = "publication"
    fair_id: str = _of_fair()
    version: int = Field(primary_key=True)
    timetable: int
    by: str = Field(max_length=80)
    fair: Any = json_column()
    at: datetime = moment()


class FairEventRow(SQLModel, table=True):
    """One change of a fair, written in the transaction that makes it.

    Attributes:
        by: Id of a key, `link`, `command line` or `clock`.
        firm_id: The firm that did it, or for which an organiser acted.
        what: As `meeting.accepted`, `participants.put`, `timetable.moved`.
        said: Numbers and ids; nothing personal.
    """

    __tablename__ = "fair_event"
    __table_args__ = {"sqlite_autoincrement": True}
    sequence: int | None = Field(default=None, sa_column=Column(SEQUENCE, primary_key=True, autoincrement=True))
    fair_id: str = _of_fair(primary=False)
    by: str = Field(max_length=80)
    firm_id: str | None = Field(default=None, max_length=80)
    what: str = Field(max_length=40)
    first: str | None = Field(default=None, max_length=80)
    second: str | None = Field(default=None, max_length=80)
    said: Any = json_column()
    at: datetime = moment()


class OutcomeRow(SQLModel, table=True):
    """What came of a meeting, as one side or the organiser (`teller` is empty) tells it; baht are whole."""

    __tablename__ = "outcome"
    fair_id: str = _of_fair()
    first: str = _of_firm()
    second: str = _of_firm()
    teller: str = Field(primary_key=True, max_length=80)
    outcome: str = Field(max_length=24)
    expected_thb: int | None = Field(default=None, sa_type=BigInteger)
    actual_thb: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = Field(default=None, sa_type=Text)
    at: datetime = moment()
