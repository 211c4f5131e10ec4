"""Judged topics: reading a matching test folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.domain import Certificates, Firm, Provinces
from matcher.engine.catalog import Filters
from matcher.errors import TopicsError

log = logging.getLogger(__name__)

NEED = "need"
"""Kind of a topic that is a stored need."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A need or a query, with the grades of its answers.

    Attributes:
        grades: Firm id → 1 to 3; empty where the topic has no answer.
        filters: What its constraints say.
    """

    id: str
    kind: str
    cluster: str | None
    text: str
    grades: Mapping[str, int]
    filters: Filters = field(default_factory=Filters)


def read_topics(
    folder: Path, firms: tuple[Firm, ...], *, provinces: Provinces, certificates: Certificates
) -> list[Topic]:
    """Topics of a folder: stored needs that are judged, and every query.

    A judgement for a firm or a topic that is not in the folder is left out with a warning.

    Raises:
        TopicsError: a file is missing or a line breaks the format.
    """
    grades = _read_judgements(folder / "qrels.tsv", {firm.id for firm in firms})
    topics = [
        Topic(need.id, NEED, need.cluster, need.text, grades[need.id])
        for firm in firms
        for need in firm.needs
        if need.id in grades
    ]
    for line, query in read_json_lines(folder / "queries.jsonl"):
        try:
            constraints = query.get("constraints") or {}
            topics.append(
                Topic(
                    id=str(query["id"]),
                    kind=str(query["kind"]),
                    cluster=query.get("cluster"),
                    text=str(query["text"]),
                    grades=grades.get(str(query["id"]), {}),
                    filters=_filters(constraints, provinces, certificates),
                )
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise TopicsError(path=folder / "queries.jsonl", line=line, problem=f"a query lacks {problem}") from problem
    if strangers := set(grades) - {topic.id for topic in topics}:
        log.warning("%d judged topics are not in %s and are left out", len(strangers), folder)
    return topics


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a JSON-lines file with their line numbers.

    Raises:
        TopicsError: the file is missing or a line is no JSON object.
    """
    line = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    value = json.loads(text)
                    if not isinstance(value, dict):
                        raise ValueError("not an object")
                    yield line, value
    except (OSError, ValueError, RecursionError) as problem:
        raise TopicsError(path=path, line=line or None, problem=f"cannot be read ({problem})") from problem


def _filters(constraints: Mapping[str, Any], provinces: Provinces, certificates: Certificates) -> Filters:
    province = constraints.get("province_th")
    found = provinces.find(str(province)) if province else None
    certificate = constraints.get("certificate")
    return Filters(
        provinces=frozenset({found.th if found else str(province)}) if province else frozenset(),
        certificates=frozenset({certificates.canonical(str(certificate))}) if certificate else frozenset(),
    )


def _read_judgements(path: Path, firms: set[str]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    strangers = set()
    for line, columns in read_columns(path, count=3):
        topic, firm, grade = columns
        if grade not in ("1", "2", "3"):
            raise TopicsError(path=path, line=line, problem=f"grade {grade!r} is not 1, 2 or 3")
        if firm in firms:
            grades.setdefault(topic, {})[firm] = int(grade)
        else:
            strangers.add(firm)
    if strangers:
        log.warning("judgements for firms that are not in the folder are left out: %s", sorted(strangers))
    return grades


def read_columns(path: Path, *, count: int) -> Iterator[tuple[int, list[str]]]:
    """Tab-separated columns of a file with their line numbers.

    Raises:
        TopicsError: the file is missing, or a line has another number of columns.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise TopicsError(path=path, line=None, problem=f"cannot be read ({problem})") from problem
    for line, text in enumerate(lines, 1):
        columns = text.split("\t")
        if text.strip():
            if len(columns) != count:
                raise TopicsError(path=path, line=line, problem=f"{len(columns)} columns instead of {count}")
            yield line, columns
