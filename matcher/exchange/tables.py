"""CSV and XLSX files as rows of cells."""

from __future__ import annotations

import csv
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from matcher.errors import CatalogError
from matcher.exchange import unpack
from matcher.exchange.formulas import without_guard
from matcher.exchange.guard import MAX_COLUMNS, MAX_ROWS, check_workbook, read_bytes
from matcher.exchange.report import Cell

Grid = list[tuple[Cell, ...]]
"""Rows as the file has them, blank ones too; row n is at n - 1."""

ENCODINGS = ("utf-8-sig", "cp874")
DELIMITERS = (",", ";", "\t")
HEADER_WITHIN = 11
"""The header stands in one of these first rows."""


def read_grid(path: Path, *, known: Callable[[Sequence[Cell]], int]) -> Grid:
    """The rows of a CSV file or of the first sheet of a workbook.

    Args:
        path: Ends in .csv or .xlsx.
        known: How many cells of a row are headers we know; by it the delimiter is chosen.

    Raises:
        CatalogError: the file cannot be read at all, or is over the limits of `guard`.
    """
    grid = _read_csv(path, known) if path.suffix.lower() == ".csv" else _read_xlsx(path)
    if not any(any(cell not in (None, "") for cell in row) for row in grid):
        raise CatalogError(path=path, problem="the file is empty", remedy="fill in the template")
    if len(grid) > MAX_ROWS or max(map(len, grid)) > MAX_COLUMNS:
        raise CatalogError(
            path=path,
            problem=f"has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns",
            remedy="split the file",
        )
    return grid


def _read_xlsx(path: Path) -> Grid:
    """The rows, unpacked by a process that may die of them; see `unpack`."""
    check_workbook(path)
    command = [sys.executable, "-I", unpack.__file__, str(path)]
    grid: Grid = []
    problem = unpack.TOO_MUCH  # unless it says how it ended
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line) if line.endswith(b"\n") else {}
            if isinstance(said, list):
                grid.append(tuple(_cell(one) for one in said))
            elif said == "end":
                return _wide_enough(grid)
            else:
                problem = said.get("problem", problem)
    remedy = "split the file" if problem == unpack.TOO_MUCH else "open it in Excel or LibreOffice and save it as .xlsx"
    raise CatalogError(path=path, problem=problem, remedy=remedy)


def _wide_enough(grid: Grid) -> Grid:
    """The rows where a header may stand reach as far as any row: a sheet has no end to the right, as a CSV line has."""
    width = max(map(len, grid), default=0)
    top = [row + (None,) * (width - len(row)) for row in grid[:HEADER_WITHIN]]
    return top + grid[HEADER_WITHIN:]


def _cell(said: Any) -> Cell:  # noqa: ANN401 -- as JSON has it
    """A cell as `unpack` writes it."""
    value: Cell = _KINDS[said[0]](said[1]) if isinstance(said, list) else said
    return value


_KINDS: dict[str, Callable[[Any], Cell]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


def _read_csv(path: Path, known: Callable[[Sequence[Cell]], int]) -> Grid:
    text = _decoded(path, read_bytes(path))
    delimiter = max(DELIMITERS, key=lambda one: _likeness(text, one, known))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    grid: Grid = []
    try:
        for row in itertools.islice(rows, MAX_ROWS + 1):
            grid.append(tuple(without_guard(cell) for cell in row))
    except csv.Error as problem:
        raise CatalogError(
            path=path,
            problem=f"row {len(grid) + 1} has no end ({problem})",
            remedy="look for a quotation mark that is not closed",
        ) from problem
    return grid


def _decoded(path: Path, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise CatalogError(path=path, problem="is UTF-16 text", remedy="save it as `CSV UTF-8`")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CatalogError(
        path=path, problem="is neither UTF-8 nor Thai Windows text (cp874)", remedy="save it as `CSV UTF-8`"
    )


def _likeness(text: str, delimiter: str, known: Callable[[Sequence[Cell]], int]) -> tuple[int, int]:
    """How much like a table the start of a text is with a delimiter: known headers, then cells of a row."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    best = (0, 0)
    try:
        for row in itertools.islice(rows, HEADER_WITHIN):
            best = max(best, (known([without_guard(cell) for cell in row]), len(row)))
    except csv.Error:
        return best
    return best
