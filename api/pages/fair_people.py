"""Who takes part in a fair: the list with thin profiles, the sheet, and one firm with all that is said of it."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

from fastapi import File, Form, Query, UploadFile
from fastapi.responses import HTMLResponse, Response

from api.fairs.looking import firms_named, names_of
from api.fairs.people import TakingPart, find_people, link_paths
from api.fairs.registering import Registered, register, write_sheet
from api.pages.both import both, page_router
from api.pages.fair_common import Data, deed_of, fair_url, frame, in_words, links_of, notice_of, to
from api.pages.fair_person import free_text
from api.pages.fair_setup import side_text
from api.pages.rendering import page
from api.pages.visiting import Organiser, Token, Visitor, check_token
from api.store.addresses import mask
from api.store.fairs import load_fair
from api.store.meetings import find_meetings
from api.web.files import XLSX
from matcher.errors import CatalogError
from matcher.fair import Fair
from matcher.fair.errors import FairError
from matcher.fair.meetings import HELD

router = page_router()

A_PAGE = 50
FOUND = 12
"""Firms of the catalog that are offered for adding."""
ENDINGS = (".xlsx", ".csv")
KEPT_S = 24 * 3600
"""How long a sheet that was looked at waits to be taken in."""
_KEPT_NAME = re.compile(r"registration-[0-9a-f]{20}\.(?:xlsx|csv)")

Said = Annotated[str, Query(max_length=40)]
Words = Annotated[str, Query(max_length=200)]


@both(router, "/fairs/{fair_id}/people")
def people_page(
    visitor: Organiser,
    fair_id: str,
    did: Said = "",
    q: Words = "",
    show: Said = "",
    find: Words = "",
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Participants, those with thin profiles marked; and firms of the catalog to add."""
    return _people(visitor, fair_id, q=q, show=show, find=find, at=at, notice=notice_of(visitor.language, did))


