"""One annealing over Kempe chains, and what its answers weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.timetable.problem import Problem, breaks_in

WEIGHTS = (3.0, 2.0, 2.0, 2.0)
"""A meeting at a slot it may not have, beyond the tables, beyond the fairness bound, out of order: in breaks."""

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Found:
    """The best attempt so far.

    Attributes:
        slots: Of every meeting; `n_slots` or more where it found no place.
        breaks: Break groups over all participants.
        violations: How often a rule is broken; 0 for a timetable.
        moved: Meetings that are not at their home.
        steps: Steps made by every chain of the search, so far.
    """

    slots: tuple[int, ...]
    breaks: int
    violations: int
    moved: int
    steps: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Less is better."""
        return self.violations, self.moved, self.breaks


def weighed(problem: Problem, windows: tuple[int, ...], slots: tuple[int, ...], home: tuple[int, ...] | None) -> Found:
    """An answer in which nobody has two meetings at once, with what it breaks."""
    busy, load = [0] * problem.n_participants, [0] * problem.n_slots
    for pair, slot in zip(problem.meetings, slots, strict=True):
        load[slot] += 1
        for person in pair:
            busy[person] |= 1 << slot
    stretches = problem.stretches()
    each = [breaks_in(bits, stretches) for bits in busy]
    wrong = sum(max(0, count - problem.n_tables) for count in load)
    wrong += sum(not bits >> slot & 1 for bits, slot in zip(windows, slots, strict=True))
    wrong += sum(slots[other] >= slots[m] for m, before in enumerate(problem.earlier) for other in before)
    wrong += max(0, max(each, default=0) - min(each, default=0) - problem.fairness)
    moved = sum(was not in (-1, slot) for was, slot in zip(home or (-1,) * len(slots), slots, strict=True))
    return Found(slots, sum(each), wrong, moved, 0)


class Chain:
    """One annealing: its state, and a cooling at a time.

    Args:
        problem: The fair.
        windows: For every meeting the slots it may have, as bits.
        seed: Of its random numbers.
        low: The fewest breaks a participant should have; the most are the fairness bound more.
        home: Slots the meetings should stay at, below 0 for any.
        stay: What a meeting elsewhere costs, in breaks.
    """

    def __init__(
        self,
        problem: Problem,
        windows: tuple[int, ...],
        *,
        seed: int,
        low: int,
        home: tuple[int, ...] | None = None,
        stay: float = 0.0,
    ) -> None:
        self.problem, self.windows, self.home = problem, windows, home
        self.range = low, low + problem.fairness
        self.links = _links(problem)
        self.scale = 1 + stay
        self.weights = np.array([*(weight * self.scale for weight in WEIGHTS), stay])
        self.random = np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64 or 1], np.uint64)
        self.steps = 0

    def begin(self, slots: list[int]) -> None:
        """Start from an answer in which nobody has two meetings at once, as `construct` gives it."""
        from matcher.timetable.kernel import State  # compiled at its first use, which not every fair needs

        problem, count = self.problem, len(slots)
        places = max([problem.n_slots, *(slot + 1 for slot in slots)])
        before, others, first = self.links
        pair, slot = np.array(problem.meetings, np.int32).reshape(-1, 2), np.array(slots, np.int32)
        at = np.full((problem.n_participants, places), -1, np.int32)
        busy = np.zeros(problem.n_participants, np.int64)
        for meeting, people in enumerate(problem.meetings):
            at[people, slots[meeting]] = meeting
        for real in range(problem.n_slots):
            busy[at[:, real] >= 0] |= 1 << real
        capacity = np.full(places, count, np.int32)
        capacity[: problem.n_slots] = problem.n_tables
        self.state = State(
            pair=pair, allowed=np.array(self.windows, np.int64), capacity=capacity, before=before, others=others,
            first=first, stretches=np.array(problem.stretches(), np.int64),
            home=np.array(self.home or (-1,) * count, np.int32), slot=slot, at=at, busy=busy,
            load=np.bincount(slot, minlength=places).astype(np.int32), best=slot.copy(),
            counts=np.zeros(6, np.int64), weights=self.weights, random=self.random, change=np.zeros(7, np.int64),
            chain=np.empty(count, np.int32), ends=np.empty(2, np.int64), inside=np.empty(count, np.int64),
        )  # fmt: skip
        self.state.counts[:] = self._count() * 2

    def cool(self, steps: int, *, hot: float, cold: float, target: float) -> None:
        """Anneal for some steps; `found` has the best answer met."""
        from matcher.timetable.kernel import anneal

        self.steps += anneal(self.state, self.problem.n_slots, *self.range, target, steps, hot, cold)

    def found(self) -> Found:
        """The best answer met since `begin`."""
        breaks, violations, moved = (int(count) for count in self.state.counts[3:])
        return Found(tuple(self.state.best.tolist()), breaks, violations, moved, self.steps)

    def _count(self) -> tuple[int, int, int]:
        state, (low, high) = self.state, self.range
        slots = state.slot.tolist()
        stretches = self.problem.stretches()
        each = [breaks_in(bits, stretches) for bits in state.busy.tolist()]
        wrong = sum(max(breaks - high, low - breaks, 0) for breaks in each)
        wrong += int(np.maximum(state.load - state.capacity, 0).sum())
        wrong += sum(not bits >> slot & 1 for bits, slot in zip(self.windows, slots, strict=True))
        wrong += sum(slots[other] >= slots[m] for m, before in enumerate(self.problem.earlier) for other in before)
        return sum(each), wrong, int(((state.home >= 0) & (state.slot != state.home)).sum())


def _links(problem: Problem) -> tuple[npt.NDArray[np.int8], Integers, Integers]:
    """Precedences from both sides: whether the other comes first, the other, and where each meeting's begin."""
    lists: list[list[tuple[int, int]]] = [[] for _ in problem.meetings]
    for meeting, before in enumerate(problem.earlier):
        for other in sorted(before):
            lists[meeting].append((1, other))
            lists[other].append((0, meeting))
    flat = [link for links in lists for link in links]
    first = np.cumsum([0, *(len(links) for links in lists)])
    return (
        np.array([link[0] for link in flat], np.int8),
        np.array([link[1] for link in flat], np.int32),
        first.astype(np.int32),
    )
