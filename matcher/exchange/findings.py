"""The notebook of one import: problems and warnings as they are met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from matcher.domain import Firm
from matcher.exchange.citizen import masked
from matcher.exchange.report import Cell, Imported, Problem, Rejected, make_problem
from matcher.exchange.values import ValueProblem

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows there are."""

PROGRESS_EVERY = 100
Value = TypeVar("Value")


class RawRow(Protocol):
    """A row as it was read."""

    @property
    def number(self) -> int:
        """From 1, as a person sees it."""

    @property
    def raw(self) -> tuple[Cell, ...]:
        """Enough to write the row back."""


class Findings:
    """Collects what is wrong with the rows of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.reasons: dict[int, list[Problem]] = {}
        self.warnings: list[Problem] = []
        self._unknown: dict[str, list[int]] = {}

    def reject(self, kind: str, *, row: int, column: str | None = None, value: object = "", **data: object) -> None:
        """Note a problem that keeps its row out."""
        problem = make_problem(kind, file=self.file, row=row, column=column, value=value, **data)
        self.reasons.setdefault(row, []).append(problem)

    def warn(self, kind: str, *, row: int, column: str | None = None, value: object = "", **data: object) -> None:
        """Note something that leaves its row in."""
        self.warnings.append(make_problem(kind, file=self.file, row=row, column=column, value=value, **data))

    def unknown(self, field: str, *, row: int) -> None:
        """Note a field nobody knows; it is said once, with the number of rows."""
        rows = self._unknown.setdefault(field, [])
        if row not in rows[-1:]:
            rows.append(row)

    def clean(self, cleaner: Callable[[object], Value], value: object, *, row: int, column: str) -> Value | None:
        """The value cleaned; None, with a problem or warning noted, where that fails."""
        try:
            return cleaner(value)
        except ValueProblem as problem:
            note = self.warn if problem.leaves_out else self.reject
            note(
                problem.kind,
                row=row,
                column=column,
                value=value if problem.shown is None else problem.shown,
                **problem.data,
            )
            return None

    def rejects(self, row: int) -> bool:
        """Whether the row is kept out."""
        return row in self.reasons

    def imported(self, firms: Sequence[Firm], rows: Iterable[RawRow], *, header: tuple[Cell, ...] = ()) -> Imported:
        """Close the notebook: the report of a file with these rows."""
        for field, seen in self._unknown.items():
            self.warn("unknown_field", row=seen[0], column=field, count=len(seen))
        numbered = {row.number: row.raw for row in rows}
        rejected = tuple(
            Rejected(row, tuple(masked(cell) for cell in numbered[row]), tuple(self.reasons[row]))
            for row in sorted(self.reasons)
        )
        return Imported(
            firms=tuple(firms),
            problems=tuple(problem for row in rejected for problem in row.reasons),
            warnings=tuple(sorted(self.warnings, key=lambda warning: warning.row)),
            rows_in=len(numbered),
            rows_rejected=len(rejected),
            rejected=rejected,
            header=header,
        )


def with_progress(rows: Sequence[Value], progress: Progress | None) -> Iterator[Value]:
    """The rows, telling `progress` after every hundredth and after the last."""
    for done, row in enumerate(rows, 1):
        yield row
        if progress and (done % PROGRESS_EVERY == 0 or done == len(rows)):
            progress(done, len(rows))
