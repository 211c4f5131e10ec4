"""Who takes part in a fair: one by one, from a sheet, with their wishes and their links."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import File, Form, Query, Request, Response, UploadFile

from api.errors import FileRefusedError
from api.fairs.noting import note_people
from api.fairs.people import TakingPart, find_people, get_person, link_paths, take_out, withdraw_links
from api.fairs.registering import Registered, register, write_sheet
from api.store.addresses import check_address
from api.store.fairs import (
    Reached,
    fair_row,
    load_fair,
    put_participants,
    put_preferences,
    remove_preference,
)
from api.store.keys import Caller
from api.web.access import ORGANISER, OWNERS, In, allow, keyed_router, own_firm
from api.web.cursors import id_of, next_cursor
from api.web.fairs import FairPath, FirmPath, deed_of, page_of, see_fair, sentence
from api.web.files import XLSX, files
from api.web.routes.firms import Cursor, Limit
from api.web.schemas import (
    Id,
    LinkOut,
    LinksIn,
    Page,
    ParticipantIn,
    ParticipantOut,
    PreferenceIO,
    RegistrationOut,
    RowProblemOut,
)
from matcher.exchange import Problem
from matcher.fair import Participant, Preference, Wish

router = keyed_router(prefix="/v1/fairs/{id}", tags=["participants"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
Owner = Annotated[Caller, allow(*OWNERS)]
ENDINGS = (".xlsx", ".csv")
SHOWN = 200
"""Problems of a sheet that an answer lists."""


@router.get("/participants")
def list_participants(
    here: In, caller: Owner, id: FairPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[ParticipantOut]:
    """Who takes part, by id, each with what its profile lacks; a firm's key sees its own firm."""
    with here.database.writing() as session:  # the trail is written with the read
        see_fair(session, caller, id)
        found = find_people(session, id, after=id_of(cursor), limit=limit + 1, firm_id=caller.firm_id)
        note_people(session, here.trail, caller.id, "GET /v1/fairs/{id}/participants", id, found[:limit])
    return Page(
        items=[_out(one) for one in found[:limit]],
        next_cursor=next_cursor(found, limit, lambda one: one.participant.firm_id),
    )


@router.get("/participants/{firm_id:path}")
def read_participant(here: In, caller: Owner, id: FairPath, firm_id: FirmPath) -> ParticipantOut:
    """One participant."""
    with here.database.writing() as session:
        see_fair(session, caller, id)
        own_firm(caller, firm_id, kind="participant")
        found = get_person(session, id, firm_id)
        note_people(session, here.trail, caller.id, "GET /v1/fairs/{id}/participants/{firm_id}", id, [found])
        return _out(found)


@router.put("/participants/{firm_id:path}")
def replace_participant(
    here: In, caller: Organiser, id: FairPath, firm_id: FirmPath, body: ParticipantIn
) -> ParticipantOut:
    """Add a firm to a fair, or replace what is said of it."""
    if body.address is not None:
        check_address(body.address, services=here.settings.services)
    one = Participant(
        firm_id=firm_id,
        delegates=tuple(body.delegates),
        available=None if body.available is None else frozenset(body.available),
        min_meetings=body.min_meetings,
        max_meetings=body.max_meetings,
        languages=frozenset(body.languages),
        side=body.side,
        group=body.group,
    )
    with here.database.writing() as session:
        put_participants(session, id, [one], {firm_id: Reached(body.address, body.language)}, deed_of(caller))
        found = get_person(session, id, firm_id)
        route = "PUT /v1/fairs/{id}/participants/{firm_id}"
        note_people(session, here.trail, caller.id, route, id, [found], act="change")
        return _out(found)


@router.delete("/participants/{firm_id:path}", status_code=204)
def delete_participant(here: In, caller: Organiser, id: FairPath, firm_id: FirmPath) -> None:
    """Take a firm out of a fair, with its wishes and meetings; those whom it would have met are told."""
    take_out(here.database, here.links, id, firm_id, deed_of(caller))


@router.post("/registration", name="register_participants")
def post_registration(
    here: In,
    caller: Organiser,
    id: FairPath,
    file: Annotated[UploadFile, File(description="A registration sheet: .xlsx or .csv.")],
    preview: Annotated[bool, Form(description="Only say what would happen.")] = False,
) -> RegistrationOut:
    """Take in who takes part from a sheet; bad rows are told, the others go in.

    Firms that the sheet does not name stay as they are; the same sheet twice changes nothing.
    """
    name = Path(file.filename or "").name
    if not name.lower().endswith(ENDINGS):
        raise FileRefusedError(
            name=name or "file",
            th="ไม่ใช่แบบลงทะเบียนที่อ่านได้ ใช้ .xlsx หรือ .csv",
            en="no registration sheet we read: give .xlsx or .csv",
        )
    with TemporaryDirectory() as folder:
        path = Path(folder, f"registration{Path(name).suffix.lower()}")
        with path.open("wb") as kept:
            shutil.copyfileobj(file.file, kept)
        return _registered(register(here.database, id, path, deed_of(caller), preview=preview), preview=preview)


