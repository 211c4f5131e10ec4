"""What the service counts about itself, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.live import Live
from api.web.running import Running

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others share one label, so that nobody can make up labels without end."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measures:
    """All counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "khukha_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "khukha_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )

    def of(self, running: Running) -> None:
        """Read these from a process whenever they are asked for."""

        def gauge(name: str, help: str, read: Callable[[Live], float]) -> None:
            made = Gauge(name, help, registry=self._registry)
            made.set_function(lambda: 0.0 if running.live_or_none is None else read(running.live))

        gauge("khukha_encoder_waiting", "Texts that wait for the model.", lambda _: running.encoder.waiting)
        gauge("khukha_encoder_batches", "Batches encoded since the start.", lambda _: running.encoder.batches)
        gauge("khukha_encoder_texts", "Texts encoded in them.", lambda _: running.encoder.texts)
        gauge("khukha_index_firms", "Firms that can be found.", lambda live: live.engine.built.catalog.n_firms)
        gauge("khukha_index_sequence", "Number of the last change searched.", lambda live: live.state.sequence)
        gauge("khukha_index_dead_share", "Share of dead rows.", lambda live: live.engine.built.dead_share)

    def text(self) -> bytes:
        """All of them as Prometheus reads them."""
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts and times every request by its route."""

    def __init__(self, app: ASGIApp, *, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._measures.requests.labels(method, route, str(status)).inc()
            self._measures.seconds.labels(route).observe(time.perf_counter() - start)
