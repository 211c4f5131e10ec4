"""Breaks that no timetable can avoid, proven without a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.timetable.problem import Problem
from matcher.timetable.windows import augment, windows

EFFORT = 20_000
"""Slots looked at for one participant and number of breaks; beyond them nothing more is claimed."""


def fewest_breaks(problem: Problem, bits: Sequence[int] | None = None) -> tuple[int, ...]:
    """For every participant, break groups it has in any timetable.

    A participant with n meetings is busy at n slots that can be matched to them. The fewest breaks of such
    a set, each participant taken by itself, never exceed what it gets in a timetable.

    Args:
        problem: The fair.
        bits: `windows(problem)`, if known.
    """
    known = windows(problem) if bits is None else bits
    return tuple(_fewest([known[meeting] for meeting in own], problem) for own in problem.meetings_of())


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


def _fewest(choices: list[int], problem: Problem) -> int:
    takers = tuple(
        sum(1 << meeting for meeting, choice in enumerate(choices) if choice >> slot & 1)
        for slot in range(problem.n_slots)
    )
    for breaks in range(len(choices)):
        if _Day(problem.pauses, takers).serves(0, len(choices), breaks, {}):
            return breaks
    return 0


@dataclass(slots=True)
class _Day:
    """One participant's slots, chosen one after the other.

    Attributes:
        pauses: As of the fair.
        takers: For every slot the meetings it suits, as bits.
        tried: Slots looked at.
    """

    pauses: frozenset[int]
    takers: tuple[int, ...]
    tried: int = 0

    def serves(
        self, slot: int, left: int, breaks: int, taken: dict[int, int], *, busy: bool = False, begun: bool = False
    ) -> bool:
        """Whether the slots from this one on serve the meetings left; true also where the effort is spent.

        Slots chosen can be matched to meetings at every step: sets that can are a matroid's, so none is missed.

        Args:
            slot: The slot.
            left: Meetings that have none yet.
            breaks: How many may still come.
            taken: The slot of every meeting that has one.
            busy: Whether the participant is at the slot before.
            begun: Whether it was at any since the last pause.
        """
        self.tried += 1
        if not left or self.tried > EFFORT:
            return True
        if left > len(self.takers) - slot:
            return False
        if slot in self.pauses:
            busy = begun = False
        spent = begun and not busy
        matched = dict(taken)
        busier = breaks >= spent and augment(self.takers, -1, slot, matched, [0])
        if busier and self.serves(slot + 1, left - 1, breaks - spent, matched, busy=True, begun=True):
            return True
        return self.serves(slot + 1, left, breaks, taken, begun=begun)
