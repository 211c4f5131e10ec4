"""The outbox as it is stored: what happened, whom it is told, and other systems that want to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Column, ForeignKey, Index, String, Text
from sqlmodel import Field, SQLModel

from api.store.tables import SEQUENCE, json_column, moment, of_firm
from matcher.engine.answer import Sentence

Language = Literal["th", "en"]
EVERY_TOPIC = "*"
MAX_DEDUPE = 200


class Topic(StrEnum):
    """What can have happened."""

    MEETING_REQUESTED = "meeting.requested"
    MEETING_ACCEPTED = "meeting.accepted"
    MEETING_DECLINED = "meeting.declined"
    MEETING_EXPIRED = "meeting.expired"
    MEETING_WITHDRAWN = "meeting.withdrawn"
    MEETING_CANCELLED = "meeting.cancelled"
    TIMETABLE_PUBLISHED = "timetable.published"
    TIMETABLE_CHANGED = "timetable.changed"
    PING = "ping"


class Delivery(StrEnum):
    """Where a delivery is.

    `unclear` is what may have reached a person or not: it is never sent again by itself. `no_channel` is what
    this service has no way to send, until its operator gives one.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCLEAR = "unclear"
    NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is told.

    Attributes:
        firm_id: Their firm; what waits for them goes when it goes. None for the organiser's own people.
        address: An e-mail address, or an Apprise URL as `line://…`. Empty: nobody knows how to reach them.
        language: Of title and body.
        silent: They asked to be told nothing: the delivery says so and goes nowhere.
    """

    firm_id: str | None
    address: str
    language: Language = "th"
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, and who is told.

    Attributes:
        topic: What happened; a `Topic`.
        dedupe: Names this one event; a second message of this name is not taken.
        data: For other systems: plain JSON, without personal data.
        to: Persons; each needs title and body.
        title: One line.
        body: Plain text.

    Raises:
        ValueError: a person would get no text, or the name is empty or too long.
    """

    topic: str
    dedupe: str
    data: dict[str, Any] = field(default_factory=dict)
    to: tuple[Recipient, ...] = ()
    title: Sentence | None = None
    body: Sentence | None = None
    webhooks: bool = True

    def __post_init__(self) -> None:
        if self.to and (self.title is None or self.body is None):
            raise ValueError("a person needs title and body")
        if not 1 <= len(self.dedupe) <= MAX_DEDUPE:
            raise ValueError(f"dedupe needs 1 to {MAX_DEDUPE} characters")


def _of_webhook() -> Any:
    """A column that names a webhook; the row goes when the webhook goes."""
    own = Column(String(40), ForeignKey("webhook.id", ondelete="CASCADE"), nullable=True, index=True)
    return Field(default=None, sa_column=own)


class WebhookRow(SQLModel, table=True):
    """Another system that is told.

    Attributes:
        topics: Those it is told of; `*` is all.
        salt: Its secret is made of this and the pepper, so no copy of the database holds it.
        former_salt: Of the secret before, which signs too until `former_until`.
        off: Why it is told nothing, in both languages; None while it is.
        failing_since: When it began to fail without one success since.
    """

    __tablename__ = "webhook"
    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=200)
    url: str = Field(sa_type=Text)
    topics: Any = json_column()
    salt: str = Field(max_length=64)
    former_salt: str | None = Field(default=None, max_length=64)
    former_until: datetime | None = moment(nullable=True)
    off: Any = json_column()
    failing_since: datetime | None = moment(nullable=True)
    made_at: datetime = moment()


class MessageRow(SQLModel, table=True):
    """That something was told, once and for all: what it said stands in its deliveries."""

    __tablename__ = "outbox_message"
    dedupe: str = Field(primary_key=True, max_length=MAX_DEDUPE)
    topic: str = Field(max_length=40)
    made_at: datetime = moment()


class DeliveryRow(SQLModel, table=True):
    """A message on its way to one person or one webhook.

    Attributes:
        sequence: Grows in the order of commits: writers take turns.
        id: Also the `webhook-id`, the same at every attempt.
        firm_id: The person's firm.
        address: Where to; forgotten when it was sent.
        shown: The address as it may be shown, as `so…@example.com`.
        title: In the person's language; forgotten like `body` and `data` after a while.
        attempts: Since it was queued, or last asked for again.
        next_at: When it is due; None where nothing is to be done.
        tried_at: When the last attempt began.
        reason: Why it did not go out, in both languages.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (Index("outbox_delivery_due", "state", "next_at", "sequence"), {"sqlite_autoincrement": True})
    sequence: int | None = Field(default=None, sa_column=Column(SEQUENCE, primary_key=True, autoincrement=True))
    id: str = Field(max_length=40, unique=True)
    dedupe: str = Field(foreign_key="outbox_message.dedupe", max_length=MAX_DEDUPE)
    topic: str = Field(max_length=40)
    firm_id: str | None = of_firm(nullable=True)
    webhook_id: str | None = _of_webhook()
    address: str | None = Field(default=None, sa_type=Text)
    shown: str = Field(max_length=300)
    title: str | None = Field(default=None, sa_type=Text)
    body: str | None = Field(default=None, sa_type=Text)
    data: Any = json_column()
    state: str = Field(max_length=10)
    attempts: int = 0
    made_at: datetime = moment()
    next_at: datetime | None = moment(nullable=True)
    tried_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)
    reason: Any = json_column()
