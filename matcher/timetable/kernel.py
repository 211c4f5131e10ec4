"""The annealing's inner loop, compiled; its state is nothing but arrays.

A move takes a meeting to another slot, and swaps those two slots along the whole chain of meetings that
this pushes aside (a Kempe chain), so no participant ever has two meetings at once. Only the participants at
a chain's two ends change the slots they are busy at, which makes a move cheap however long its chain is.
Most moves tried begin with a participant who loses nothing by them: one end of a run of meetings goes, and a
slot beside a run comes. Where its breaks alone are too many the chain is not even followed.

Source: Kempe chains as in Morgenstern & Shapiro, "Coloring heuristics using resource sharing and Kempe
chains" (1990); the annealing as in Kirkpatrick et al., "Optimization by simulated annealing", Science 1983.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.timetable.bits import Long, Longs, Random, draw
from matcher.timetable.compiled import compiled
from matcher.timetable.moves import (
    AWAY,
    FULL,
    GROUPS,
    ORDER,
    SHIFT,
    STRAY,
    UNFAIR,
    Numbers,
    aim,
    anywhere,
    cost,
    excess,
    follow,
    weigh_end,
    weigh_meetings,
)

BREAKS, VIOLATIONS, MOVED, BEST_BREAKS, BEST_VIOLATIONS, BEST_MOVED = range(6)
"""Places in `State.counts`: of the current answer, and of the best one met."""

SURE, SEEKING = 15, 1
"""Bits of a step's number that are all 0 where any move whatsoever is tried; the second as long as a rule is broken."""


class State(NamedTuple):
    """What the annealing works on, in place; slots from `n_slots` on are overflow, "nowhere yet".

    Attributes:
        pair: (meetings, 2), the participants.
        allowed: (meetings,), slots as bits.
        capacity: (places,), meetings a slot can hold; `places` are the slots and the overflow.
        before: (links,), whether the other meeting of a precedence comes first.
        others: (links,), that other meeting.
        first: (meetings + 1,), where every meeting's links begin.
        stretches: (stretches,), slots between two pauses, as bits.
        home: (meetings,), the slot to stay at, or -1.
        slot: (meetings,), the current answer.
        at: (participants, places), the meeting there, or -1.
        busy: (participants,), real slots as bits.
        load: (places,), meetings there.
        best: (meetings,), the best answer met.
        counts: (6,), see `BREAKS`.
        weights: (5,), in breaks, see `AWAY`.
        random: (1,), the state of the random numbers, not 0.
        change: (7,), see `AWAY`.
        chain: (meetings,), the meetings of a move.
        ends: (2,), the participants at its ends, or -1; the first is the one a move begins with.
        inside: (meetings,), the number of the last move a meeting was in.
    """

    pair: Numbers
    allowed: Longs
    capacity: Numbers
    before: npt.NDArray[np.int8]
    others: Numbers
    first: Numbers
    stretches: Longs
    home: Numbers
    slot: Numbers
    at: Numbers
    busy: Longs
    load: Numbers
    best: Numbers
    counts: Longs
    weights: npt.NDArray[np.float64]
    random: Random
    change: Longs
    chain: Numbers
    ends: Longs
    inside: Longs


@compiled
def out_of_order(state: State, length: Long, a: Long, b: Long, stamp: int) -> int:
    """Precedences of the chain's meetings that would not hold, or with a = b = 0 do not."""
    wrong = 0
    for place in range(length):
        meeting = state.chain[place]
        for link in range(state.first[meeting], state.first[meeting + 1]):
            other = state.others[link]
            within = state.inside[other] == stamp
            if within and other < meeting:  # counted already
                continue
            mine, its = state.slot[meeting], state.slot[other]
            if a != b:
                mine = a + b - mine
                its = a + b - its if within else its
            wrong += its >= mine if state.before[link] else mine >= its
    return wrong


@compiled
def weigh_order(state: State, length: Long, a: Long, b: Long, stamp: int) -> None:
    """What changes in the order of meetings: ORDER."""
    for place in range(length):
        state.inside[state.chain[place]] = stamp
    state.change[ORDER] = out_of_order(state, length, a, b, stamp) - out_of_order(state, length, 0, 0, stamp)


