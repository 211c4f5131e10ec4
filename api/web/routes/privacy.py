"""People: what they agreed to, whose contacts are shown, what is held, erasure, and who saw what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from api.privacy import subjects
from api.privacy.consenting import policy_in_force, say_for_contact, say_for_participant
from api.privacy.erasing import Eraser, named_in
from api.privacy.holding import held_on
from api.privacy.people import Asked, find_person
from api.privacy.record import record
from api.privacy.revealing import Revealed, reveal
from api.store.audit import Anchor, Seen, find_audit, head
from api.store.consents import list_consents
from api.store.contacts import get_contact
from api.store.keys import Caller, list_keys
from api.web.access import ORGANISER, OWNERS, In, allow, keyed_router, own_firm
from api.web.fairs import FairPath, acting, see_fair
from api.web.refusals import refused
from api.web.routes.jobs import start_job
from api.web.running import Running
from api.web.schemas import (
    ConsentIn,
    ConsentOut,
    ErasedOut,
    HeldOut,
    Id,
    PersonIn,
    RecordOut,
    RevealedContact,
    RevealedOut,
    SightingOut,
    Str,
    TrailOut,
)
from api.web.schemas.base import Moment

router = keyed_router(prefix="/v1", tags=["privacy"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
Owner = Annotated[Caller, allow(*OWNERS)]
OfContact = Annotated[Id | None, Query(description="Of this contact.")]
OfFair = Annotated[Id | None, Query(description="With `firm_id`: of those who come for it to this fair.")]
SHOWN = 50


@router.get("/fairs/{id}/contacts", name="list_revealed_contacts")
def revealed_contacts(
    here: In,
    caller: Owner,
    id: FairPath,
    firm_id: Annotated[Str | None, Query(max_length=80, description="Who looks; a firm's key is its own firm.")] = None,
) -> list[RevealedOut]:
    """Contacts of those with whom both sides agreed to meet, as far as they let themselves be seen."""
    with here.database.writing() as session:
        see_fair(session, caller, id)
        by = acting(caller, firm_id)
        found = reveal(session, here.trail, id, by, by=caller.id, route="GET /v1/fairs/{id}/contacts")
        return [_revealed(one) for one in found]


@router.post("/consents", responses=refused(404))
def change_consent(here: In, caller: Owner, body: ConsentIn) -> ConsentOut:
    """Write down that somebody agrees, or takes it back; what follows from it follows at once."""
    said: dict[str, Any] = {"given": body.given, "by": caller.id, "route": body.route}
    with here.database.writing() as session:
        if body.contact_id is not None:
            own_firm(caller, get_contact(session, body.contact_id).firm_id, kind="contact", id=body.contact_id)
            row = say_for_contact(session, here.trail, body.purpose, contact_id=body.contact_id, **said)
        else:
            fair_id, firm_id = body.fair_id or "", body.firm_id or ""
            see_fair(session, caller, fair_id)
            own_firm(caller, firm_id, kind="participant")
            row = say_for_participant(session, here.trail, body.purpose, fair_id=fair_id, firm_id=firm_id, **said)
        return ConsentOut.model_validate(row.model_dump())


@router.get("/consents", responses=refused(404))
def read_consents(
    here: In, caller: Owner, contact_id: OfContact = None, fair_id: OfFair = None, firm_id: OfFair = None
) -> list[ConsentOut]:
    """All that a contact, or those who come for a firm to a fair, agreed to and took back, oldest first."""
    with here.database.reading() as session:
        if contact_id is not None:
            own_firm(caller, get_contact(session, contact_id).firm_id, kind="contact", id=contact_id)
            named = subjects.contact(contact_id)
        elif fair_id is not None and firm_id is not None:
            see_fair(session, caller, fair_id)
            own_firm(caller, firm_id, kind="participant")
            named = subjects.participant(fair_id, firm_id)
        else:
            return []
        return [ConsentOut.model_validate(row.model_dump()) for row in list_consents(session, [named])]


@router.post("/privacy/people", name="read_person", responses=refused(404))
def post_people(here: In, caller: Organiser, body: PersonIn) -> HeldOut:
    """All that is held on a person (ม.30). A POST, so that no name stands in an address or a log."""
    with here.database.writing() as session:
        person = find_person(session, _asked(body))
        sections = held_on(session, here.settings, person)
        here.trail.add(session, Seen(caller.id, "export", "POST /v1/privacy/people", "service", person.named, ("all",)))
    return HeldOut(subjects=list(person.named), kept_too=list(person.kept), sections=sections)


@router.post("/privacy/erasures", name="delete_person", responses=refused(404))
def post_erasures(here: In, caller: Organiser, body: PersonIn) -> ErasedOut:
    """Erase a person from everything this service holds (ม.33); it cannot be taken back."""
    return ErasedOut.model_validate(erase(here, caller, _asked(body)))


@router.get("/privacy/record")
def read_record(here: In, _caller: Organiser) -> RecordOut:
    """The record of processing (ม.39), made of the policy in force."""
    with here.database.reading() as session:
        return RecordOut.model_validate(record(session, policy_in_force()))


@router.get("/audit", name="list_audit")
def audit(
    here: In,
    _caller: Organiser,
    subject: Annotated[
        list[Str] | None, Query(max_length=50, description="As `contact:c1` or `participant:demo/f1`.")
    ] = None,
    by: Annotated[Id | None, Query(description="Only what this key did.")] = None,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> list[SightingOut]:
    """Who saw what: the newest lines of the trail, oldest first. For a breach, ask by person, key and time."""
    with here.database.reading() as session:
        names = {row.id: row.name for row in list_keys(session)}
        rows = find_audit(session, subjects=subject or [], by=by, since=since, until=until, limit=limit)
        return [SightingOut(**row.model_dump(exclude={"previous", "seal"}), by_name=names.get(row.by)) for row in rows]


@router.get("/audit/check", name="read_audit_check")
def audit_check(here: In, _caller: Organiser) -> TrailOut:
    """Whether the trail is as it was written."""
    return check(here)


def check(here: Running) -> TrailOut:
    """The trail, held against itself and against what is kept of it beside the database."""
    anchor = Anchor(here.settings.audit_path)
    with here.database.reading() as session:
        last = head(session)
        broken = [{"number": one.number, "kind": one.kind} for one in here.trail.broken(session, anchor=anchor.read())]
    if not broken:
        anchor.keep(last)
    return TrailOut(rows=last.number, whole=not broken, broken=broken[:SHOWN], head=f"{last.number}:{last.seal}")


def erase(here: Running, caller: Caller, asked: Asked) -> dict[str, Any]:
    """Erase somebody; where the index knew them, it is built anew in the background."""
    erased = Eraser(here.settings, here.database).erase(asked, by=caller.id)
    if here.live_or_none is not None:
        here.live.wake()
    if erased.index:
        start_job(here, caller, "rebuild", {})
    return named_in(erased)


def _asked(body: PersonIn) -> Asked:
    return Asked(**body.model_dump())


def _revealed(one: Revealed) -> RevealedOut:
    contacts = [
        RevealedContact.model_validate(row.model_dump(include=set(RevealedContact.model_fields)))
        for row in one.contacts
    ]
    return RevealedOut(firm_id=one.firm_id, contacts=contacts, delegates=list(one.delegates))
