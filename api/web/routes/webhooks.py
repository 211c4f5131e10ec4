"""Webhooks, and the outbox: what was told, to whom, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.outbox.reaching import check_url
from api.privacy import subjects
from api.store import webhooks
from api.store.audit import Seen
from api.store.keys import Caller
from api.store.outbox import find_deliveries, get_delivery, send_again
from api.store.outbox_tables import Delivery, DeliveryRow, Topic, WebhookRow
from api.store.tables import now
from api.web.access import ORGANISER, In, allow, keyed_router
from api.web.cursors import id_of, next_cursor
from api.web.headers import ACCEPTED, CREATED, put_location
from api.web.refusals import refused
from api.web.routes.firms import Cursor, IdPath, Limit
from api.web.running import Running
from api.web.schemas import (
    DeliveryOut,
    DeliveryWithContents,
    NewWebhookOut,
    Page,
    WebhookChange,
    WebhookIn,
    WebhookOut,
)

router = keyed_router(prefix="/v1")

Organiser = Annotated[Caller, allow(*ORGANISER)]


@router.post("/webhooks", status_code=201, tags=["webhooks"], responses=CREATED)
def create_webhook(here: In, _caller: Organiser, body: WebhookIn, response: Response) -> NewWebhookOut:
    """Tell another system what happens, from now on; its secret is in this answer and nowhere else.

    It gets `{"type", "id", "timestamp", "sequence", "data"}` as JSON, signed by the Standard Webhooks
    specification, and answers 2xx within 20 seconds. What fails is tried ten times over 22 hours, under the same
    `webhook-id`: receivers take an id once. The order is kept while nothing fails; `sequence` restores it.
    """
    check_url(body.url, private=here.settings.webhook_private)
    with here.database.writing() as session:
        made = webhooks.add_webhook(session, name=body.name, url=body.url, topics=body.topics)
        out = _with_secret(made, here)
    put_location(response, "/v1/webhooks", out.id)
    return out


@router.get("/webhooks", tags=["webhooks"])
def list_webhooks(here: In, _caller: Organiser) -> list[WebhookOut]:
    """All webhooks, newest first."""
    with here.database.reading() as session:
        return [_webhook(row) for row in webhooks.list_webhooks(session)]


@router.get("/webhooks/{id}", tags=["webhooks"])
def read_webhook(here: In, _caller: Organiser, id: IdPath) -> WebhookOut:
    """One webhook, without its secret."""
    with here.database.reading() as session:
        return _webhook(webhooks.get_webhook(session, id))


@router.patch("/webhooks/{id}", tags=["webhooks"])
def change_webhook(here: In, _caller: Organiser, id: IdPath, body: WebhookChange) -> WebhookOut:
    """Change a webhook, or switch it off and on; while it is off, nothing is queued for it."""
    values = body.model_dump(exclude_none=True)
    if body.url is not None:
        check_url(body.url, private=here.settings.webhook_private)
    with here.database.writing() as session:
        return _webhook(webhooks.change_webhook(session, id, values))


@router.delete("/webhooks/{id}", status_code=204, tags=["webhooks"])
def delete_webhook(here: In, _caller: Organiser, id: IdPath) -> None:
    """Delete a webhook and all that was to be sent to it."""
    with here.database.writing() as session:
        webhooks.remove_webhook(session, id)


@router.post("/webhooks/{id}/rotate", tags=["webhooks"])
def rotate_webhook(here: In, _caller: Organiser, id: IdPath) -> NewWebhookOut:
    """Give a webhook a new secret; for a day, the one before signs too."""
    with here.database.writing() as session:
        return _with_secret(webhooks.rotate_secret(session, id), here)


@router.post("/webhooks/{id}/test", status_code=202, tags=["webhooks"], responses=ACCEPTED | refused(409))
def ping_webhook(here: In, _caller: Organiser, id: IdPath, response: Response) -> DeliveryOut:
    """Send a webhook a `ping`; how it went stands at the answer's `Location`."""
    with here.database.writing() as session:
        out = _delivery(webhooks.ping_webhook(session, id))
    put_location(response, "/v1/outbox", out.id)
    return out


@router.get("/outbox", tags=["outbox"])
def list_deliveries(
    here: In,
    _caller: Organiser,
    state: Annotated[Delivery | None, Query(description="Only those that are there.")] = None,
    topic: Annotated[Topic | None, Query(description="Only those that tell of it.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryOut]:
    """What was told to people and to webhooks, newest first."""
    with here.database.reading() as session:
        found = find_deliveries(session, state=state, topic=topic, after=id_of(cursor), limit=limit + 1)
        return Page(
            items=[_delivery(row) for row in found[:limit]], next_cursor=next_cursor(found, limit, lambda row: row.id)
        )


@router.get("/outbox/{id}", tags=["outbox"])
def read_delivery(here: In, caller: Organiser, id: IdPath) -> DeliveryWithContents:
    """One delivery with what it says."""
    with here.database.writing() as session:
        row = get_delivery(session, id)
        if row.firm_id is not None and row.body is not None:
            whose = (subjects.firm(row.firm_id),)
            here.trail.add(session, Seen(caller.id, "read", "GET /v1/outbox/{id}", "messages", whose, ("body",)))
        return DeliveryWithContents(**_delivery(row).model_dump(), title=row.title, body=row.body, data=row.data)


@router.post("/outbox/{id}/retry", tags=["outbox"], responses=refused(409))
def retry_delivery(here: In, _caller: Organiser, id: IdPath) -> DeliveryOut:
    """Send again at once what failed, had no channel, or may not have arrived."""
    with here.database.writing() as session:
        return _delivery(send_again(session, id))


def _webhook(row: WebhookRow) -> WebhookOut:
    known = row.model_dump(include=set(WebhookOut.model_fields))
    ends = row.former_until
    return WebhookOut(**known, former_secret_until=ends if ends is not None and ends > now() else None)


def _with_secret(row: WebhookRow, here: Running) -> NewWebhookOut:
    return NewWebhookOut(**_webhook(row).model_dump(), secret=webhooks.secret_of(row.salt, pepper=here.pepper))


def _delivery(row: DeliveryRow) -> DeliveryOut:
    return DeliveryOut(**row.model_dump(include=set(DeliveryOut.model_fields)), to=row.shown)
