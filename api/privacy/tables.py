"""Every text of every table, looked through for a person; what is found is read out, or taken out.

Keys are left as they are, in columns and in JSON, for other rows hang on them: ids should name nobody. Profiles are
changed through the store, so that digest, change log and vectors stay true; all else is changed where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, String, Table, and_, select, update
from sqlmodel import Session, SQLModel, col

from api.privacy.traces import Traces, mapped, texts_of
from api.store.tables import ChangeRow, FirmRow, NeedRow, OfferRow

PROFILES = ("firm", "certificate", "position", "offer", "need")
"""Tables that only `put_firms` writes."""

NAMELESS = ("audit", "consent", "erasure", "vector")
"""Tables in which nobody is named."""

_IDS = {"firm_id", "first", "second", "by", "owner", "asked_by"}
"""Columns that hold ids without saying so to the database."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that names somebody.

    Attributes:
        key: Of its row.
        value: The column's, whole.
        fixed: It is a key itself, and cannot be changed.
    """

    table: str
    column: str
    key: tuple[Any, ...]
    value: Any
    fixed: bool


def hits(session: Session, traces: Traces, *, tables: tuple[str, ...] | None = None) -> Iterator[Hit]:
    """Every text that names somebody, table by table.

    Args:
        session: Of a reading or a writing.
        traces: Of whom.
        tables: Only these; all but `NAMELESS` where not given.
    """
    for table, row in _rows(session, tables):
        for column in _text_columns(table):
            value = row[column]
            if value is not None and any(map(traces.found, texts_of(value))):
                key = tuple(row[one] for one in table.primary_key.columns)
                yield Hit(table.name, column.name, key, value, _is_key(column))


def texts_in(session: Session) -> Iterator[str]:
    """Every text of every table in which anybody could be named."""
    for table, row in _rows(session, None):
        for column in _text_columns(table):
            yield from texts_of(row[column])


def ids_naming(session: Session, traces: Traces) -> frozenset[str]:
    """Ids of firms, offers and needs that name somebody, also of firms that only the log knows."""
    columns = (FirmRow.id, OfferRow.id, NeedRow.id, ChangeRow.firm_id)
    every = (id for one in columns for id in session.execute(select(col(one)).distinct()).scalars())
    return frozenset(filter(traces.found, every))


def profile_without(profile: dict[str, Any], traces: Traces) -> dict[str, Any]:
    """A profile in the catalog's format without somebody; its ids stay."""
    changed: dict[str, Any] = mapped(profile, traces.without)
    for own, former in _with_ids(changed, profile):
        own["id"] = former["id"]
    return changed


def scrub(session: Session, traces: Traces, ids: frozenset[str]) -> tuple[int, list[Hit]]:
    """Take somebody out of every text but profiles; how many texts changed, and where something had to stay.

    Args:
        session: Of a writing.
        traces: Of whom.
        ids: As `ids_naming` found them before anything went; they stay where one is all that a text of JSON says.
    """
    changed, left = 0, []
    for hit in list(hits(session, traces)):
        value = hit.value if hit.fixed or hit.table in PROFILES else _without(hit, traces, ids)
        if value != hit.value:
            table = SQLModel.metadata.tables[hit.table]
            session.execute(_row(table, hit).values({hit.column: value}))
            changed += 1
        if hit.fixed or any(map(traces.found, texts_of(value))):
            left.append(hit)
    session.expire_all()
    return changed, left


def _without(hit: Hit, traces: Traces, ids: frozenset[str]) -> Any:
    if isinstance(hit.value, str):
        return traces.without(hit.value)
    if (hit.table, hit.column) == ("change", "before"):
        return profile_without(hit.value, traces)
    return mapped(hit.value, lambda text: text if text in ids else traces.without(text))


def _with_ids(changed: dict[str, Any], profile: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Whatever has an id in a profile, as it is and as it was; nothing where the profile was forgotten."""
    if "id" in profile:
        yield changed, profile
    for kind in ("offers", "needs"):
        yield from zip(changed.get(kind, ()), profile.get(kind, ()), strict=True)


def _rows(session: Session, tables: tuple[str, ...] | None) -> Iterator[tuple[Table, Any]]:
    for name, table in SQLModel.metadata.tables.items():
        if name not in NAMELESS and (tables is None or name in tables):
            for row in session.execute(select(table)):
                yield table, row._mapping


def _text_columns(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if isinstance(getattr(one.type, "impl_instance", one.type), String)]


def _row(table: Table, hit: Hit) -> Any:
    own = (column == value for column, value in zip(table.primary_key.columns, hit.key, strict=True))
    return update(table).where(and_(*own))


def _is_key(column: Column[Any]) -> bool:
    return bool(column.primary_key or column.foreign_keys or column.unique) or column.name in _IDS
