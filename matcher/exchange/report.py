"""What an import says of the rows it read: what went in, what did not, and why."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Literal

from matcher.domain import Firm
from matcher.exchange.citizen import masked_text
from matcher.exchange.messages import MESSAGES

Cell = str | int | float | date | time | timedelta | None
"""A cell as a file gives it (datetime is a date, bool an int)."""

Language = Literal["th", "en"]
SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with the remedy, in Thai and English.

    Attributes:
        kind: A key of `MESSAGES`; the same for the same mistake.
        row: Line of a JSON-lines file, or row of a sheet as a person sees it; from 1.
        column: Header as it stands in the file, or field name; None where the whole row is meant.
        value: At most 80 characters; never a citizen number.
    """

    kind: str
    file: str
    row: int
    column: str | None
    value: str
    problem_th: str
    problem_en: str
    remedy_th: str
    remedy_en: str

    def say(self, language: Language = "en") -> str:
        """File, row, column, value, problem and remedy in one line."""
        row, problem, remedy = (
            ("แถว", self.problem_th, self.remedy_th) if language == "th" else ("row", self.problem_en, self.remedy_en)
        )
        return f"{self.file}, {row} {self.row}{self._detail(problem, remedy)}"

    def brief(self, language: Language = "en") -> str:
        """The same without file and row, for the row's own problem column."""
        texts = (self.problem_th, self.remedy_th) if language == "th" else (self.problem_en, self.remedy_en)
        return self._detail(*texts).removeprefix(", ").removeprefix(": ")

    def __str__(self) -> str:
        return self.say("en")

    def _detail(self, problem: str, remedy: str) -> str:
        column = f", {self.column}" if self.column else ""
        value = f" ({self.value})" if self.value else ""
        return f"{column}: {problem}{value}; {remedy}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that did not go in, as it was read, citizen numbers masked.

    Attributes:
        cells: Under the header of `Imported`; for a JSON-lines file the one line.
        reasons: Every problem of the row, at least one.
    """

    row: int
    cells: tuple[Cell, ...]
    reasons: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of reading a file. A row is in whole or rejected whole.

    Attributes:
        firms: In the order of the file.
        problems: Each rejects its row; by row.
        warnings: The row goes in all the same; by row.
        rows_in: Rows that hold anything, rejected ones among them; the template's example is none.
        rejected: By row.
        header: Of a sheet, as written; empty for a JSON-lines file.
    """

    firms: tuple[Firm, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    rows_in: int
    rows_rejected: int
    rejected: tuple[Rejected, ...]
    header: tuple[Cell, ...] = ()


def make_problem(
    kind: str, *, file: str, row: int, column: str | None = None, value: object = "", **data: object
) -> Problem:
    """A problem of a known kind; `data` fills the places in its texts.

    Raises:
        KeyError: the kind is unknown or a place stays empty.
    """
    texts = (text.format(**data) for text in MESSAGES[kind])
    return Problem(kind, file, row, shown(column) or None, shown(value), *texts)


def shown(value: object) -> str:
    """A value fit for a report: one readable line of at most 80 characters, citizen numbers masked."""
    text = "" if value is None else masked_text(str(value)[: 50 * SHOWN_CHARS])
    text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"


def file_name(path: Path | str) -> str:
    """The file as a report names it: without its folders."""
    return Path(path).name
