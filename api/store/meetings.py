"""Meetings in and out of the database, with what was listed of them and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Table, Update, bindparam, delete, or_, select
from sqlmodel import Session, col

from api.errors import MissingError
from api.store.fair_tables import MeetingRow, OutcomeRow
from api.store.tables import now
from matcher.engine.answer import Sentence
from matcher.exchange.citizen import masked, masked_text
from matcher.fair import ListedPair
from matcher.fair.meetings import HELD, Meeting, MeetingState

_TABLE: Table = MeetingRow.metadata.tables["meeting"]
_LISTING = ("first_wants", "second_wants", "first_need", "second_offer", "second_need", "first_offer")


@dataclass(frozen=True, slots=True)
class Why:
    """Why two firms should meet.

    Attributes:
        reason: In a sentence or two.
        question: What to ask first.
        count: Reasons that were found.
    """

    reason: Sentence
    question: Sentence
    count: int


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A meeting with what is known of it.

    Attributes:
        listing: Of the lists; None for one that was only asked for.
        message: What the asking firm wrote.
    """

    meeting: Meeting
    listing: ListedPair | None
    why: Why | None
    message: str | None
    updated_at: datetime


def get_meeting(session: Session, fair_id: str, pair: tuple[str, str]) -> StoredMeeting | None:
    """What there is between two firms, the ids in any order; None where there is nothing."""
    row = session.get(MeetingRow, (fair_id, min(pair), max(pair)))
    return None if row is None else _stored(row)


def find_meetings(
    session: Session, fair_id: str, *, firm_id: str | None = None, states: Iterable[MeetingState] | None = None
) -> list[StoredMeeting]:
    """Meetings of a fair by ids.

    Args:
        session: Of a reading or a writing.
        fair_id: Of the fair.
        firm_id: Of this firm alone.
        states: In these states alone.
    """
    query = select(MeetingRow).where(col(MeetingRow.fair_id) == fair_id)
    if firm_id is not None:
        query = query.where(or_(col(MeetingRow.first) == firm_id, col(MeetingRow.second) == firm_id))
    if states is not None:
        query = query.where(col(MeetingRow.state).in_([str(state) for state in states]))
    rows = session.execute(query.order_by(col(MeetingRow.first), col(MeetingRow.second))).scalars()
    return [_stored(row) for row in rows]


def held_pairs(session: Session, fair_id: str) -> list[tuple[str, str]]:
    """Ids of the two firms of each meeting that is held, in their order."""
    query = select(col(MeetingRow.first), col(MeetingRow.second)).where(
        col(MeetingRow.fair_id) == fair_id, col(MeetingRow.state).in_([str(state) for state in sorted(HELD)])
    )
    return sorted((first, second) for first, second in session.execute(query))


def put_meeting(session: Session, fair_id: str, meeting: Meeting, *, message: str | None = None) -> None:
    """Write where a meeting stands; its listing and reasons stay."""
    row = session.get(MeetingRow, (fair_id, meeting.first, meeting.second))
    if row is None:
        row = _new(session, fair_id, meeting)
    _write(row, meeting)
    if message is not None:
        row.message = masked_text(message)
    session.flush()


def put_listed(session: Session, fair_id: str, pairs: Sequence[ListedPair], meetings: Sequence[Meeting]) -> None:
    """Write what lists made anew say: `meetings` is all there is from now on, in any order."""
    said = {(pair.first, pair.second): pair for pair in pairs}
    query = select(col(MeetingRow.first), col(MeetingRow.second), col(MeetingRow.asked_by))
    old = {
        (first, second): asked_by
        for first, second, asked_by in session.execute(query.where(col(MeetingRow.fair_id) == fair_id))
    }
    new = [meeting for meeting in meetings if meeting.pair not in old]
    kept = [meeting for meeting in meetings if meeting.pair in old]
    at = now()
    _each(session, fair_id, _TABLE.delete(), [_key(pair) for pair in old.keys() - {one.pair for one in meetings}])
    wordless = [_key(one.pair) | {"message": None} for one in kept if old[one.pair] != one.asked_by]
    _each(session, fair_id, _TABLE.update(), wordless)
    values = [_key(one.pair) | _state(one, at) | _listing(said.get(one.pair)) for one in kept]
    _each(session, fair_id, _TABLE.update(), values)
    rows = [
        {"fair_id": fair_id, "first": one.first, "second": one.second} | _state(one, at) | _listing(said.get(one.pair))
        for one in new
    ]
    if rows:
        session.connection().execute(_TABLE.insert(), rows)
    session.expire_all()


def put_reasons(session: Session, fair_id: str, reasons: Iterable[tuple[tuple[str, str], Why]]) -> None:
    """Write why pairs should meet; a pair that is gone is passed over."""
    _each(session, fair_id, _TABLE.update(), [_key(pair) | {"reason": _why_object(why)} for pair, why in reasons])
    session.expire_all()


