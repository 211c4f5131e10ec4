"""The registration sheet that organisers fill in, and the same with what is known already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from matcher.domain import Firm
from matcher.exchange.cells import join_items
from matcher.exchange.formulas import is_risky
from matcher.exchange.report import Cell
from matcher.fair.fair import Fair, Participant, Preference
from matcher.fair.registration.cells import join_languages, join_names, side_label, sides
from matcher.fair.registration.columns import COLUMNS, WISHES
from matcher.fair.registration.times import written

SHEET_TITLE = "ลงทะเบียน"
HELP_TITLE = "คำอธิบาย"
LISTS_TITLE = "รายการ"
LAST_ROW = 2_000
"""Sides are offered down to here."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CELL_CHARS = 32_000
_FACE = "Tahoma"  # on every Windows and Mac, with Thai as large as Latin
_TEXT, _BOLD = Font(name=_FACE, size=10), Font(name=_FACE, size=10, bold=True)
_HEAD = Font(name=_FACE, size=10, bold=True, color="FFFFFF")
_FILL = PatternFill("solid", fgColor="1F4E5F")
_THIN = Border(bottom=Side(style="thin", color="BBBBBB"), right=Side(style="hair", color="DDDDDD"))
_WRAPPED = Alignment(wrap_text=True, vertical="top", horizontal="left")
_LINE_POINTS, _MOST_POINTS = 15.0, 400.0
_MARGIN_IN = 0.4
_HELP_WIDTHS = (24, 70, 24, 70)
_WRITTEN_AS_TEXT = {"id", "juristic_id"}


def write_registration_template(fair: Fair, firms: Sequence[Firm], path: Path | str) -> None:
    """Write an XLSX sheet to fill in, with a row for each firm; rows of firms that do not come are to be deleted.

    A second sheet explains every column and lists the fair's slots.

    Args:
        fair: Whose days, slots and sides are explained and offered.
        firms: Those invited.
        path: Where to; ends in .xlsx.
    """
    _write(fair, [_invited(firm) for firm in firms], path)


def write_registration(
    fair: Fair,
    firms: Sequence[Firm],
    path: Path | str,
    *,
    participants: Sequence[Participant],
    preferences: Sequence[Preference] = (),
    addresses: Mapping[str, str] | None = None,
) -> None:
    """Write who takes part into the same sheet; `read_registration` gives it back.

    Runs of spaces come back as one. A wish stands in the row of the firm that uttered it; one of a firm
    that takes no part has no row.

    Args:
        fair: Whose slots are meant.
        firms: The catalog, for names.
        path: Where to; ends in .xlsx.
        participants: In the order of the rows.
        preferences: Their wishes.
        addresses: E-mail addresses by firm id, where they are to stand in the sheet.
    """
    catalog = {firm.id: firm for firm in firms}
    wishes: dict[str, list[Preference]] = {}
    for one in preferences:
        wishes.setdefault(one.firm_id, []).append(one)
    rows = [
        _invited(catalog[one.firm_id])
        | _said(fair, one)
        | _wished(wishes.get(one.firm_id, ()))
        | {"email": (addresses or {}).get(one.firm_id)}
        for one in participants
    ]
    _write(fair, rows, path)


def _invited(firm: Firm) -> dict[str, Cell]:
    return {"id": firm.id, "name": firm.name_th, "juristic_id": firm.juristic_id}


def _said(fair: Fair, one: Participant) -> dict[str, Cell]:
    return {
        "delegates": join_names(one.delegates),
        "available": None if one.available is None else written(fair, one.available),
        "fewest": one.min_meetings,
        "most": one.max_meetings,
        "languages": join_languages(one.languages),
        "side": side_label(one.side),
        "group": one.group,
    }


def _wished(wishes: Iterable[Preference]) -> dict[str, Cell]:
    wished = list(wishes)
    return {
        column: join_items(one.other_id for one in wished if one.wish is wish) or None
        for column, wish in WISHES.items()
    }


def _write(fair: Fair, rows: Iterable[Mapping[str, Cell]], path: Path | str) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET_TITLE
    _fill_sheet(sheet, rows)
    _fill_help(book.create_sheet(HELP_TITLE), fair)
    _offer_sides(book.create_sheet(LISTS_TITLE), sheet, fair)
    book.save(path)


