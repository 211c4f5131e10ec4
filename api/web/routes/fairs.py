"""Fairs: set up, read, change, delete; what happened to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from api.errors import BadCursorError
from api.fairs.setting_up import change_set_up, take_away
from api.store.fairs import add_fair, count_participants, fair_row, find_fairs, list_events
from api.store.keys import Caller, Role
from api.web.access import ANYONE, ORGANISER, In, allow, keyed_router
from api.web.cursors import id_of, next_cursor
from api.web.fairs import FairPath, deed_of, fair_of, fair_out, see_fair, settings_of
from api.web.headers import CREATED_VERSIONED, VERSIONED, IfMatch, put_location, put_version, seen_version
from api.web.refusals import refused
from api.web.routes.firms import Cursor, Limit
from api.web.running import Running
from api.web.schemas import EventOut, FairIn, FairOut, Page

router = keyed_router(prefix="/v1/fairs", tags=["fairs"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
Anyone = Annotated[Caller, allow(*ANYONE)]


@router.get("")
def list_fairs(here: In, caller: Anyone, cursor: Cursor = None, limit: Limit = 50) -> Page[FairOut]:
    """Fairs, newest first; a firm's key sees those in which its firm takes part."""
    with here.database.reading() as session:
        found = find_fairs(session, after=id_of(cursor), limit=limit + 1, firm_id=caller.firm_id)
        people = count_participants(session)
        items = [fair_out(session, row, participants=people.get(row.id, 0)) for row in found[:limit]]
    return Page(items=items, next_cursor=next_cursor(found, limit, lambda row: row.id))


@router.post("", status_code=201, responses=CREATED_VERSIONED | refused(409))
def create_fair(here: In, caller: Organiser, body: FairIn, response: Response) -> FairOut:
    """Set a fair up. A session gives its slots' times one by one, or evenly from its start."""
    fair = fair_of(body)
    with here.database.writing() as session:
        add_fair(session, fair, settings_of(body), deed_of(caller))
    put_location(response, router.prefix, fair.id)
    return _read(here, caller, fair.id, response)


@router.get("/{id}", responses=VERSIONED)
def read_fair(here: In, caller: Anyone, id: FairPath, response: Response) -> FairOut:
    """One fair: how it is set up, and how it stands."""
    return _read(here, caller, id, response)


@router.put("/{id}", responses=VERSIONED | refused(412))
def replace_fair(
    here: In,
    caller: Organiser,
    id: FairPath,
    body: FairIn,
    response: Response,
    if_match: IfMatch = None,
    even_if_harmful: Annotated[
        bool, Query(description="Also where meetings lose their place, or firms lose slots in which they are free.")
    ] = False,
) -> FairOut:
    """Change a fair's set-up; participants stay.

    A slot is the same one if its session has the same id and it stands at the same place in it: its meetings
    go along with its new times.
    """
    change_set_up(
        here.database,
        fair_of(body, id=id),
        settings_of(body),
        deed_of(caller),
        seen=seen_version(if_match),
        harmless=not even_if_harmful,
    )
    return _read(here, caller, id, response)


@router.delete("/{id}", status_code=204, responses=refused(409))
def delete_fair(
    here: In,
    _caller: Organiser,
    id: FairPath,
    even_if_published: Annotated[bool, Query(description="People may hold its timetable already.")] = False,
) -> None:
    """Delete a fair with its participants, meetings, timetables, outcomes and files."""
    take_away(here.database, id, even_if_published=even_if_published, files_dir=here.settings.files_dir)


@router.get("/{id}/events")
def list_fair_events(
    here: In, _caller: Organiser, id: FairPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[EventOut]:
    """Who changed what of a fair, newest first."""
    before = number_of(cursor)
    with here.database.reading() as session:
        fair_row(session, id)
        found = list_events(session, id, before=before, limit=limit + 1)
    items = [EventOut(**row.model_dump(include=set(EventOut.model_fields))) for row in found[:limit]]
    return Page(items=items, next_cursor=next_cursor(found, limit, lambda row: str(row.sequence)))


def number_of(cursor: str | None) -> int | None:
    """The number that a cursor stands for; None without one.

    Raises:
        BadCursorError: it is not one of ours.
    """
    said = id_of(cursor)
    if said and not (said.isascii() and said.isdigit() and len(said) < 19):
        raise BadCursorError
    return int(said) if said else None


def _read(here: Running, caller: Caller, id: str, response: Response) -> FairOut:
    with here.database.reading() as session:
        fair = see_fair(session, caller, id)
        row = fair_row(session, id)
        in_figures = caller.role is not Role.FIRM
        found = fair_out(session, row, participants=len(fair.participants), in_figures=in_figures)
    put_version(response, found.version)
    return found
