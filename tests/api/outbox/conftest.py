"""Receivers, and what is told to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.outbox.people import People
from api.outbox.posting import Post
from api.outbox.sender import Sender
from api.store.database import Database
from api.store.outbox import queue
from api.store.outbox_tables import Delivery, DeliveryRow, Message, Recipient, Topic
from api.store.tables import now
from api.store.webhooks import add_webhook, secret_of
from matcher.engine.answer import Sentence
from tests.api.outbox.receivers import MailReceiver, WebReceiver

PEPPER = b"pepper"
TITLE = Sentence(th="มีคำขอนัด", en="A meeting was requested")
BODY = Sentence(th="กลุ่มทอผ้าไหมขอนัดพบคุณ\n.\nวันที่ 3", en="The silk weavers would like to meet you")
HOOK = "webhook"


@pytest.fixture
def web():
    """A web server."""
    receiver = WebReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def mail():
    """A mail server."""
    receiver = MailReceiver()
    yield receiver
    receiver.close()


def a_sender(database: Database, *, smtp_url: str = "", services: tuple[str, ...] = ("json",)) -> Sender:
    """A sender that may send inside this machine."""
    people, post = People(smtp_url=smtp_url, services=services), Post(pepper=PEPPER, private=True)
    return Sender(database, lambda taken: post.send(taken) if taken.webhook else people.send(taken.row))


def add_hook(database: Database, url: str, *, topics=("*",)) -> tuple[str, str]:
    """A webhook; its id and its secret."""
    with database.writing() as session:
        row = add_webhook(session, name="ระบบอื่น", url=url, topics=topics)
        return row.id, secret_of(row.salt, pepper=PEPPER)


def tell(database: Database, dedupe: str = "m1", *, to=(), data=None, topic=Topic.MEETING_REQUESTED) -> bool:
    """Queue a message to addresses and to webhooks; whether it was taken."""
    recipients = tuple(one if isinstance(one, Recipient) else Recipient(None, one) for one in to)
    with database.writing() as session:
        return queue(session, Message(topic, dedupe, data or {"meeting": dedupe}, recipients, TITLE, BODY))


def rows(database: Database) -> list[DeliveryRow]:
    """All deliveries, in order."""
    with database.reading() as session:
        found = list(session.execute(select(DeliveryRow).order_by(DeliveryRow.sequence)).scalars())
        session.expunge_all()
        return found


def states(database: Database) -> list[str]:
    """Their states, in order."""
    return [row.state for row in rows(database)]


def later(database: Database, **values) -> None:
    """Make everything that waits due; or set other columns of all deliveries."""
    due = update(DeliveryRow).where(DeliveryRow.state == Delivery.WAITING).values(next_at=now() - timedelta(seconds=1))
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(values) if values else due)


def drain(sender: Sender, *, most: int = 50) -> int:
    """Make the attempts that are due; how many there were."""
    for done in range(most):
        if not sender.send_next():
            return done
    raise AssertionError("it never ends")