@both(router, "/fairs/{fair_id}/people/sheet.xlsx")
def sheet(visitor: Organiser, fair_id: str, filled: bool = False) -> Response:
    """The sheet to fill in, with every firm of the catalog; or, filled, with those that take part."""
    with tempfile.TemporaryDirectory() as folder, visitor.here.database.reading() as session:
        path = Path(folder) / "registration.xlsx"
        write_sheet(session, fair_id, path, filled=filled)
        data = path.read_bytes()
    headers = {
        "Content-Disposition": 'attachment; filename="registration.xlsx"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=XLSX, headers=headers)


@both(router, "/fairs/{fair_id}/people/sheet", method="POST")
def post_sheet(
    visitor: Organiser,
    fair_id: str,
    file: Annotated[UploadFile | None, File()] = None,
    token: Token = "",
) -> Response:
    """Say what a sheet would change; nothing changes yet."""
    check_token(visitor, token)
    _forget_old(visitor)
    ending = Path(file.filename or "").suffix.lower() if file else ""
    if file is None or ending not in ENDINGS:
        return _people(visitor, fair_id, wrong="reg_choose")
    kept = visitor.here.settings.files_dir / f"registration-{secrets.token_hex(10)}{ending}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("wb") as out:
        shutil.copyfileobj(file.file, out)
    try:
        found = register(visitor.here.database, fair_id, kept, deed_of(visitor), preview=True)
    except CatalogError:
        kept.unlink()
        return _people(visitor, fair_id, wrong="reg_unreadable")
    except FairError as problem:
        kept.unlink()
        return _people(visitor, fair_id, problems=[in_words(one, visitor.language) for one in problem.problems])
    return _preview(visitor, fair_id, found, kept.name, file.filename or "")


@both(router, "/fairs/{fair_id}/people/sheet/apply", method="POST")
def post_apply(
    visitor: Organiser, fair_id: str, token: Token = "", kept: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Take a sheet in that was looked at."""
    check_token(visitor, token)
    path = visitor.here.settings.files_dir / kept
    if not _KEPT_NAME.fullmatch(kept) or not path.is_file():
        return _people(visitor, fair_id, wrong="reg_gone")
    try:
        register(visitor.here.database, fair_id, path, deed_of(visitor), preview=False)
    except FairError as problem:
        return _people(visitor, fair_id, problems=[in_words(one, visitor.language) for one in problem.problems])
    path.unlink()
    return to(visitor, fair_id, "/people", did="registered")


def _people(
    visitor: Visitor,
    fair_id: str,
    *,
    q: str = "",
    show: str = "",
    find: str = "",
    at: int = 1,
    notice: str = "",
    wrong: str = "",
    problems: list[str] | None = None,
) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "people")
        fair = load_fair(session, fair_id)
        everybody = find_people(session, fair_id)
        held = find_meetings(session, fair_id, states=HELD)
        chosen = [one for one in everybody if _fits(one, q, show)]
        shown = chosen[(at - 1) * A_PAGE : at * A_PAGE]
        paths = link_paths(session, links_of(visitor), fair, [one.firm.id for one in shown])
        known = {one.firm.id for one in everybody}
        found = firms_named(session, find, limit=FOUND + len(known)) if find.strip() else {}
    count: dict[str, int] = {}
    for one in held:
        for id in one.meeting.pair:
            count[id] = count.get(id, 0) + 1
    pages = max(1, -(-len(chosen) // A_PAGE))
    query = [("q", q), ("show", show)]
    view: Data = {
        "people": [_row(visitor, fair, one, count.get(one.firm.id, 0), paths[one.firm.id]) for one in shown],
        "total": len(everybody),
        "chosen": len(chosen),
        "thin": sum(one.lacks is not None for one in everybody),
        "unreached": sum(one.reached.address is None for one in everybody),
        "q": q,
        "show": show,
        "find": find,
        "addable": [
            {"id": id, "name": in_words(name, visitor.language), "url": _person_url(visitor, fair_id, id)}
            for id, name in found.items()
            if id not in known
        ][:FOUND],
        "at": at,
        "pages": pages,
        "previous": fair_url(visitor, fair_id, "/people", [*query, ("at", at - 1)]) if at > 1 else "",
        "following": fair_url(visitor, fair_id, "/people", [*query, ("at", at + 1)]) if at < pages else "",
    }
    return page(
        visitor,
        "fair_people.html",
        path=f"/fairs/{fair_id}/people",
        status=422 if wrong or problems else 200,
        notice=notice,
        wrong=wrong,
        problems=problems or [],
        **head,
        **view,
    )


def _fits(one: TakingPart, q: str, show: str) -> bool:
    if show == "thin" and one.lacks is None:
        return False
    if show == "unreached" and one.reached.address is not None:
        return False
    names = f"{one.firm.id} {one.firm.name_th} {one.firm.name_en or ''}".casefold()
    return all(word in names for word in q.casefold().split())


def _row(visitor: Visitor, fair: Fair, one: TakingPart, held: int, path: str) -> Data:
    said, language = one.participant, visitor.language
    base = visitor.here.settings.public_url.rstrip("/")
    return {
        "id": one.firm.id,
        "name_th": one.firm.name_th,
        "name_en": one.firm.name_en,
        "lacks": in_words(one.lacks, language) if one.lacks else "",
        "min": said.min_meetings,
        "max": said.max_meetings,
        "held": held,
        "side": side_text(visitor, said.side) if said.side != "both" else "",
        "group": said.group or "",
        "free": free_text(fair, said.available, language),
        "address": mask(one.reached.address) if one.reached.address else "",
        "url": _person_url(visitor, fair.id, one.firm.id),
        "link": f"{base}{path}",
    }


def _person_url(visitor: Visitor, fair_id: str, firm_id: str) -> str:
    return fair_url(visitor, fair_id, "/person", [("firm", firm_id)])


def _preview(visitor: Visitor, fair_id: str, found: Registered, kept: str, name: str) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "people")
        names = names_of(session, [*found.new, *found.changed])
    language = visitor.language

    def rows(problems: tuple[object, ...]) -> list[Data]:
        return [{"row": one.row, "what": one.brief(language)} for one in problems[:200]]  # type: ignore[attr-defined]

    view: Data = {
        "found": found,
        "new": [in_words(names[id], language) for id in found.new if id in names],
        "changed": [in_words(names[id], language) for id in found.changed if id in names],
        "kept": kept,
        "file": name,
        "problems": rows(found.problems),
        "warnings": rows(found.warnings),
        "anything": bool(found.new or found.changed or found.preferences),
    }
    return page(visitor, "fair_sheet.html", path=f"/fairs/{fair_id}/people", **head, **view)


def _forget_old(visitor: Visitor) -> None:
    """Remove sheets that were looked at and never taken in: they hold names and addresses."""
    for path in visitor.here.settings.files_dir.glob("registration-*"):
        if _KEPT_NAME.fullmatch(path.name) and path.stat().st_mtime < time.time() - KEPT_S:
            path.unlink(missing_ok=True)
