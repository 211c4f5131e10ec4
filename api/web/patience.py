"""How long a connection is waited for, and how many requests are taken at once.

uvicorn waits for ever for a request that never comes whole, and counts a connection that asks for nothing
among those it has room for: a thousand such clients close a service to everybody, its health check included.
Here a request has a time to arrive and an answer a time to be taken; what counts is requests that are being
answered; and `/healthz` is answered however many there are.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S = 15.0
"""For the first line and the headers of a request, from the moment the connection stands or the request begins."""

BODY_S = 300.0
"""For its body: 25 MB at a megabit a second."""

ANSWER_S = 600.0
"""For the answer to be worked out and taken."""

MOST_AT_ONCE = 1_000
"""Requests that are being answered; more are told to come again."""

ALWAYS = b"/healthz"


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, with an end to its patience."""

    _due: asyncio.TimerHandle | None = None
    _answering: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        self._wait(HEADERS_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more, and let what is being answered know: uvicorn tells only the last of several requests."""
        self._wait(None)
        for cycle in (self._answering, *(waiting for waiting, _app in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        """The first line of a request has begun."""
        super().on_message_begin()
        self._wait(HEADERS_S)

    def on_headers_complete(self) -> None:
        """Take the request, unless there are too many."""
        full = len(self.tasks) >= MOST_AT_ONCE and self.url.partition(b"?")[0] != ALWAYS
        self.app = service_unavailable if full else self.config.loaded_app
        self._wait(BODY_S)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there."""
        self._wait(ANSWER_S)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is out; uvicorn's own timer waits for the next request, where this one came whole."""
        self._wait(ANSWER_S if self.pipeline else BODY_S if self.cycle.more_body else None)
        super().on_response_complete()

    def _wait(self, seconds: float | None) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


def serving_options() -> dict[str, Any]:
    """How uvicorn serves the app."""
    return {"http": Patient, "timeout_keep_alive": 15, "server_header": False, "log_level": "warning"}


def raise_limits() -> None:
    """As many connections as the system lets a process have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
