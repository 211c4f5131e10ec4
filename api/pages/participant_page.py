"""A participant's page by a signed link: my list, requests, timetable, and what came of each meeting.

Whoever has the link is the participant, so it is never kept, never indexed and never passed on by a referrer.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import LinkError, MissingError, RequestError
from api.exports import calendar_of, firm_workbook
from api.fairs.links import Links
from api.fairs.meetings import answer, ask
from api.fairs.outcomes import tell
from api.fairs.publishing import pack_of
from api.fairs.undoing import take_back
from api.pages.both import both
from api.pages.fair_common import Data, Fields, notice_of, said
from api.pages.fair_outcomes import baht
from api.pages.participant_view import find_view, home_view
from api.pages.rendering import address, render
from api.pages.rendering import answer as as_html
from api.pages.visiting import BadFormError, address_of, language_of, token_of
from api.pages.words import Language
from api.privacy.revealing import FIELDS, Revealed, reveal
from api.store.fairs import Deed, fair_row, participant_row
from api.store.tables import now
from api.web.access import Rates, running_of
from api.web.files import ICS, XLSX
from api.web.running import Running
from matcher.fair.errors import FairError, MeetingRefusedError
from matcher.fair.outcomes import Outcome, Told

MAX_MESSAGE = 500
MAX_NOTE = 500
UNDO = {"accept", "decline"}
"""Answers that can be taken back with one press."""
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever opened a participant's link.

    Attributes:
        link: The token of the address.
        told_in: The language in which the participant is written to.
    """

    here: Running
    link: str
    fair_id: str
    firm_id: str
    language: Language
    told_in: Language

    @property
    def token(self) -> str:
        """What this guest's forms carry."""
        return token_of(self.here, f"link {self.link}")

    @property
    def deed(self) -> Deed:
        """For the log."""
        return Deed("link", self.firm_id)

    @property
    def links(self) -> Links:
        """To the pages of those who are told."""
        return Links(self.here.pepper, self.here.settings.public_url)

    def url(
        self, path: str = "", pairs: Mapping[str, object] | None = None, *, language: Language | None = None
    ) -> str:
        """The address of one of this guest's pages.

        Thai pages of somebody who is told in English say so in their address, so that the link itself can
        open in English.
        """
        spoken = language or self.language
        chosen = {"hl": "th"} if spoken == "th" and self.told_in == "en" and not path else {}
        return address(f"/p/{self.link}{path}", [*chosen.items(), *(pairs or {}).items()], language=spoken)


def guest_of(request: Request) -> Guest:
    """The participant whose link an address holds, counted against the rate.

    Raises:
        LinkError: the link opens nothing.
        TooManyRequestsError: it is asked for too fast.
    """
    if isinstance(found := getattr(request.state, "guest", None), Guest):
        return found
    here, link = running_of(request), str(request.path_params["link"])
    rates: Rates = request.app.state.rates
    rates.count(f"link {address_of(request)}")
    opened = Links(here.pepper).read(link[:2_000])
    try:
        with here.database.reading() as session:
            row = participant_row(session, opened.fair_id, opened.firm_id)
            fair_row(session, opened.fair_id)
            if row.link_version != opened.version:
                raise LinkError
            told_in: Language = "en" if row.language == "en" else "th"
    except MissingError:
        raise LinkError from None
    return Guest(here, link, opened.fair_id, opened.firm_id, language_of(request.url.path), told_in)


class LinkRoute(APIRoute):
    """A route that looks at the link before anything else, and says kindly when it opens nothing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, behind the look at the link."""
        handle = super().get_route_handler()

        async def looked(request: Request) -> Response:
            try:
                request.state.guest = await run_in_threadpool(guest_of, request)
                response = await handle(request)
            except LinkError:
                language = language_of(request.url.path)
                text = render(None, "part_ended.html", language=language, path=request.url.path.removeprefix("/en"))
                response = as_html(text, status=410)
            response.headers.update(_PRIVATE)
            return response

        return looked


router = APIRouter(include_in_schema=False, route_class=LinkRoute)

ByLink = Annotated[Guest, Depends(guest_of)]
Said = Annotated[str, Query(max_length=40)]
Words = Annotated[str, Query(max_length=200)]


@both(router, "/p/{link}")
def home(guest: ByLink, hl: Said = "", did: Said = "", other: Words = "") -> Response:
    """All of a participant's own."""
    if guest.language == "th" and guest.told_in == "en" and not hl:
        return RedirectResponse(guest.url(language="en"), 303)
    return _home(guest, did=did, other=other)