def put_outcome(session: Session, fair_id: str, pair: tuple[str, str], teller: str, values: dict[str, Any]) -> None:
    """Write what a side, or the organiser (`teller` is empty), tells of a meeting; it replaces what it told before.

    Raises:
        MissingError: the two have no meeting at this fair.
    """
    first, second = min(pair), max(pair)
    if session.get(MeetingRow, (fair_id, first, second)) is None:
        raise MissingError(kind="meeting", id=f"{first} {second}")
    values = masked(values)
    key: dict[str, Any] = {"fair_id": fair_id, "first": first, "second": second, "teller": teller}
    row = session.get(OutcomeRow, tuple(key.values()))
    if row is None:
        session.add(OutcomeRow(**key, **values, at=now()))
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.at = now()
    session.flush()


def remove_outcome(session: Session, fair_id: str, pair: tuple[str, str], teller: str) -> None:
    """Take back what was told of a meeting, if anything was."""
    session.execute(
        delete(OutcomeRow).where(
            col(OutcomeRow.fair_id) == fair_id,
            col(OutcomeRow.first) == min(pair),
            col(OutcomeRow.second) == max(pair),
            col(OutcomeRow.teller) == teller,
        )
    )


def list_outcomes(session: Session, fair_id: str, *, firm_id: str | None = None) -> list[OutcomeRow]:
    """What was told, in the order it was; of one firm's meetings, or of all."""
    query = select(OutcomeRow).where(col(OutcomeRow.fair_id) == fair_id)
    if firm_id is not None:
        query = query.where(or_(col(OutcomeRow.first) == firm_id, col(OutcomeRow.second) == firm_id))
    rows = list(session.execute(query.order_by(col(OutcomeRow.at), col(OutcomeRow.first))).scalars())
    session.expunge_all()
    return rows


def _new(session: Session, fair_id: str, meeting: Meeting) -> MeetingRow:
    row = MeetingRow(
        fair_id=fair_id, first=meeting.first, second=meeting.second, state=meeting.state, listed=False, updated_at=now()
    )
    session.add(row)
    return row


def _write(row: MeetingRow, meeting: Meeting) -> None:
    if row.asked_by != meeting.asked_by:
        row.message = None  # it was another firm's
    for name, value in _state(meeting, now()).items():
        setattr(row, name, value)


def _state(meeting: Meeting, at: datetime) -> dict[str, Any]:
    """The columns that say where a meeting stands."""
    return {
        "state": str(meeting.state),
        "listed": meeting.listed,
        "asked_by": meeting.asked_by,
        "first_said": meeting.first_said,
        "second_said": meeting.second_said,
        "expires_at": meeting.expires_at,
        "updated_at": at,
    }


def _listing(listing: ListedPair | None) -> dict[str, Any]:
    """The columns that lists fill; reasons follow."""
    return {
        "chance": listing.chance if listing else None,
        "must": listing.must if listing else False,
        "met_before": listing.met_before if listing else False,
        "listing": {name: getattr(listing, name) for name in _LISTING} if listing else None,
        "reason": None,
    }


def _key(pair: tuple[str, str]) -> dict[str, Any]:
    return {"a": pair[0], "b": pair[1]}


def _each(session: Session, fair_id: str, change: Update | Delete, rows: Sequence[dict[str, Any]]) -> None:
    """Change many meetings of a fair with one statement; each row has `_key` and the columns to write."""
    if rows:
        own = (_TABLE.c.first == bindparam("a"), _TABLE.c.second == bindparam("b"))
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0].keys() - {"a", "b"}}
        change = change.values(columns) if isinstance(change, Update) else change
        session.flush()
        session.connection().execute(change.where(_TABLE.c.fair_id == fair_id, *own), rows)


def _stored(row: MeetingRow) -> StoredMeeting:
    meeting = Meeting(
        first=row.first,
        second=row.second,
        state=MeetingState(row.state),
        listed=row.listed,
        asked_by=row.asked_by,
        first_said=row.first_said,
        second_said=row.second_said,
        expires_at=row.expires_at,
    )
    listing = None
    if row.listing is not None:
        listing = ListedPair(row.first, row.second, row.chance, must=row.must, met_before=row.met_before, **row.listing)
    return StoredMeeting(meeting, listing, _why(row.reason), row.message, row.updated_at)


def _why_object(why: Why) -> dict[str, Any]:
    return {
        "reason": {"th": why.reason.th, "en": why.reason.en},
        "question": {"th": why.question.th, "en": why.question.en},
        "count": why.count,
    }


def _why(data: Any) -> Why | None:
    if data is None:
        return None
    return Why(Sentence(**data["reason"]), Sentence(**data["question"]), data["count"])
