"""The organiser's pages about personal data: what is held on whom, erasure, who saw what, the record of processing."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.errors import MissingError, NobodyError
from api.pages.both import both, page_router
from api.pages.fair_common import Data, Fields, checked, in_words, said
from api.pages.rendering import page
from api.pages.visiting import Organiser, Visitor, caller_of
from api.privacy.consenting import policy_in_force
from api.privacy.holding import held_on
from api.privacy.people import Asked, find_person
from api.privacy.policy import Policy
from api.privacy.record import FIGURE_NAMES, kept_for, record
from api.privacy.retention import Retention
from api.store.audit import Seen, find_audit
from api.store.keys import list_keys
from api.web.routes.privacy import check, erase

router = page_router()

FIELDS = ("email", "phone", "name", "contact_id", "firm_id")
LINES = 40
"""Lines of the trail that are shown."""

_SUBJECTS = 3


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
        return _page(visitor, asked=asked, held=_held(visitor, asked))
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
    held: list[Data] | None = None,
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
        held=held,
        erased=erased,
        wrong=wrong,
        trail=check(here),
        lines=lines,
        due=_due(visitor, policy),
    )


def _due(visitor: Visitor, policy: Policy) -> list[tuple[str, str, int]]:
    """Each kind of data that goes by time: its name, how long it is kept, how much is due."""
    found, language = Retention(visitor.here.settings, visitor.here.database, policy).preview(), visitor.language
    rules = [(policy.kinds[one.kind], one.count) for one in found]
    return [(in_words(rule.label, language), in_words(kept_for(rule), language), count) for rule, count in rules]


def _held(visitor: Visitor, asked: Asked) -> list[Data]:
    """What is held on somebody; nobody is a person of whom nothing is."""
    with visitor.here.database.writing() as session:  # the trail is written with the read
        person = find_person(session, asked)
        sections = held_on(session, visitor.here.settings, person)
        seen = Seen(caller_of(visitor).id, "export", "/privacy", "service", person.named, ("all",))
        visitor.here.trail.add(session, seen)
    if not any(one["rows"] for one in sections):
        raise NobodyError
    return [one | {"rows": [_shown(row) for row in one["rows"]]} for one in sections]


def _shown(row: Data) -> list[tuple[str, Any]]:
    """The fields of a row that say anything, as text."""
    return [(name, value) for name, value in row.items() if value not in (None, "", [])]


def _asked(form: FormData) -> Asked:
    return Asked(**{name: said(form, name)[:320] or None for name in FIELDS})
