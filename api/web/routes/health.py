"""Whether the service lives, whether it can answer, and what it does all day."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.store.changes import last_sequence
from api.store.keys import Caller
from api.web.access import READERS, In, allow, keyed_router
from api.web.schemas import Health

router = keyed_router(tags=["health"])


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process lives; asks nothing of database or model."""
    return Health(state="alive")


@router.get("/readyz", responses={503: {"model": Health}})
def readyz(here: In, response: Response) -> Health:
    """Whether it can answer: database reached, model loaded, index in step with the log."""
    if here.live_or_none is None:
        response.status_code = 503
        return Health(state="failed" if here.failed else "opening", detail=str(here.failed) if here.failed else None)
    state = here.live.state
    with here.database.reading() as session:
        behind = last_sequence(session) - state.sequence
    built = state.engine.built
    return Health(
        state="ready",
        firms=built.catalog.n_firms,
        sequence=state.sequence,
        fingerprint=built.fingerprint,
        detail=f"{behind} changes behind" if behind else None,
    )


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "In the text format of Prometheus."}},
)
def metrics(request: Request, _caller: Annotated[Caller, allow(*READERS)]) -> Response:
    """Counters and timings for Prometheus."""
    return Response(request.app.state.measures.text(), media_type=CONTENT_TYPE_LATEST)
