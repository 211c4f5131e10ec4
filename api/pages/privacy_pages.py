"""The organiser's pages about personal data: what is held on whom, erasure, who saw what, the record of processing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from api.errors import MissingError, NobodyError
from api.pages.both import both, page_router
from api.pages.fair_common import Data, Fields, checked, in_words, said
from api.pages.rendering import Speech, page
from api.pages.visiting import Organiser, Visitor, caller_of
from api.privacy import subjects
from api.privacy.consenting import policy_in_force, say_for_contact, say_for_participant
from api.privacy.holding import held_on
from api.privacy.people import Asked, Person, find_person
from api.privacy.policy import Policy, Purpose, PurposeRule
from api.privacy.record import FIGURE_NAMES, kept_for, record
from api.privacy.retention import Retention
from api.store.audit import Seen, find_audit
from api.store.consents import standing
from api.store.keys import list_keys
from api.web.routes.privacy import check, erase

router = page_router()

FIELDS = ("email", "phone", "name", "contact_id", "firm_id")
LINES = 40
"""Lines of the trail that are shown."""

_SUBJECTS = 3
_MOMENTS = {"at", "updated_at"}
_WORDS = {"agree", "withdraw"}
ROUTES = ("paper", "phone")
"""How the organiser's staff were told of a consent."""


@both(router, "/privacy")
def privacy_page(visitor: Organiser) -> HTMLResponse:
    """Finding a person, what is due to go, and who saw what."""
    return _page(visitor)


@both(router, "/privacy", method="POST")
def post_privacy(visitor: Organiser, form: Fields) -> HTMLResponse:
    """Show what is held on somebody, or erase them; a POST, so that no name stands in an address."""
    checked(visitor, form)
    asked = _asked(form)
    if not any(vars(asked).values()):
        return _page(visitor, wrong=True)
    try:
        if said(form, "act") == "erase" and said(form, "sure"):
            return _page(visitor, erased=erase(visitor.here, caller_of(visitor), asked))
        noted = said(form, "act") in _WORDS and _write_down(visitor, asked, form)
        return _page(visitor, asked=asked, shown=_shown_of(visitor, asked) | {"noted": noted})
    except (MissingError, NobodyError):
        return _page(visitor, asked=asked, wrong=True)


@both(router, "/privacy/record")
def record_page(visitor: Organiser) -> Response:
    """The record of processing (ม.39)."""
    with visitor.here.database.reading() as session:
        found = record(session, policy_in_force())
    figures = [(in_words(FIGURE_NAMES[name], visitor.language), count) for name, count in found["figures"].items()]
    return page(visitor, "privacy_record.html", path="/privacy/record", found=found, figures=figures)


def _page(
    visitor: Visitor,
    *,
    asked: Asked | None = None,
    shown: Data | None = None,
    erased: Data | None = None,
    wrong: bool = False,
) -> HTMLResponse:
    here, policy = visitor.here, policy_in_force()
    with here.database.reading() as session:
        names = {row.id: row.name for row in list_keys(session)}
        lines = [
            {
                "number": row.number,
                "at": row.at,
                "who": names.get(row.by) or row.by,
                "act": f"act_{row.act}",
                "route": row.route,
                "whose": row.subjects[:_SUBJECTS],
                "more": max(0, len(row.subjects) - _SUBJECTS),
            }
            for row in reversed(find_audit(session, limit=LINES))
        ]
    return page(
        visitor,
        "privacy.html",
        path="/privacy",
        status=422 if wrong else 200,
        fields=[(name, getattr(asked, name) or "" if asked else "") for name in FIELDS],
        erased=erased,
        wrong=wrong,
        trail=check(here),
        lines=lines,
        due=_due(visitor, policy),
        **({"held": None} if shown is None else shown),
    )


def _due(visitor: Visitor, policy: Policy) -> list[tuple[str, str, int]]:
    """Each kind of data that goes by time: its name, how long it is kept, how much is due."""
    found, language = Retention(visitor.here.settings, visitor.here.database, policy).preview(), visitor.language
    rules = [(policy.kinds[one.kind], one.count) for one in found]
    return [(in_words(rule.label, language), in_words(kept_for(rule), language), count) for rule, count in rules]


def _shown_of(visitor: Visitor, asked: Asked) -> Data:
    """What is held on somebody, and what they agreed to; nobody is a person of whom nothing is held."""
    with visitor.here.database.writing() as session:  # the trail is written with the read
        person = find_person(session, asked)
        sections = held_on(session, visitor.here.settings, person)
        seen = Seen(caller_of(visitor).id, "export", "/privacy", "service", person.named, ("all",))
        visitor.here.trail.add(session, seen)
        consents = [
            _consent(session, subject, rule, visitor)
            for subject in _asked_for(person)
            for rule in policy_in_force().asked()
        ]
    if not any(one["rows"] for one in sections):
        raise NobodyError
    held = [one | {"rows": [_shown(row, Speech(visitor.language)) for row in one["rows"]]} for one in sections]
    return {"held": held, "consents": consents, "routes": ROUTES}


def _write_down(visitor: Visitor, asked: Asked, form: FormData) -> bool:
    """Put on the ledger what somebody said by phone or on paper; whether there was anything to put."""
    subject, purpose, route = said(form, "subject"), said(form, "purpose"), said(form, "route")
    with visitor.here.database.writing() as session:
        if subject not in _asked_for(find_person(session, asked)) or purpose not in set(Purpose) or route not in ROUTES:
            return False
        who: Data = {"given": said(form, "act") == "agree", "by": caller_of(visitor).id, "route": route}
        if (contact_id := subjects.contact_of(subject)) is not None:
            say_for_contact(session, visitor.here.trail, Purpose(purpose), contact_id=contact_id, **who)
        else:
            fair_id, firm_id = subjects.participant_of(subject)
            say_for_participant(session, visitor.here.trail, Purpose(purpose), fair_id=fair_id, firm_id=firm_id, **who)
    return True


def _asked_for(person: Person) -> list[str]:
    """As whom a person agrees to anything: as a contact, and as one who comes to a fair."""
    return [one for one in person.named if not subjects.is_firm(one)]


def _consent(session: Session, subject: str, rule: PurposeRule, visitor: Visitor) -> Data:
    """Whether a purpose holds for a person now."""
    purpose, language = Purpose(rule.name), visitor.language
    return {
        "subject": subject,
        "purpose": rule.name,
        "label": in_words(rule.label, language),
        "wording": in_words(rule.wording, language) if rule.wording else "",
        "on": standing(session, [subject], purpose).get(subject, rule.unless_said),
    }


def _shown(row: Data, speech: Speech) -> list[tuple[str, str]]:
    """The fields of a row that say anything, to read."""
    return [(name, _to_read(name, value, speech)) for name, value in row.items() if value not in (None, "", [])]


def _to_read(name: str, value: Any, speech: Speech) -> str:
    if name in _MOMENTS:
        return speech.moment(datetime.fromisoformat(value))
    if isinstance(value, bool):
        return speech("held_yes" if value else "held_no")
    return _in_a_row(value)


def _in_a_row(value: Any) -> str:
    """Plain data in one line: what it says, without what says nothing."""
    if not isinstance(value, dict | list):
        return str(value)
    every = value.values() if isinstance(value, dict) else value
    return ", ".join(_in_a_row(one) for one in every if one not in (None, "", []))


def _asked(form: FormData) -> Asked:
    return Asked(**{name: said(form, name)[:320] or None for name in FIELDS})
