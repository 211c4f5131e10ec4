"""Taking a person out of everything: database, change log, index, files, outbox, and what is restored later.

    ledger ──► files ──► one transaction over every table ──► files again ──► index ──► database compacted

The ledger's line comes first, so an erasure that breaks off is finished by the clock. Backups that were copied
off the machine cannot be reached: when one is restored, the ledger has it erased again.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlmodel import Session, col

from api.errors import NobodyError
from api.exports import file_stem
from api.fairs.publishing import write_files
from api.privacy.compacting import compact, owe_compaction
from api.privacy.files import clear_files
from api.privacy.known import known_again
from api.privacy.ledger import Erasure, Ledger, mark_done
from api.privacy.people import Asked, Person, find_person, firms_naming
from api.privacy.tables import hits, ids_naming, profile_without, scrub
from api.privacy.traces import plain_email
from api.settings import Settings
from api.store.audit import Seen, Trail
from api.store.changes import FORGOTTEN, firm_of_log, new_batch
from api.store.contacts import remove_contact
from api.store.database import Database
from api.store.fair_tables import FairRow, ParticipantRow
from api.store.firms import Change, delete_firms, put_firms
from api.store.keys import read_pepper
from api.store.outbox_tables import Delivery, DeliveryRow
from api.store.tables import ChangeRow, VectorRow
from matcher.exchange import as_object

log = logging.getLogger(__name__)

_GONE = {"th": "ลบข้อมูลส่วนบุคคลแล้ว", "en": "the person was erased"}


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did.

    Attributes:
        id: Of its line in the ledger.
        person: Who it was, by ids.
        texts: How many texts of other rows were changed.
        profiles: Ids of firms whose profiles named them.
        files: That were removed, their names without the person's; those of published fairs were written anew.
        index: Whether the index's snapshot was thrown away: it is built anew when it is opened next.
        left: Where keys name them still, as `table.column`: other rows hang on them.
        short_names: Names that are too short to be sought in free texts.
        kept: What names somebody else too, and stays with them.
        compacted: Whether the database's files were written anew; if not, the clock does it once nobody reads.
    """

    id: str
    person: Person
    texts: int
    profiles: tuple[str, ...]
    files: tuple[str, ...]
    index: bool
    left: tuple[str, ...]
    short_names: tuple[str, ...]
    kept: tuple[str, ...]
    compacted: bool


@dataclass(frozen=True)
class Eraser:
    """Erases people of a service.

    Attributes:
        settings: Where its files are.
        database: Its database.
    """

    settings: Settings
    database: Database

    @property
    def ledger(self) -> Ledger:
        """Who was erased."""
        return Ledger(self.settings.erased_path, read_pepper(self.settings.pepper_path))

    def erase(self, asked: Asked, *, by: str) -> Erased:
        """Erase whoever is meant, everywhere.

        Args:
            asked: By what they are looked for.
            by: Id of a key, or `command line`.

        Raises:
            MissingError: there is no such contact or firm.
            NobodyError: nothing names the person at all.
        """
        with self.database.reading() as session:
            person = find_person(session, asked)
            if not person.named and not anything_names(session, person):
                raise NobodyError
        erasure = self.ledger.new(person)
        self.ledger.write(erasure)
        return self._carry_out(erasure, person, by=by)

    def erase_again(self, *, by: str) -> list[Erased]:
        """Carry out the erasures that this database has not seen: it was restored from before them, or one broke off.

        One that fails is logged, does not keep the next ones, and is tried at the next call.

        Returns:
            One for each that was carried out; of somebody who is not there any more nothing was changed.
        """
        done: list[Erased] = []
        if not self.settings.erased_path.is_file():
            return done
        with self.database.reading() as session:
            left = self.ledger.left(session)
        for erasure in left:
            try:
                with self.database.reading() as session:
                    person = known_again(session, self.ledger, erasure)
                done.append(self._carry_out(erasure, person, by=by))
            except Exception:
                log.exception("cannot carry out the erasure %s", erasure.id)
        return done

    def _carry_out(self, erasure: Erasure, person: Person, *, by: str) -> Erased:
        with self.database.reading() as session:
            fairs = _fairs_of(session, person)
        cleared = clear_files(self.settings.files_dir, person.traces, fairs=fairs)
        owe_compaction(self.settings, self.database)
        with self.database.writing() as session:
            ids = ids_naming(session, person.traces)
            profiles, logged = _profiles(session, person, by=by)
            _contacts_and_fairs(session, person)
            texts, left = scrub(session, person.traces, ids)
            mark_done(session, erasure)
            seen = Seen(by, "erase", "khukha erase", "service", person.named or (f"erasure:{erasure.id}",))
            Trail(read_pepper(self.settings.pepper_path)).add(session, seen)
        damaged = self._drop_damaged()
        again = clear_files(self.settings.files_dir, person.traces, fairs=())
        self._rewrite((*cleared.rewrite, *again.rewrite))
        index = bool(profiles or logged) and drop_snapshots(self.settings.index_dir)
        return Erased(
            id=erasure.id,
            person=person,
            texts=texts,
            profiles=tuple(profiles),
            files=tuple(sorted(map(person.traces.without, {*cleared.removed, *again.removed, *damaged}))),
            index=index,
            left=tuple(sorted({f"{one.table}.{one.column}" for one in left})),
            short_names=tuple(person.traces.short_names),
            kept=person.kept,
            compacted=compact(self.settings, self.database),
        )

    def _drop_damaged(self) -> list[str]:
        """Remove databases that were set aside because they do not open: nobody can look into them."""
        old = sorted(self.settings.root.glob("*.damaged*"))
        for path in old:
            path.unlink(missing_ok=True)
        return [path.name for path in old]

    def _rewrite(self, packs: Iterable[tuple[str, int]]) -> None:
        """Write the files of the last publication anew; those of earlier ones when somebody asks for them."""
        with self.database.reading() as session:
            rows = session.execute(select(col(FairRow.id), col(FairRow.published))).all()
        last = {file_stem(id): (id, published) for id, published in rows}
        for stem, version in dict.fromkeys(packs):
            id, published = last.get(stem, ("", 0))
            if id and version == published:
                write_files(self.database, id, version, files_dir=self.settings.files_dir)


