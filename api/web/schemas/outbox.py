"""Webhooks, and the messages that go to them and to people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.store.outbox_tables import Delivery, Topic
from api.web.schemas.base import Line, Model, Sentence, Str

Topics = Annotated[
    list[Topic | Literal["*"]],
    Field(min_length=1, max_length=20, description="What it is told of; `*` is everything, also what is new one day."),
]
Name = Annotated[Str, Field(min_length=1, max_length=200, description="Whose it is.")]
Url = Annotated[Line, Field(description="https; http only inside the own network, where the operator allows that.")]

_HOOK: Any = {"name": "CRM ของหอการค้า", "url": "https://crm.example.com/khukha", "topics": ["meeting.accepted"]}


class WebhookIn(Model):
    """A system to tell."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOOK]})

    name: Name
    url: Url
    topics: Topics


class WebhookChange(Model):
    """What to change of a webhook; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"topics": ["*"]}, {"active": True}]})

    name: Name | None = None
    url: Url | None = None
    topics: Topics | None = None
    active: bool | None = Field(default=None, description="False switches it off, true on again.")


class WebhookOut(Model):
    """A webhook without its secret."""

    id: str
    name: str
    url: str
    topics: list[str]
    off: Sentence | None = Field(description="Why it is told nothing; null while it is.")
    failing_since: datetime | None = Field(description="When it began to fail without one success since.")
    former_secret_until: datetime | None = Field(description="Until then the secret before signs too.")
    made_at: datetime


class NewWebhookOut(WebhookOut):
    """A webhook with a secret just made."""

    secret: str = Field(
        description="Signs what it is sent (Standard Webhooks). Shown now and never again.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class DeliveryOut(Model):
    """A message on its way to one person or one webhook."""

    id: str = Field(description="Also the `webhook-id`.")
    sequence: int = Field(description="Grows in the order in which things happened.")
    topic: str
    dedupe: str = Field(description="Names what happened: the same for all who are told.", examples=["accepted/m17"])
    firm_id: str | None = Field(description="The person's firm.")
    webhook_id: str | None
    to: str = Field(description="The address, masked, or the webhook's name.", examples=["so…@example.com"])
    state: Delivery
    attempts: int
    reason: Sentence | None = Field(description="Why it did not go out.")
    made_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    ended_at: datetime | None


class DeliveryWithContents(DeliveryOut):
    """The same with what it says; contents are kept for 30 days."""

    title: str | None
    body: str | None
    data: dict[str, Any] | None = Field(description="Of a webhook.")
