"""The MiniZinc data (`.dzn`) of the published instances, as far as those use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from matcher.errors import TimetableError
from matcher.timetable.problem import FAIRNESS, Problem, Session

_TOKEN = re.compile(r"\s+|%[^\n]*|/\*.*?\*/|(?P<token>\[\||\|\]|[\[\]{}|,;=]|-?\d+|[A-Za-z_]\w*)", re.DOTALL)

Value = int | list["Value"] | frozenset[int]


def parse_minizinc(text: str, *, path: Path | None = None) -> Problem:
    """A fair from the data of the B2B model: requested, forbidden, fixed, precedences and the numbers.

    A slot or meeting 0 stands for "none"; `meetingsxBusiness` and `nMeetingsBusiness` follow from the rest.

    Raises:
        TimetableError: something cannot be read, with its line, or contradicts something else.
    """
    data = _Reader(text, path).assignments()
    meetings = data.rows("requested", 3)
    people, first = data.number("nBusiness"), data.number("nMorningSlots", data.number("nTotalSlots"))
    if data.number("nMeetings", len(meetings)) != len(meetings):
        data.fail("requested", f"holds {len(meetings)} meetings, and nMeetings is {data.number('nMeetings')}")
    for one, other, session in meetings:
        if session not in (1, 2, 3):
            data.fail("requested", f"has a meeting of {one} and {other} in session {session}")
    try:
        return Problem(
            n_participants=people,
            meetings=tuple((one - 1, other - 1) for one, other, _ in meetings),
            n_slots=data.number("nTotalSlots"),
            n_tables=data.number("nTables"),
            first_slots=first,
            sessions=tuple(Session(session) for *_, session in meetings),
            fixed=tuple(slot - 1 if slot else None for slot in data.numbers("fixed", len(meetings))),
            forbidden=data.sets("forbidden", people),
            earlier=data.sets("precedences", len(meetings)),
            fairness=FAIRNESS,
        )
    except TimetableError as problem:
        if problem.line or path is None:
            raise
        raise TimetableError(path=path, problem=problem.problem, remedy=problem.remedy) from problem


class _Data:
    """What the file assigns, by name, with the line of each."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.values: dict[str, Value] = {}
        self.lines: dict[str, int] = {}

    def fail(self, name: str, problem: str) -> NoReturn:
        raise TimetableError(
            path=self.path,
            line=self.lines.get(name),
            problem=f"{name} {problem}",
            remedy="the fields are those of the published B2B instances",
        )

    def number(self, name: str, default: int | None = None) -> int:
        value = self.values.get(name, default)
        if not isinstance(value, int):
            self.fail(name, "is missing" if value is None else "is no number")
        return value

    def rows(self, name: str, width: int) -> list[list[int]]:
        rows = self.values.get(name)
        if not isinstance(rows, list):
            self.fail(name, "is missing" if rows is None else "is no list")
        found = []
        for number, row in enumerate(rows, 1):
            numbers = [one for one in row if isinstance(one, int)] if isinstance(row, list) else []
            if len(numbers) != width:
                self.fail(name, f"has no {width} numbers in row {number}")
            found.append(numbers)
        return found

    def numbers(self, name: str, count: int) -> list[int]:
        value = self.values.get(name, [0] * count)
        numbers = [one for one in value if isinstance(one, int)] if isinstance(value, list) else []
        if len(numbers) != count:
            self.fail(name, f"does not hold {count} numbers")
        return numbers

    def sets(self, name: str, count: int) -> tuple[frozenset[int], ...]:
        value = self.values.get(name, [frozenset[int]()] * count)
        sets = [one for one in value if isinstance(one, frozenset)] if isinstance(value, list) else []
        if len(sets) != count:
            self.fail(name, f"does not hold {count} sets")
        return tuple(frozenset(number - 1 for number in one if number) for one in sets)


class _Reader:
    def __init__(self, text: str, path: Path | None) -> None:
        self.path = path
        self.tokens = list(self._tokens(text))
        self.at = 0

    def assignments(self) -> _Data:
        data = _Data(self.path)
        while self.at < len(self.tokens) - 1:
            name, line = self._next()
            if not name.isidentifier() or name in data.values:
                self._fail(line, f"{name!r} stands where a new name should")
            self._expect("=")
            data.values[name], data.lines[name] = self._value(), line
            self._expect(";")
        return data

    def _value(self) -> Value:
        token, line = self._next()
        if token.lstrip("-").isdigit():
            return int(token)
        if token == "[|":
            return self._table()
        if token == "[":
            return self._items("]")
        if token == "{":
            items = self._items("}")
            return frozenset(item for item in items if isinstance(item, int))
        self._fail(line, f"{token!r} stands where a value should")

    def _items(self, end: str) -> list[Value]:
        items: list[Value] = []
        while self._peek() != end:
            items.append(self._value())
            if self._peek() != end:
                self._expect(",")
        self._next()
        return items

    def _table(self) -> list[Value]:
        rows: list[Value] = []
        row: list[Value] = []
        while True:
            token = self._peek()
            if token in ("|", "|]"):
                self._next()
                rows += [row] if row else []
                row = []
                if token == "|]":
                    return rows
            elif token == ",":
                self._next()
            else:
                row.append(self._value())

    def _peek(self) -> str:
        return self.tokens[self.at][0]

    def _next(self) -> tuple[str, int]:
        found = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return found

    def _expect(self, token: str) -> None:
        found, line = self._next()
        if found != token:
            self._fail(line, f"{found or 'the end of the file'!r} stands where {token!r} should")

    def _fail(self, line: int, problem: str) -> NoReturn:
        raise TimetableError(
            path=self.path, line=line, problem=problem, remedy="mend the line; only data are read, no expressions"
        )

    def _tokens(self, text: str) -> Iterator[tuple[str, int]]:
        at, line = 0, 1
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                self._fail(line, f"{text[at]!r} cannot be read")
            if found["token"]:
                yield found["token"], line
            line += found[0].count("\n")
            at = found.end()
        yield "", line
