"""Taking out what has been kept for long enough: each kind of personal data after its own days.

Days count from the end of the last fair that a thing is of, or from its last change; a contact's firm may go to
many fairs, and what is needed for one that is to come stays.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlmodel import Session, col

from api.exports import file_stem
from api.privacy.compacting import compact, owe_compaction
from api.privacy.policy import Kind, Policy
from api.settings import BANGKOK, Settings
from api.store.audit import Seen, Trail
from api.store.changes import FORGOTTEN
from api.store.database import Database
from api.store.fair_tables import FairRow, MeetingRow, OutcomeRow, ParticipantRow
from api.store.keys import read_pepper
from api.store.outbox import forget
from api.store.privacy_tables import AuditRow, ConsentRow
from api.store.tables import ChangeRow, ContactRow, MatchRequestRow, now

log = logging.getLogger(__name__)

_GRACE_S = 3_600
"""A file that is younger may be one that a job is just writing."""


@dataclass(frozen=True, slots=True)
class Due:
    """How much of a kind has been kept for long enough.

    Attributes:
        before: What is older goes.
        count: Rows, fields or files.
    """

    kind: Kind
    before: datetime
    count: int


@dataclass(frozen=True)
class Retention:
    """Forgets for a service.

    Attributes:
        policy: How long each kind is kept.
    """

    settings: Settings
    database: Database
    policy: Policy

    def preview(self, *, at: datetime | None = None) -> list[Due]:
        """What would go now; nothing changes."""
        at = at or now()
        with self.database.reading() as session:
            ends = _ends(session)
            return [Due(kind, self._before(kind, at), count) for kind, count in self._counts(session, ends, at)]

    def apply(self, *, by: str, at: datetime | None = None) -> list[Due]:
        """Let go what is due, say so in the trail, and compact the database where anything went.

        Where somebody reads meanwhile, the clock compacts it later.
        """
        at = at or now()
        done = []
        with self.database.writing() as session:
            ends = _ends(session)
            for kind, count in self._counts(session, ends, at):
                if count and kind not in _ON_DISK:
                    _FORGET[kind](session, ends, self._before(kind, at))
                done.append(Due(kind, self._before(kind, at), count))
            gone = [one for one in done if one.count]
            trail = Trail(read_pepper(self.settings.pepper_path))
            stored = any(one.kind not in _ON_DISK for one in gone)
            if stored:
                owe_compaction(self.settings, self.database)
            if gone:
                fields = tuple(f"{one.kind} {one.count}" for one in gone)
                trail.add(session, Seen(by, "forget", "khukha retention", "service", ("retention:",), fields))
            if any(one.kind is Kind.AUDIT for one in gone):
                trail.forget(session, self._before(Kind.AUDIT, at), by=by)
        for path in [path for kind in _ON_DISK for path in self._files(kind, ends, self._before(kind, at))]:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if stored:
            compact(self.settings, self.database)
        return done

    def _counts(self, session: Session, ends: dict[str, datetime], at: datetime) -> Iterator[tuple[Kind, int]]:
        for kind, rule in self.policy.kinds.items():
            if not rule.days:
                continue
            before = self._before(kind, at)
            if kind in _ON_DISK:
                yield kind, len(self._files(kind, ends, before))
            else:
                yield kind, _COUNT[kind](session, ends, before)

    def _before(self, kind: Kind, at: datetime) -> datetime:
        return at - timedelta(days=self.policy.kinds[kind].days)

    def _files(self, kind: Kind, ends: dict[str, datetime], before: datetime) -> list[Path]:
        if not self.policy.kinds[kind].days:
            return []
        folder = self.settings.files_dir
        if kind is Kind.PUBLICATION_FILES:
            old = [folder / "fairs" / file_stem(id) for id, end in ends.items() if end < before]
            return [path for path in old if path.is_dir()]
        oldest = min(before.timestamp(), time.time() - _GRACE_S)
        paths = folder.iterdir() if folder.is_dir() else ()
        return sorted(path for path in paths if path.is_file() and path.stat().st_mtime < oldest)


def _ends(session: Session) -> dict[str, datetime]:
    """When each fair ends: the last minute of its last day."""
    found = {}
    for id, sessions in session.execute(select(col(FairRow.id), col(FairRow.sessions))):
        days = [datetime.fromisoformat(one["day"]).replace(tzinfo=BANGKOK) for one in sessions]
        found[id] = max(days) + timedelta(days=1)
    return found


def _over(ends: dict[str, datetime], before: datetime) -> list[str]:
    return [id for id, end in ends.items() if end < before]


def _old_contacts(session: Session, ends: dict[str, datetime], before: datetime) -> ColumnElement[bool]:
    """Contacts that nobody changed since, of firms without a fair since."""
    needed = [id for id, end in ends.items() if end >= before]
    busy = select(col(ParticipantRow.firm_id)).where(col(ParticipantRow.fair_id).in_(needed))
    return (col(ContactRow.updated_at) < before) & col(ContactRow.firm_id).not_in(busy)


Where = Callable[[Session, dict[str, datetime], datetime], ColumnElement[bool]]


def _field(table: Any, name: str, where: Where) -> tuple[Callable[..., int], Callable[..., None]]:
    """Counting and emptying one column."""

    def count(session: Session, ends: dict[str, datetime], before: datetime) -> int:
        there = getattr(table, name).is_not(None) & where(session, ends, before)
        return int(session.execute(select(func.count()).select_from(table).where(there)).scalar_one())

    def empty(session: Session, ends: dict[str, datetime], before: datetime) -> None:
        session.execute(update(table).where(where(session, ends, before)).values({name: None}))

    return count, empty


def _rows(table: Any, where: Where) -> tuple[Callable[..., int], Callable[..., None]]:
    """Counting and deleting rows."""

    def count(session: Session, ends: dict[str, datetime], before: datetime) -> int:
        return int(
            session.execute(select(func.count()).select_from(table).where(where(session, ends, before))).scalar_one()
        )

    def remove(session: Session, ends: dict[str, datetime], before: datetime) -> None:
        session.execute(delete(table).where(where(session, ends, before)))

    return count, remove


def _of_fairs(table: Any) -> Where:
    return lambda _session, ends, before: col(table.fair_id).in_(_over(ends, before))


def _older(column: Any) -> Where:
    return lambda _session, _ends, before: column < before


def _superseded(_session: Session, _ends: dict[str, datetime], before: datetime) -> ColumnElement[bool]:
    """Consents after which the same person said something of the same purpose: a last word stands however old."""
    last = select(func.max(col(ConsentRow.sequence))).group_by(col(ConsentRow.subject), col(ConsentRow.purpose))
    return (col(ConsentRow.at) < before) & col(ConsentRow.sequence).not_in(last)


def _former(_session: Session, _ends: dict[str, datetime], before: datetime) -> ColumnElement[bool]:
    return (col(ChangeRow.at) < before) & col(ChangeRow.before).is_not(None) & (col(ChangeRow.before) != FORGOTTEN)


def _forget_former(session: Session, ends: dict[str, datetime], before: datetime) -> None:
    session.execute(update(ChangeRow).where(_former(session, ends, before)).values(before=FORGOTTEN))


def _delegates(_session: Session, ends: dict[str, datetime], before: datetime) -> ColumnElement[bool]:
    return col(ParticipantRow.fair_id).in_(_over(ends, before)) & (col(ParticipantRow.delegates) != [])


def _forget_delegates(session: Session, ends: dict[str, datetime], before: datetime) -> None:
    session.execute(update(ParticipantRow).where(_delegates(session, ends, before)).values(delegates=[]))


def _outbox(session: Session, _ends: dict[str, datetime], before: datetime) -> int:
    from api.store.outbox_tables import DeliveryRow

    there = col(DeliveryRow.body).is_not(None) | col(DeliveryRow.address).is_not(None)
    old = select(func.count()).select_from(DeliveryRow).where(col(DeliveryRow.made_at) < before, there)
    return int(session.execute(old).scalar_one())


_ON_DISK = (Kind.PUBLICATION_FILES, Kind.JOB_FILES)
_KINDS: dict[Kind, tuple[Callable[..., int], Callable[..., Any]]] = {
    Kind.CONTACT_POSITION: _field(ContactRow, "position", _old_contacts),
    Kind.CONTACT_PHONE: _field(ContactRow, "phone", _old_contacts),
    Kind.CONTACT_LINE: _field(ContactRow, "line_id", _old_contacts),
    Kind.CONTACT_EMAIL: _field(ContactRow, "email", _old_contacts),
    Kind.CONTACT: _rows(ContactRow, _old_contacts),
    Kind.DELEGATES: (_rows(ParticipantRow, _delegates)[0], _forget_delegates),
    Kind.ADDRESS: _field(ParticipantRow, "address", _of_fairs(ParticipantRow)),
    Kind.MEETING_MESSAGE: _field(MeetingRow, "message", _of_fairs(MeetingRow)),
    Kind.OUTCOME_NOTE: _field(OutcomeRow, "note", _of_fairs(OutcomeRow)),
    Kind.MATCH_REQUEST: _rows(MatchRequestRow, _older(col(MatchRequestRow.at))),
    Kind.FORMER_PROFILES: (_rows(ChangeRow, _former)[0], _forget_former),
    Kind.OUTBOX: (_outbox, lambda session, _ends, before: forget(session, before)),
    Kind.AUDIT: (_rows(AuditRow, _older(col(AuditRow.at)))[0], lambda *_: None),
    Kind.CONSENT: _rows(ConsentRow, _superseded),
}
"""How each kind that stands in the database is counted and forgotten; the trail prunes itself."""

_COUNT = {kind: count for kind, (count, _) in _KINDS.items()}
_FORGET = {kind: forget for kind, (_, forget) in _KINDS.items()}
