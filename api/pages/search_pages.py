"""The search box: the page, its result part alone, and what the words may become."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse, JSONResponse

from api import asking
from api.pages.asked import Asked, asked_of
from api.pages.both import both, page_router
from api.pages.rendering import page
from api.pages.searching import Data, search_view
from api.pages.visiting import Reader, Visitor
from matcher.errors import InputError, TextTooLongError

router = page_router()

Question = Annotated[Asked, Depends(asked_of)]


@both(router, "/")
def search_page(visitor: Reader, asked: Question) -> HTMLResponse:
    """The search page with its results."""
    return _page(visitor, asked, "search.html")


@both(router, "/results")
def results(visitor: Reader, asked: Question) -> HTMLResponse:
    """The results alone, for the script."""
    return _page(visitor, asked, "results.html")


@both(router, "/suggest")
def suggest(visitor: Reader, q: Annotated[str, Query(max_length=4_000)] = "") -> JSONResponse:
    """What the words typed so far may become."""
    found = asking.suggest(visitor.here.live, q)
    said = [{"text": one.text, "kind": one.kind, "count": one.count} for one in found]
    return JSONResponse(said, headers={"Cache-Control": "private, max-age=60"})


def _page(visitor: Visitor, asked: Asked, template: str) -> HTMLResponse:
    path = asked.url("th", page=asked.page, more=asked.more)
    wrong, status = "", 200
    view: Data
    try:
        view = search_view(visitor, asked)
    except InputError as problem:
        wrong, status = "too_long" if isinstance(problem, TextTooLongError) else "unreadable", 422
        view = {"asked": asked, "seen": None, "facets": None, "source": None, "browsed": None}
    return page(visitor, template, path=path, status=status, wrong=wrong, **view)