@both(router, "/p/{link}", method="POST")
def post_answer(guest: ByLink, form: Fields) -> Response:
    """Say yes or no, take that back, ask for a meeting, or tell what came of one."""
    check_guest(guest, said(form, "token"))
    act, other = said(form, "act"), said(form, "other")
    try:
        _act(guest, act, other, form)
    except (MeetingRefusedError, RequestError) as problem:
        return _home(guest, wrong=problem.th if guest.language == "th" else problem.en, other=other)
    except FairError:
        return _home(guest, wrong_outcome=True, other=other)
    return RedirectResponse(guest.url(pairs={"did": act, "other": other}) + "#said", 303)


@both(router, "/p/{link}/find")
def find(guest: ByLink, q: Words = "") -> HTMLResponse:
    """Other participants, by name or by what they sell, to ask for a meeting."""
    with guest.here.database.reading() as session:
        view = find_view(session, guest.fair_id, guest.firm_id, q, guest.language)
    return guest_page(guest, "part_find.html", "/find", q=q, **view)


@both(router, "/p/{link}/timetable.ics")
def calendar(guest: ByLink) -> Response:
    """The published timetable for a calendar."""
    return _file(guest, "ics")


@both(router, "/p/{link}/timetable.xlsx")
def workbook(guest: ByLink) -> Response:
    """The published timetable as a sheet."""
    return _file(guest, "xlsx")


def _act(guest: Guest, act: str, other: str, form: Any) -> None:
    database, links, fair_id = guest.here.database, guest.links, guest.fair_id
    if act in UNDO:
        answer(database, links, fair_id, by=guest.firm_id, other=other, yes=act == "accept", deed=guest.deed)
    elif act == "unsay":
        take_back(database, fair_id, by=guest.firm_id, other=other, deed=guest.deed)
    elif act == "ask":
        message = said(form, "message")[:MAX_MESSAGE] or None
        ask(database, links, fair_id, by=guest.firm_id, other=other, deed=guest.deed, message=message)
    elif act == "tell":
        outcome = said(form, "outcome")
        expected, actual = (baht(said(form, name)) for name in ("expected_thb", "actual_thb"))
        if outcome not in set(Outcome):
            raise FairError([])
        told = Told(
            guest.firm_id,
            other,
            guest.firm_id,
            Outcome(outcome),
            now(),
            expected,
            actual,
            note=said(form, "note")[:MAX_NOTE],
        )
        tell(database, fair_id, told, guest.deed)


def check_guest(guest: Guest, token: str) -> None:
    """Refuse a form that was not on a page of this link's.

    Raises:
        BadFormError: it was not.
    """
    if not hmac.compare_digest(token.encode(), guest.token.encode()):
        raise BadFormError


def _home(
    guest: Guest, *, did: str = "", other: str = "", wrong: str = "", wrong_outcome: bool = False
) -> HTMLResponse:
    with guest.here.database.writing() as session:  # the trail is written where contacts are shown
        view = home_view(session, guest.fair_id, guest.firm_id, guest.language)
        met = reveal(session, guest.here.trail, guest.fair_id, guest.firm_id, by="link", route="/p/{link}")
    partner = next((one["name"] for one in view["partners"] if one["id"] == other), "")
    return guest_page(
        guest,
        "part_home.html",
        "",
        status=409 if wrong else 422 if wrong_outcome else 200,
        notice=notice_of(guest.language, f"part_{did}", who=partner) if partner else "",
        undo=other if did in UNDO and partner else "",
        wrong=wrong,
        wrong_outcome=other if wrong_outcome else "",
        met=[_people_of(one, view["partners"]) for one in met],
        **view,
    )


def _people_of(one: Revealed, partners: list[Data]) -> Data:
    """The people of a firm that is met, as the page shows them."""
    name = next((partner["name"] for partner in partners if partner["id"] == one.firm_id), one.firm_id)
    people = [[(field, value) for field in FIELDS if (value := getattr(row, field))] for row in one.contacts]
    return {"name": name, "people": people, "delegates": ", ".join(one.delegates)}


def guest_page(guest: Guest, template: str, path: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for a guest; `path` is below its link."""
    other: Language = "th" if guest.language == "en" else "en"
    text = render(
        None,
        template,
        language=guest.language,
        path=f"/p/{guest.link}{path}",
        guest=guest,
        switch_url=guest.url(path, language=other),
        **values,
    )
    return as_html(text, status=status)


def _file(guest: Guest, kind: str) -> Response:
    """A participant's own file of the last publication.

    Raises:
        MissingError: nothing is published yet.
    """
    with guest.here.database.reading() as session:
        version = fair_row(session, guest.fair_id).published
        if not version:
            raise MissingError(kind="timetable", id=guest.fair_id)
        pack = pack_of(session, guest.fair_id, version)
    data: bytes = calendar_of(pack, guest.firm_id) if kind == "ics" else firm_workbook(pack, guest.firm_id)
    headers: Data = {"Content-Disposition": f'attachment; filename="meetings-v{version}.{kind}"'}
    return Response(data, media_type=ICS if kind == "ics" else XLSX, headers=headers)
