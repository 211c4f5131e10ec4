"""The organiser's page of imports and exports: a file is checked first, imported then, and can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import File, Form, Query, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from api.errors import FileRefusedError
from api.pages.both import both, page_router
from api.pages.rendering import address, page
from api.pages.visiting import Organiser, Token, Visitor, caller_of, check_token
from api.store.jobs import State, add_job, get_job, list_jobs
from api.store.tables import JobRow, now
from api.web.routes.jobs import job_file, start_export, start_import, undo
from api.web.schemas import ExportIn, UndoIn

router = page_router()

Data = dict[str, Any]
FORMATS = {"xlsx": "Excel", "csv": "CSV", "jsonl": "JSONL"}
KEPT = timedelta(days=1)
"""How long a file that was checked waits to be imported."""


@both(router, "/jobs")
def jobs_page(visitor: Organiser, wrong: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """Import, export, and the latest work."""
    return _jobs(visitor, wrong="choose_file" if wrong else "")


@both(router, "/jobs/imports", method="POST")
def post_import(
    visitor: Organiser,
    file: Annotated[UploadFile | None, File()] = None,
    token: Token = "",
    replace: Annotated[bool, Form()] = False,
) -> Response:
    """Check a file; nothing changes yet."""
    check_token(visitor, token)
    _forget_old(visitor)
    if file is None:
        return _jobs(visitor, wrong="choose_file", status=422)
    try:
        job = start_import(visitor.here, caller_of(visitor), file, None, replace, preview=True)
    except FileRefusedError:
        return _jobs(visitor, wrong="choose_file", status=422)
    return _to(visitor, job.id)


@both(router, "/jobs/exports", method="POST")
def post_export(
    visitor: Organiser, token: Token = "", format: Annotated[str, Form(max_length=10)] = "xlsx"
) -> Response:
    """Write the catalog to a file."""
    check_token(visitor, token)
    chosen = format if format in FORMATS else "xlsx"
    return _to(visitor, start_export(visitor.here, caller_of(visitor), ExportIn(format=chosen)).id)


@both(router, "/jobs/{id}")
def job_page(visitor: Organiser, id: str, undone: int = -1, left: int = 0, gone: bool = False) -> HTMLResponse:
    """A job: how far it is, what came of it, what can be done next."""
    said: Data = {"undone": undone, "left": left, "gone": gone}
    return page(visitor, "job.html", path=f"/jobs/{id}", job=_job(visitor, id), **said)


@both(router, "/jobs/{id}/part")
def job_part(visitor: Organiser, id: str) -> HTMLResponse:
    """The part of a job's page that changes, for the script."""
    said: Data = {"undone": -1, "left": 0, "gone": False}
    return page(visitor, "job_part.html", path=f"/jobs/{id}", job=_job(visitor, id), **said)


@both(router, "/jobs/{id}/file")
def job_download(visitor: Organiser, id: str) -> FileResponse:
    """What a job wrote: an export, or the rows to mend."""
    return job_file(visitor.here, caller_of(visitor), id)


@both(router, "/jobs/{id}/import", method="POST")
def post_import_checked(visitor: Organiser, id: str, token: Token = "") -> Response:
    """Import a file that was checked; pressed twice, it is imported once."""
    check_token(visitor, token)
    here = visitor.here
    with here.database.writing() as session:
        checked = session.get(JobRow, get_job(session, id).id)
        assert checked is not None
        given = dict(checked.given)
        if "imported_by" in given:
            return _to(visitor, given["imported_by"])
        fresh = given.get("preview") and checked.state == State.DONE
        if not fresh or not (here.settings.files_dir / str(given.get("file"))).is_file():
            return _to(visitor, id, gone="1")
        job = add_job(session, kind="import", owner=caller_of(visitor).id, given=given | {"preview": False})
        checked.given = given | {"imported_by": job.id}
        session.add(checked)
    here.queue.put(job.id)
    return _to(visitor, job.id)


@both(router, "/jobs/{id}/undo", method="POST")
def post_undo(visitor: Organiser, id: str, token: Token = "") -> Response:
    """Take an import back."""
    check_token(visitor, token)
    done = undo(visitor.here, caller_of(visitor), UndoIn(batch=id))
    return _to(visitor, id, undone=len(done.firms), left=len(done.left))


def _jobs(visitor: Visitor, *, wrong: str = "", status: int = 200) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        rows = [_shown(row) for row in list_jobs(session, limit=20)]
    return page(visitor, "jobs.html", path="/jobs", status=status, jobs=rows, formats=FORMATS, wrong=wrong)


def _job(visitor: Visitor, id: str) -> Data:
    with visitor.here.database.reading() as session:
        return _shown(get_job(session, id))


def _shown(row: JobRow) -> Data:
    """A job as templates read it."""
    given = row.given or {}
    result: Data = {"problems": [], "warnings": []} | (row.result or {})
    return {
        "id": row.id,
        "kind": "preview" if given.get("preview") else row.kind,
        "name": given.get("name", ""),
        "replace": bool(given.get("replace")),
        "imported_by": given.get("imported_by"),
        "state": row.state,
        "ended": row.state in {State.DONE, State.FAILED},
        "doing": row.doing,
        "done": row.done,
        "total": row.total,
        "result": result,
        "problem": row.problem,
        "made_at": row.made_at,
    }


def _to(visitor: Visitor, id: str, **said: object) -> RedirectResponse:
    return RedirectResponse(address(f"/jobs/{id}", said.items(), language=visitor.language), 303)


def _forget_old(visitor: Visitor) -> None:
    """Remove files that were checked and never imported."""
    with visitor.here.database.reading() as session:
        old = [row for row in list_jobs(session, limit=500) if row.made_at < now() - KEPT and row.state == State.DONE]
    for row in old:
        given = row.given or {}
        if row.kind == "import" and given.get("preview") and given.get("file"):
            (visitor.here.settings.files_dir / given["file"]).unlink(missing_ok=True)
