"""The organiser's workbook, and one for each firm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from api.exports.pack import Pack, PackMeeting
from api.exports.sheets import Column, Value, fill, saved
from api.exports.texts import day_and_time, day_of, name_of, needs_of, offers_of, said, score_of
from api.exports.words import TEXTS, say
from matcher.fair.fair import ANYONE

_WIDTHS = {
    "no": 7, "id": 15, "id_a": 15, "id_b": 15, "firm": 32, "firm_a": 32, "firm_b": 32, "whom": 30, "name_en": 28,
    "province": 16, "side": 12, "group": 14, "delegates": 26, "min": 9, "max": 9, "listed": 9, "timed": 11,
    "score": 13, "why": 52, "ask": 40, "day": 17, "session": 12, "time": 13, "table": 7, "offers": 36, "needs": 36,
    "outcome": 28, "unmet_why": 80, "key": 40, "value": 80,
}  # fmt: skip
_GRID_WIDTH = 24
_SHARE = "0.00"
_WRITING_POINTS = 60.0

_MEETING = ("firm", "day", "time", "table", "whom", "province", "score", "why", "ask")
_OWN = ("no", "day", "time", "table", "whom", "province", "offers", "needs", "why", "ask", "outcome")
_PARTICIPANT = (
    "id", "firm", "name_en", "province", "side", "group", "delegates", "min", "max", "listed", "timed",
)  # fmt: skip
_LISTED = (
    "no", "id_a", "firm_a", "id_b", "firm_b", "score", "why", "ask", "day", "time", "table",
)  # fmt: skip


def organiser_workbook(pack: Pack) -> bytes:
    """Participants, lists with reasons, the grid, each firm's meetings, who has too few, and the manifest."""
    book = Workbook()
    fills: tuple[tuple[str, Callable[[Worksheet, Pack], None]], ...] = (
        ("sheet_participants", _participants),
        ("sheet_lists", _lists),
        ("sheet_grid", _grid),
        ("sheet_by_firm", _by_firm),
        ("sheet_unmet", _unmet),
        ("sheet_manifest", _manifest),
    )
    book.remove(book.worksheets[0])
    for title, write in fills:
        write(book.create_sheet(say(title, pack.language)), pack)
    return _saved(book, pack, said(pack.fair.name, pack.language))


def firm_workbook(pack: Pack, firm_id: str) -> bytes:
    """A firm's meetings in order, with room for what came of each."""
    book, firm = Workbook(), pack.firms[firm_id]
    sheet, name = book.worksheets[0], name_of(firm, pack.language)
    sheet.title = say("sheet_own", pack.language)
    rows = [_own_row(pack, meeting, firm_id, at) for at, meeting in enumerate(pack.of(firm_id), 1)]
    about = f"{said(pack.fair.name, pack.language)} · {say('version', pack.language)} {pack.version}"
    fill(
        sheet,
        _columns(pack, _OWN),
        rows or [[say("no_meetings", pack.language), *[None] * (len(_OWN) - 1)]],
        titles=(name, about),
        least_points=_WRITING_POINTS,
    )
    return _saved(book, pack, name)


def _participants(sheet: Worksheet, pack: Pack) -> None:
    rows: list[Sequence[Value]] = []
    for one in pack.participants:
        firm, own = pack.firms[one.firm_id], pack.of(one.firm_id)
        side = one.side or ANYONE
        rows.append([
            firm.id,
            name_of(firm, pack.language),
            firm.name_en,
            firm.province_th,
            say(side, pack.language) if side in ("both", "buyer", "seller") else side,
            one.group,
            ", ".join(one.delegates),
            one.min_meetings,
            one.max_meetings,
            len(own),
            sum(meeting.slot is not None for meeting in own),
        ])  # fmt: skip
    fill(sheet, _columns(pack, _PARTICIPANT), rows, fixed=2)


def _lists(sheet: Worksheet, pack: Pack) -> None:
    rows: list[Sequence[Value]] = []
    for at, meeting in enumerate(pack.ordered, 1):
        a, b = (pack.firms[id] for id in meeting.pair)
        rows.append([
            at,
            a.id,
            name_of(a, pack.language),
            b.id,
            name_of(b, pack.language),
            score_of(meeting, pack.language),
            said(meeting.reason, pack.language),
            said(meeting.next_question, pack.language),
            *day_and_time(pack, meeting),
            meeting.table,
        ])  # fmt: skip
    fill(sheet, _columns(pack, _LISTED), rows)


def _grid(sheet: Worksheet, pack: Pack) -> None:
    tables = range(1, pack.fair.tables + 1)
    heads = [Column(say("table_n", pack.language, n=table), _GRID_WIDTH) for table in tables]
    rows = [
        [
            day_of(slot.start.date(), pack.language),
            slot.session,
            f"{slot.start:%H:%M}–{slot.end:%H:%M}",
            *(_cell(pack, slot.number, table) for table in tables),
        ]
        for slot in pack.fair.slots
    ]
    fill(sheet, [*_columns(pack, ("day", "session", "time")), *heads], rows, fixed=3)


def _cell(pack: Pack, slot: int, table: int) -> str:
    pairs = ([name_of(pack.firms[id], pack.language) for id in meeting.pair] for meeting in pack.at(slot, table))
    return " + ".join(say("with", pack.language, a=a, b=b) for a, b in pairs)


def _by_firm(sheet: Worksheet, pack: Pack) -> None:
    rows: list[Sequence[Value]] = []
    for one in pack.participants:
        for meeting in pack.of(one.firm_id):
            other = pack.other(meeting, one.firm_id)
            rows.append([
                name_of(pack.firms[one.firm_id], pack.language),
                *day_and_time(pack, meeting),
                meeting.table,
                name_of(other, pack.language),
                other.province_th,
                score_of(meeting, pack.language),
                said(meeting.reason, pack.language),
                said(meeting.next_question, pack.language),
            ])  # fmt: skip
    fill(sheet, _columns(pack, _MEETING), rows, fixed=1)


def _unmet(sheet: Worksheet, pack: Pack) -> None:
    rows = [
        [id, name_of(pack.firms[id], pack.language) if id in pack.firms else id, said(why, pack.language)]
        for id, why in sorted(pack.unmet.items())
    ]
    fill(sheet, _columns(pack, ("id", "firm", "unmet_why")), rows)


def _manifest(sheet: Worksheet, pack: Pack) -> None:
    known = [
        (say(name, pack.language), value)
        for name, value in (("version", str(pack.version)), ("issued", pack.issued.isoformat()))
    ]
    fill(sheet, _columns(pack, ("key", "value")), [*known, *_flat(pack.manifest)])


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Leaves of nested tables by their paths, as "libraries.numpy"."""
    for key in sorted(table):
        value = table[key]
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield (
                f"{before}{key}",
                value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str),
            )


def _own_row(pack: Pack, meeting: PackMeeting, firm_id: str, number: int) -> list[Value]:
    other = pack.other(meeting, firm_id)
    return [
        number,
        *day_and_time(pack, meeting),
        meeting.table,
        name_of(other, pack.language),
        other.province_th,
        offers_of(other),
        needs_of(other),
        said(meeting.reason, pack.language),
        said(meeting.next_question, pack.language),
        None,
    ]


def _columns(pack: Pack, names: Sequence[str]) -> list[Column]:
    assert all(name in TEXTS for name in names)
    return [Column(say(name, pack.language), _WIDTHS[name], _SHARE if name == "score" else None) for name in names]


def _saved(book: Workbook, pack: Pack, title: str) -> bytes:
    return saved(book, title=title, creator=say("creator", pack.language), at=pack.issued)
