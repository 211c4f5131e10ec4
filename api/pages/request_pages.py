"""Match requests on pages: the form, what was filed, and the list."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.errors import EmptyBriefError, MissingError, UnknownValueError
from api.pages.asked import Asked, asked_of
from api.pages.both import both, page_router
from api.pages.rendering import address, page
from api.pages.request_view import MANY, ONE, Data, blank, form_view, row_view, source_or_none, stated, wrong_fields
from api.pages.searching import answer_view
from api.pages.visiting import Member, Visitor, caller_of, check_token
from api.web.routes.match_requests import create_match_request, match_request, match_requests
from api.web.schemas import MatchRequestIn
from matcher.errors import InputError

router = page_router()


async def form_of(request: Request) -> FormData:
    """The fields of a form, several of a name among them."""
    return await request.form(max_fields=400)


@both(router, "/request")
def request_form(visitor: Member, asked: Annotated[Asked, Depends(asked_of)]) -> HTMLResponse:
    """The form, filled with what was searched for."""
    typed = blank(asked)
    return _form(visitor, typed, path=asked.url("th", "/request"))


@both(router, "/request", method="POST")
def post_request(visitor: Member, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """File a request once, however often the button was pressed, and show its answer."""
    said = {name: str(form.get(name) or "").strip() for name in (*ONE, "token", "form")}
    check_token(visitor, said["token"])
    typed: Data = {name: said[name] for name in ONE} | {name: [str(one) for one in form.getlist(name)] for name in MANY}
    if not visitor.organiser:
        typed["firm_id"] = ""
    try:
        body = MatchRequestIn.model_validate({name: value for name, value in typed.items() if value})
        once = hashlib.sha256(f"{said['form'][:80]} {body.model_dump_json()}".encode()).hexdigest()
        filed = create_match_request(visitor.here, caller_of(visitor), body, f"page {once}")
    except (ValidationError, EmptyBriefError, UnknownValueError, MissingError, InputError) as problem:
        return _form(visitor, typed, form=said["form"][:80], wrong=wrong_fields(problem))
    return RedirectResponse(address(f"/requests/{filed.id}", [("new", "1")], language=visitor.language), 303)


@both(router, "/requests")
def requests_page(visitor: Member, cursor: Annotated[str | None, Query(max_length=200)] = None) -> HTMLResponse:
    """What was filed, newest first."""
    found = match_requests(visitor.here, caller_of(visitor), cursor, 20)
    later = (
        address("/requests", [("cursor", found.next_cursor)], language=visitor.language) if found.next_cursor else None
    )
    return page(
        visitor, "requests.html", path="/requests", filed=[row_view(visitor, one) for one in found.items], later=later
    )


@both(router, "/requests/{id}")
def filed_request(visitor: Member, id: str, new: bool = False) -> HTMLResponse:
    """A filed request with its answer as it was given."""
    found = match_request(visitor.here, caller_of(visitor), id)
    asked = found.asked
    again = Asked(
        q=asked.text or "",
        cluster=(asked.cluster,) if asked.cluster else (),
        stage=(asked.stage,) if asked.stage else (),
        province=tuple(asked.provinces),
        certificate=tuple(asked.certificates),
        need=asked.need_id or "",
        offer=asked.offer_id or "",
        seeking=asked.seeking or "",
    )
    return page(
        visitor,
        "filed.html",
        path=f"/requests/{id}",
        new=new,
        at=found.at,
        again=again.url(visitor.language),
        stated=stated(visitor, asked),
        source=source_or_none(visitor, again),
        text=asked.text or "",
        seen=answer_view(found.answer.model_dump(mode="json")),
        ways=[],
        more=False,
    )


def _form(
    visitor: Visitor, typed: Data, *, path: str = "/request", form: str = "", wrong: dict[str, str] | None = None
) -> HTMLResponse:
    """The form with what was typed, and what is wrong at its fields."""
    view = form_view(visitor, typed, form=form)
    return page(visitor, "request.html", path=path, status=422 if wrong else 200, wrong=wrong or {}, **view)