@compiled
def make(state: State, length: Long, a: Long, b: Long, flip: Long) -> None:
    """Make the move."""
    for place in range(length):
        meeting = state.chain[place]
        for side in range(2):
            state.at[state.pair[meeting, side], state.slot[meeting]] = -1
    for place in range(length):
        meeting = state.chain[place]
        state.slot[meeting] = a + b - state.slot[meeting]
        for side in range(2):
            state.at[state.pair[meeting, side], state.slot[meeting]] = meeting
    for side in range(2):
        if state.ends[side] >= 0:
            state.busy[state.ends[side]] ^= flip
    change = state.change
    state.load[a] -= change[SHIFT]
    state.load[b] += change[SHIFT]
    state.counts[BREAKS] += change[GROUPS]
    state.counts[VIOLATIONS] += change[AWAY] + change[FULL] + change[UNFAIR] + change[ORDER]
    state.counts[MOVED] += change[STRAY]


@compiled
def keep_best(state: State) -> float:
    """Keep the current answer if it is the best; the cost of the best, without violations' weight."""
    counts, stay = state.counts, state.weights[STRAY]
    now = float(counts[BREAKS] + stay * counts[MOVED])
    known = float(counts[BEST_BREAKS] + stay * counts[BEST_MOVED])
    fewer = counts[VIOLATIONS] < counts[BEST_VIOLATIONS]
    if fewer or (counts[VIOLATIONS] == counts[BEST_VIOLATIONS] and now < known):
        counts[BEST_BREAKS:] = counts[:BEST_BREAKS]
        state.best[:] = state.slot
        return now
    return known


@compiled
def anneal(state: State, n_slots: int, low: int, high: int, target: float, steps: int, hot: float, cold: float) -> int:
    """Anneal for some steps, in place.

    Args:
        state: What to work on.
        n_slots: Real slots.
        low: The fewest breaks a participant should have.
        high: The most.
        target: Stop as soon as the best answer has no violation and costs so little.
        steps: How many moves to try.
        hot: Temperature of the first step.
        cold: Temperature of the last.

    Returns:
        How many steps were made.
    """
    pair, slot, at, busy, chain, allowed = state.pair, state.slot, state.at, state.busy, state.chain, state.allowed
    home, load, capacity, stretches, random = state.home, state.load, state.capacity, state.stretches, state.random
    change, weights, counts, ends = state.change, state.weights, state.counts, state.ends
    cooling = (cold / hot) ** (64.0 / max(steps, 64))
    heat = hot
    change[ORDER] = 0
    state.inside[:] = -1
    for step in range(steps):
        heat *= cooling if step & 63 == 63 else 1.0
        aimed = step & (SEEKING if counts[VIOLATIONS] else SURE)
        meeting, side, b = aim(pair, at, busy, stretches, random) if aimed else anywhere(slot, n_slots, random)
        a = np.int64(slot[meeting])
        if meeting < 0 or a == b or not allowed[meeting] >> b & 1:
            continue
        bearable = -heat * np.log(((draw(random) >> np.uint64(11)) + 1.0) / 2.0**53)
        flip = (np.int64(1) << b) | (np.int64(1) << a if a < n_slots else np.int64(0))
        change[GROUPS] = change[UNFAIR] = 0
        chain[0] = meeting
        length, ends[0] = follow(pair, at, chain, 1, pair[meeting, side], a, b)
        ends[1] = -1
        if ends[0] >= 0:
            weigh_end(busy[ends[0]], flip, stretches, low, high, change)
            # where nothing but breaks can be won, a move that the other end may pay for can also begin there
            if change[GROUPS] > bearable and not counts[VIOLATIONS] and not weights[STRAY]:
                continue
            length, ends[1] = follow(pair, at, chain, length, pair[meeting, 1 - side], a, b)
            weigh_end(busy[ends[1]], flip, stretches, low, high, change)
        weigh_meetings(chain, slot, allowed, home, change, length, a, b)
        change[FULL] = excess(load, capacity, a, -change[SHIFT]) + excess(load, capacity, b, change[SHIFT])
        if len(state.others):
            weigh_order(state, length, a, b, step)
        if cost(change, weights) > bearable:
            continue
        make(state, length, a, b, flip)
        if keep_best(state) <= target and counts[BEST_VIOLATIONS] == 0:
            return step + 1
    return steps
