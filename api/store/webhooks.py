"""Webhooks: other systems that are told, and the secrets they know us by.

A secret is the HMAC of a random salt with the pepper, which lies outside the database: the row keeps the
salt, so a stolen copy of the database signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from api.errors import MissingError, WebhookOffError
from api.store.outbox import queue_ping
from api.store.outbox_tables import DeliveryRow, WebhookRow
from api.store.tables import now

BOTH_FOR = timedelta(days=1)
"""How long the secret before signs too."""

_SWITCHED_OFF = {"th": "ผู้จัดงานปิดไว้", "en": "the organiser switched it off"}


def secret_of(salt: str, *, pepper: bytes) -> str:
    """The secret of a salt, as the receiver keeps it: `whsec_…`."""
    key = hmac.new(pepper, b"webhook " + salt.encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def secrets_now(row: WebhookRow, *, pepper: bytes) -> tuple[str, ...]:
    """The secrets that sign now, the present one first."""
    both = row.former_salt is not None and row.former_until is not None and now() < row.former_until
    salts = [row.salt, row.former_salt] if both else [row.salt]
    return tuple(secret_of(salt, pepper=pepper) for salt in salts if salt is not None)


def add_webhook(session: Session, *, name: str, url: str, topics: Sequence[str]) -> WebhookRow:
    """A new webhook."""
    row = WebhookRow(
        id=f"w{secrets.token_hex(8)}", name=name, url=url, topics=list(topics), salt=_salt(), made_at=now()
    )
    session.add(row)
    session.flush()
    return row


def list_webhooks(session: Session) -> Sequence[WebhookRow]:
    """All webhooks, newest first."""
    return list(
        session.execute(select(WebhookRow).order_by(col(WebhookRow.made_at).desc(), col(WebhookRow.id))).scalars()
    )


def get_webhook(session: Session, id: str) -> WebhookRow:
    """A webhook.

    Raises:
        MissingError: there is none of this id.
    """
    row = session.get(WebhookRow, id)
    if row is None:
        raise MissingError(kind="webhook", id=id)
    return row


def change_webhook(session: Session, id: str, values: dict[str, Any]) -> WebhookRow:
    """Change what is given of `name`, `url`, `topics` and `active`; raises as `get_webhook`."""
    row = get_webhook(session, id)
    for name in ("name", "url", "topics"):
        setattr(row, name, values.get(name, getattr(row, name)))
    if values.get("active") is True:
        row.off, row.failing_since = None, None
    elif values.get("active") is False:
        row.off = row.off or _SWITCHED_OFF
    session.flush()
    return row


def rotate_secret(session: Session, id: str) -> WebhookRow:
    """Give a webhook a new secret; the one before signs beside it for a day. Raises as `get_webhook`."""
    row = get_webhook(session, id)
    row.former_salt, row.former_until = row.salt, now() + BOTH_FOR
    row.salt = _salt()
    session.flush()
    return row


def ping_webhook(session: Session, id: str) -> DeliveryRow:
    """Send a webhook a message without contents.

    Raises:
        MissingError: there is none of this id.
        WebhookOffError: it is told nothing.
    """
    row = get_webhook(session, id)
    if row.off is not None:
        raise WebhookOffError(id=id)
    return queue_ping(session, row)


def remove_webhook(session: Session, id: str) -> None:
    """Delete a webhook with all that was to be sent to it; raises as `get_webhook`."""
    get_webhook(session, id)
    session.execute(delete(WebhookRow).where(col(WebhookRow.id) == id))


def _salt() -> str:
    return secrets.token_hex(16)
