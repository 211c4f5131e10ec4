"""Lists, timetables and publications of a fair by number: each is written once and never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.errors import MissingError
from api.store.fair_tables import ListsRow, PublicationRow, TimetableRow
from api.store.fairs import Deed, fair_row, log_event, session_object
from api.store.meetings import held_pairs
from api.store.tables import now
from matcher.engine.answer import Sentence
from matcher.fair import Fair, Manifest, MatchLists
from matcher.fair.fair import Place

Places = Mapping[tuple[str, str], Place]
"""Where each meeting is, by its ids, the smaller first."""


def add_lists(session: Session, fair_id: str, lists: MatchLists, manifest: Manifest, deed: Deed) -> int:
    """Keep lists as they were made; their number."""
    row = fair_row(session, fair_id)
    row.planned += 1
    session.add(
        ListsRow(
            fair_id=fair_id,
            number=row.planned,
            by=deed.by,
            lists=json.loads(lists.as_json()),
            manifest=json.loads(manifest.as_json()),
            at=now(),
        )
    )
    session.flush()
    log_event(session, fair_id, deed, "lists.made", said={"number": row.planned, "pairs": len(lists.pairs)})
    return row.planned


def get_lists(session: Session, fair_id: str, number: int | None = None) -> ListsRow:
    """Lists of a fair; the last ones where no number is given.

    Raises:
        MissingError: there are none.
    """
    wanted = fair_row(session, fair_id).planned if number is None else number
    row = session.get(ListsRow, (fair_id, wanted))
    if row is None:
        raise MissingError(kind="lists", id=f"{fair_id} {wanted}")
    return row


def add_timetable(
    session: Session,
    fair_id: str,
    places: Places,
    deed: Deed,
    *,
    why: Sentence,
    what: str,
    made_of: Mapping[str, Any] | None = None,
) -> int:
    """Write the next version of a fair's timetable; its number.

    Args:
        session: Of `Database.writing()`.
        fair_id: Of the fair.
        places: Of every meeting that has a slot.
        deed: For the log.
        why: What made it, in words.
        what: For the log, as `timetable.moved`.
        made_of: Of a search: objective, bound, status, seed, steps.
    """
    row = fair_row(session, fair_id)
    session.add(
        TimetableRow(
            fair_id=fair_id,
            number=(number := last_timetable(session, fair_id) + 1),
            by=deed.by,
            why={"th": why.th, "en": why.en},
            places=[[*pair, *place] for pair, place in sorted(places.items())],
            made_of={**(made_of or {}), "slots": slot_names(row.sessions)},
            at=now(),
        )
    )
    row.timetable = number
    session.flush()
    log_event(session, fair_id, deed, what, said={"number": number})
    return number


def slot_names(sessions: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a slot is called whatever its number: its session, and its place in it from 0.

    Example: `["1a/0", "1a/1", "1b/0"]`.
    """
    return [f"{one['id']}/{at}" for one in sessions for at in range(len(one["times"]))]


def last_timetable(session: Session, fair_id: str) -> int:
    """Number of the last version ever written; 0 where there is none."""
    query = select(col(TimetableRow.number)).where(col(TimetableRow.fair_id) == fair_id)
    return int(session.execute(query.order_by(col(TimetableRow.number).desc()).limit(1)).scalar() or 0)


def get_timetable(session: Session, fair_id: str, number: int | None = None) -> TimetableRow | None:
    """A version of the timetable, or the one in force; None while there is none.

    Raises:
        MissingError: there is no such version.
    """
    wanted = fair_row(session, fair_id).timetable if number is None else number
    row = session.get(TimetableRow, (fair_id, wanted))
    if row is None and number is not None:
        raise MissingError(kind="timetable", id=f"{fair_id} {wanted}")
    return row


def list_timetables(
    session: Session, fair_id: str, *, before: int | None = None, limit: int = 50
) -> list[TimetableRow]:
    """Versions of the timetable, newest first; `before` is the number of one."""
    query = select(TimetableRow).where(col(TimetableRow.fair_id) == fair_id)
    if before is not None:
        query = query.where(col(TimetableRow.number) < before)
    rows = list(session.execute(query.order_by(col(TimetableRow.number).desc()).limit(limit)).scalars())
    session.expunge_all()
    return rows


def places_of(row: TimetableRow | None) -> dict[tuple[str, str], Place]:
    """Where each meeting is."""
    found: Iterable[Any] = row.places if row is not None else ()
    return {(first, second): (slot, table) for first, second, slot, table in found}


def places_now(session: Session, fair: Fair) -> dict[tuple[str, str], Place]:
    """Where each meeting is that is held now, by the timetable in force.

    A version is never changed, so it may name firms that are gone since, and slots or tables that the fair had.
    """
    places = places_of(get_timetable(session, fair.id))
    held = set(held_pairs(session, fair.id)) if places else set()
    return {
        pair: (slot, table)
        for pair, (slot, table) in places.items()
        if pair in held and slot < len(fair.slots) and table <= fair.tables
    }


def add_publication(session: Session, fair: Fair, deed: Deed) -> PublicationRow:
    """Publish the timetable in force; its version counts from 1.

    Raises:
        MissingError: there is no timetable yet.
    """
    row = fair_row(session, fair.id)
    if not row.timetable:
        raise MissingError(kind="timetable", id=fair.id)
    row.published += 1
    made = PublicationRow(
        fair_id=fair.id,
        version=row.published,
        timetable=row.timetable,
        by=deed.by,
        fair={"sessions": [session_object(one) for one in fair.sessions], "tables": fair.tables},
        at=now(),
    )
    session.add(made)
    session.flush()
    log_event(session, fair.id, deed, "timetable.published", said={"version": made.version})
    return made


def get_publication(session: Session, fair_id: str, version: int | None = None) -> PublicationRow | None:
    """A publication, or the last one; None while there is none.

    Raises:
        MissingError: there is no such version.
    """
    wanted = fair_row(session, fair_id).published if version is None else version
    row = session.get(PublicationRow, (fair_id, wanted))
    if row is None and version is not None:
        raise MissingError(kind="publication", id=f"{fair_id} {wanted}")
    return row


def list_publications(session: Session, fair_id: str) -> list[PublicationRow]:
    """All publications of a fair, newest first."""
    query = select(PublicationRow).where(col(PublicationRow.fair_id) == fair_id)
    rows = list(session.execute(query.order_by(col(PublicationRow.version).desc())).scalars())
    session.expunge_all()
    return rows
