"""Anytime search: a construction, and annealing over Kempe chains from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from matcher.timetable.chain import Chain, Found
from matcher.timetable.problem import Problem, slots_of

HOT, COLD = 0.25, 0.12
"""Temperatures, in breaks."""

FIRST_ROUND = 400_000
"""Steps of the first cooling, or 20 a meeting and slot where that is more; see `GROWTH` for the later ones."""

GROWTH, LARGE_GROWTH = 8, 100
"""How many times as long the next cooling is; a large fair gets most out of one that takes all the time left."""

CHUNK = 200_000
"""Steps between two looks at the clock."""


@dataclass(slots=True)
class Limits:
    """When a search ends: at a time, at a number of steps, at a goal, or when it is told to."""

    until: float = float("inf")
    steps: int | None = None
    target: int = 0
    stop: Callable[[], bool] = field(default=lambda: False)

    def over(self, steps: int) -> bool:
        """Whether to end now."""
        spent = self.steps is not None and steps >= self.steps
        return spent or time.monotonic() >= self.until or self.stop()


def construct(problem: Problem, windows: tuple[int, ...], start: tuple[int, ...] | None = None) -> list[int]:
    """Give every meeting a slot at which both its participants are unoccupied, one after the other.

    Meetings with little choice come first. One that finds no slot gets an overflow slot, numbered from
    `n_slots`; the annealing brings it in.

    Args:
        problem: The fair.
        windows: For every meeting the slots it may have, as bits.
        start: Slots to take over as far as they can be; below 0 for a meeting that has none.
    """
    busy = [0] * problem.n_participants
    load = [0] * problem.n_slots
    slots = [-1] * len(problem.meetings)
    degree = [len(own) for own in problem.meetings_of()]

    def place(meeting: int, slot: int) -> None:
        slots[meeting] = slot
        for person in problem.meetings[meeting]:
            busy[person] |= 1 << slot
        if slot < problem.n_slots:
            load[slot] += 1

    for meeting, slot in enumerate(start or ()):
        one, other = problem.meetings[meeting]
        if 0 <= slot < problem.n_slots and not (busy[one] | busy[other]) >> slot & 1:
            place(meeting, slot)
    choice = {m: windows[m].bit_count() for m in range(len(slots)) if slots[m] < 0}
    for meeting in sorted(choice, key=lambda m: (choice[m], -sum(degree[p] for p in problem.meetings[m]), m)):
        one, other = problem.meetings[meeting]
        taken = busy[one] | busy[other]
        free = slots_of(windows[meeting] & ~taken) or slots_of((1 << problem.n_slots) - 1 & ~taken)
        if free:
            place(meeting, min(free, key=lambda slot: (load[slot] >= problem.n_tables, load[slot], slot)))
        else:
            overflow = ~(taken >> problem.n_slots)
            place(meeting, problem.n_slots + (overflow & -overflow).bit_length() - 1)
    return slots


def search(chains: list[Chain], slots: list[int], limits: Limits) -> Iterator[Found]:
    """Anneal round after round, each from the best answer of those before, and say how far it came.

    With a limit of steps the answer depends on nothing but the seeds. A limit, be it of steps or of time, cuts
    the same run short, but for its last rounds, which are fitted to what is left.

    Args:
        chains: Run beside each other, a thread each.
        slots: Where to start from.
        limits: When to end.

    Yields:
        The best answer so far, about once a second or more often.
    """
    best: Found | None = None
    size = max(FIRST_ROUND, 20 * len(slots) * chains[0].problem.n_slots) if slots else 0
    growth = GROWTH if size == FIRST_ROUND else LARGE_GROWTH
    with ThreadPoolExecutor(len(chains)) as pool:
        size = _left(size, 0, limits)
        while slots:
            for chain in chains:
                chain.begin(list(best.slots) if best else slots)
            if best is None:
                chains[0].cool(0, hot=HOT, cold=COLD, target=0)  # compiles, or loads what was compiled
            for found in _round(chains, pool, size, limits):
                if best is None or found.rank < best.rank:
                    best = found
                yield best
            if limits.over(chains[0].steps) or (best and not best.violations and _score(best, chains) <= limits.target):
                return
            size = _left(min(size * growth, 2**40), chains[0].steps, limits)


def _score(found: Found, chains: list[Chain]) -> float:
    return found.breaks + float(chains[0].weights[-1]) * found.moved


def _round(chains: list[Chain], pool: ThreadPoolExecutor, size: int, limits: Limits) -> Iterator[Found]:
    """One cooling of every chain, in steps of `CHUNK`."""
    done, wanted = 0, size
    began = time.monotonic()
    while done < size and not (chains[0].steps and limits.over(chains[0].steps)):
        chunk = min(CHUNK, size - done)
        hottest = HOT * chains[0].scale
        hot = hottest * (COLD / hottest) ** (done / size)
        done += chunk
        cold = hottest * (COLD / hottest) ** (done / size)
        options: dict[str, Any] = {"hot": hot, "cold": cold, "target": limits.target}
        for job in [pool.submit(chain.cool, chunk, **options) for chain in chains]:
            job.result()
        found = min((chain.found() for chain in chains), key=lambda one: one.rank)
        yield found
        if not found.violations and _score(found, chains) <= limits.target:
            return
        size = _fitted(wanted, done, began, limits)


def _left(size: int, steps: int, limits: Limits) -> int:
    """A round no longer than the steps that are left."""
    return size if limits.steps is None else min(size, limits.steps - steps)


def _fitted(size: int, done: int, began: float, limits: Limits) -> int:
    """A round that would not end in time is cut so that it cools to the end."""
    if limits.steps is not None or limits.until == float("inf"):
        return size
    now = time.monotonic()
    speed = done / max(now - began, 1e-6)
    return min(size, done + max(CHUNK, int(speed * (limits.until - now))))