def anything_names(session: Session, person: Person) -> bool:
    """Whether any text of the database names somebody."""
    return next(hits(session, person.traces), None) is not None


def drop_snapshots(root: Path) -> bool:
    """Throw the index's snapshots away, under the lock of those who open and build; whether there were any."""
    if not root.is_dir():
        return False
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        old = [path for path in root.iterdir() if path.name != ".lock"]
        for path in old:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return bool(old)


def _fairs_of(session: Session, person: Person) -> list[str]:
    """Fairs whose files may hold the person."""
    fairs = {fair_id for fair_id, _, _ in person.delegates}
    query = select(col(ParticipantRow.fair_id)).where(col(ParticipantRow.firm_id).in_(person.firms))
    return sorted(fairs | set(session.execute(query).scalars()))


def _profiles(session: Session, person: Person, *, by: str) -> tuple[list[str], bool]:
    """Take the person out of profiles, and a firm that is the person out of the catalog and its log.

    Returns:
        Ids of the firms that changed; and whether the log named the person, and with it perhaps an index.
    """
    change = Change(new_batch(), by)
    gone = delete_firms(session, person.firms, change)
    for id in person.firms:
        session.execute(update(ChangeRow).where(col(ChangeRow.firm_id) == id).values(before=FORGOTTEN))
    naming = firms_naming(session, person.traces)
    named = [firm_of_log(profile_without(as_object(firm), person.traces)) for firm in naming]
    changed = put_firms(session, named, change, embedded=None)
    session.execute(delete(VectorRow).where(col(VectorRow.firm_id).in_(changed)))
    logged = next(hits(session, person.traces, tables=("change",)), None) is not None
    return [*gone, *changed], logged


def _contacts_and_fairs(session: Session, person: Person) -> None:
    for id in person.contacts:
        remove_contact(session, id)
    addresses = set(map(plain_email, person.traces.emails))
    own: list[ColumnElement[bool]] = []
    for fair_id, firm_id, name in person.delegates:
        row = session.get(ParticipantRow, (fair_id, firm_id))
        if row is not None:  # it went with its firm
            row.delegates = [one for one in row.delegates or () if one != name]
    for fair_id, firm_id in person.addresses:
        row = session.get(ParticipantRow, (fair_id, firm_id))
        own.append((col(DeliveryRow.firm_id) == firm_id) & col(DeliveryRow.address).is_(None))
        if row is not None:
            addresses.add(plain_email(row.address or ""))
            row.address, row.link_version = None, row.link_version + 1
    session.flush()
    sent_to = session.execute(select(col(DeliveryRow.address)).distinct()).scalars()
    theirs = [one for one in sent_to if one and plain_email(one) in addresses]
    _deliveries(session, [col(DeliveryRow.address).in_(theirs), *own])


def _deliveries(session: Session, own: Sequence[ColumnElement[bool]]) -> None:
    """Nothing is sent to the person any more, and nothing says where it went."""
    mine = or_(*own)
    waiting = update(DeliveryRow).where(mine, col(DeliveryRow.state).in_([Delivery.WAITING, Delivery.UNCLEAR]))
    session.execute(waiting.values(state=Delivery.FAILED, reason=_GONE, next_at=None))
    session.execute(
        update(DeliveryRow)
        .where(mine, col(DeliveryRow.webhook_id).is_(None))
        .values(address=None, title=None, body=None, shown="–")
    )


def named_in(erased: Erased) -> dict[str, Any]:
    """What is told of an erasure: ids and counts, nothing personal."""
    return {
        "id": erased.id,
        "contacts": list(erased.person.contacts),
        "participants": [f"{fair}/{firm}" for fair, firm, _ in erased.person.delegates]
        + [f"{fair}/{firm}" for fair, firm in erased.person.addresses],
        "firms": list(erased.person.firms),
        "profiles": list(erased.profiles),
        "texts": erased.texts,
        "files": list(erased.files),
        "index": erased.index,
        "left": list(erased.left),
        "short_names": len(erased.short_names),
        "kept": len(erased.kept),
        "compacted": erased.compacted,
    }