@router.get("/registration", response_class=Response, responses=files(XLSX))
def read_registration_sheet(
    here: In,
    caller: Organiser,
    id: FairPath,
    filled: Annotated[
        bool, Query(description="With those who take part, instead of all firms to choose from.")
    ] = False,
) -> Response:
    """The registration sheet to fill in, as .xlsx; its second page explains every column."""
    with TemporaryDirectory() as folder, here.database.writing() as session:
        path = Path(folder, "registration.xlsx")
        write_sheet(session, id, path, filled=filled)
        people = find_people(session, id) if filled else []
        note_people(session, here.trail, caller.id, "GET /v1/fairs/{id}/registration", id, people, act="export")
        data = path.read_bytes()
    return Response(data, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="registration.xlsx"'})


@router.get("/preferences")
def list_preferences(
    here: In, _caller: Organiser, id: FairPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[PreferenceIO]:
    """All wishes: who must meet, will not, or has met before."""
    with here.database.reading() as session:
        wishes = load_fair(session, id).preferences
    found, next_ = page_of(wishes, cursor=cursor, limit=limit, name=lambda one: (*one.pair, one.wish))
    return Page(items=[_wish_out(one) for one in found], next_cursor=next_)


@router.post("/preferences", status_code=204)
def create_preference(here: In, caller: Organiser, id: FairPath, body: PreferenceIO) -> None:
    """Add a wish; one that stands already changes nothing. It counts when lists are made next."""
    with here.database.writing() as session:
        fair_row(session, id)
        put_preferences(session, id, [_wish_of(body)], deed_of(caller), by=None)


@router.delete("/preferences", status_code=204)
def delete_preference(
    here: In,
    caller: Organiser,
    id: FairPath,
    wish: Annotated[Wish, Query()],
    firm_id: Annotated[Id, Query()],
    other_id: Annotated[Id, Query()],
) -> None:
    """Take a wish back."""
    with here.database.writing() as session:
        fair_row(session, id)
        remove_preference(session, id, Preference(wish, firm_id, other_id), deed_of(caller))


@router.post("/links", name="read_links")
def post_links(here: In, _caller: Organiser, id: FairPath, body: LinksIn, request: Request) -> list[LinkOut]:
    """Links to participants' pages, to hand out; whoever has one may answer for the firm, and needs no key."""
    base = (here.settings.public_url or str(request.base_url)).rstrip("/")
    with here.database.reading() as session:
        paths = link_paths(session, here.links, load_fair(session, id), body.firm_ids)
    return [LinkOut(firm_id=firm_id, url=base + path) for firm_id, path in paths.items()]


@router.delete("/links/{firm_id:path}", status_code=204, name="end_links")
def delete_links(here: In, caller: Organiser, id: FairPath, firm_id: FirmPath) -> None:
    """End all links of a participant that were given out."""
    with here.database.writing() as session:
        fair_row(session, id)
        withdraw_links(session, id, firm_id, deed_of(caller))


def _out(one: TakingPart) -> ParticipantOut:
    said = one.participant
    return ParticipantOut(
        firm_id=said.firm_id,
        name_th=one.firm.name_th,
        name_en=one.firm.name_en,
        delegates=list(said.delegates),
        available=None if said.available is None else sorted(said.available),
        min_meetings=said.min_meetings,
        max_meetings=said.max_meetings,
        languages=sorted(said.languages),
        side=said.side,
        group=said.group,
        address=one.reached.address,
        language="en" if one.reached.language == "en" else "th",
        lacks=sentence(one.lacks) if one.lacks else None,
    )


def _registered(found: Registered, *, preview: bool) -> RegistrationOut:
    return RegistrationOut(
        preview=preview,
        rows=found.rows,
        new=list(found.new),
        changed=list(found.changed),
        same=found.same,
        preferences=found.preferences,
        problems=[_row_problem(one) for one in found.problems[:SHOWN]],
        warnings=[_row_problem(one) for one in found.warnings[:SHOWN]],
    )


def _row_problem(one: Problem) -> RowProblemOut:
    return RowProblemOut(
        kind=one.kind, row=one.row, column=one.column, value=one.value, th=one.brief("th"), en=one.brief("en")
    )


def _wish_of(body: PreferenceIO) -> Preference:
    return Preference(body.wish, body.firm_id, body.other_id)


def _wish_out(one: Preference) -> PreferenceIO:
    first, second = one.pair
    return PreferenceIO(wish=one.wish, firm_id=first, other_id=second)
