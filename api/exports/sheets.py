"""Tables as sheets of a workbook: text that stays text, Thai that wraps, paper that fits, bytes that repeat."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from api.exports.texts import clean, clipped
from matcher.exchange.formulas import is_risky

Value = str | int | float | None

CELL_CHARS = 32_000
"""A little under what a cell holds, since escapes of what looks like an escape make a text longer."""

_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FACE = "Tahoma"  # on every Windows and Mac, with Thai as large as Latin
_TEXT, _BOLD = Font(name=_FACE, size=10), Font(name=_FACE, size=10, bold=True)
_HEAD, _TITLE = Font(name=_FACE, size=10, bold=True, color="FFFFFF"), Font(name=_FACE, size=14, bold=True)
_FILL = PatternFill("solid", fgColor="1F4E5F")
_THIN = Border(bottom=Side(style="thin", color="BBBBBB"), right=Side(style="hair", color="DDDDDD"))
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_MARGIN_IN = 0.4
_LINE_POINTS = 15.0
_MOST_POINTS = 400.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and its width in characters; a number format where its values are shares."""

    head: str
    width: float
    number_format: str | None = None


def fill(
    sheet: Worksheet,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    *,
    titles: Sequence[str] = (),
    fixed: int = 0,
    least_points: float = 0.0,
) -> None:
    """Titles, a frozen header that is printed on every page, and rows; A4 across, one page wide.

    Args:
        sheet: Empty.
        columns: Of the table.
        rows: As many values each as there are columns.
        titles: Lines over the header.
        fixed: Columns at the left that stay in sight.
        least_points: Height of a row at least, to write by hand.
    """
    for row, title in enumerate(titles, 1):
        _put(sheet, row, 1, title).font = _TITLE if row == 1 else _BOLD
    head = len(titles) + 1
    for at, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(at)].width = column.width
        cell = _put(sheet, head, at, column.head)
        cell.font, cell.fill, cell.alignment, cell.border = _HEAD, _FILL, _WRAPPED, _THIN
    last = head
    for last, values in enumerate(rows, head + 1):
        for at, (column, value) in enumerate(zip(columns, values, strict=True), 1):
            cell = _put(sheet, last, at, value)
            cell.font, cell.alignment, cell.border = _TEXT, _WRAPPED, _THIN
            if column.number_format and not isinstance(value, str):
                cell.number_format = column.number_format
        sheet.row_dimensions[last].height = max(least_points, _height(columns, values))
    sheet.freeze_panes = f"{get_column_letter(fixed + 1)}{head + 1}"
    if last > head:
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{last}"
    _paper(sheet, head)


def saved(book: Workbook, *, title: str, creator: str, at: datetime) -> bytes:
    """The workbook's bytes, the same whenever it is saved; `at` is its date."""
    at = at.astimezone(UTC)
    book.properties.title, book.properties.creator = clean(title), creator
    written, even = io.BytesIO(), io.BytesIO()
    book.save(written)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(even, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            new.writestr(entry, data)
    return even.getvalue()


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """A cell; text is never a formula, whatever it begins with."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        if text := clean(value):
            cell.value = _ESCAPE_LIKE.sub("_x005F_", clipped(text, CELL_CHARS))[: CELL_CHARS + 500]
            cell.data_type = "s"  # openpyxl takes text after "=" for a formula and "#N/A" for an error
            cell.quotePrefix = is_risky(text)
    else:
        cell.value = value
    return cell


def _height(columns: Sequence[Column], values: Sequence[Value]) -> float:
    """Points that the tallest cell needs; no reader measures wrapped Thai by itself before it is opened."""
    lines = max(
        (
            -(-len(str(value or "")) // max(1, int(column.width * 0.95)))
            for column, value in zip(columns, values, strict=True)
        ),
        default=1,
    )
    return min(_MOST_POINTS, _LINE_POINTS * max(1, lines))


def _paper(sheet: Worksheet, head: int) -> None:
    sheet.page_setup.paperSize, sheet.page_setup.orientation = "9", "landscape"  # 9 is A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{head}:{head}"
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = _MARGIN_IN
    margins.bottom = 2 * _MARGIN_IN
    sheet.oddFooter.center.text = "&P / &N"
