"""The organiser's fairs: the list, setting one up with a look at what a change would cost, and how it stands."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.errors import MissingError
from api.fairs.looking import jobs_of, names_of
from api.fairs.setting_up import Harm, change_set_up, harm, take_away
from api.fairs.summary import ENOUGH, Summary, summary
from api.pages.both import both, page_router
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    deed_of,
    fair_url,
    frame,
    in_words,
    job_view,
    name_of_fair,
    notice_of,
    said,
    slot_text,
    to,
)
from api.pages.fair_events import events_view
from api.pages.fair_setup import blank, read, rule_options, typed_in, typed_of, with_more
from api.pages.rendering import Speech, address, page
from api.pages.visiting import Organiser, Visitor, caller_of
from api.store.fairs import add_fair, count_participants, fair_row, list_fairs, load_fair
from api.store.jobs import get_job
from api.web.routes.jobs import start_job
from matcher.fair import Fair
from matcher.fair.errors import FairError

router = page_router()

Said = Annotated[str, Query(max_length=40)]
_SHOWN = 30


@both(router, "/fairs")
def fairs_page(visitor: Organiser, did: Said = "") -> HTMLResponse:
    """All fairs, newest first."""
    with visitor.here.database.reading() as session:
        rows, people = list_fairs(session), count_participants(session)
    t = Speech(visitor.language)
    fairs = [
        {
            "url": fair_url(visitor, row.id),
            "name": name_of_fair(row, visitor.language),
            "venue": row.venue,
            "days": _days(t, row.sessions),
            "people": people.get(row.id, 0),
            "stage": "published" if row.published else "timed" if row.timetable else "listed" if row.planned else "new",
        }
        for row in rows
    ]
    return page(visitor, "fairs.html", path="/fairs", fairs=fairs, notice=notice_of(visitor.language, did))


@both(router, "/fairs/new")
def new_fair(visitor: Organiser) -> HTMLResponse:
    """The form of a new fair."""
    return _form(visitor, None, blank())


@both(router, "/fairs/new", method="POST")
def post_fair(visitor: Organiser, form: Fields) -> Response:
    """Set a fair up."""
    checked(visitor, form)
    typed = typed_in(form)
    if said(form, "act") == "more":
        return _form(visitor, None, with_more(typed))
    try:
        found = read(typed, id=f"f{uuid4().hex[:10]}", before=None)
    except FairError as problem:
        return _form(visitor, None, typed, problems=problem)
    if found.fair is None:
        return _form(visitor, None, typed, wrong=found.wrong)
    with visitor.here.database.writing() as session:
        add_fair(session, found.fair, found.settings, deed_of(visitor))
    return to(visitor, found.fair.id, "/people", did="made")


@both(router, "/fairs/{fair_id}/setup")
def setup_page(visitor: Organiser, fair_id: str, did: Said = "") -> HTMLResponse:
    """The form of a fair that stands."""
    with visitor.here.database.reading() as session:
        fair, row = load_fair(session, fair_id), fair_row(session, fair_id)
        typed = typed_of(row, fair)
    return _form(visitor, fair, typed, notice=notice_of(visitor.language, did))


@both(router, "/fairs/{fair_id}/setup", method="POST")
def post_setup(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Change a set-up; one that takes something away is shown first."""
    checked(visitor, form)
    typed = typed_in(form)
    with visitor.here.database.reading() as session:
        before = load_fair(session, fair_id)
    if said(form, "act") == "more":
        return _form(visitor, before, with_more(typed))
    try:
        found = read(typed, id=fair_id, before=before)
        if found.fair is None:
            return _form(visitor, before, typed, wrong=found.wrong)
        with visitor.here.database.reading() as session:
            cost = harm(session, found.fair)
            view = _harm_view(visitor, cost, names_of(session, {id for pair in cost.unplaced for id in pair}), before)
        if cost and said(form, "act") != "sure":
            return _form(visitor, before, typed, harm=view)
        change_set_up(visitor.here.database, found.fair, found.settings, deed_of(visitor))
    except FairError as problem:
        return _form(visitor, before, typed, problems=problem)
    return to(visitor, fair_id, "/setup", did="saved")