def _fill_sheet(sheet: Worksheet, rows: Iterable[Mapping[str, Cell]]) -> None:
    sheet.freeze_panes = "C2"
    sheet.row_dimensions[1].height = 48
    for number, column in enumerate(COLUMNS, 1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        if column.name in _WRITTEN_AS_TEXT:
            dimension.number_format = "@"  # a number would lose the zeros at its front
        _put(sheet, 1, number, f"{column.th} / {column.en}", font=_HEAD, fill=_FILL)
    for at, row in enumerate(rows, 2):
        for number, column in enumerate(COLUMNS, 1):
            _put(sheet, at, number, row.get(column.name), border=_THIN)
        sheet.row_dimensions[at].height = _height((row.get(column.name), column.width) for column in COLUMNS)
    _paper(sheet)


def _fill_help(sheet: Worksheet, fair: Fair) -> None:
    sheet.freeze_panes = "A2"
    rows: list[tuple[Cell, ...]] = [("คอลัมน์", "คำอธิบาย", "Column", "What to write")]
    for column in COLUMNS:
        example = str(column.example)
        rows.append(
            (column.th, f"{column.help_th} ตัวอย่าง: {example}", column.en, f"{column.help_en} Example: {example}")
        )
    rows += [("",), ("ช่วงเวลาของงาน", fair.name.th, "Slots of the fair", fair.name.en)]
    for slot in fair.slots:
        day = fair.days.index(slot.start.date()) + 1
        when = f"{slot.start:%Y-%m-%d %H:%M}-{slot.end:%H:%M}"
        rows.append((f"ช่วง {slot.number + 1}", f"{when} · วันที่ {day} · รอบ {slot.session}",
                     f"slot {slot.number + 1}", f"{when} · day {day} · session {slot.session}"))  # fmt: skip
    for at, row in enumerate(rows, 1):
        for number, cell in enumerate(row, 1):
            is_title = at in (1, len(COLUMNS) + 3)
            _put(sheet, at, number, cell, font=_BOLD if is_title else _TEXT)
        sheet.row_dimensions[at].height = _height(zip(row, _HELP_WIDTHS, strict=False))
    for number, width in enumerate(_HELP_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _paper(sheet)


def _offer_sides(lists: Worksheet, sheet: Worksheet, fair: Fair) -> None:
    """Put the sides into a hidden sheet and offer them; another word is asked about, not refused."""
    lists.sheet_state = "hidden"
    labels = list(dict.fromkeys(side_label(side) for side in sides(fair).values()))
    for row, label in enumerate(labels, 1):
        _put(lists, row, 1, label)
    letter = get_column_letter([column.name for column in COLUMNS].index("side") + 1)
    offered = DataValidation(
        type="list",
        formula1=f"'{LISTS_TITLE}'!$A$1:$A${len(labels)}",
        allow_blank=True,
        errorStyle="warning",
        errorTitle="ไม่อยู่ในรายการ / not in the list",
        error="เลือกจากรายการ / choose from the list",
        showErrorMessage=True,
    )
    offered.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(offered)


def _put(sheet: Worksheet, row: int, column: int, value: Cell, **style: object) -> None:
    """Write a cell; text is never a formula, whatever it begins with."""
    cell = sheet.cell(row, column)
    if isinstance(value, str) and (text := _ILLEGAL.sub(" ", value)):
        cell.value = _ESCAPE_LIKE.sub("_x005F_", text[:_CELL_CHARS])
        cell.data_type = "s"  # openpyxl takes text after "=" for a formula and "#N/A" for an error
        cell.quotePrefix = is_risky(text)
    elif not isinstance(value, str):
        cell.value = value
    for name, of in ({"font": _TEXT, "alignment": _WRAPPED} | style).items():
        setattr(cell, name, of)


def _height(cells: Iterable[tuple[Cell, int]]) -> float:
    """Points that the tallest cell needs; no reader measures wrapped Thai by itself before it is opened."""
    lines = max(sum(-(-max(len(line), 1) // width) for line in str(cell or "").split("\n")) for cell, width in cells)
    return min(_MOST_POINTS, _LINE_POINTS * lines)


def _paper(sheet: Worksheet) -> None:
    """A4 across, one page wide, the header on every page."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = "9", "landscape"  # 9 is A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = _MARGIN_IN
