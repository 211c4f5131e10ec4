"""The FastAPI app: routes, who may call them, what errors mean, what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api.pages import problems as page_problems
from api.pages import routes as pages
from api.pages.assets import Static
from api.settings import Settings
from api.web import problems
from api.web.access import Rates, declare
from api.web.around import Around
from api.web.describing import PROBLEM, TAGS, Api, about, operation_id
from api.web.measuring import Measured, Measures
from api.web.routes import (
    contacts,
    fair_chances,
    fair_meetings,
    fair_people,
    fair_results,
    fair_timetables,
    fairs,
    firms,
    health,
    jobs,
    keys,
    lists,
    match_requests,
    parts,
    privacy,
    search,
    webhooks,
)
from api.web.running import Running
from matcher.encoder.encoder import Encoder

OPEN_TO_ALL = frozenset({"/healthz", "/readyz"})


def create_app(settings: Settings | None = None, *, encoder: Encoder | None = None) -> FastAPI:
    """The service.

    Args:
        settings: The operator's; None reads them from the environment.
        encoder: One that is loaded already, as in tests.
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.running = await run_in_threadpool(Running.open, settings, encoder=encoder)
        app.state.measures.of(app.state.running)
        yield
        await run_in_threadpool(app.state.running.close)

    app = Api(
        title="Khukha คู่ค้า",
        version=version("khukha"),
        description=about(),
        openapi_tags=TAGS,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEM,
    )
    app.state.rates = Rates(settings.rate, storage=settings.rate_storage)
    app.state.sign_in_rates = Rates(settings.sign_in_rate, storage=settings.rate_storage)
    app.state.measures = Measures()
    of_fairs = (fairs, fair_people, fair_meetings, fair_timetables, fair_results, fair_chances)
    of_firms = (search, match_requests, firms, parts, contacts)
    for module in (*of_firms, *of_fairs, privacy, lists, jobs, keys, webhooks, health):
        app.include_router(module.router)
    app.include_router(pages.router)
    app.mount("/static", Static(directory=Path(pages.__file__).parent / "static"), name="static")
    app.mount("/docs-assets", StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"), name="docs")
    app.add_api_route("/docs", _docs, include_in_schema=False, response_class=HTMLResponse)
    declare(app, open_to_all=OPEN_TO_ALL)
    problems.install(app)
    page_problems.install(app)
    max_body_bytes = settings.max_body_mb * 1_000_000
    app.add_middleware(GZipMiddleware, minimum_size=2_000)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=max_body_bytes)
    app.add_middleware(Around, max_body_bytes=max_body_bytes)
    app.add_middleware(Measured, measures=app.state.measures)
    return app


def _docs() -> str:
    """The API's page, from files of our own: no address outside is asked for anything."""
    return """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Khukha API</title>
<link rel="stylesheet" href="/docs-assets/swagger-ui.css">
<link rel="stylesheet" href="/static/docs.css"><link rel="icon" href="/static/icon.svg"></head>
<body><div id="swagger-ui"></div>
<script src="/docs-assets/swagger-ui-bundle.js"></script><script src="/static/docs.js"></script></body></html>"""
