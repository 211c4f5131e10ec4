"""Catalogs and rejected rows, written so that they can be read again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from matcher.domain import Firm
from matcher.errors import CatalogError
from matcher.exchange.fields import FIELDS, PROBLEM_HEADER
from matcher.exchange.formulas import is_risky, with_guard
from matcher.exchange.headers import is_problem_header
from matcher.exchange.jsonl import json_line
from matcher.exchange.layout import as_object, as_rows
from matcher.exchange.report import Cell, Imported, Rejected

XLSX_CELL_CHARS = 32_767
MAX_WIDTH = 44

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_catalog(firms: Iterable[Firm], path: Path | str) -> None:
    """Write firms in the format that the path's ending names: .jsonl, .csv or .xlsx.

    A .jsonl file gives back exactly these firms. A sheet gives back what it has columns for, runs of spaces
    as one and, in a workbook, 15 digits of a price. It has none for a certificate's number, for a need's
    role sought, must-have certificates, volume, delivery and partnership, or for ids of offers and needs.

    Raises:
        CatalogError: the ending is another, or a text is longer than a cell of a workbook holds.
    """
    path = Path(path)
    if path.suffix.lower() == ".jsonl":
        _write_lines((json_line(as_object(firm)) for firm in firms), path)
        return
    rows = ([row.get(field.name) for field in FIELDS] for firm in firms for row in as_rows(firm))
    write_rows([f"{field.th} / {field.en}" for field in FIELDS], rows, path)


def write_rejected(imported: Imported, path: Path | str) -> None:
    """Write the rows that did not go in, each with its problems in a last column, to be mended and read.

    A line of JSON that is no object stands as it was.

    Raises:
        CatalogError: a sheet's rows are to go into a .jsonl file, or the other way round.
    """
    path = Path(path)
    is_jsonl = path.suffix.lower() == ".jsonl"
    if imported.rejected and is_jsonl == bool(imported.header):
        raise CatalogError(
            path=path,
            problem="another kind of file than was read",
            remedy="use the ending of the file that was read",
        )
    if is_jsonl:
        _write_lines(map(_mendable_line, imported.rejected), path)
        return
    kept = [index for index, cell in enumerate(imported.header) if not is_problem_header(cell)]
    header = [*(imported.header[index] for index in kept), PROBLEM_HEADER]
    write_rows(header, (_mendable_row(row, kept, len(imported.header)) for row in imported.rejected), path)


def write_rows(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], path: Path) -> None:
    """Write a table; text that a spreadsheet could run as a formula stays text.

    Raises:
        CatalogError: the path ends in neither .csv nor .xlsx, or a text is too long for a cell.
    """
    match path.suffix.lower():
        case ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerows([_csv_text(cell) for cell in row] for row in (header, *rows))
        case ".xlsx":
            _write_workbook(header, rows, path)
        case _:
            raise CatalogError(path=path, problem="unknown kind of file", remedy="end it in .jsonl, .csv or .xlsx")


def _write_lines(lines: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)


def _mendable_line(row: Rejected) -> str:
    """The line of a rejected row, with its problems as one more field where it is an object."""
    line = str(row.cells[0])
    try:
        data = json.loads(line)
        return json_line(data | {PROBLEM_HEADER: _reasons(row)}) if isinstance(data, dict) else line
    except (ValueError, RecursionError):
        return line


def _mendable_row(row: Rejected, kept: Sequence[int], width: int) -> list[Cell]:
    """The cells of a rejected row, its problems, and what stood beyond the header."""
    cells = [row.cells[index] if index < len(row.cells) else None for index in kept]
    return [*cells, _reasons(row), *row.cells[width:]]


def _reasons(row: Rejected) -> str:
    """Every problem of a row, Thai and English, a line each."""
    lines = (problem.brief(language) for problem in row.reasons for language in ("th", "en"))
    return "\n".join(lines)[: XLSX_CELL_CHARS - 1_000]


def _csv_text(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}"
    return "" if cell is None else with_guard(str(cell))


def _write_workbook(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], path: Path) -> None:
    table = [[_xlsx_value(cell, path) for cell in row] for row in (header, *rows)]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("firms")
    sheet.freeze_panes = "A2"
    for index, cell in enumerate(header, 1):
        column = sheet.column_dimensions[get_column_letter(index)]
        column.width = min(MAX_WIDTH, 6 + len(str(cell or "")))
    sheet.append([_xlsx_cell(sheet, cell, bold=True) for cell in table[0]])
    for row in table[1:]:
        sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    book.save(path)


def _xlsx_value(cell: Cell, path: Path) -> Cell:
    """A value that a workbook can hold: no control characters, and nothing that reads as an escape of one."""
    if not isinstance(cell, str):
        return cell
    text = _ESCAPE_LIKE.sub("_x005F_", _ILLEGAL.sub(" ", cell))
    if len(text) > XLSX_CELL_CHARS:
        raise CatalogError(
            path=path,
            problem=f"a text has {len(text):,} characters, more than a cell holds",
            remedy="write .jsonl",
        )
    return text


def _xlsx_cell(sheet: WriteOnlyWorksheet, cell: Cell, *, bold: bool = False) -> WriteOnlyCell:
    written = WriteOnlyCell(sheet, value=cell)
    if isinstance(cell, str):
        written.data_type = "s"  # openpyxl takes text after "=" for a formula
        written.quotePrefix = is_risky(cell)
    if bold:
        written.font = Font(bold=True)
    return written
