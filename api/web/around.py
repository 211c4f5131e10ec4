"""What stands around every answer: security headers, the limit of bodies, and errors that nobody foresaw."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}

log = logging.getLogger(__name__)


class Around:
    """ASGI middleware for the outside of an app, where Starlette's own 500 and 413 would lack shape and headers.

    Args:
        max_body_bytes: A body that says it is larger is refused unread; one that does not say so is counted
            by `RequestBodyLimitMiddleware`, inside.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with headers; an error becomes an answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if _said_length(scope) > self._max_body_bytes:
                await _answer(HTTPException(413), scope, receive, with_headers)
            else:
                await self._app(scope, receive, with_headers)
        except Exception as problem:
            if started:
                raise
            log.exception("%s %s failed", scope["method"], scope["path"])
            await _answer(problem, scope, receive, with_headers)


async def _answer(problem: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what the app says of such an error."""
    handlers = scope["app"].exception_handlers
    handler = handlers[HTTPException if isinstance(problem, HTTPException) else Exception]
    response = await handler(Request(scope), problem)
    await response(scope, receive, send)


def _said_length(scope: Scope) -> int:
    """Length of the body as its header says it; 0 where it says nothing."""
    said = Headers(scope=scope).get("content-length", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
