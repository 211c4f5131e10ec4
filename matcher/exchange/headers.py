"""Which column of a file is which field of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import CatalogError
from matcher.exchange.fields import FIELD, FIELDS, LIST_FIELDS, PROBLEM_HEADER
from matcher.exchange.findings import Findings
from matcher.exchange.mapping import Mapping
from matcher.exchange.report import Cell
from matcher.exchange.tables import HEADER_WITHIN, Grid
from matcher.exchange.values import fold

_PARTS = re.compile(r"[/()\[\]|\n]+")
_NAMES = {"name_th", "name_en"}
_THAI = ("ไทย", "ภาษาไทย", "th", "thai")
_ENGLISH = ("อังกฤษ", "ภาษาอังกฤษ", "en", "eng", "english")


@dataclass(frozen=True, slots=True)
class Column:
    """A field and the cells that feed it.

    Attributes:
        header: As it stands in the file.
        indexes: From 0; several are joined with `joiner`.
    """

    field: str
    header: str
    indexes: tuple[int, ...]
    joiner: str = " "


def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    for field in FIELDS:
        for header in (field.name, field.th, field.en, f"{field.th} / {field.en}", *field.also):
            known.setdefault(fold(header), field.name)
    for field in (FIELD["name_th"], FIELD["name_en"]):
        for header in (field.th, field.en, *field.also):
            known.update({fold(header + language): "name_th" for language in _THAI})
            known.update({fold(header + language): "name_en" for language in _ENGLISH})
    return known


KNOWN = _known()
"""Folded header → our field."""


def field_of(header: Cell) -> str | None:
    """Our field for a header, whole or from its parts as in "จังหวัด / Province"; None where none is meant.

    A header that means both names of a firm is the Thai name, which may be written in either script.
    """
    if not isinstance(header, str) or not fold(header):
        return None
    if found := KNOWN.get(fold(header)):
        return found
    fields = {KNOWN[fold(part)] for part in _PARTS.split(header) if fold(part) in KNOWN}
    if fields == _NAMES:
        return "name_th"
    return fields.pop() if len(fields) == 1 else None


def count_known(row: Sequence[Cell], mapping: Mapping | None = None) -> int:
    """How many cells of a row are headers that we or the mapping know."""
    theirs = {fold(one) for headers in mapping.columns.values() for one in headers} if mapping else set()
    return sum(1 for cell in row if field_of(cell) or (isinstance(cell, str) and fold(cell) in theirs))


def find_header(path: Path, grid: Grid, mapping: Mapping | None) -> int:
    """Index of the header row: the first that names at least two fields, a name or an offer among them.

    A row that names more headers of the mapping than any other goes first.

    Raises:
        CatalogError: none of the first rows is one.
    """
    if mapping and mapping.columns:
        theirs = {fold(one) for headers in mapping.columns.values() for one in headers}
        found = [sum(fold(str(cell)) in theirs for cell in row) for row in grid[:HEADER_WITHIN]]
        if max(found):
            return found.index(max(found))
    for index, row in enumerate(grid[:HEADER_WITHIN]):
        fields = {field_of(cell) for cell in row} - {None}
        if len(fields) >= 2 and fields & (_NAMES | {"offers"}):
            return index
    raise CatalogError(
        path=path,
        problem=f"no header row within the first {HEADER_WITHIN} rows",
        remedy="use the headers of the template, or say in a mapping file which of yours are which",
    )


def place_columns(
    path: Path | str, header: Sequence[Cell], *, mapping: Mapping | None, findings: Findings, row: int
) -> tuple[Column, ...]:
    """The columns of a file; a header that is kept out is warned of.

    Headers the mapping says nothing of are read as without it.

    Raises:
        CatalogError: the mapping names a header that is not in the file.
    """
    columns = list(_mapped(path, header, mapping)) if mapping else []
    passed = {index for column in columns for index in column.indexes} | set(_passed_over(header, mapping))
    by_field = {column.field: column for column in columns}
    for index, cell in enumerate(header):
        name, said = field_of(cell), str(cell or "")
        if index in passed or not fold(said):
            continue
        before = by_field.get(name or "")
        if name is None:
            findings.warn("unknown_header", row=row, column=said)
        elif before is None:
            by_field[name] = Column(name, said, (index,), joiner="\n" if name in LIST_FIELDS else " ")
        elif name in LIST_FIELDS and not (mapping and name in mapping.columns):
            by_field[name] = Column(name, before.header, (*before.indexes, index), joiner="\n")
        else:
            findings.warn("header_twice", row=row, column=said, other=before.header)
    return tuple(by_field.values())


def is_problem_header(cell: Cell) -> bool:
    """Whether a header is that of the column `write_rejected` adds."""
    return isinstance(cell, str) and fold(cell) == fold(PROBLEM_HEADER)


def _passed_over(header: Sequence[Cell], mapping: Mapping | None) -> Iterator[int]:
    ignored = mapping.ignore if mapping else frozenset()
    for index, cell in enumerate(header):
        if is_problem_header(cell) or fold(str(cell or "")) in ignored:
            yield index


def _mapped(path: Path | str, header: Sequence[Cell], mapping: Mapping) -> Iterator[Column]:
    at = {fold(str(cell)): index for index, cell in reversed(list(enumerate(header))) if cell is not None}
    for name, theirs in mapping.columns.items():
        if missing := [one for one in theirs if fold(one) not in at]:
            there = ", ".join(str(cell) for cell in header if fold(str(cell or "")))
            raise CatalogError(
                path=mapping.path,
                problem=f"{name} names the header {missing[0]!r}, which {path} does not have",
                remedy=f"use one of: {there}",
            )
        yield Column(name, " + ".join(theirs), tuple(at[fold(one)] for one in theirs))
