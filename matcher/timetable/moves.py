"""Moves of the annealing, compiled: which is tried, the chain it pushes aside, and what it would change.

The arrays are those of `kernel.State`, where they are described; taken one by one, which costs less than a tuple.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matcher.timetable.bits import Long, Longs, Random, below, draw, n_breaks, one_of, run_ends
from matcher.timetable.compiled import inlined

Numbers = npt.NDArray[np.int32]

AWAY, FULL, UNFAIR, ORDER, STRAY, GROUPS, SHIFT = range(7)
"""Places in the array `change`, what a move adds: meetings at slots they may not have, meetings beyond the tables,
breaks beyond the fair range, meetings out of order, meetings not at their home, breaks; and how many meetings go over
from the one slot to the other. The first five have weights."""


@inlined
def aim(pair: Numbers, at: Numbers, busy: Longs, stretches: Longs, random: Random) -> tuple[Long, Long, Long]:
    """A move that loses nothing to the participant it begins with: meeting, which of its two, new slot; or -1."""
    bits = draw(random)
    person = below(len(busy), bits >> np.uint64(32))
    ends, beside = run_ends(busy[person], stretches)
    if not ends or not beside:
        return -1, 0, 0
    meeting = at[person, one_of(ends, bits)]
    return meeting, np.int64(pair[meeting, 1] == person), one_of(beside, bits * np.uint64(0x9E3779B1) >> np.uint64(32))


@inlined
def anywhere(slot: Numbers, n_slots: Long, random: Random) -> tuple[Long, Long, Long]:
    """Any move: meeting, which of its two, new slot."""
    bits = draw(random)
    pick = below(2 * len(slot), bits >> np.uint64(32))
    return pick >> 1, pick & 1, below(n_slots, bits)


@inlined
def follow(
    pair: Numbers, at: Numbers, chain: Numbers, length: Long, person: Long, a: Long, b: Long
) -> tuple[Long, Long]:
    """Add to a chain what a participant's going from slot a to b pushes aside: the chain's length, its end or -1."""
    while True:
        other = at[person, b]
        if other == -1:
            return length, person
        if other == chain[0]:  # a ring
            return length, -1
        chain[length] = other
        length += 1
        person = pair[other, 0] + pair[other, 1] - person
        a, b = b, a


@inlined
def weigh_meetings(
    chain: Numbers, slot: Numbers, allowed: Longs, home: Numbers, change: Longs, length: Long, a: Long, b: Long
) -> None:
    """What the chain's meetings change by themselves: AWAY, STRAY, SHIFT."""
    shift = away = stray = 0
    for place in range(length):
        meeting = chain[place]
        old = slot[meeting]
        new = a + b - old
        shift += 1 if old == a else -1
        away += (allowed[meeting] >> min(old, 63) & 1) - (allowed[meeting] >> min(new, 63) & 1)
        if home[meeting] >= 0:
            stray += (new != home[meeting]) - (old != home[meeting])
    change[AWAY], change[STRAY], change[SHIFT] = away, stray, shift


@inlined
def excess(load: Numbers, capacity: Numbers, at: Long, more: Long) -> Long:
    """How many meetings too many a slot gains by some more."""
    over: int = load[at] - capacity[at]
    return max(over + more, 0) - max(over, 0)


@inlined
def weigh_end(busy: Long, flip: Long, stretches: Longs, low: Long, high: Long, change: Longs) -> None:
    """Add what changes for a participant at a chain's end: GROUPS, UNFAIR."""
    was, now = n_breaks(busy, stretches), n_breaks(busy ^ flip, stretches)
    change[GROUPS] += now - was
    change[UNFAIR] += max(now - high, low - now, 0) - max(was - high, low - was, 0)


@inlined
def cost(change: Longs, weights: npt.NDArray[np.float64]) -> float:
    """What a move costs, in breaks."""
    total = float(change[GROUPS])
    for kind in range(len(weights)):
        total += weights[kind] * change[kind]
    return total
