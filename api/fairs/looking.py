"""What pages read of a fair: names, jobs, what a publication would change, how messages fare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from api.store.fair_tables import ParticipantRow, PublicationRow
from api.store.fairs import load_fair, session_of
from api.store.firms import chunks
from api.store.outbox_tables import DeliveryRow
from api.store.tables import FirmRow, JobRow
from api.store.timetables import get_publication, get_timetable, places_now, places_of
from matcher.engine import Sentence
from matcher.fair.fair import Pair

Seat = tuple[datetime, datetime, int, str]
"""When a meeting begins and ends, its table, and with whom."""

KINDS = ("lists", "timetable", "publish")
"""Kinds of jobs that speak of one fair."""

_LATEST = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What a firm was told last, and what it would be told now; by time."""

    before: tuple[Seat, ...]
    after: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not go out."""

    firm_id: str
    state: str
    reason: Sentence | None


def names_of(session: Session, ids: Iterable[str]) -> dict[str, Sentence]:
    """Names of firms by id; one without an English name goes by its Thai one."""
    found: dict[str, Sentence] = {}
    for some in chunks(set(ids)):
        query = select(FirmRow.id, FirmRow.name_th, FirmRow.name_en).where(col(FirmRow.id).in_(some))  # type: ignore[call-overload]
        found |= {id: Sentence(th, en or th) for id, th, en in session.execute(query)}
    return found


def firms_named(session: Session, words: str, *, limit: int) -> dict[str, Sentence]:
    """Firms of the catalog whose name or id holds all these words, with their names, by id."""
    query = select(FirmRow.id, FirmRow.name_th, FirmRow.name_en)  # type: ignore[call-overload]
    for word in words.split():
        names = (col(FirmRow.id), col(FirmRow.name_th), col(FirmRow.name_en))
        query = query.where(or_(*(name.icontains(word, autoescape=True) for name in names)))
    rows = session.execute(query.order_by(col(FirmRow.id)).limit(limit))
    return {id: Sentence(th, en or th) for id, th, en in rows}


def jobs_of(session: Session, fair_id: str) -> list[JobRow]:
    """The last job of each kind that speaks of a fair, newest first."""
    query = select(JobRow).where(col(JobRow.kind).in_(KINDS)).order_by(col(JobRow.made_at).desc()).limit(_LATEST)
    found: dict[str, JobRow] = {}
    for row in session.execute(query).scalars():
        if row.given.get("fair") == fair_id:
            found.setdefault(row.kind, row)
    session.expunge_all()
    return list(found.values())


def seats(session: Session, fair_id: str, row: PublicationRow | None) -> dict[str, tuple[Seat, ...]]:
    """Every firm's meetings as a publication says them, by time; empty where there is none."""
    if row is None:
        return {}
    sessions = [session_of(one) for one in row.fair["sessions"]]
    times = [
        (datetime.combine(one.day, begin), datetime.combine(one.day, end))
        for one in sessions
        for begin, end in one.times
    ]
    return _by_firm(
        {
            pair: (*times[slot], table)
            for pair, (slot, table) in places_of(get_timetable(session, fair_id, row.timetable)).items()
        }
    )


def seats_now(session: Session, fair_id: str) -> dict[str, tuple[Seat, ...]]:
    """Every firm's meetings as the timetable in force has them, by time."""
    fair = load_fair(session, fair_id)
    places = places_now(session, fair)
    return _by_firm(
        {pair: (fair.slots[slot].start, fair.slots[slot].end, table) for pair, (slot, table) in places.items()}
    )


def unpublished(session: Session, fair_id: str) -> dict[str, Told]:
    """Firms for which the timetable in force is another than they were told, by id.

    Before the first publication that is every firm with a meeting.
    """
    before, after = seats(session, fair_id, get_publication(session, fair_id)), seats_now(session, fair_id)
    return {
        id: Told(before.get(id, ()), after.get(id, ()))
        for id in sorted(before.keys() | after.keys())
        if before.get(id, ()) != after.get(id, ())
    }


def without_address(session: Session, fair_id: str) -> list[str]:
    """Ids of participants whom no message reaches."""
    query = select(col(ParticipantRow.firm_id)).where(
        col(ParticipantRow.fair_id) == fair_id, col(ParticipantRow.address).is_(None)
    )
    return sorted(session.execute(query).scalars())


def messages_of(session: Session, fair_id: str, version: int) -> tuple[Counter[str], list[Undelivered]]:
    """How the messages of a publication fare: how many are in each state, and those that did not go out."""
    once = f"{fair_id}/{version}/"
    query = select(DeliveryRow).where(
        col(DeliveryRow.dedupe).startswith(once, autoescape=True), col(DeliveryRow.webhook_id).is_(None)
    )
    rows = list(session.execute(query.order_by(col(DeliveryRow.firm_id))).scalars())
    stuck = [
        Undelivered(row.firm_id or "", row.state, Sentence(**row.reason) if row.reason else None)
        for row in rows
        if row.state in {"failed", "unclear"}
    ]
    return Counter(row.state for row in rows), stuck


def _by_firm(places: dict[Pair, tuple[datetime, datetime, int]]) -> dict[str, tuple[Seat, ...]]:
    found: dict[str, list[Seat]] = {}
    for pair, (begin, end, table) in places.items():
        for own, other in (pair, pair[::-1]):
            found.setdefault(own, []).append((begin, end, table, other))
    return {id: tuple(sorted(own)) for id, own in found.items()}
