"""The timetable: slots by tables, a meeting picked and moved, versions, mending after changes."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Query
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api.errors import MissingError, NoTimetableError, PlaceTakenError
from api.fairs.editing import look, move, restore
from api.fairs.looking import names_of
from api.fairs.planning import mend_timetable
from api.fairs.summary import summary
from api.pages.both import both, page_router
from api.pages.fair_board import Board, Shown
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    deed_of,
    frame,
    in_words,
    notice_of,
    number_or,
    pair_key,
    pair_of,
    said,
    slot_text,
    to,
)
from api.pages.rendering import page
from api.pages.visiting import Organiser, Visitor
from api.store.fairs import load_fair
from api.store.timetables import list_timetables
from matcher.fair.fair import Pair, Place

router = page_router()

VERSIONS = 30
_SHOWN = 200

Said = Annotated[str, Query(max_length=40)]
Words = Annotated[str, Query(max_length=400)]


@both(router, "/fairs/{fair_id}/timetable")
def timetable_page(
    visitor: Organiser,
    fair_id: str,
    view: Said = "",
    part: Annotated[str, Query(max_length=80)] = "",
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
    pick: Words = "",
    did: Said = "",
    pair: Words = "",
) -> HTMLResponse:
    """The grid, or each firm's row; a meeting that is picked shows where it can go."""
    return _timetable(visitor, fair_id, Shown(view, part, at, pick), did=did, done=pair)


@both(router, "/fairs/{fair_id}/timetable", method="POST")
def post_timetable(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Move a meeting, take it out, or bring a version back."""
    checked(visitor, form)
    shown, act = _shown_of(said(form, "back")), said(form, "act")
    query: Data = {name: value for name, value in shown.pairs(pick="") if value}
    if act == "restore":
        number = number_or(said(form, "number"), otherwise=0) or 0
        restore(visitor.here.database, fair_id, number, deed_of(visitor))
        return to(visitor, fair_id, "/timetable", **query, did="restored")
    pair = pair_of(said(form, "pair"))
    try:
        move(visitor.here.database, fair_id, pair, _place_of(said(form, "to")), deed_of(visitor))
    except PlaceTakenError as problem:
        wrong = [in_words(one.what, visitor.language) for one in problem.conflicts]
        return _timetable(visitor, fair_id, shown, wrong=wrong)
    done = "moved" if said(form, "to") else "taken_out"
    return to(visitor, fair_id, "/timetable", anchor=f"m-{pair_key(pair)}", **query, did=done, pair=pair_key(pair))


@both(router, "/fairs/{fair_id}/timetable/free")
def free(visitor: Organiser, fair_id: str, pick: Words) -> JSONResponse:
    """Where a meeting can go, for the script: its free slots, and why not into the others."""
    with visitor.here.database.reading() as session:
        board = Board.load(visitor, session, fair_id)
        pair = pair_of(pick)
        look(session, fair_id, pair, None)
        found = board.blocked(pair)
    slots = [slot.number for slot in board.fair.slots if slot.number not in found]
    return JSONResponse({"free": slots, "why": found}, headers={"Cache-Control": "no-store"})


@both(router, "/fairs/{fair_id}/timetable/mend")
def mend_page(visitor: Organiser, fair_id: str) -> HTMLResponse:
    """What mending the timetable would move; nothing changes yet."""
    return _mend(visitor, fair_id)


@both(router, "/fairs/{fair_id}/timetable/mend", method="POST")
def post_mend(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Mend the timetable."""
    checked(visitor, form)
    cache = visitor.here.settings.compiled_dir
    try:
        mend_timetable(visitor.here.database, fair_id, deed_of(visitor), cache_dir=cache, preview=False)
    except NoTimetableError:
        return _mend(visitor, fair_id)
    return to(visitor, fair_id, "/timetable", did="mended")


def _timetable(
    visitor: Visitor, fair_id: str, shown: Shown, *, did: str = "", done: str = "", wrong: list[str] | None = None
) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "timetable")
        board = Board.load(visitor, session, fair_id)
        known = summary(session, fair_id)
        rows = list_timetables(session, fair_id, limit=VERSIONS)
    versions = [
        {
            "number": row.number,
            "why": _with_names(in_words(row.why, visitor.language), board.names),
            "at": row.at,
            "meetings": len(row.places),
        }
        for row in rows
    ]
    picked = _picked(board, shown.pick)
    view: Data = board.view(shown, picked) | {
        "known": known,
        "versions": versions,
        "undo": versions[1]["number"] if len(versions) > 1 else 0,
        "notice": _notice(visitor, board, did, done),
        "done": done,
        "wrong": wrong or [],
    }
    return page(
        visitor,
        "fair_timetable.html",
        path=f"/fairs/{fair_id}/timetable",
        status=409 if wrong else 200,
        **head,
        **view,
    )


