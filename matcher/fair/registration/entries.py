"""What one row of a registration sheet says of its firm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from matcher.exchange.values import ValueProblem, line
from matcher.fair.fair import ANYONE, MAX_MEETINGS, MIN_MEETINGS, Fair, Participant, Wish
from matcher.fair.registration.cells import address, count, languages, names, side, sides
from matcher.fair.registration.columns import IDENTITY, WISHES
from matcher.fair.registration.firms import Directory
from matcher.fair.registration.messages import Notes
from matcher.fair.registration.sheet import Row
from matcher.fair.registration.times import Times

Value = TypeVar("Value")

_NOT_FOUND = {"unknown_firm", "several_firms"}
"""Problems of a cell that another cell of the row may make good."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was understood.

    Attributes:
        wishes: Ids of the firms it names, whether they take part or not.
        address: For notices; personal.
    """

    row: int
    participant: Participant
    wishes: Mapping[Wish, tuple[str, ...]]
    address: str | None


class Reader:
    """Understands rows of one sheet.

    Args:
        fair: Whose times and sides are meant.
        directory: The catalog.
        notes: Where problems are noted.
        headers: As they stand in the sheet, by column.
    """

    def __init__(self, fair: Fair, directory: Directory, notes: Notes, headers: Mapping[str, str]) -> None:
        self._directory = directory
        self._notes = notes
        self._headers = headers
        self._times = Times(fair)
        self._side = partial(side, known=sides(fair))

    def firm(self, row: Row) -> str | None:
        """Id of the firm a row speaks of; None, with a problem noted, where that is not clear."""
        stated = {column: self._find(row.cells[column]) for column in IDENTITY if column in row.cells}
        found = {column: id for column, id in stated.items() if isinstance(id, str)}
        failed = {column: id for column, id in stated.items() if isinstance(id, ValueProblem)}
        if not stated:
            self._notes.reject("no_firm", row=row.number)
        for column, problem in failed.items():
            if not found or problem.kind not in _NOT_FOUND:
                self._notes.note(problem, row=row.number, column=self._headers[column], value=row.cells[column])
        if not found or self._notes.rejects(row.number):
            return None
        id = next(iter(found.values()))
        self._compare(row, id, found, [*failed])
        return None if self._notes.rejects(row.number) else id

    def entry(self, row: Row, id: str) -> Entry | None:
        """What a row says of its firm; None, with every problem noted, where something cannot be read."""
        take = partial(self._take, row)
        fewest, most = take("fewest", count), take("most", count)
        if fewest is not None and most is not None and fewest > most:
            self._say("fewest_above_most", row, "fewest", reject=True, fewest=fewest, most=most)
        wishes = {wish: self._wished(row, column, id) for column, wish in WISHES.items()}
        participant = Participant(
            id,
            delegates=take("delegates", names) or (),
            available=take("available", self._times.read),
            min_meetings=min(MIN_MEETINGS, MIN_MEETINGS if most is None else most) if fewest is None else fewest,
            max_meetings=max(MAX_MEETINGS, fewest or 0) if most is None else most,
            languages=take("languages", languages) or frozenset({"th"}),
            side=take("side", self._side) or ANYONE,
            group=take("group", line),
        )
        entry = Entry(row.number, participant, wishes, take("email", address))
        return None if self._notes.rejects(row.number) else entry

    def _find(self, value: object) -> str | ValueProblem:
        try:
            return self._directory.find(value)
        except ValueProblem as problem:
            return problem

    def _compare(self, row: Row, id: str, found: Mapping[str, str], failed: list[str]) -> None:
        """Whether all cells that say which firm is meant say the same."""
        for column, other in found.items():
            if other != id:
                self._say("other_firm", row, column, reject=True, other=other, id=id)
        for column in failed:
            if not self._directory.is_named(row.cells[column], id):
                self._say("other_name" if column == "name" else "unknown_id", row, column, id=id)

    def _wished(self, row: Row, column: str, id: str) -> tuple[str, ...]:
        meant = self._take(row, column, self._directory.find_all) or ()
        if id in meant:
            self._say("itself", row, column)
        return tuple(other for other in meant if other != id)

    def _take(self, row: Row, column: str, cleaner: Callable[[object], Value]) -> Value | None:
        """A cell cleaned; None where it is blank, and where it is bad, which is noted."""
        if column not in row.cells:
            return None
        value = row.cells[column]
        try:
            return cleaner(value)
        except ValueProblem as problem:
            self._notes.note(problem, row=row.number, column=self._headers[column], value=value)
            return None

    def _say(self, kind: str, row: Row, column: str, *, reject: bool = False, **data: object) -> None:
        note = self._notes.reject if reject else self._notes.warn
        note(kind, row=row.number, column=self._headers[column], value=row.cells.get(column), **data)
