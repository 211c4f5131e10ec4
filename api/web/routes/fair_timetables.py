"""A fair's timetable: made, moved by hand, brought back, mended; and published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import FileResponse

from api.errors import MissingError
from api.exports import file_stem
from api.fairs.editing import absent, look, move, restore
from api.fairs.noting import note_fair
from api.fairs.planning import Mended, mend_timetable
from api.fairs.publishing import ZIP as ALL_FILES
from api.fairs.publishing import folder_of, publish
from api.store.fair_tables import TimetableRow
from api.store.fairs import fair_row, load_fair
from api.store.keys import Caller
from api.store.timetables import (
    get_publication,
    get_timetable,
    list_publications,
    list_timetables,
    places_of,
)
from api.web.access import ORGANISER, OWNERS, In, allow, keyed_router, own_firm
from api.web.cursors import next_cursor
from api.web.fairs import FairPath, FirmPath, NumberPath, deed_of, place_out, see_fair, sentence, start_once
from api.web.files import ICS, XLSX, ZIP, file_answer, files
from api.web.headers import ACCEPTED
from api.web.refusals import refused
from api.web.routes.fairs import number_of
from api.web.routes.firms import Cursor, Limit
from api.web.routes.jobs import at_job, start_job
from api.web.running import Running
from api.web.schemas import (
    AbsenceIn,
    ConflictOut,
    JobOut,
    MendedOut,
    MendIn,
    MovedOut,
    MoveIn,
    MoveOut,
    Page,
    PublicationOut,
    PublishedOut,
    TimetableHead,
    TimetableNumber,
    TimetableOut,
    TimetableRowOut,
    UndoTimetableIn,
)

router = keyed_router(prefix="/v1/fairs/{id}", tags=["timetables"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
Owner = Annotated[Caller, allow(*OWNERS)]


@router.post("/timetable", status_code=202, name="start_timetable", responses=ACCEPTED)
def post_timetable(here: In, caller: Organiser, id: FairPath, response: Response) -> JobOut:
    """Make the timetable of all meetings that are held; a job that fails says why none is possible.

    A job that asks for the same and has not begun is answered again.
    """
    with here.database.reading() as session:
        fair_row(session, id)
    return at_job(response, start_once(here, caller, "timetable", {"fair": id}))


@router.get("/timetable")
def read_timetable(
    here: In,
    _caller: Organiser,
    id: FairPath,
    version: Annotated[int | None, Query(ge=1, le=10**9, description="The one in force where it is left out.")] = None,
) -> TimetableOut:
    """A version of the timetable, in the order of time and table."""
    with here.database.reading() as session:
        fair, row = load_fair(session, id), get_timetable(session, id, version)
    if row is None:
        raise MissingError(kind="timetable", id=id)
    places = sorted(places_of(row).items(), key=lambda one: (one[1], one[0]))
    rows = [
        TimetableRowOut(**place_out(fair.slots, place).model_dump(), first=first, second=second)
        for (first, second), place in places
        if place[0] < len(fair.slots)  # of a version from before the fair lost slots
    ]
    return TimetableOut(**_head(row).model_dump(), made_of=row.made_of, rows=rows)


@router.get("/timetable/versions", name="list_timetables")
def timetables(
    here: In, _caller: Organiser, id: FairPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[TimetableHead]:
    """All versions of the timetable, newest first, each with what made it."""
    before = number_of(cursor)
    with here.database.reading() as session:
        fair_row(session, id)
        found = list_timetables(session, id, before=before, limit=limit + 1)
    return Page(
        items=[_head(row) for row in found[:limit]], next_cursor=next_cursor(found, limit, lambda row: str(row.number))
    )


@router.post("/timetable/move", responses=refused(409))
def move_meeting(here: In, caller: Organiser, id: FairPath, body: MoveIn) -> MoveOut:
    """Give a meeting another place, or none; a preview says what stands in the way and what is free."""
    pair = (body.firm_id, body.other_id)
    to = (body.to.slot, body.to.table) if body.to else None
    if not body.preview:
        number = move(here.database, id, pair, to, deed_of(caller))
        return MoveOut(number=number, conflicts=[], free=[])
    with here.database.reading() as session:
        fair = load_fair(session, id)
        found, free = look(session, id, pair, to)
    conflicts = [
        ConflictOut.model_validate(
            {
                "kind": one.kind,
                "firm_id": one.firm_id,
                "meeting": list(one.with_) if one.with_ else None,
                "what": sentence(one.what),
            }
        )
        for one in found
    ]
    return MoveOut(number=None, conflicts=conflicts, free=[place_out(fair.slots, place) for place in free.items()])


@router.post("/timetable/undo")
def undo_timetable(here: In, caller: Organiser, id: FairPath, body: UndoTimetableIn) -> TimetableNumber:
    """Bring a former version of the timetable back, as the next one; meetings that are off by now stay off."""
    with here.database.reading() as session:
        to = body.to or fair_row(session, id).timetable - 1
        if to < 1:
            raise MissingError(kind="timetable", id=f"{id} {max(to, 0)}")
    return TimetableNumber(number=restore(here.database, id, to, deed_of(caller)))


@router.post("/timetable/mend", responses=refused(409))
def mend_meetings(here: In, caller: Organiser, id: FairPath, body: MendIn) -> MendedOut:
    """Fit the timetable to what the fair is now, moving as few meetings as possible; takes up to ten seconds."""
    cache_dir = here.settings.compiled_dir
    return _mended(mend_timetable(here.database, id, deed_of(caller), cache_dir=cache_dir, preview=body.preview))


@router.post("/timetable/absence", responses=refused(409))
def mend_absence(here: In, caller: Organiser, id: FairPath, body: AbsenceIn) -> MendedOut:
    """A participant does not come, or leaves: its meetings are off, both sides are told, the timetable is mended."""
    return _mended(
        absent(
            here.database,
            here.links,
            id,
            body.firm_id,
            deed_of(caller),
            cache_dir=here.settings.compiled_dir,
            from_slot=body.from_slot,
            preview=body.preview,
        )
    )


@router.post("/publications", status_code=202, name="start_publication", responses=ACCEPTED)
def post_publication(here: In, caller: Organiser, id: FairPath, response: Response) -> PublishedOut:
    """Publish the timetable in force: firms for which something is new are told, and the files are written."""
    version = publish(here.database, here.links, id, deed_of(caller))
    job = start_job(here, caller, "publish", {"fair": id, "version": version})
    return PublishedOut(version=version, job=at_job(response, job))


@router.get("/publications", name="list_publications")
def publications(here: In, caller: Owner, id: FairPath) -> list[PublicationOut]:
    """What was published, newest first."""
    with here.database.reading() as session:
        see_fair(session, caller, id)
        return [
            PublicationOut(
                **row.model_dump(include={"version", "timetable", "at", "by"}),
                files=(_folder(here, id, row.version) / ALL_FILES).is_file(),
            )
            for row in list_publications(session, id)
        ]


@router.get(
    "/publications/{version}/files.zip",
    name="read_publication_files",
    response_class=FileResponse,
    responses=files(ZIP),
)
def publication_files(here: In, caller: Organiser, id: FairPath, version: NumberPath) -> FileResponse:
    """All files of a publication: workbooks, printed pack, calendars, a table, and what they were made of."""
    with here.database.writing() as session:
        get_publication(session, id, version)
        note_fair(session, here.trail, caller.id, "GET /v1/fairs/{id}/publications/{version}/files.zip", id)
    return _file(_folder(here, id, version) / ALL_FILES, f"{file_stem(id)}-v{version}.zip")


@router.get(
    "/publications/{version}/firms/{firm_id:path}",
    name="read_firm_file",
    response_class=FileResponse,
    responses=files(XLSX, ICS),
)
def firm_file(
    here: In,
    caller: Owner,
    id: FairPath,
    version: NumberPath,
    firm_id: FirmPath,
    format: Annotated[Literal["xlsx", "ics"], Query(description="Its workbook, or its calendar.")] = "xlsx",
) -> FileResponse:
    """One firm's file of a publication; a firm's key fetches its own."""
    with here.database.reading() as session:
        see_fair(session, caller, id)
        own_firm(caller, firm_id, kind="file")
        get_publication(session, id, version)
    folder, name = _folder(here, id, version), f"{file_stem(firm_id)}.{format}"
    return _file(folder / ("calendars" if format == "ics" else "firms") / name, name, id=firm_id)


def _folder(here: Running, fair_id: str, version: int) -> Path:
    return folder_of(here.settings.files_dir, fair_id, version)


def _file(path: Path, name: str, *, id: str | None = None) -> FileResponse:
    if not path.is_file():
        raise MissingError(kind="file", id=id or name)
    return file_answer(path, name)


def _head(row: TimetableRow) -> TimetableHead:
    return TimetableHead(number=row.number, at=row.at, by=row.by, why=sentence(row.why), meetings=len(places_of(row)))


def _mended(found: Mended) -> MendedOut:
    return MendedOut(
        number=found.number,
        what=sentence(found.what),
        moved=[
            MovedOut(first=pair[0], second=pair[1], from_slot=before, to_slot=after)
            for pair, before, after in found.moved
        ],
        gone=[list(pair) for pair in found.gone],
        new=[list(pair) for pair in found.new],
        fewest=found.fewest,
    )
