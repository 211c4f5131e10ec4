"""Publishing: what is new for whom since the last version, the files, and how the messages fare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Query
from fastapi.responses import FileResponse, HTMLResponse, Response

from api.errors import MissingError
from api.fairs.looking import KINDS, Told, jobs_of, messages_of, names_of, unpublished, without_address
from api.fairs.noting import note_fair
from api.fairs.publishing import ZIP, folder_of, publish
from api.pages.both import both, page_router
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    deed_of,
    fair_url,
    frame,
    in_words,
    job_view,
    links_of,
    notice_of,
    to,
)
from api.pages.rendering import Speech, page
from api.pages.visiting import Organiser, Visitor, caller_of
from api.store.outbox_tables import Delivery
from api.store.timetables import get_timetable, list_publications
from api.web.routes.jobs import start_job

router = page_router()

FILES = (ZIP, "organiser.xlsx", "pack.pdf", "meetings.csv")
"""What is offered of a publication; the firms' own files are in the first."""
NAMING = (ZIP, "organiser.xlsx")
"""Those in which delegates are named."""
_CHANGES = 100
_SHOWN = (
    Delivery.SENT,
    Delivery.WAITING,
    Delivery.SENDING,
    Delivery.NO_CHANNEL,
    Delivery.FAILED,
    Delivery.UNCLEAR,
)

Said = Annotated[str, Query(max_length=40)]


@both(router, "/fairs/{fair_id}/publish")
def publish_page(visitor: Organiser, fair_id: str, did: Said = "") -> HTMLResponse:
    """What publishing would tell, and what was published."""
    here, t = visitor.here, Speech(visitor.language)
    with here.database.reading() as session:
        head = frame(visitor, session, fair_id, "publish")
        ready = get_timetable(session, fair_id) is not None
        changes = unpublished(session, fair_id)
        silent = without_address(session, fair_id)
        rows = list_publications(session, fair_id)
        latest = max((row.version for row in rows), default=0)
        states, stuck = messages_of(session, fair_id, latest)
        ids = {seat[3] for told in changes.values() for seat in (*told.before, *told.after)} | {
            one.firm_id for one in stuck
        }
        names = names_of(session, {*changes, *silent, *ids})
        writing = any(not job_view(visitor, row)["ended"] for row in jobs_of(session, fair_id) if row.kind == KINDS[2])

    def name(id: str) -> str:
        return in_words(names[id], visitor.language) if id in names else id

    publications = [
        {
            "version": row.version,
            "at": row.at,
            "files": _files(visitor, fair_id, row.version),
        }
        for row in sorted(rows, key=lambda row: -row.version)
    ]
    view: Data = {
        "ready": ready,
        "changes": [{"name": name(id), "lines": _lines(t, changes[id], name)} for id in list(changes)[:_CHANGES]],
        "n_changes": len(changes),
        "silent": [name(id) for id in silent],
        "publications": publications,
        "states": [(str(state), states[state]) for state in _SHOWN if states[state]],
        "stuck": [(name(one.firm_id), in_words(one.reason, visitor.language) if one.reason else "") for one in stuck],
        "writing": writing,
        "notice": notice_of(visitor.language, did),
    }
    return page(visitor, "fair_publish.html", path=f"/fairs/{fair_id}/publish", **head, **view)


@both(router, "/fairs/{fair_id}/publish", method="POST")
def post_publish(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Publish the timetable, tell everybody for whom it is new, and write the files."""
    checked(visitor, form)
    version = publish(visitor.here.database, links_of(visitor), fair_id, deed_of(visitor))
    start_job(visitor.here, caller_of(visitor), "publish", {"fair": fair_id, "version": version})
    return to(visitor, fair_id, "/publish", did="published")


@both(router, "/fairs/{fair_id}/files", method="POST")
def post_files(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Write the files of a publication again."""
    checked(visitor, form)
    version = said_version(form.get("version"))
    with visitor.here.database.reading() as session:
        if version not in {row.version for row in list_publications(session, fair_id)}:
            raise MissingError(kind="publication", id=f"{fair_id} {version}")
    start_job(visitor.here, caller_of(visitor), "publish", {"fair": fair_id, "version": version})
    return to(visitor, fair_id, "/publish")


@both(router, "/fairs/{fair_id}/files/{version}/{name}")
def publication_file(visitor: Organiser, fair_id: str, version: int, name: str) -> FileResponse:
    """A file of a publication.

    Raises:
        MissingError: it is none of those offered, or is not written yet.
    """
    path = folder_of(visitor.here.settings.files_dir, fair_id, version) / name
    if name not in FILES or not path.is_file():
        raise MissingError(kind="file", id=name[:80])
    if name in NAMING:
        with visitor.here.database.writing() as session:
            route = "/fairs/{fair_id}/files/{version}/{name}"
            note_fair(session, visitor.here.trail, caller_of(visitor).id, route, fair_id)
    return FileResponse(path, filename=f"{path.stem}-v{version}{path.suffix}", headers={"Cache-Control": "no-store"})


def said_version(value: object) -> int:
    """A version that a form names; 0 where it names none."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 9 else 0


def _files(visitor: Visitor, fair_id: str, version: int) -> list[tuple[str, str]]:
    folder = folder_of(visitor.here.settings.files_dir, fair_id, version)
    there = [name for name in FILES if (folder / name).is_file()]
    return [(name, fair_url(visitor, fair_id, f"/files/{version}/{name}")) for name in there]


def _lines(t: Speech, told: Told, name: Callable[[str], str]) -> list[str]:
    """What is new for a firm: meetings that came, went or moved."""
    before = {seat[3]: seat for seat in told.before}
    after = {seat[3]: seat for seat in told.after}
    lines = []
    for id in sorted(before.keys() | after.keys()):
        was, now = before.get(id), after.get(id)
        if was == now:
            continue
        if was is None and now is not None:
            lines.append(t("pub_new", who=name(id), when=_when(t, now[0]), table=now[2]))
        elif now is None and was is not None:
            lines.append(t("pub_gone", who=name(id), when=_when(t, was[0])))
        elif was is not None and now is not None:
            whens = {"before": _when(t, was[0]), "old": was[2], "after": _when(t, now[0]), "table": now[2]}
            lines.append(t("pub_moved", who=name(id), **whens))
    return lines


def _when(t: Speech, begin: datetime) -> str:
    return f"{t.day(begin.date()).rpartition(' ')[0]} {begin:%H:%M}"
