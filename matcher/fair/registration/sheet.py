"""The rows of a registration sheet, whatever its header looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils import get_column_letter

from matcher.errors import CatalogError
from matcher.exchange.report import Cell
from matcher.exchange.tables import HEADER_WITHIN, Grid, read_grid
from matcher.exchange.values import fold, is_nothing
from matcher.fair.registration.columns import COLUMN, IDENTITY, column_of, known_headers
from matcher.fair.registration.messages import Notes


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds anything.

    Attributes:
        number: As a person sees it, from 1.
        cells: By column; blank ones are left out.
    """

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A registration sheet.

    Attributes:
        headers: As they stand in the file, by column.
        rows: Below the header.
    """

    headers: Mapping[str, str]
    rows: tuple[Row, ...]


def read_sheet(path: Path, notes: Notes) -> Sheet:
    """Read a sheet; columns that are not read are warned of, rows that do not fit under the header rejected.

    Raises:
        CatalogError: the file cannot be read at all, or no row of it is a header.
    """
    grid = read_grid(path, known=known_headers)
    at = _header(path, grid)
    columns = _place(grid[at], notes, row=at + 1)
    unheaded = {index for index, cell in enumerate(grid[at]) if not fold(str(cell or ""))}
    rows = []
    for number, cells in enumerate(grid[at + 1 :], at + 2):
        held = {index: cell for index, cell in enumerate(cells) if not is_nothing(cell)}
        if not held or _repeats(held, columns):
            continue
        if beyond := [index for index in held if index >= len(grid[at])]:
            notes.reject("extra_cells", row=number, value=held[beyond[0]])
        for index in sorted(unheaded & held.keys()):
            notes.warn("no_header", row=number, letter=get_column_letter(index + 1), value=held[index])
        unheaded -= held.keys()
        rows.append(Row(number, {columns[index]: cell for index, cell in held.items() if index in columns}))
    return Sheet({column: str(grid[at][index]) for index, column in columns.items()}, tuple(rows))


def _header(path: Path, grid: Grid) -> int:
    """Index of the header row: the one of the first rows that names most columns, one for the firm among them."""
    named = [[column_of(cell) for cell in row] for row in grid[:HEADER_WITHIN]]
    counts = [len({*columns} - {None}) if {*columns} & {*IDENTITY} else 0 for columns in named]
    if not max(counts):
        raise CatalogError(
            path=path,
            problem=f"no header row within the first {HEADER_WITHIN} rows",
            remedy=f"use the headers of the template, {COLUMN['id'].th} or {COLUMN['name'].th} among them",
        )
    return counts.index(max(counts))


def _place(header: Sequence[Cell], notes: Notes, *, row: int) -> dict[int, str]:
    """The column that each cell of the header names; one that is not read is warned of."""
    placed: dict[int, str] = {}
    for index, cell in enumerate(header):
        column, said = column_of(cell), str(cell or "")
        if not fold(said):
            continue
        if column is None:
            notes.warn("unknown_header", row=row, column=said)
        elif column in placed.values():
            first = next(str(header[at]) for at, name in placed.items() if name == column)
            notes.warn("header_twice", row=row, column=said, other=first)
        else:
            placed[index] = column
    return placed


def _repeats(held: Mapping[int, Cell], columns: Mapping[int, str]) -> bool:
    """Whether a row is the header once more, in another language."""
    return len(held) >= 2 and all(columns.get(index) == column_of(cell) is not None for index, cell in held.items())
