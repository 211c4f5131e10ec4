"""Breaks that no timetable can avoid, proven without a search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from matcher.timetable.problem import Problem, slots_of
from matcher.timetable.windows import matching, windows

EFFORT = 3_000
"""Slot sets tried for one participant and number of breaks; beyond them nothing more is claimed."""


def fewest_breaks(problem: Problem, bits: Sequence[int] | None = None) -> tuple[int, ...]:
    """For every participant, break groups it has in any timetable.

    A participant with n meetings is busy at n slots that can be matched to them. The fewest breaks of such
    a set, each participant taken by itself, never exceed what it gets in a timetable.

    Args:
        problem: The fair.
        bits: `windows(problem)`, if known.
    """
    known = windows(problem) if bits is None else bits
    return tuple(_fewest([known[meeting] for meeting in own], problem.n_slots) for own in problem.meetings_of())


def lower_bound(problem: Problem, bits: Sequence[int] | None = None) -> int:
    """Break groups, over all participants, that no timetable goes below."""
    return sum(fewest_breaks(problem, bits))


def least_base(problem: Problem, fewest: Sequence[int]) -> int:
    """The least number of breaks that some participant may have to have for fairness' sake."""
    return max([0, *(breaks - problem.fairness for breaks in fewest)])


def most_breaks(problem: Problem) -> tuple[int, ...]:
    """For every participant, break groups it cannot exceed: one less than its meetings, one an idle slot."""
    degree = [len(own) for own in problem.meetings_of()]
    return tuple(max(0, min(count - 1, problem.n_slots - count)) for count in degree)


def _fewest(choices: list[int], n_slots: int) -> int:
    usable = 0
    for choice in choices:
        usable |= choice
    for breaks in range(len(choices)):
        for tried, busy in enumerate(_busy_sets(len(choices), breaks, slots_of(usable), n_slots)):
            if tried >= EFFORT or matching(choices, busy) is not None:
                return breaks
    return 0


def _busy_sets(count: int, breaks: int, usable: list[int], n_slots: int) -> Iterator[int]:
    """Every set of so many usable slots with exactly so many breaks, as bits."""
    allowed = sum(1 << slot for slot in usable)
    for cuts in combinations(range(1, count), breaks):
        runs = [end - start for start, end in zip((0, *cuts), (*cuts, count), strict=True)]
        idle = n_slots - count - breaks  # idle slots beyond one in every break
        if idle < 0:
            continue
        for gaps in _shared(idle, breaks + 1):
            at = bits = 0
            for run, gap in zip(runs, gaps, strict=True):
                at += gap
                bits |= (1 << run) - 1 << at
                at += run + 1
            if not bits & ~allowed:
                yield bits


def _shared(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Ways to give up to a total to some parts."""
    if parts == 0:
        yield ()
        return
    for one in range(total + 1):
        for rest in _shared(total - one, parts - 1):
            yield one, *rest
