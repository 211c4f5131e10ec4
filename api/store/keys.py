"""API keys: `id.secret`, of which only the HMAC of the secret is stored.

A secret has 128 random bits, so a plain HMAC with a pepper is enough (a password would want argon2);
the pepper lies outside the database, so that a stolen copy of it opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.errors import MissingError, NotSignedInError
from api.store.tables import FirmRow, KeyRow, now
from indexes.durable import sync

BOTH_FOR = timedelta(days=1)
"""How long the secret before a rotation still opens, so that systems can be told one after the other."""


class Role(StrEnum):
    """What a key may do: everything; its own firm's data; reading and searching."""

    ORGANISER = "organiser"
    FIRM = "firm"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request.

    Attributes:
        id: Of the key.
        mark: Of the secret that was shown; a page's session ends with it.
        firm_id: The firm of a firm's key; None for other roles.
    """

    id: str
    role: Role
    firm_id: str | None
    name: str
    mark: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `text` is shown now and never again."""

    row: KeyRow
    text: str


def read_pepper(path: Path) -> bytes:
    """The pepper in a file that only the owner reads; made at the first call."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".") as file:  # which only the owner reads
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)  # whole or not at all: another process reads it at once
    sync(path.parent)  # else a power cut may forget its name, and with it every key
    return path.read_bytes()


def make_key(
    session: Session,
    *,
    role: Role,
    name: str,
    pepper: bytes,
    firm_id: str | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key.

    Raises:
        MissingError: it is for a firm that is not there.
    """
    if role is Role.FIRM and (firm_id is None or session.get(FirmRow, firm_id) is None):
        raise MissingError(kind="firm", id=firm_id or "-")
    secret = _secret()
    row = KeyRow(
        id=f"k{secrets.token_hex(5)}",
        role=role,
        firm_id=firm_id if role is Role.FIRM else None,
        name=name,
        secret_hmac=_hmac(secret, pepper),
        made_at=now(),
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return NewKey(row, f"{row.id}.{secret}")


def caller_of(session: Session, text: str, *, pepper: bytes) -> Caller:
    """Who a key stands for.

    Raises:
        NotSignedInError: it is unknown, wrong, revoked or out of date.
    """
    secret = text.partition(".")[2]
    return caller_by_id(session, key_id(text), mark=_mark(_hmac(secret, pepper)))


def key_id(text: str) -> str:
    """The id that a key names, whether or not there is one; as long as ids are, at most."""
    return text.partition(".")[0][:40]


def caller_by_id(session: Session, id: str, *, mark: str) -> Caller:
    """Who a key's id stands for, where it is known already that the caller held a secret of it.

    Args:
        session: Of a reading.
        id: Of the key.
        mark: Of the secret, as `Caller.mark` had it.

    Raises:
        NotSignedInError: key or secret is unknown, revoked, replaced or out of date.
    """
    row = session.get(KeyRow, id[:40])
    known = _marks(row) if row else [""]
    right = any([hmac.compare_digest(mark.encode("utf-8", "replace"), one.encode()) for one in known])
    if row is None or not right or row.revoked_at is not None or _over(row.expires_at):
        raise NotSignedInError
    return Caller(row.id, Role(row.role), row.firm_id, row.name, mark)


def list_keys(session: Session) -> list[KeyRow]:
    """All keys, newest first."""
    return list(session.execute(select(KeyRow).order_by(col(KeyRow.made_at).desc(), col(KeyRow.id))).scalars())


def revoke_key(session: Session, id: str) -> None:
    """End a key at once.

    Raises:
        MissingError: there is none of this id.
    """
    if session.get(KeyRow, id) is None:
        raise MissingError(kind="key", id=id)
    session.execute(
        update(KeyRow).where(col(KeyRow.id) == id, col(KeyRow.revoked_at).is_(None)).values(revoked_at=now())
    )


def rotate_key(session: Session, id: str, *, pepper: bytes, both_for: timedelta = BOTH_FOR) -> NewKey:
    """Give a key a new secret; the one before opens for a while too, then neither API nor pages.

    Raises:
        MissingError: there is none of this id, or it is ended or out of date.
    """
    row = session.get(KeyRow, id[:40])
    if row is None or row.revoked_at is not None or _over(row.expires_at):
        raise MissingError(kind="key", id=id)
    secret = _secret()
    row.former_hmac, row.former_until = row.secret_hmac, now() + both_for
    row.secret_hmac = _hmac(secret, pepper)
    session.flush()
    return NewKey(row, f"{row.id}.{secret}")


def _marks(row: KeyRow) -> list[str]:
    """The marks of a key's secrets that hold: the newest, and for a while the one before."""
    former = row.former_hmac if row.former_hmac and not _over(row.former_until) else None
    return [_mark(one) for one in (row.secret_hmac, former) if one]


def _over(moment: datetime | None) -> bool:
    return moment is not None and moment <= now()


def _secret() -> str:
    return secrets.token_urlsafe(16)


def _mark(secret_hmac: str) -> str:
    """What a session remembers of a secret: enough to know it again, nothing to sign in with."""
    return hashlib.sha256(f"mark {secret_hmac}".encode()).hexdigest()


def _hmac(secret: str, pepper: bytes) -> str:
    return hmac.new(pepper, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
