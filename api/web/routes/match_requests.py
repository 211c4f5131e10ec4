"""Match requests: a buying brief filed, answered, explained, and kept to be read again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from api import asking
from api.errors import EmptyBriefError, MissingError
from api.filing import file_brief
from api.store.keys import Caller
from api.store.requests import Filed, find_requests, get_request, may_read
from api.web.access import ANYONE, In, allow, keyed_router
from api.web.cursors import id_of, next_cursor
from api.web.headers import CREATED, put_location
from api.web.refusals import refused
from api.web.routes.firms import Cursor, IdPath, Limit
from api.web.running import Running
from api.web.schemas import AnswerOut, MatchRequestIn, MatchRequestOut, Page

router = keyed_router(prefix="/v1/match-requests", tags=["match requests"])

Anyone = Annotated[Caller, allow(*ANYONE)]
Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Your own name for this request: sent again, it gives the same answer and files nothing twice.",
    ),
]


@router.post("", status_code=201, name="create_match_request", responses=CREATED | refused(404, 409))
def post_match_request(
    here: In, caller: Anyone, body: MatchRequestIn, response: Response, idempotency_key: Once = None
) -> MatchRequestOut:
    """File a buying brief: words in Thai or English, or a stored need or offer."""
    filed = create_match_request(here, caller, body, idempotency_key)
    put_location(response, router.prefix, filed.id)
    return filed


def create_match_request(
    here: Running, caller: Caller, body: MatchRequestIn, idempotency_key: str | None = None
) -> MatchRequestOut:
    """File what a body asks; pages file through here too."""
    asked = body.model_dump(mode="json", exclude_none=True)
    brief = _brief(here, caller, body)
    return _out(file_brief(here.live, brief, owner=caller, firm_id=body.firm_id, asked=asked, key=idempotency_key))


@router.get("", name="list_match_requests")
def match_requests(here: In, caller: Anyone, cursor: Cursor = None, limit: Limit = 20) -> Page[MatchRequestOut]:
    """What was filed, newest first: the organiser sees all, others their own."""
    with here.database.reading() as session:
        found = find_requests(session, caller=caller, after=id_of(cursor), limit=limit + 1)
    return Page(
        items=[_out(one) for one in found[:limit]], next_cursor=next_cursor(found, limit, lambda one: one.row.id)
    )


@router.get("/{id}", name="read_match_request")
def match_request(here: In, caller: Anyone, id: IdPath) -> MatchRequestOut:
    """A filed request with its answer as it was given, less the firms that were deleted since."""
    with here.database.reading() as session:
        found = get_request(session, id)
    if not may_read(caller, found.row):
        raise MissingError(kind="match request", id=id)
    return _out(found)


def _brief(here: Running, caller: Caller, body: MatchRequestIn) -> asking.Brief:
    """What a body asks.

    Raises:
        EmptyBriefError: it says nothing, or two things.
        UnknownValueError: a cluster or a province is not known.
    """
    if sum(said is not None for said in (body.text, body.need_id, body.offer_id)) != 1:
        raise EmptyBriefError
    filters = asking.filters_of(
        chains=here.chains,
        provinces=body.provinces,
        certificates=body.certificates,
        without_firm=body.firm_id or caller.firm_id,
    )
    return asking.Brief(
        text=body.text or "",
        need_id=body.need_id,
        offer_id=body.offer_id,
        cluster=asking.known_cluster(body.cluster, chains=here.chains),
        stage=body.stage,
        seeking=body.seeking,
        filters=filters,
        limit=body.limit,
    )


def _out(filed: Filed) -> MatchRequestOut:
    row = filed.row
    return MatchRequestOut(
        id=row.id,
        at=row.at,
        asked=MatchRequestIn.model_validate(row.asked),
        answer=AnswerOut.model_validate(row.answer | {"matches": list(filed.matches), "near": list(filed.near)}),
        index_fingerprint=row.index_fingerprint,
        model_fingerprint=row.model_fingerprint,
    )
