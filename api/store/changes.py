"""The change log: what happened after a moment, and taking a batch of changes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.errors import MissingError, NothingToUndoError
from api.store.firms import Change, delete_firms, put_firms
from api.store.privacy_tables import ErasureRow
from api.store.tables import ChangeRow
from matcher.domain import Certificate, Firm, Need, Offer, Position, Seeking, Size, Stage

FORGOTTEN = {"forgotten": True}
"""What stands in the log in place of a profile that is no longer kept: it cannot be brought back."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking a batch back did.

    Attributes:
        batch: Of the changes that undid it: taking that back brings them again.
        firms: Ids that are as before.
        left: Ids that somebody changed afterwards; they stay as they are.
    """

    batch: str
    firms: tuple[str, ...]
    left: tuple[str, ...]


def new_batch() -> str:
    """A name for changes that belong together."""
    return f"b{uuid4().hex[:16]}"


def last_sequence(session: Session) -> int:
    """Number of the last change; 0 where nothing ever changed."""
    return int(session.execute(select(func.max(col(ChangeRow.sequence)))).scalar() or 0)


def mark_at(session: Session, sequence: int) -> str:
    """What the log says at a number, so that the same number of another history can be told; empty if nothing."""
    query = select(col(ChangeRow.at), col(ChangeRow.batch), col(ChangeRow.firm_id))
    row = session.execute(query.where(col(ChangeRow.sequence) == sequence)).one_or_none()
    return "" if row is None else f"{row.at.isoformat()} {row.batch} {row.firm_id}"


def count_erasures(session: Session) -> int:
    """How many people were erased from this database."""
    return int(session.execute(select(func.count()).select_from(ErasureRow)).scalar_one())


def changed_since(session: Session, sequence: int) -> set[str]:
    """Ids of firms that changed after a number, deleted ones among them."""
    query = select(col(ChangeRow.firm_id)).where(col(ChangeRow.sequence) > sequence).distinct()
    return set(session.execute(query).scalars())


def last_batch(session: Session) -> str:
    """The batch of the last change.

    Raises:
        NothingToUndoError: nothing was changed yet.
    """
    query = select(col(ChangeRow.batch)).order_by(col(ChangeRow.sequence).desc()).limit(1)
    found = session.execute(query).scalar()
    if found is None:
        raise NothingToUndoError
    return str(found)


def before_batch(session: Session, batch: str) -> tuple[list[Firm], list[str], list[str]]:
    """The firms as they were before a batch, the ids that were not there, and those changed since.

    Raises:
        MissingError: there is no such batch.
    """
    query = select(ChangeRow).where(col(ChangeRow.batch) == batch).order_by(col(ChangeRow.sequence).desc())
    first: dict[str, ChangeRow] = {}
    last: dict[str, int] = {}
    for row in session.execute(query).scalars():
        first[row.firm_id] = row
        last.setdefault(row.firm_id, int(row.sequence or 0))
    if not first:
        raise MissingError(kind="batch", id=batch)
    newest = _newest(session, batch)
    left = [id for id in first if newest.get(id, 0) > last[id]]
    firms: list[Firm] = []
    absent: list[str] = []
    for id, row in first.items():
        if row.before == FORGOTTEN:
            left.append(id)
        if id in left:
            continue
        if row.before is None:
            absent.append(id)
        else:
            firms.append(firm_of_log(row.before))
    return firms, absent, left


def put_back(session: Session, firms: list[Firm], absent: list[str], *, by: str, embedded: str | None) -> str:
    """Write what `before_batch` gave; the batch of these changes.

    Raises:
        IdTakenError: an offer or need id went to a firm that is left as it is.
    """
    change = Change(new_batch(), by)
    delete_firms(session, absent, change)  # first: offers may have kept their ids in another firm
    put_firms(session, firms, change, embedded=embedded)
    return change.batch


def _newest(session: Session, batch: str) -> dict[str, int]:
    """Number of the last change of every firm that a batch touched."""
    touched = select(col(ChangeRow.firm_id)).where(col(ChangeRow.batch) == batch)
    query = (
        select(col(ChangeRow.firm_id), func.max(col(ChangeRow.sequence)))
        .where(col(ChangeRow.firm_id).in_(touched))
        .group_by(col(ChangeRow.firm_id))
    )
    return {id: int(sequence) for id, sequence in session.execute(query)}


def firm_of_log(data: dict[str, Any]) -> Firm:
    """The firm that `as_object` wrote into the log, to the letter: the rules for new ones may be others now."""
    return Firm(
        id=data["id"],
        name_th=data["name_th"],
        name_en=data["name_en"],
        province_th=data["province_th"],
        size=Size(data["size"]) if data["size"] else None,
        description=data["description"],
        certificates=tuple(_certificate(one) for one in data["certificates"]),
        positions=tuple(Position(one["cluster"], _stage(one["stage"]), one["role"]) for one in data["positions"]),
        offers=tuple(Offer(**one | {"stage": _stage(one["stage"])}) for one in data["offers"]),
        needs=tuple(_need(one) for one in data["needs"]),
        juristic_id=data.get("juristic_id"),
    )


def _certificate(data: str | dict[str, Any]) -> Certificate:
    if isinstance(data, str):
        return Certificate(data)
    expires = data.get("expires")
    return Certificate(data["code"], data.get("number"), date.fromisoformat(expires) if expires else None)


def _need(data: dict[str, Any]) -> Need:
    read = {
        "stage_sought": _stage(data["stage_sought"]),
        "seeking": Seeking(data["seeking"]) if data.get("seeking") else None,
        "must_certificates": tuple(data.get("must_certificates", ())),
    }
    return Need(**data | read)


def _stage(name: str | None) -> Stage | None:
    return Stage(name) if name else None
