"""Sheets to firms: the rows of one id are one firm, and they go in together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from matcher.domain import Cluster, Firm, Position
from matcher.exchange.fields import EXAMPLE_ID
from matcher.exchange.findings import Findings, Progress, with_progress
from matcher.exchange.firms import part_id, warn_of_gaps
from matcher.exchange.headers import Column, count_known, field_of, find_header, place_columns
from matcher.exchange.jsonl import read_lines
from matcher.exchange.mapping import Mapping
from matcher.exchange.personal import as_public
from matcher.exchange.report import Cell, Imported, file_name
from matcher.exchange.rows import Row, RowValues, read_row, sheet_cleaners
from matcher.exchange.tables import Grid, read_grid
from matcher.exchange.values import fold, is_blank

_SCALARS = ("name_th", "name_en", "province_th", "size", "description", "juristic_id")


def read_sheet(
    path: Path,
    *,
    mapping: Mapping | None,
    clusters: ReadOnly[str, Cluster],
    progress: Progress | None = None,
) -> Imported:
    """Read a CSV file or the first sheet of a workbook.

    Raises:
        CatalogError: the file cannot be read at all, has no header row, or not the mapping's headers.
    """
    findings = Findings(file_name(path))
    grid = read_grid(path, known=partial(count_known, mapping=mapping))
    at = find_header(path, grid, mapping)
    columns = place_columns(path, grid[at], mapping=mapping, findings=findings, row=at + 1)
    rows = list(_data_rows(grid, at, columns, findings))
    firms = _firms(rows, columns, mapping=mapping, clusters=clusters, findings=findings, progress=progress)
    return findings.imported(firms, rows, header=grid[at])


def read_flat_jsonl(
    path: Path, *, mapping: Mapping, clusters: ReadOnly[str, Cluster], progress: Progress | None = None
) -> Imported:
    """Read JSON lines of flat objects as a sheet whose headers are their fields.

    Raises:
        CatalogError: the file cannot be read at all, or has not the mapping's fields.
    """
    findings = Findings(file_name(path))
    lines = read_lines(path, findings)
    header = list(dict.fromkeys(name for line in lines for name in line.data or ()))
    rows = [Row(line.number, tuple((line.data or {}).get(name) for name in header), line.raw) for line in lines]
    columns = place_columns(path, header, mapping=mapping, findings=findings, row=lines[0].number)
    firms = _firms(rows, columns, mapping=mapping, clusters=clusters, findings=findings, progress=progress)
    return findings.imported(firms, rows)


def stated_positions(places: Sequence[tuple[Position, bool]]) -> tuple[Position, ...]:
    """The positions that the rows of a firm state, each once.

    A row that holds nothing else states its place as it stands. A row with offers or needs (the second
    of each pair) does so where it tells a stage or role, unless another row tells the role there.
    """
    roles_told = {(place.cluster, place.stage) for place, _ in places if place.role}
    stated: dict[Position, None] = {}
    for place, has_content in places:
        told = place.stage or place.role or (place.cluster and not has_content)
        told_better = has_content and not place.role and (place.cluster, place.stage) in roles_told
        if told and not told_better:
            stated[place] = None
    return tuple(stated)


def _data_rows(grid: Grid, at: int, columns: Sequence[Column], findings: Findings) -> Iterator[Row]:
    width, start = len(grid[at]), at + 1
    if start < len(grid) and _repeats_header(grid[start], columns):
        start += 1
    ids = [column.indexes[0] for column in columns if column.field == "id"]
    unheaded = {index for index, cell in enumerate(grid[at]) if not fold(str(cell or ""))}
    for number, cells in enumerate(grid[start:], start + 1):
        held = {index for index, cell in enumerate(cells) if not is_blank(cell)}
        if any(index in held and fold(str(cells[index])) == fold(EXAMPLE_ID) for index in ids):
            findings.warn("example_row", row=number)
        elif held:
            _check_width(number, cells, held, width=width, findings=findings)
            for index in sorted(unheaded & held):
                findings.warn("no_header", row=number, letter=_letters(index), value=cells[index])
            unheaded -= held
            yield Row(number, cells, cells)


def _check_width(number: int, cells: tuple[Cell, ...], held: set[int], *, width: int, findings: Findings) -> None:
    if beyond := sorted(index for index in held if index >= width):
        findings.reject("extra_cells", row=number, value=cells[beyond[0]])


def _repeats_header(cells: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Whether a row is the header once more, in another language."""
    fields = {index: column.field for column in columns for index in column.indexes}
    named = [fields.get(index) == field_of(cell) for index, cell in enumerate(cells) if not is_blank(cell)]
    return len(named) >= 2 and all(named)


