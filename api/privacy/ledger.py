"""Who was erased, as keyed hashes in a file of its own: so that a database restored from before is erased again.

The file outlives the database, holds nothing that can be read, and is carried along with backups. Each line is one
erasure; the database has a row for each that was carried out on it, so what a restored one lacks is known.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import Session, col

from api.privacy.people import Person
from api.privacy.traces import LEAST_LINE, plain_email, plain_name, plain_phone
from api.store.privacy_tables import ErasureRow
from api.store.tables import now
from indexes.durable import append_lines

EMAIL, PHONE, NAME, LINE, CONTACT, FIRM = "email", "phone", "name", "line", "contact", "firm"


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that named a person.

    Attributes:
        kind: `email`, `phone`, `name`, `line`: then `value` is a keyed hash; or `contact`, `firm`: then an id.
        lengths: Of a name: how many characters each of its words has, so that texts can be searched for it.
    """

    kind: str
    value: str
    lengths: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is written."""
        return {"kind": self.kind, "value": self.value} | ({"lengths": list(self.lengths)} if self.lengths else {})


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line of the ledger."""

    id: str
    at: datetime
    marks: tuple[Mark, ...]


class Ledger:
    """The file of erasures.

    Args:
        path: Made at the first erasure.
        pepper: The service's secret; with another one, nobody is known again.
    """

    def __init__(self, path: Path, pepper: bytes) -> None:
        self.path = path
        self._key = hmac.new(pepper, b"khukha erased", hashlib.sha256).digest()

    def new(self, person: Person) -> Erasure:
        """What the ledger says of a person who is erased now."""
        traces = person.traces
        marks = [Mark(CONTACT, id) for id in person.contacts] + [Mark(FIRM, id) for id in person.firms]
        marks += [Mark(EMAIL, self.hashed(plain_email(one))) for one in sorted(traces.emails)]
        marks += [Mark(PHONE, self.hashed(plain_phone(one))) for one in sorted(traces.phones) if plain_phone(one)]
        marks += [Mark(LINE, self.hashed(one.strip())) for one in sorted(traces.lines) if len(one) >= LEAST_LINE]
        for name in sorted({plain_name(one) for one in traces.names if one.strip()}):
            marks.append(Mark(NAME, self.hashed(name), tuple(map(len, name.split(" ")))))
        return Erasure(f"e{uuid4().hex[:16]}", now(), tuple(marks))

    def write(self, erasure: Erasure) -> None:
        """Add a line, on disk before anything else happens; one that stands there already is not written twice."""
        self.add([erasure])

    def add(self, erasures: Iterable[Erasure]) -> int:
        """Add the lines that are new, as from another copy of the ledger; how many there were."""
        known = {one.id for one in self.read()}
        new = [one for one in erasures if one.id not in known]
        if new:
            append_lines(self.path, [_line(one) for one in new])
        return len(new)

    def read(self) -> list[Erasure]:
        """All erasures, oldest first; a last line that a power cut broke off is passed over."""
        return read_ledger(self.path)

    def left(self, session: Session) -> list[Erasure]:
        """Those that were never carried out on this database: it was restored from before them."""
        erasures = self.read()
        done = set(session.execute(select(col(ErasureRow.id))).scalars())
        return [one for one in erasures if one.id not in done]

    def hashed(self, plain: str) -> str:
        """The keyed hash of what names somebody."""
        return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()


def read_ledger(path: Path) -> list[Erasure]:
    """The erasures of a ledger's file; none where there is no file."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text("utf-8", "ignore").splitlines():
        try:
            data = json.loads(line)
            marks = tuple(Mark(one["kind"], one["value"], tuple(one.get("lengths", ()))) for one in data["marks"])
            found.append(Erasure(str(data["id"]), datetime.fromisoformat(data["at"]), marks))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def mark_done(session: Session, erasure: Erasure) -> None:
    """Say in the database that an erasure was carried out on it."""
    session.add(ErasureRow(id=erasure.id, marks=[one.as_json() for one in erasure.marks], at=now()))
    session.flush()


def _line(one: Erasure) -> bytes:
    marks = [mark.as_json() for mark in one.marks]
    return json.dumps({"id": one.id, "at": one.at.isoformat(), "marks": marks}, ensure_ascii=False).encode()
