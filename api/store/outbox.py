"""The outbox: what is to be told, written in the transaction of the change that it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from api.errors import BadCursorError, CannotSendAgainError, MissingError
from api.store.addresses import mask
from api.store.firms import chunks, versions_of
from api.store.outbox_tables import (
    EVERY_TOPIC,
    Delivery,
    DeliveryRow,
    Message,
    MessageRow,
    Recipient,
    Topic,
    WebhookRow,
)
from api.store.tables import now

KEPT = timedelta(days=30)
"""How long contents, and addresses that nothing was sent to, stay."""

_NO_ADDRESS = {
    "th": "ไม่มีที่อยู่สำหรับแจ้ง เพิ่มอีเมลของผู้ร่วมงาน แล้วแจ้งด้วยวิธีอื่นสำหรับครั้งนี้",
    "en": "there is no address: add the participant's e-mail, and tell them this one in another way",
}
_SILENT = {
    "th": "ผู้ร่วมงานถอนความยินยอมรับข้อความแล้ว จึงไม่ส่ง แจ้งด้วยวิธีอื่นหากจำเป็น",
    "en": "the participant asked for no messages, so it is not sent: tell them in another way if you must",
}
_TOO_OLD = {
    "th": f"ส่งไม่ได้ภายใน {KEPT.days} วัน จึงลบเนื้อความแล้ว",
    "en": f"it could not be sent within {KEPT.days} days, and its contents are gone",
}


def queue(session: Session, message: Message) -> bool:
    """Tell people and webhooks what happened, if this transaction is committed.

    Args:
        session: Of `Database.writing()`: that of the change which the message tells of.
        message: Recipients whose firm is gone, and webhooks that are off, are left out.

    Returns:
        Whether it was taken: not where there was one of the same `dedupe` before.
    """
    return queue_all(session, [message]) == 1


def queue_all(session: Session, messages: Iterable[Message]) -> int:
    """As `queue`, for many messages at once; how many were taken."""
    asked = {message.dedupe: message for message in reversed(list(messages))}
    taken = _taken(session, asked)
    new = [message for message in reversed(asked.values()) if message.dedupe not in taken]
    at = now()
    session.add_all(MessageRow(dedupe=message.dedupe, topic=message.topic, made_at=at) for message in new)
    session.flush()  # before their deliveries, which name them
    hooks = list(session.execute(select(WebhookRow).order_by(col(WebhookRow.made_at))).scalars())
    there = versions_of(session, {one.firm_id for message in new for one in message.to if one.firm_id is not None})
    for message in new:
        for webhook in hooks:
            if message.webhooks and webhook.off is None and {message.topic, EVERY_TOPIC} & set(webhook.topics):
                session.add(_to_webhook(webhook, message.dedupe, message.topic, message.data, at))
        for recipient in message.to:
            if recipient.firm_id is None or recipient.firm_id in there:
                session.add(_to_person(recipient, message, at))
    session.flush()
    return len(new)


def queue_ping(session: Session, webhook: WebhookRow) -> DeliveryRow:
    """A message without contents to one webhook, to try it."""
    at, dedupe = now(), f"{Topic.PING}/{uuid4().hex}"
    _add_message(session, dedupe, Topic.PING, at)
    row = _to_webhook(webhook, dedupe, Topic.PING, {}, at)
    session.add(row)
    session.flush()
    session.expunge(row)
    return row


def get_delivery(session: Session, id: str) -> DeliveryRow:
    """A delivery.

    Raises:
        MissingError: there is none of this id.
    """
    row: DeliveryRow | None = session.execute(select(DeliveryRow).where(col(DeliveryRow.id) == id)).scalar()
    if row is None:
        raise MissingError(kind="delivery", id=id)
    return row


def find_deliveries(
    session: Session, *, state: Delivery | None, topic: Topic | None, after: str, limit: int
) -> Sequence[DeliveryRow]:
    """Deliveries, newest first.

    Args:
        session: Of a reading.
        state: Only those that are there.
        topic: Only those that tell of it.
        after: The id of a delivery; those before it. Empty starts with the newest.
        limit: How many at most.

    Raises:
        BadCursorError: there is no such delivery as `after` names.
    """
    query = select(DeliveryRow).order_by(col(DeliveryRow.sequence).desc()).limit(limit)
    if state is not None:
        query = query.where(col(DeliveryRow.state) == state)
    if topic is not None:
        query = query.where(col(DeliveryRow.topic) == topic)
    if after:
        last = session.execute(select(col(DeliveryRow.sequence)).where(col(DeliveryRow.id) == after)).scalar()
        if last is None:
            raise BadCursorError
        query = query.where(col(DeliveryRow.sequence) < last)
    return list(session.execute(query).scalars())


def send_again(session: Session, id: str) -> DeliveryRow:
    """Make a delivery due at once, with all its attempts before it.

    Raises:
        MissingError: there is none of this id.
        CannotSendAgainError: it was sent, is being sent, or its contents are gone.
    """
    row = get_delivery(session, id)
    gone = row.address is None if row.webhook_id is None else row.data is None
    if gone or row.state in {Delivery.SENT, Delivery.SENDING}:
        raise CannotSendAgainError(id=id, state=row.state)
    row.state, row.attempts, row.reason = Delivery.WAITING, 0, None
    row.next_at, row.ended_at = now(), None
    session.flush()
    return row


def silence(session: Session, firm_id: str, address: str | None) -> int:
    """Send nothing more of what is on its way to a firm's address, now or when asked again; how many there were."""
    if not address:
        return 0
    own = (
        col(DeliveryRow.firm_id) == firm_id,
        col(DeliveryRow.address) == address,
        col(DeliveryRow.state) != Delivery.SENT,
    )
    waiting = (*own, col(DeliveryRow.state) == Delivery.WAITING)
    ended = {"state": Delivery.NO_CHANNEL, "reason": _SILENT, "next_at": None, "ended_at": now()}
    session.execute(update(DeliveryRow).where(*waiting).values(ended))
    nothing = dict.fromkeys(("address", "title", "body"))
    return int(session.execute(update(DeliveryRow).where(*own).values(nothing)).rowcount)  # type: ignore[attr-defined]


