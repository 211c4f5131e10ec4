"""Offers and needs by themselves; api/web/parts.py does the work."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.store.keys import Caller
from api.store.tables import NeedRow, OfferRow
from api.web import parts
from api.web.access import ANYONE, OWNERS, In, allow, keyed_router
from api.web.headers import CREATED_VERSIONED, VERSIONED, IfMatch, put_location, put_version, seen_version
from api.web.profiles import need_out, offer_out
from api.web.refusals import refused
from api.web.routes.firms import Cursor, IdPath, Limit, OfCluster
from api.web.schemas import NeedIn, NeedIO, NeedOut, OfferIn, OfferIO, OfferOut, Page, Str

router = keyed_router(prefix="/v1")

Anyone = Annotated[Caller, allow(*ANYONE)]
Owner = Annotated[Caller, allow(*OWNERS)]
OfFirm = Annotated[Str | None, Query(max_length=80, description="Only this firm's.")]


@router.get("/offers", tags=["offers"], responses=refused(404))
def list_offers(
    here: In,
    caller: Anyone,
    firm_id: OfFirm = None,
    cluster: OfCluster = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OfferOut]:
    """Offers in the order of their ids; a firm's own key sees its own."""
    found, after = parts.find(here, caller, OfferRow, firm_id=firm_id, cluster=cluster, cursor=cursor, limit=limit)
    return Page(items=[offer_out(one, owner) for one, owner in found], next_cursor=after)


@router.post("/offers", status_code=201, tags=["offers"], responses=CREATED_VERSIONED | refused(404, 409, 412))
def create_offer(here: In, caller: Owner, body: OfferIn, response: Response) -> OfferOut:
    """Add an offer to a firm; it is searchable within a second."""
    part = body.model_dump(mode="json", exclude={"firm_id"})
    made = parts.add(here, caller, OfferRow, part, firm_id=body.firm_id)
    put_location(response, "/v1/offers", made.value.id)
    return _offer(made, response)


@router.get("/offers/{id:path}", tags=["offers"], responses=VERSIONED)
def read_offer(here: In, caller: Anyone, id: IdPath, response: Response) -> OfferOut:
    """One offer; a firm's own key reads its own only."""
    return _offer(parts.read(here, caller, OfferRow, id), response)


@router.put("/offers/{id:path}", tags=["offers"], responses=VERSIONED | refused(412))
def replace_offer(
    here: In, caller: Owner, id: IdPath, body: OfferIO, response: Response, if_match: IfMatch = None
) -> OfferOut:
    """Replace an offer; its id stays."""
    part = body.model_dump(mode="json", exclude={"id"})
    return _offer(parts.replace(here, caller, OfferRow, part, id=id, seen=seen_version(if_match)), response)


@router.delete("/offers/{id:path}", status_code=204, tags=["offers"], responses=refused(412))
def delete_offer(here: In, caller: Owner, id: IdPath, if_match: IfMatch = None) -> None:
    """Take an offer out of its firm."""
    parts.take_out(here, caller, OfferRow, id, seen=seen_version(if_match))


@router.get("/needs", tags=["needs"], responses=refused(404))
def list_needs(
    here: In,
    caller: Anyone,
    firm_id: OfFirm = None,
    cluster: OfCluster = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[NeedOut]:
    """Needs in the order of their ids; a firm's own key sees its own."""
    found, after = parts.find(here, caller, NeedRow, firm_id=firm_id, cluster=cluster, cursor=cursor, limit=limit)
    return Page(items=[need_out(one, owner) for one, owner in found], next_cursor=after)


@router.post("/needs", status_code=201, tags=["needs"], responses=CREATED_VERSIONED | refused(404, 409, 412))
def create_need(here: In, caller: Owner, body: NeedIn, response: Response) -> NeedOut:
    """Add a need to a firm; it can be asked for at once."""
    part = body.model_dump(mode="json", exclude={"firm_id"})
    made = parts.add(here, caller, NeedRow, part, firm_id=body.firm_id)
    put_location(response, "/v1/needs", made.value.id)
    return _need(made, response)


@router.get("/needs/{id:path}", tags=["needs"], responses=VERSIONED)
def read_need(here: In, caller: Anyone, id: IdPath, response: Response) -> NeedOut:
    """One need; a firm's own key reads its own only."""
    return _need(parts.read(here, caller, NeedRow, id), response)


@router.put("/needs/{id:path}", tags=["needs"], responses=VERSIONED | refused(412))
def replace_need(
    here: In, caller: Owner, id: IdPath, body: NeedIO, response: Response, if_match: IfMatch = None
) -> NeedOut:
    """Replace a need; its id stays."""
    part = body.model_dump(mode="json", exclude={"id"})
    return _need(parts.replace(here, caller, NeedRow, part, id=id, seen=seen_version(if_match)), response)


@router.delete("/needs/{id:path}", status_code=204, tags=["needs"], responses=refused(412))
def delete_need(here: In, caller: Owner, id: IdPath, if_match: IfMatch = None) -> None:
    """Take a need out of its firm."""
    parts.take_out(here, caller, NeedRow, id, seen=seen_version(if_match))


def _offer(part: parts.Part, response: Response) -> OfferOut:
    put_version(response, part.version)
    return offer_out(part.value, part.firm_id)


def _need(part: parts.Part, response: Response) -> NeedOut:
    put_version(response, part.version)
    return need_out(part.value, part.firm_id)
