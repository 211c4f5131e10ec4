"""Reading and writing a fair: the published instances' MiniZinc data, and JSON of our own.

The JSON form; everything is numbered from 1, and what has a default may be left out:

    {"participants": [{"name": "บริษัท ก", "away": [3, 4], "host": true}, {"name": "บริษัท ข"}],
     "meetings": [{"of": [1, 2], "session": "either", "slot": 5, "after": [2]}, {"of": [1, 2]}],
     "slots": 12, "first_session_slots": 6, "pauses": [7], "tables": 20, "fairness": 2}

`participants` may also be their number; `away` are slots, `host` keeps one table; `session` is `first`, `second` or
`either` (default); `slot` binds a meeting; `after` names meetings that must come strictly earlier;
`first_session_slots` is by default all, `pauses`, slots before which everybody pauses (as the first of the second
day), none, `fairness` 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.errors import TimetableError
from matcher.timetable.minizinc import parse_minizinc
from matcher.timetable.problem import FAIRNESS, Problem, Session

_SESSIONS = {session.name.lower(): session for session in Session}
_KEYS = {"participants", "meetings", "slots", "first_session_slots", "pauses", "tables", "fairness"}
_PARTICIPANT, _MEETING = {"name", "away", "host"}, {"of", "session", "slot", "after"}


def read_problem(path: Path, *, fairness: int | None = None) -> Problem:
    """A fair from a `.dzn` or `.json` file.

    Args:
        path: The file.
        fairness: Put in place of the file's own bound.

    Raises:
        TimetableError: the file cannot be read; where it can be told, with the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise TimetableError(path=path, problem=f"cannot be read ({problem})", remedy="give a UTF-8 file") from problem
    parse = parse_minizinc if path.suffix.lower() == ".dzn" else parse_json
    found = parse(text, path=path)
    return found if fairness is None else replace(found, fairness=fairness)


def parse_json(text: str, *, path: Path | None = None) -> Problem:
    """A fair from JSON, see above.

    Raises:
        TimetableError: it is no JSON, lacks something, or contradicts itself.
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as problem:
        line = getattr(problem, "lineno", None)
        raise TimetableError(
            path=path,
            line=line,
            problem=f"not valid JSON ({problem})",
            remedy="mend it; docs/integrator.md has the form",
        ) from problem
    try:
        return _problem(_object(data, _KEYS, "the file"))
    except TimetableError as problem:
        if path is None:
            raise
        raise TimetableError(path=path, problem=problem.problem, remedy=problem.remedy) from problem


def problem_json(problem: Problem) -> str:
    """A fair as JSON that `parse_json` reads back."""
    participants = [
        {
            **({"name": problem.names[p]} if problem.names else {}),
            **({"away": [slot + 1 for slot in sorted(away)]} if away else {}),
            **({"host": True} if p in problem.hosts else {}),
        }
        for p, away in enumerate(problem.forbidden)
    ]
    meetings = []
    for meeting, (one, other) in enumerate(problem.meetings):
        session, slot, before = problem.sessions[meeting], problem.fixed[meeting], problem.earlier[meeting]
        meetings.append(
            {
                "of": [one + 1, other + 1],
                **({"session": session.name.lower()} if session is not Session.EITHER else {}),
                **({"slot": slot + 1} if slot is not None else {}),
                **({"after": [m + 1 for m in sorted(before)]} if before else {}),
            }
        )
    return json.dumps(
        {
            "slots": problem.n_slots,
            "first_session_slots": problem.first_slots,
            **({"pauses": [slot + 1 for slot in sorted(problem.pauses)]} if problem.pauses else {}),
            "tables": problem.n_tables,
            "fairness": problem.fairness,
            "participants": participants,
            "meetings": meetings,
        },
        ensure_ascii=False,
    )


def _problem(data: Mapping[str, Any]) -> Problem:
    people = data.get("participants", [])
    entries = [{}] * people if isinstance(people, int) and people >= 0 else _list(people, "participants")
    firms = [_object(one, _PARTICIPANT, f"participant {n}") for n, one in enumerate(entries, 1)]
    meetings = [
        _object(one, _MEETING, f"meeting {n}") for n, one in enumerate(_list(data.get("meetings"), "meetings"), 1)
    ]
    slots = _number(data.get("slots"), "slots")
    return Problem(
        n_participants=len(firms),
        meetings=tuple(_pair(one, n) for n, one in enumerate(meetings, 1)),
        n_slots=slots,
        n_tables=_number(data.get("tables"), "tables"),
        first_slots=_number(data.get("first_session_slots", slots), "first_session_slots"),
        sessions=tuple(_session(one, n) for n, one in enumerate(meetings, 1)),
        fixed=tuple(_number(one["slot"], "slot") - 1 if one.get("slot") else None for one in meetings),
        forbidden=tuple(_numbers(one.get("away"), "away") for one in firms),
        earlier=tuple(_numbers(one.get("after"), "after") for one in meetings),
        fairness=_number(data.get("fairness", FAIRNESS), "fairness"),
        pauses=_numbers(data.get("pauses"), "pauses"),
        hosts=frozenset(p for p, one in enumerate(firms) if one.get("host")),
        names=tuple(str(one.get("name") or p) for p, one in enumerate(firms, 1)),
    )


def _pair(meeting: Mapping[str, Any], number: int) -> tuple[int, int]:
    what = f"`of` of meeting {number}"
    pair = [_number(one, what) - 1 for one in _list(meeting.get("of"), what)]
    if len(pair) != 2:
        raise TimetableError(problem=f"meeting {number} has {len(pair)} participants", remedy='write "of": [1, 2]')
    return pair[0], pair[1]


def _session(meeting: Mapping[str, Any], number: int) -> Session:
    name = meeting.get("session") or "either"
    if not isinstance(name, str) or name not in _SESSIONS:
        raise TimetableError(problem=f"meeting {number} is in session {name!r}", remedy="write first, second or either")
    return _SESSIONS[name]


def _object(value: object, keys: set[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TimetableError(problem=f"{what} is no JSON object", remedy="docs/integrator.md has the form")
    for key in value:
        if key not in keys:
            raise TimetableError(problem=f"{what} has {key!r}, which nothing reads", remedy=f"use {sorted(keys)}")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise TimetableError(problem=f"{what}: {value!r} is no list", remedy="write a JSON list")
    return value


def _numbers(value: object, what: str) -> frozenset[int]:
    return frozenset(_number(one, what) - 1 for one in _list(value or [], what))


def _number(value: object, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TimetableError(problem=f"{what}: {value!r} is no whole number", remedy="write a whole number")
    return value