def _with_names(text: str, names: dict[str, str]) -> str:
    """A version's reason with the names of the firms in place of their ids."""
    return " ".join(names.get(word, word) for word in text.split(" "))


def _notice(visitor: Visitor, board: Board, did: str, done: str) -> str:
    """What was done, with the meeting and its place where one was moved."""
    if did == "moved" and done:
        pair = pair_of(done)
        if place := board.places.get(pair):
            when = slot_text(board.fair.slots[place[0]], visitor.language)
            return notice_of(visitor.language, "moved_to", who=board.pair_text(pair), when=when, table=place[1])
    if did == "taken_out" and done:
        return notice_of(visitor.language, "taken_out_of", who=board.pair_text(pair_of(done)))
    return notice_of(visitor.language, did)


def _picked(board: Board, pick: str) -> Pair | None:
    """The meeting that is picked, if it is held."""
    try:
        pair = pair_of(pick) if pick else None
    except MissingError:
        return None
    return pair if pair in board.held else None


def _shown_of(text: str) -> Shown:
    kept = dict(parse_qsl(text[:2_000]))
    at = number_or(kept.get("at", ""), otherwise=1, least=1, most=10_000) or 1
    return Shown(kept.get("view", ""), kept.get("part", ""), at, kept.get("pick", ""))


def _place_of(text: str) -> Place | None:
    """Slot and table of a field, as "3-12"; None where it is empty.

    Raises:
        MissingError: it names no place.
    """
    if not text:
        return None
    slot, _, table = text.partition("-")
    found = (number_or(slot, otherwise=None), number_or(table, otherwise=None))
    if found[0] is None or found[1] is None:
        raise MissingError(kind="place", id=text[:20])
    return found[0], found[1]


def _mend(visitor: Visitor, fair_id: str) -> HTMLResponse:
    cache, language = visitor.here.settings.compiled_dir, visitor.language
    problem, found = "", None
    try:
        found = mend_timetable(visitor.here.database, fair_id, deed_of(visitor), cache_dir=cache, preview=True)
    except NoTimetableError as why:
        problem = why.th if language == "th" else why.en
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "timetable")
        fair = load_fair(session, fair_id)
        pairs = [pair for pair, _, _ in found.moved] + [*found.new, *found.gone] if found else []
        names = {id: in_words(name, language) for id, name in names_of(session, {i for p in pairs for i in p}).items()}

    def text(pair: Pair) -> str:
        return " × ".join(names.get(id, id) for id in pair)

    def when(slot: int) -> str:
        return slot_text(fair.slots[slot], language) if slot < len(fair.slots) else "–"

    view: Data = {
        "problem": problem,
        "moved": [(text(pair), when(a), when(b)) for pair, a, b in found.moved[:_SHOWN]] if found else [],
        "new": [(text(pair), when(found.places[pair][0])) for pair in found.new[:_SHOWN]] if found else [],
        "gone": [text(pair) for pair in found.gone[:_SHOWN]] if found else [],
        "fewest": found.fewest if found else False,
    }
    return page(visitor, "fair_mend.html", path=f"/fairs/{fair_id}/timetable/mend", **head, **view)