def _firms(
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    mapping: Mapping | None,
    clusters: ReadOnly[str, Cluster],
    findings: Findings,
    progress: Progress | None,
) -> list[Firm]:
    read = partial(
        read_row,
        columns=columns,
        cleaners=sheet_cleaners(clusters),
        mapping=mapping or Mapping(),
        findings=findings,
    )
    damaged = set(findings.reasons)
    values = [read(row) for row in with_progress(rows, progress) if row.number not in damaged]
    made = [_firm(group, findings) for group in _grouped(values, findings)]
    return [firm for firm in made if firm]


def _grouped(rows: Iterable[RowValues], findings: Findings) -> list[list[RowValues]]:
    """The rows of each firm; a row that belongs to none is noted."""
    groups: dict[str, list[RowValues]] = {}
    names: dict[str, set[str]] = {}
    for row in rows:
        own = {fold(name) for name in (row.name_th, row.name_en) if name}
        if row.key is None:
            if not findings.rejects(row.number):
                findings.reject("no_name", row=row.number, column="name_th")
            continue
        group, known = groups.setdefault(row.key, []), names.setdefault(row.key, set())
        said = row.name_th or row.name_en
        if own and known and not own & known:
            findings.reject("other_name", row=row.number, column="name_th", value=said, other=group[0].number)
            continue
        if group and not row.has_id:
            findings.warn("same_name", row=row.number, value=said, other=group[0].number)
        group.append(row)
        known |= own
    return list(groups.values())


def _firm(rows: list[RowValues], findings: Findings) -> Firm | None:
    """The firm of a group of rows; None, with a reason noted for each row, where one of them is rejected."""
    first = rows[0]
    said: dict[str, Any] = {name: _first(rows, name, findings) for name in _SCALARS}
    thai_name = said["name_th"] or said["name_en"]
    offers = [offer for row in rows for offer in row.offers]
    needs = [need for row in rows for need in row.needs]
    sound = not any(findings.rejects(row.number) for row in rows)
    if sound and not thai_name:
        _reject_all(rows, "no_name", findings, column="name_th")
    if sound and not (offers or needs or said["description"]):
        findings.reject("nothing_to_match", row=first.number)
    if bad := [row.number for row in rows if findings.rejects(row.number)]:
        _reject_all(rows, "sibling", findings, other=bad[0])
        return None
    if not said["name_th"] and any("ก" <= char <= "๛" for char in thai_name):
        said["name_en"] = None  # a Thai name under a header that is known as the English one
    id = first.key or ""
    firm = Firm(
        id=id,
        certificates=tuple(dict.fromkeys(one for row in rows for one in row.certificates)),
        positions=stated_positions([(row.place, row.has_content) for row in rows]),
        offers=tuple(replace(offer, id=part_id(id, "o", number)) for number, offer in enumerate(offers, 1)),
        needs=tuple(replace(need, id=part_id(id, "n", number)) for number, need in enumerate(needs, 1)),
        **(said | {"name_th": thai_name}),
    )
    warn_of_gaps(firm, row=first.number, findings=findings)
    return as_public(firm, row=first.number, findings=findings)


def _first(rows: Iterable[RowValues], name: str, findings: Findings) -> Any:  # noqa: ANN401 -- by name of field
    """The first value that the rows give; another one further down is warned of."""
    given = [(row.number, getattr(row, name)) for row in rows if getattr(row, name)]
    for number, value in given[1:]:
        if value != given[0][1]:
            findings.warn("other_value", row=number, column=name, value=value, other=given[0][0])
    return given[0][1] if given else None if name != "description" else ""


def _reject_all(rows: Iterable[RowValues], kind: str, findings: Findings, **data: Any) -> None:  # noqa: ANN401
    for row in rows:
        if not findings.rejects(row.number):
            findings.reject(kind, row=row.number, **data)


def _letters(index: int) -> str:
    """The letters of a column, from A."""
    return (_letters(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)
