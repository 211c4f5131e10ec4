"""A participant's own page about personal data: switches, what is held, a copy of it."""

from __future__ import annotations

import json

from fastapi import Query
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.fairs.people import get_person
from api.pages.both import both
from api.pages.fair_common import Data, Fields, in_words, said
from api.pages.participant_page import ByLink, Guest, check_guest, guest_page, router
from api.privacy import subjects
from api.privacy.consenting import agreeing, policy_in_force, say_for_participant
from api.privacy.holding import consents_of
from api.privacy.policy import Purpose
from api.privacy.revealing import FIELDS
from api.store.audit import Seen
from api.store.contacts import list_contacts

_ROUTE = "/p/{link}/privacy"


@both(router, _ROUTE)
def privacy(guest: ByLink, did: str = Query(default="", max_length=20)) -> Response:
    """What the participant's data may be used for, and what is held."""
    policy = policy_in_force()
    with guest.here.database.writing() as session:  # the trail is written with the read
        held = _held(session, guest, "read")
        on = {purpose: bool(agreeing(session, purpose, guest.fair_id, [guest.firm_id])) for purpose in Purpose}
    language = guest.language
    purposes = [
        {
            "name": rule.name,
            "label": in_words(rule.label, language),
            "wording": in_words(rule.wording, language) if rule.wording else "",
            "effect": in_words(rule.effect, language) if rule.effect else "",
            "on": on[Purpose(rule.name)],
        }
        for rule in policy.asked()
    ]
    return guest_page(guest, "part_privacy.html", "/privacy", purposes=purposes, held=held, saved=did == "saved")


@both(router, _ROUTE, method="POST")
def post_privacy(guest: ByLink, form: Fields) -> Response:
    """Agree to a purpose, or take it back; it holds at once."""
    check_guest(guest, said(form, "token"))
    purpose, word = said(form, "purpose"), said(form, "act")
    if purpose in set(Purpose) and word in {"agree", "withdraw"}:
        with guest.here.database.writing() as session:
            say_for_participant(
                session,
                guest.here.trail,
                Purpose(purpose),
                fair_id=guest.fair_id,
                firm_id=guest.firm_id,
                given=word == "agree",
                by="link",
                route="link",
            )
    return RedirectResponse(guest.url("/privacy", {"did": "saved"}) + "#said", 303)


@both(router, _ROUTE + ".json")
def copy(guest: ByLink) -> Response:
    """A copy of what is held, for the participant to keep."""
    with guest.here.database.writing() as session:
        own = {"held": _held(session, guest, "export")}
        own["consents"] = consents_of(session, [subjects.participant(guest.fair_id, guest.firm_id)])
    headers = {"Content-Disposition": 'attachment; filename="personal-data.json"'}
    text = json.dumps(own, ensure_ascii=False, indent=1, default=str)
    return Response(text, media_type="application/json", headers=headers)


def _held(session: Session, guest: Guest, act: str) -> list[Data]:
    """Each contact of the firm, and what is known of those who come, as fields with values."""
    contacts = list_contacts(session, guest.firm_id)
    person = get_person(session, guest.fair_id, guest.firm_id)
    held: list[Data] = [
        {name: value for name in FIELDS if (value := getattr(one, name))} | {"id": one.id} for one in contacts
    ]
    known = {"delegates": ", ".join(person.participant.delegates), "address": person.reached.address or ""}
    if any(known.values()):
        held.append({name: value for name, value in known.items() if value})
    named = [subjects.contact(one.id) for one in contacts]
    named += [subjects.participant(guest.fair_id, guest.firm_id)] if any(known.values()) else []
    seen = Seen("link", act, _ROUTE, "service", tuple(named), (*FIELDS, "delegates", "address"))
    guest.here.trail.add(session, seen)
    return held