@both(router, "/fairs/{fair_id}/remove", method="POST")
def post_remove(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Delete a fair, where the box beside the button says that it is meant."""
    checked(visitor, form)
    if not said(form, "sure"):
        return to(visitor, fair_id, "/setup", anchor="remove")
    here = visitor.here
    take_away(here.database, fair_id, even_if_published=True, files_dir=here.settings.files_dir)
    return RedirectResponse(address("/fairs", [("did", "removed")], language=visitor.language), 303)


@both(router, "/fairs/{fair_id}")
def fair_page(visitor: Organiser, fair_id: str, did: Said = "") -> HTMLResponse:
    """How a fair stands, what is next, and what happened last."""
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "")
        known = summary(session, fair_id)
        events = events_view(visitor, session, fair_id, limit=12)
        names = names_of(session, known.unmet)
    unmet = [(id, in_words(names[id], visitor.language), in_words(why, visitor.language))
             for id, why in known.unmet.items() if id in names]  # fmt: skip
    view: Data = {
        "known": known,
        "next": _next(known),
        "events": events,
        "unmet": unmet[:_SHOWN],
        "enough_from": ENOUGH,
    }
    return page(visitor, "fair.html", path=f"/fairs/{fair_id}", notice=notice_of(visitor.language, did), **head, **view)


@both(router, "/fairs/{fair_id}/start", method="POST")
def post_start(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Start making lists or a timetable, unless it is being made already."""
    checked(visitor, form)
    kind = said(form, "kind")
    with visitor.here.database.reading() as session:
        fair_row(session, fair_id)
        busy = any(not job_view(visitor, row)["ended"] for row in jobs_of(session, fair_id) if row.kind == kind)
    if kind in {"lists", "timetable"} and not busy:
        given: Data = {"fair": fair_id} | ({"keep": bool(said(form, "keep"))} if kind == "lists" else {})
        start_job(visitor.here, caller_of(visitor), kind, given)
    path = said(form, "from")
    return to(visitor, fair_id, f"/{path}" if path in {"lists", "timetable", "people"} else "")


@both(router, "/fairs/{fair_id}/jobs/{job_id}")
def fair_job(visitor: Organiser, fair_id: str, job_id: str) -> HTMLResponse:
    """How far a job of the fair is, for the script.

    Raises:
        MissingError: the fair has no such job.
    """
    with visitor.here.database.reading() as session:
        row = get_job(session, job_id)
    if (row.given or {}).get("fair") != fair_id:
        raise MissingError(kind="job", id=job_id)
    return page(visitor, "fair_job.html", path=f"/fairs/{fair_id}", job=job_view(visitor, row), fair_id=fair_id)


def _form(
    visitor: Visitor,
    fair: Fair | None,
    typed: Data,
    *,
    wrong: dict[str, str] | None = None,
    problems: FairError | None = None,
    harm: Data | None = None,
    notice: str = "",
) -> HTMLResponse:
    """The form with what was typed, and what is wrong with it or what it would cost."""
    said_wrong = [in_words(one, visitor.language) for one in problems.problems] if problems else []
    head: Data = {"fair": None, "steps": [], "jobs": []}
    if fair is not None:
        with visitor.here.database.reading() as session:
            head = frame(visitor, session, fair.id, "setup")
    return page(
        visitor,
        "fair_setup.html",
        path=f"/fairs/{fair.id}/setup" if fair else "/fairs/new",
        status=422 if wrong or problems else 200,
        typed=typed,
        wrong=wrong or {},
        problems=said_wrong,
        harm=harm,
        options=rule_options(visitor, fair),
        notice=notice,
        **head,
    )


def _harm_view(visitor: Visitor, cost: Harm, names: Data, before: Fair) -> Data:
    language = visitor.language
    pairs = [" × ".join(in_words(names[id], language) for id in pair if id in names) for pair in cost.unplaced]
    return {
        "unplaced": len(pairs),
        "pairs": pairs[:_SHOWN],
        "narrowed": len(cost.narrowed),
        "stranded": list(cost.stranded)[:_SHOWN],
        "first": slot_text(before.slots[0], language),
    }


def _next(known: Summary) -> str:
    """The step that is to be done next."""
    if not known.participants:
        return "people"
    if not known.planned:
        return "lists"
    if not known.timetable:
        return "timetable"
    return "outcomes" if known.published and known.timed == known.held else "publish"


def _days(t: Speech, sessions: list[Data]) -> str:
    """The first and the last day of stored sessions."""
    days = sorted({date.fromisoformat(one["day"]) for one in sessions})
    if not days:
        return ""
    return t.day(days[0]) if len(days) == 1 else f"{t.day(days[0])} – {t.day(days[-1])}"