def forget(session: Session, before: datetime) -> None:
    """Take out the contents and addresses of what was queued before a moment; what still waited has failed."""
    old = (col(DeliveryRow.made_at) < before, col(DeliveryRow.state) != Delivery.SENDING)
    given_up = {"state": Delivery.FAILED, "reason": _TOO_OLD, "next_at": None, "ended_at": now()}
    session.execute(update(DeliveryRow).where(*old, col(DeliveryRow.state) == Delivery.WAITING).values(given_up))
    contents = ("address", "title", "body", "data")
    there = or_(*(getattr(DeliveryRow, name).is_not(None) for name in contents))
    session.execute(update(DeliveryRow).where(*old, there).values(dict.fromkeys(contents)))


def _taken(session: Session, names: Iterable[str]) -> set[str]:
    """Those of some names that messages have already."""
    found: set[str] = set()
    for some in chunks(names):
        found |= set(session.execute(select(col(MessageRow.dedupe)).where(col(MessageRow.dedupe).in_(some))).scalars())
    return found


def _add_message(session: Session, dedupe: str, topic: str, at: datetime) -> None:
    session.add(MessageRow(dedupe=dedupe, topic=topic, made_at=at))
    session.flush()  # before its deliveries, which name it


def _to_webhook(webhook: WebhookRow, dedupe: str, topic: str, data: dict[str, Any], at: datetime) -> DeliveryRow:
    return DeliveryRow(
        id=_new_id(),
        dedupe=dedupe,
        topic=topic,
        webhook_id=webhook.id,
        shown=webhook.name,
        data=data,
        state=Delivery.WAITING,
        made_at=at,
        next_at=at,
    )


def _to_person(recipient: Recipient, message: Message, at: datetime) -> DeliveryRow:
    assert message.title is not None
    assert message.body is not None
    known = bool(recipient.address) and not recipient.silent
    return DeliveryRow(
        id=_new_id(),
        dedupe=message.dedupe,
        topic=message.topic,
        firm_id=recipient.firm_id,
        address=None if recipient.silent else recipient.address,
        shown=mask(recipient.address),
        title=getattr(message.title, recipient.language),
        body=getattr(message.body, recipient.language),
        state=Delivery.WAITING if known else Delivery.NO_CHANNEL,
        reason=None if known else _SILENT if recipient.silent else _NO_ADDRESS,
        made_at=at,
        next_at=at if known else None,
        ended_at=None if known else at,
    )


def _new_id() -> str:
    return f"o{uuid4().hex[:20]}"
