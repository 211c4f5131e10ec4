"""Long work: imports, exports, rebuilding the index, and how far each is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from fastapi import File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse

from api.errors import FileRefusedError, MissingError
from api.jobs.work import upload_name
from api.privacy import subjects
from api.store.audit import Seen
from api.store.jobs import add_job, get_job, list_jobs
from api.store.keys import Caller
from api.store.tables import JobRow
from api.web.access import ORGANISER, In, allow, keyed_router
from api.web.files import CSV, JSONL, XLSX, file_answer, files
from api.web.headers import ACCEPTED, put_location
from api.web.refusals import refused
from api.web.routes.firms import IdPath
from api.web.running import Running
from api.web.schemas import ExportIn, JobOut, UndoIn, UndoOut
from api.writing import take_back

router = keyed_router(prefix="/v1", tags=["jobs"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
ENDINGS = (".jsonl", ".csv", ".xlsx")


@router.post("/imports", status_code=202, name="start_import", responses=ACCEPTED)
def post_import(
    here: In,
    caller: Organiser,
    response: Response,
    file: Annotated[UploadFile, File(description="A catalog: .jsonl, .csv or .xlsx.")],
    mapping: Annotated[UploadFile | None, File(description="TOML for other people's headers.")] = None,
    replace: Annotated[bool, Form(description="The file is the whole catalog: firms not in it go.")] = False,
    preview: Annotated[bool, Form(description="Only say what would happen.")] = False,
) -> JobOut:
    """Import a file; bad rows are reported in the job's result, the others go in."""
    return at_job(response, start_import(here, caller, file, mapping, replace, preview))


@router.post("/exports", status_code=202, name="start_export", responses=ACCEPTED)
def post_export(here: In, caller: Organiser, body: ExportIn, response: Response) -> JobOut:
    """Write the whole catalog to a file; fetch it from the job when it is done."""
    return at_job(response, start_export(here, caller, body))


@router.post("/rebuilds", status_code=202, responses=ACCEPTED)
def start_rebuild(here: In, caller: Organiser, response: Response) -> JobOut:
    """Build the index anew and write its snapshot; searching goes on meanwhile."""
    return at_job(response, start_job(here, caller, "rebuild", {}))


@router.post("/undo", name="undo_changes", responses=refused(404, 409, 412))
def undo(here: In, caller: Organiser, body: UndoIn) -> UndoOut:
    """Take a batch of changes back, as an import; firms changed since stay as they are."""
    done = take_back(here.database, here.encoder, batch=body.batch, by=caller.id)
    here.live.wake()
    return UndoOut(batch=done.batch, firms=list(done.firms), left=list(done.left))


@router.get("/jobs", name="list_jobs")
def jobs(here: In, _caller: Organiser, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[JobOut]:
    """The latest jobs, newest first."""
    with here.database.reading() as session:
        return [job_out(row) for row in list_jobs(session, limit=limit)]


@router.get("/jobs/{id}", name="read_job")
def job(here: In, _caller: Organiser, id: IdPath) -> JobOut:
    """A job and how far it is."""
    with here.database.reading() as session:
        return job_out(get_job(session, id))


@router.get("/jobs/{id}/file", name="read_job_file", response_class=FileResponse, responses=files(XLSX, CSV, JSONL))
def job_file(here: In, caller: Organiser, id: IdPath) -> FileResponse:
    """What a job wrote: an export's catalog, or an import's rejected rows."""
    with here.database.reading() as session:
        result = get_job(session, id).result or {}
    name = result.get("file") or result.get("rejected_file")
    path = here.settings.files_dir / str(name)
    if name is None or not path.is_file():
        raise MissingError(kind="file of job", id=id)
    with here.database.writing() as session:  # rows that were rejected may hold anything
        seen = Seen(caller.id, "export", "GET /v1/jobs/{id}/file", "service", (subjects.job(id),))
        here.trail.add(session, seen)
    return file_answer(path, str(name))


def start_import(
    here: Running, caller: Caller, file: UploadFile, mapping: UploadFile | None, replace: bool, preview: bool
) -> JobOut:
    """Keep an upload and start its import.

    Raises:
        FileRefusedError: its name says that it is no kind of file we read.
    """
    name = Path(file.filename or "").name
    if not name.lower().endswith(ENDINGS):
        raise FileRefusedError(
            name=name or "file",
            th="ไม่ใช่แฟ้มที่อ่านได้ ใช้ .jsonl .csv หรือ .xlsx",
            en="no kind of file we read: give .jsonl, .csv or .xlsx",
        )
    given = {"name": name, "replace": replace, "preview": preview}
    with here.database.writing() as session:
        job = add_job(session, kind="import", owner=caller.id, given=given)
        kept = {"file": upload_name(job.id, name)} | ({"mapping": f"{job.id}-mapping.toml"} if mapping else {})
        _keep(here, file, kept["file"])
        if mapping is not None:
            _keep(here, mapping, kept["mapping"])
        row = session.get_one(JobRow, job.id)
        row.given = given | kept
    here.queue.put(job.id)
    return job_out(job)


def start_export(here: Running, caller: Caller, body: ExportIn) -> JobOut:
    """Start an export."""
    return start_job(here, caller, "export", {"format": body.format})


def job_out(row: JobRow) -> JobOut:
    """A job in the API's shape."""
    return JobOut.model_validate(row.model_dump(include=set(JobOut.model_fields)))


def start_job(here: Running, caller: Caller, kind: str, given: dict[str, object]) -> JobOut:
    """Start long work; what each kind is given says `api.jobs.work`."""
    with here.database.writing() as session:
        row = add_job(session, kind=kind, owner=caller.id, given=given)
    here.queue.put(row.id)
    return job_out(row)


def _keep(here: Running, upload: UploadFile, name: str) -> None:
    """Keep an upload until its job has read it."""
    here.settings.files_dir.mkdir(parents=True, exist_ok=True)
    with (here.settings.files_dir / name).open("wb") as file:
        shutil.copyfileobj(upload.file, file)


def at_job(response: Response, job: JobOut) -> JobOut:
    """A job, with its address in the answer's head."""
    put_location(response, "/v1/jobs", job.id)
    return job
