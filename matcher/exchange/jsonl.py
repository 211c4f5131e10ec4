"""Catalogs as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.domain import Cluster, Firm
from matcher.errors import CatalogError
from matcher.exchange.citizen import masked, masked_text
from matcher.exchange.findings import Findings, Progress, with_progress
from matcher.exchange.firms import read_firm
from matcher.exchange.guard import read_bytes
from matcher.exchange.report import Cell, Imported, file_name, shown
from matcher.exchange.values import ValueProblem

MAX_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds anything.

    Attributes:
        raw: The line as read, citizen numbers masked.
        data: Its object; None where it has none, which is noted.
    """

    number: int
    raw: tuple[Cell, ...]
    data: Mapping[str, Any] | None


def read_jsonl(path: Path, *, clusters: Mapping[str, Cluster], progress: Progress | None = None) -> Imported:
    """Read a catalog in the format of `firms.jsonl`.

    Raises:
        CatalogError: the file cannot be read at all.
    """
    findings = Findings(file_name(path))
    lines = read_lines(path, findings)
    firms: list[Firm] = []
    taken: dict[str, int] = {}
    for one in with_progress(lines, progress):
        if one.data is None:
            continue
        firm = read_firm(one.data, row=one.number, findings=findings, clusters=clusters)
        if firm and _takes_ids(firm, taken, row=one.number, findings=findings):
            firms.append(firm)
    return findings.imported(firms, lines)


def read_lines(path: Path, findings: Findings) -> list[Line]:
    """The lines of a file that are not blank, numbered as an editor does; what is no object is noted.

    Raises:
        CatalogError: the file is missing, empty or over `MAX_FILE_BYTES`.
    """
    content = read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    lines = [
        _line(raw.rstrip(b"\r"), number, findings) for number, raw in enumerate(content.split(b"\n"), 1) if raw.strip()
    ]
    if not lines:
        raise CatalogError(path=path, problem="the file is empty", remedy="give one firm a line")
    return lines


def _line(raw: bytes, number: int, findings: Findings) -> Line:
    said = raw.decode("utf-8", "surrogateescape")
    try:
        data = _parse(raw)
        clean = masked(data)
        kept = said if clean == data else json_line(clean)
    except RecursionError:
        findings.reject("too_deep", row=number, value=said)
    except ValueProblem as problem:
        findings.reject(problem.kind, row=number, value=said, **problem.data)
    else:
        return Line(number, (kept,), data)
    return Line(number, (masked_text(said),), None)


def _parse(raw: bytes) -> dict[str, Any]:
    """The object of a line.

    Raises:
        ValueProblem: it has none.
        RecursionError: it is nested too deeply.
    """
    if len(raw) > MAX_LINE_BYTES:
        raise ValueProblem("line_too_long", limit=MAX_LINE_BYTES)
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as problem:
        raise ValueProblem("not_utf8") from problem
    except json.JSONDecodeError as problem:
        raise ValueProblem("bad_json", what=f"{problem.msg}, column {problem.colno}") from problem
    except ValueError as problem:  # a whole number of thousands of digits
        raise ValueProblem("bad_json", what="a number with too many digits") from problem
    if not isinstance(data, dict):
        raise ValueProblem("not_object")
    return data


def json_line(data: object) -> str:
    """One line of JSON, Thai as Thai; half characters are escaped, since no file can hold them."""
    said = json.dumps(data, ensure_ascii=False)
    try:
        said.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(data)
    return said


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise ValueProblem("duplicate_key", key=shown(name))
        data[name] = value
    return data


def _takes_ids(firm: Firm, taken: dict[str, int], *, row: int, findings: Findings) -> bool:
    """Give the firm its ids, unless one of them is taken, which is noted."""
    ids = [("id", f"firm {firm.id}", firm.id)]
    ids += [("offers.id", offer.id, offer.id) for offer in firm.offers]
    ids += [("needs.id", need.id, need.id) for need in firm.needs]
    own: set[str] = set()
    for column, key, id in ids:
        if key in taken or key in own:
            findings.reject("duplicate_id", row=row, column=column, value=id, other=taken.get(key, row))
        own.add(key)
    if findings.rejects(row):
        return False
    taken.update(dict.fromkeys(own, row))
    return True
