"""The ledger of consents: what people agreed to and took back; rows are added, never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.store.firms import chunks
from api.store.privacy_tables import ConsentRow
from api.store.tables import now


@dataclass(frozen=True, slots=True)
class Word:
    """Who says something of a purpose, and how.

    Attributes:
        by: Id of a key, `link` or `command line`.
        route: `link`, `page`, `api`, `paper`, …
        wording: Which wording was shown.
    """

    by: str
    route: str
    wording: str


def add_consent(session: Session, subject: str, purpose: str, *, given: bool, word: Word) -> ConsentRow:
    """Write down that somebody agreed, or withdrew; what stands already is not written twice."""
    last = _last(session, subject, purpose)
    if last is not None and (last.given, last.wording) == (given, word.wording):
        return last
    row = ConsentRow(
        subject=subject, purpose=purpose, given=given, by=word.by, route=word.route, wording=word.wording, at=now()
    )
    session.add(row)
    session.flush()
    return row


def list_consents(session: Session, subjects: Collection[str]) -> list[ConsentRow]:
    """All that these said, oldest first."""
    rows: list[ConsentRow] = []
    for some in chunks(subjects):
        query = select(ConsentRow).where(col(ConsentRow.subject).in_(some))
        rows += session.execute(query).scalars()
    return sorted(rows, key=lambda row: row.sequence or 0)


def standing(session: Session, subjects: Collection[str], purpose: str) -> dict[str, bool]:
    """The last word of each that has said anything of a purpose."""
    found: dict[str, bool] = {}
    for some in chunks(subjects):
        newest = (
            select(func.max(col(ConsentRow.sequence)))
            .where(col(ConsentRow.purpose) == purpose, col(ConsentRow.subject).in_(some))
            .group_by(col(ConsentRow.subject))
        )
        query = select(col(ConsentRow.subject), col(ConsentRow.given)).where(col(ConsentRow.sequence).in_(newest))
        found |= {subject: given for subject, given in session.execute(query)}
    return found


def _last(session: Session, subject: str, purpose: str) -> ConsentRow | None:
    query = select(ConsentRow).where(col(ConsentRow.subject) == subject, col(ConsentRow.purpose) == purpose)
    row: ConsentRow | None = session.execute(query.order_by(col(ConsentRow.sequence).desc()).limit(1)).scalar()
    return row
