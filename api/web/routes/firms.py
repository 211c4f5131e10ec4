"""Firms: create, read, change, delete, list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from api import asking
from api.store.changes import new_batch
from api.store.firms import Change, expect_version, find_firms, get_firm
from api.store.keys import Caller
from api.web.access import ANYONE, ORGANISER, OWNERS, READERS, In, allow, keyed_router, own_firm
from api.web.cursors import MAX_CHARS, id_of, next_cursor
from api.web.headers import CREATED_VERSIONED, VERSIONED, IfMatch, put_location, put_version, seen_version
from api.web.profiles import firm_of, firm_out
from api.web.refusals import refused
from api.web.schemas import FirmIn, FirmOut, Page, Str
from api.writing import remove_firm, write_firms

router = keyed_router(prefix="/v1/firms", tags=["firms"])

Cursor = Annotated[Str | None, Query(max_length=MAX_CHARS, description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]
OfCluster = Annotated[Str | None, Query(max_length=80, description="Only of this cluster, by its code.")]
IdPath = Annotated[Str, Path(max_length=80, examples=["agritech-d01"])]


@router.get("")
def list_firms(
    here: In,
    _caller: Annotated[Caller, allow(*READERS)],
    cursor: Cursor = None,
    limit: Limit = 50,
    cluster: OfCluster = None,
    province: Annotated[Str | None, Query(max_length=80, description="Any usual name of it.")] = None,
) -> Page[FirmOut]:
    """Firms in the order of their ids."""
    known = asking.known_cluster(cluster, chains=here.chains)
    place = asking.known_province(province)
    with here.database.reading() as session:
        found = find_firms(session, after=id_of(cursor), limit=limit + 1, cluster=known, province=place)
    return Page(
        items=[firm_out(one) for one in found[:limit]], next_cursor=next_cursor(found, limit, lambda one: one.firm.id)
    )


@router.post("", status_code=201, responses=CREATED_VERSIONED | refused(409))
def create_firm(here: In, caller: Annotated[Caller, allow(*ORGANISER)], body: FirmIn, response: Response) -> FirmOut:
    """Add a firm; it is searchable within a second."""
    firm = firm_of(body, chains=here.chains)
    write_firms(here.database, here.encoder, [firm], Change(new_batch(), caller.id), new=True)
    here.live.wake()
    put_location(response, router.prefix, firm.id)
    return _read(here, firm.id, response)


@router.get("/{id:path}", responses=VERSIONED)
def read_firm(here: In, caller: Annotated[Caller, allow(*ANYONE)], id: IdPath, response: Response) -> FirmOut:
    """One firm; a firm's own key reads its own only."""
    own_firm(caller, id)
    return _read(here, id, response)


@router.put("/{id:path}", responses=VERSIONED | refused(409, 412))
def replace_firm(
    here: In,
    caller: Annotated[Caller, allow(*OWNERS)],
    id: IdPath,
    body: FirmIn,
    response: Response,
    if_match: IfMatch = None,
) -> FirmOut:
    """Replace a firm's whole profile; offers and needs that the body leaves out are gone."""
    own_firm(caller, id)
    seen = seen_version(if_match)
    with here.database.reading() as session:
        expect_version(get_firm(session, id), seen)
    firm = firm_of(body, chains=here.chains, id=id)
    write_firms(here.database, here.encoder, [firm], Change(new_batch(), caller.id), seen=seen, new=False)
    here.live.wake()
    return _read(here, id, response)


@router.delete("/{id:path}", status_code=204, responses=refused(412))
def delete_firm(here: In, caller: Annotated[Caller, allow(*OWNERS)], id: IdPath, if_match: IfMatch = None) -> None:
    """Delete a firm with its offers, needs, contacts, keys and places in answers."""
    own_firm(caller, id)
    remove_firm(here.database, id, Change(new_batch(), caller.id), seen=seen_version(if_match))
    here.live.wake()


def _read(here: In, id: str, response: Response) -> FirmOut:
    with here.database.reading() as session:
        found = get_firm(session, id)
    put_version(response, found.version)
    return firm_out(found)
