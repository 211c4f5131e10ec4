"""The change log: what happened after a moment, and taking a batch of changes back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.errors import MissingError, NothingToUndoError
from api.store.firms import Change, delete_firms, put_firms
from api.store.tables import ChangeRow
from matcher.domain import Chains, Firm
from matcher.exchange import read_object


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


def before_batch(session: Session, batch: str, *, chains: Chains) -> tuple[list[Firm], list[str], list[str]]:
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
        if id in left:
            continue
        if row.before is None:
            absent.append(id)
        else:
            firms.extend(read_object(row.before, name="log", chains=chains).firms)
    return firms, absent, left


def put_back(session: Session, firms: list[Firm], absent: list[str], *, by: str, embedded: str | None) -> str:
    """Write what `before_batch` gave; the batch of these changes."""
    change = Change(new_batch(), by)
    put_firms(session, firms, change, embedded=embedded)
    delete_firms(session, absent, change)
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
