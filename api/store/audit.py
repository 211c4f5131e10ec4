"""The trail: who read, changed, exported or erased whose personal data; nothing personal stands in it.

Each row is sealed with an HMAC over itself and the seal before it. The key is made of the pepper, which no
database holds, so whoever can write the database alone cannot edit, drop or reorder a row unseen. Rows cut off
the end leave a chain that is whole but short: for that the last number and seal are kept in a file beside the
database too, see `Anchor`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Text, delete, func, or_, select, type_coerce
from sqlmodel import Session, col

from api.store.privacy_tables import AuditRow
from api.store.tables import now

PRUNED = "audit:through-"
"""Subject of a row which says that all rows up to a number were forgotten, for they were old."""

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody did with personal data.

    Attributes:
        by: Id of a key, `link`, `command line` or `clock`.
        act: `read`, `change`, `export`, `consent`, `erase`, `forget`.
        route: Where, without anything personal: names in braces.
        why: A purpose of the policy.
        subjects: Whose, as `api.privacy.subjects` names them.
        fields: Which fields.
    """

    by: str
    act: str
    route: str
    why: str
    subjects: tuple[str, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the trail is not what was written.

    Attributes:
        number: Of the row.
        kind: `edited`, `missing`, `reordered`, `cut` (off the end) or `replaced` (by one with another seal).
    """

    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last row: its number, 0 before the first, and its seal."""

    number: int
    seal: str


class Trail:
    """Writes and checks the trail of a service.

    Args:
        pepper: The service's secret.
    """

    def __init__(self, pepper: bytes) -> None:
        self._key = hmac.new(pepper, b"khukha audit", hashlib.sha256).digest()

    def add(self, session: Session, seen: Seen) -> None:
        """Write a row in the transaction of what it tells of; nothing where it is of nobody.

        Args:
            session: Of `Database.writing()`: writers take turns, so the chain never forks.
            seen: What was done.
        """
        if not seen.subjects:
            return
        last = head(session)
        row = AuditRow(
            number=last.number + 1,
            at=now(),
            by=seen.by,
            act=seen.act,
            route=seen.route[:120],
            why=seen.why,
            subjects=list(dict.fromkeys(seen.subjects)),
            fields=list(seen.fields),
            previous=last.seal,
            seal="",
        )
        row.seal = self._seal(row)
        session.add(row)
        session.flush()

    def broken(self, session: Session, *, anchor: Head | None = None) -> Iterator[Broken]:
        """Every place where the trail is not what was written, in order; none where it is whole.

        Args:
            session: Of a reading.
            anchor: The last row as it was known somewhere else.
        """
        last = Head(0, "")
        for at, row in enumerate(_rows(session)):
            if at == 0 and row.number > 1 and _was_pruned(session, row.number - 1):
                last = Head(row.number - 1, row.previous)
            if kind := self._wrong(row, after=last):
                yield Broken(last.number + 1 if kind == "missing" else row.number, kind)
            if anchor is not None and row.number == anchor.number and row.seal != anchor.seal:
                yield Broken(row.number, "replaced")
            last = Head(row.number, row.seal)
        if anchor is not None and last.number < anchor.number:
            yield Broken(last.number + 1, "cut")

    def _wrong(self, row: AuditRow, *, after: Head) -> str:
        """What is wrong with a row that stands after another; empty where nothing is."""
        if row.number != after.number + 1:
            return "missing"
        if not hmac.compare_digest(self._seal(row), row.seal):
            return "edited"
        return "reordered" if row.previous != after.seal else ""

    def forget(self, session: Session, before: datetime, *, by: str) -> int:
        """Take out rows older than a moment, save the last, and say so in the trail; how many there were."""
        query = select(func.max(col(AuditRow.number))).where(
            col(AuditRow.at) < before, col(AuditRow.number) < head(session).number
        )
        last = session.execute(query).scalar()
        if last is None:
            return 0
        count = session.execute(select(func.count()).where(col(AuditRow.number) <= last)).scalar_one()
        self.add(session, Seen(by, "forget", "khukha retention", "service", (f"{PRUNED}{last}",)))
        session.execute(delete(AuditRow).where(col(AuditRow.number) <= last))
        return int(count)

    def _seal(self, row: AuditRow) -> str:
        said = [
            row.number, row.at.isoformat(), row.by, row.act, row.route, row.why, row.subjects, row.fields, row.previous,
        ]  # fmt: skip
        return hmac.new(self._key, json.dumps(said, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the trail in a file beside the database: what is cut off its end is missed there.

    Attributes:
        path: In the data directory; copied elsewhere, it holds against somebody who can write both.
    """

    path: Path

    def read(self) -> Head | None:
        """What was kept last; None where nothing was, or it cannot be read."""
        with suppress(OSError, ValueError):
            number, _, seal = self.path.read_text("ascii").strip().partition(":")
            return Head(int(number), seal)
        return None

    def keep(self, found: Head) -> None:
        """Keep a head, whole or not at all; an older one than what is kept is not."""
        if not found.number or ((known := self.read()) is not None and known.number >= found.number):
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{self.path.name}-{os.getpid()}")
        scratch.write_text(f"{found.number}:{found.seal}\n", "ascii")
        os.replace(scratch, self.path)


def head(session: Session) -> Head:
    """The last row of the trail."""
    query = select(col(AuditRow.number), col(AuditRow.seal)).order_by(col(AuditRow.number).desc()).limit(1)
    row = session.execute(query).one_or_none()
    return Head(0, "") if row is None else Head(int(row.number), row.seal)


def find_audit(
    session: Session,
    *,
    subjects: Sequence[str] = (),
    by: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[AuditRow]:
    """Rows, oldest first.

    Args:
        session: Of a reading.
        subjects: Only those about one of these.
        by: Only what this key, `link` or `command line` did.
        since: Only from this moment on.
        until: Only before this moment.
        limit: The newest so many.
    """
    query = select(AuditRow).order_by(col(AuditRow.number).desc())
    if by is not None:
        query = query.where(col(AuditRow.by) == by)
    if since is not None:
        query = query.where(col(AuditRow.at) >= since)
    if until is not None:
        query = query.where(col(AuditRow.at) < until)
    if subjects:
        names = type_coerce(col(AuditRow.subjects), Text)
        quoted = (json.dumps(one, ensure_ascii=False) for one in subjects)
        query = query.where(or_(*(names.contains(one, autoescape=True) for one in quoted)))
    rows = list(session.execute(query.limit(limit)).scalars())
    return rows[::-1]


def _rows(session: Session) -> Iterator[AuditRow]:
    """All rows in order, some at a time."""
    at = 0
    while True:
        query = select(AuditRow).where(col(AuditRow.number) > at).order_by(col(AuditRow.number)).limit(_AT_ONCE)
        rows = list(session.execute(query).scalars())
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        at = rows[-1].number
        session.expunge_all()


def _was_pruned(session: Session, number: int) -> bool:
    """Whether the trail itself says that rows up to a number were forgotten."""
    return bool(find_audit(session, subjects=[f"{PRUNED}{number}"], limit=1))
