"""What a sender does with the outbox: take what is due, and say what came of it.

A delivery is committed as `sending` before it is sent and as what came of it afterwards. Where a sender dies
between the two, a webhook gets the same again under the same id, so that it can tell; a person does not: that
delivery is `unclear` until the organiser decides.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlmodel import Session, col

from api.store.outbox_tables import Delivery, DeliveryRow, WebhookRow
from api.store.tables import now
from matcher.engine.answer import Sentence

LOST_S = 180.0
"""No attempt lasts longer; after it, its sender is taken for dead."""

MAX_ATTEMPTS = 10
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 6 * 3600.0
"""Pauses grow fourfold from the first to the longest: ten attempts take 22 hours, give or take a fifth."""

LONGEST_WISH_S = 24 * 3600.0
"""What a receiver's Retry-After may ask for."""

BROKEN_FOR = timedelta(days=3)
"""A webhook that gives up a delivery after having failed this long, without one success, is told nothing more."""

_LOST = Sentence(
    th="ระบบหยุดกลางคันขณะส่ง ไม่ทราบว่าถึงผู้รับหรือไม่ ถามผู้รับก่อน แล้วสั่งส่งอีกครั้งหากยังไม่ได้รับ",
    en="the service broke off while sending it, so it may have arrived or not: ask, and send it again if it has not",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        state: `WAITING` asks for another attempt.
        reason: Why it did not go out; None where it did.
        after_s: The receiver's wish not to be asked again before.
        gone: A webhook says that it is no more.
    """

    state: Delivery
    reason: Sentence | None = None
    after_s: float = 0.0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that its taker, and nobody else, is to send now; rows as they were then."""

    row: DeliveryRow
    webhook: WebhookRow | None


def is_due(session: Session, *, lost_s: float = LOST_S) -> bool:
    """Whether there is anything to take, or an attempt whose sender died."""
    return session.execute(_lost(lost_s).limit(1)).first() is not None or _next(session) is not None


def take(session: Session, *, lost_s: float = LOST_S) -> Taken | None:
    """The delivery that is due first, committed as being sent; None where there is none.

    To one webhook goes one at a time, the oldest first, save those that wait for another attempt.

    Args:
        session: Of `Database.writing()`.
        lost_s: How long an attempt can last.
    """
    for row in session.execute(_lost(lost_s)).scalars():
        _give_back(row)
    session.flush()
    while (row := _next(session)) is not None:
        webhook = session.get(WebhookRow, row.webhook_id) if row.webhook_id is not None else None
        if webhook is not None and webhook.off is not None:
            _end(row, Delivery.FAILED, webhook.off)
            session.flush()
            continue
        row.state, row.attempts, row.tried_at = Delivery.SENDING, row.attempts + 1, now()
        session.flush()
        session.expunge_all()
        return Taken(row, webhook)
    return None


def finish(session: Session, taken: Taken, outcome: Outcome) -> None:
    """Write down what came of an attempt; nothing happens where the row has gone, or is another's by now.

    Args:
        session: Of `Database.writing()`.
        taken: As `take` gave it.
        outcome: What came of it. That it was sent is believed even if the attempt was taken for lost.
    """
    row = session.get(DeliveryRow, taken.row.sequence)
    if row is None or row.tried_at != taken.row.tried_at or row.state == Delivery.SENT:
        return
    if row.state != Delivery.SENDING and outcome.state is not Delivery.SENT:
        return
    reason = None if outcome.reason is None else {"th": outcome.reason.th, "en": outcome.reason.en}
    if outcome.state is Delivery.WAITING and row.attempts < MAX_ATTEMPTS:
        row.state, row.reason = Delivery.WAITING, reason
        row.next_at = now() + timedelta(seconds=pause_s(row.attempts, wish_s=outcome.after_s))
    else:
        _end(row, Delivery.FAILED if outcome.state is Delivery.WAITING else outcome.state, reason)
    if row.webhook_id is not None:
        _count(session.get_one(WebhookRow, row.webhook_id), row, gone=outcome.gone)


def pause_s(attempts: int, *, wish_s: float = 0.0) -> float:
    """Seconds until the next attempt, after so many."""
    pause = min(FIRST_PAUSE_S * 4.0 ** (attempts - 1), LONGEST_PAUSE_S) * random.uniform(0.8, 1.2)  # noqa: S311
    return max(pause, min(wish_s, LONGEST_WISH_S))


def _next(session: Session) -> DeliveryRow | None:
    busy = select(col(DeliveryRow.webhook_id)).where(
        col(DeliveryRow.state) == Delivery.SENDING, col(DeliveryRow.webhook_id).is_not(None)
    )
    free = col(DeliveryRow.webhook_id).is_(None) | col(DeliveryRow.webhook_id).not_in(
        set(session.execute(busy).scalars())
    )
    query = (
        select(DeliveryRow)
        .where(col(DeliveryRow.state) == Delivery.WAITING, col(DeliveryRow.next_at) <= now(), free)
        .order_by(col(DeliveryRow.next_at), col(DeliveryRow.sequence))
    )
    return session.execute(query.limit(1)).scalar()


def _lost(lost_s: float) -> Select[DeliveryRow]:
    since = now() - timedelta(seconds=lost_s)
    return select(DeliveryRow).where(col(DeliveryRow.state) == Delivery.SENDING, col(DeliveryRow.tried_at) < since)


def _give_back(row: DeliveryRow) -> None:
    """A delivery whose sender died: a webhook's is due at once, unless it is what kills senders."""
    reason = {"th": _LOST.th, "en": _LOST.en}
    if row.webhook_id is None:
        _end(row, Delivery.UNCLEAR, reason)
    elif row.attempts >= MAX_ATTEMPTS:
        _end(row, Delivery.FAILED, reason)
    else:
        row.state, row.next_at, row.reason = Delivery.WAITING, now(), reason


def _end(row: DeliveryRow, state: Delivery, reason: dict[str, str] | None) -> None:
    row.state, row.reason, row.next_at, row.ended_at = state, reason, None, now()
    if state is Delivery.SENT:
        row.address = None


def _count(webhook: WebhookRow, row: DeliveryRow, *, gone: bool) -> None:
    """Note how a webhook does; one that is no more, or has failed for long, is told nothing from now on."""
    if row.state == Delivery.SENT:
        webhook.failing_since = None
        return
    at: datetime = now()
    webhook.failing_since = webhook.failing_since or at
    broken = row.state == Delivery.FAILED and at - webhook.failing_since >= BROKEN_FOR
    if webhook.off is None and (gone or broken):
        webhook.off = row.reason
