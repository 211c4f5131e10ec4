"""Whether a timetable keeps to every rule, and its breaks: said again from the definition.

Nothing here is shared with the search, so that a mistake there does not hide itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from matcher.timetable.problem import Problem


def broken_rules(problem: Problem, slots: Sequence[int], tables: Sequence[int]) -> list[str]:
    """Every rule that a timetable breaks, in words; empty where it keeps to all.

    Args:
        problem: The fair.
        slots: Of every meeting, from 0.
        tables: Of every meeting, from 0.
    """
    if len(slots) != len(problem.meetings) or len(tables) != len(problem.meetings):
        return [f"{len(problem.meetings)} meetings have {len(slots)} slots and {len(tables)} tables"]
    return [*_meetings(problem, slots), *_places(problem, slots, tables), *_participants(problem, slots)]


def break_groups(problem: Problem, slots: Sequence[int]) -> dict[int, int]:
    """For every participant, its runs of idle slots between two meetings with no pause between them."""
    busy: dict[int, list[int]] = {person: [] for person in range(problem.n_participants)}
    for pair, slot in zip(problem.meetings, slots, strict=True):
        for person in pair:
            busy[person].append(slot)
    return {person: _gaps(sorted(own), problem.pauses) for person, own in busy.items()}


def _meetings(problem: Problem, slots: Sequence[int]) -> Iterator[str]:
    for meeting, slot in enumerate(slots):
        for person in problem.meetings[meeting]:
            if slot in problem.forbidden[person]:
                yield f"{problem.name(person)} is away at slot {slot + 1}, the time of meeting {meeting + 1}"
        for other in problem.earlier[meeting]:
            if slots[other] >= slot:
                yield f"meeting {other + 1} does not come before meeting {meeting + 1}"
        yield from (f"meeting {meeting + 1} is {what}" for what in _misplaced(problem, meeting, slot))


def _misplaced(problem: Problem, meeting: int, slot: int) -> Iterator[str]:
    if not 0 <= slot < problem.n_slots:
        yield f"at slot {slot + 1} of {problem.n_slots}"
    if problem.fixed[meeting] not in (None, slot):
        yield "not at its fixed slot"
    if problem.sessions[meeting] == 1 and slot >= problem.first_slots:
        yield "not in the first session"
    if problem.sessions[meeting] == 2 and slot < problem.first_slots:
        yield "not in the second session"


def _places(problem: Problem, slots: Sequence[int], tables: Sequence[int]) -> Iterator[str]:
    for slot, count in Counter(slots).items():
        if count > problem.n_tables:
            yield f"{count} meetings at slot {slot + 1}, and {problem.n_tables} tables"
    for (slot, table), count in Counter(zip(slots, tables, strict=True)).items():
        if count > 1:
            yield f"{count} meetings at slot {slot + 1} and table {table + 1}"
    for meeting, table in enumerate(tables):
        if not 0 <= table < problem.n_tables:
            yield f"meeting {meeting + 1} is at table {table + 1} of {problem.n_tables}"


def _participants(problem: Problem, slots: Sequence[int]) -> Iterator[str]:
    pairs = zip(problem.meetings, slots, strict=True)
    for (person, slot), count in Counter((person, slot) for pair, slot in pairs for person in pair).items():
        if count > 1:
            yield f"{problem.name(person)} has {count} meetings at slot {slot + 1}"
    breaks = break_groups(problem, slots)
    if breaks and max(breaks.values()) - min(breaks.values()) > problem.fairness:
        most, least = max(breaks, key=breaks.__getitem__), min(breaks, key=breaks.__getitem__)
        yield (
            f"{problem.name(most)} has {breaks[most]} breaks and {problem.name(least)} {breaks[least]}: "
            f"more than {problem.fairness} apart"
        )


def _gaps(busy: list[int], pauses: frozenset[int]) -> int:
    gaps = [range(one + 1, later + 1) for one, later in pairwise(busy) if later - one > 1]
    return sum(pauses.isdisjoint(gap) for gap in gaps)
