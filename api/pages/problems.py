"""Problems as pages: the same errors as the API's, in the visitor's language and as HTML."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api import errors as service
from api.pages.rendering import address, answer, render
from api.pages.visiting import COOKIE, BadFormError, Visitor, language_of, signed_in
from api.pages.words import TEXTS, say
from api.web.problems import MEANINGS
from api.web.running import Running

Handler = Callable[[Request, Exception], Awaitable[Response]]

_API = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json")
_BY_STATUS = {404: "not_found", 405: "not_found", 413: "too_large"}
_PART = "x-part"
"""The script says so when it asks for a part of a page."""


def install(app: FastAPI) -> None:
    """Answer a browser with a page where a program would get problem+json."""
    app.add_exception_handler(BadFormError, _page)
    for kind, handler in list(app.exception_handlers.items()):
        if handler is not _page:
            app.exception_handlers[kind] = _either(cast(Handler, handler))


def _either(program: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        return await (_page if wants_page(request) else program)(request, error)

    return handle


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer."""
    path = request.url.path
    api = path == "/v1" or path.startswith(_API)
    return not api and "text/html" in request.headers.get("accept", "")


async def _page(request: Request, error: Exception) -> Response:
    language = language_of(request.url.path)
    part = _PART in request.headers
    if isinstance(error, service.NotSignedInError) and not part:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        onward = here if request.method == "GET" else ""
        return RedirectResponse(address("/signin", [("next", onward)], language=language), 303)
    status, name = _meaning(error)
    headers = {}
    wait_s = getattr(error, "retry_after_s", None)
    if wait_s is not None:
        headers["Retry-After"] = str(wait_s)
    title, text = _said(name, error, language)
    visitor = await run_in_threadpool(_visitor, request)
    path = (request.url.path.removeprefix("/en") if language == "en" else request.url.path) or "/"
    said = {"status": status, "title": title, "text": text, "name": name, "wait_s": wait_s}
    page = render(visitor, "error.html", language=language, path=path, **said)
    return answer(page, status=status, headers=headers)


def _meaning(error: Exception) -> tuple[int, str]:
    """Status and name of an error."""
    if isinstance(error, BadFormError):
        return 403, "form"
    if isinstance(error, HTTPException):
        return error.status_code, _BY_STATUS.get(error.status_code, "other")
    if isinstance(error, RequestValidationError):
        return 422, "other"
    meaning = MEANINGS.get(type(error))
    return (meaning.status, meaning.code) if meaning else (500, "internal")


def _said(name: str, error: Exception, language: Any) -> tuple[str, str]:
    """Title and text of an error's page."""
    if isinstance(error, (service.UnknownValueError, service.BadCursorError, RequestValidationError)):
        return say("error_other", language), say("not_known", language)
    if f"error_{name}" in TEXTS and f"error_{name}_text" in TEXTS:
        return say(f"error_{name}", language), say(f"error_{name}_text", language)
    meaning = MEANINGS.get(type(error))
    thai = (meaning.th if meaning else None) or getattr(error, "th", "")
    english = getattr(error, "en", error) if meaning else ""
    return say("error_other", language), str(thai if language == "th" else english)


def _visitor(request: Request) -> Visitor | None:
    """The visitor for the page's frame; None where even that cannot be found out."""
    running = getattr(request.app.state, "running", None)
    if not isinstance(running, Running):
        return None
    try:
        caller, session = signed_in(running, request.cookies.get(COOKIE, ""))
    except Exception:  # the database may be what failed
        return None
    return Visitor(running, caller, session, language_of(request.url.path))
