"""The annealing's inner loop, compiled; its state is nothing but arrays.

A move takes a meeting to another slot, and swaps those two slots along the whole chain of meetings that
this pushes aside (a Kempe chain), so no participant ever has two meetings at once. Only the participants at
a chain's two ends change the slots they are busy at, which makes a move cheap however long its chain is.

Source: Kempe chains as in Morgenstern & Shapiro, "Coloring heuristics using resource sharing and Kempe
chains" (1990); the annealing as in Kirkpatrick et al., "Optimization by simulated annealing", Science 1983;
random numbers by Marsaglia, "Xorshift RNGs", J. Statistical Software 2003.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.timetable.compiled import compiled

Long = int | np.int64
Numbers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

BREAKS, VIOLATIONS, MOVED, BEST_BREAKS, BEST_VIOLATIONS, BEST_MOVED = range(6)
"""Places in `State.counts`: of the current answer, and of the best one met."""

AWAY, FULL, UNFAIR, ORDER, STRAY, GROUPS, SHIFT = range(7)
"""Places in `State.change`, what a move adds: meetings at slots they may not have, meetings beyond the tables, breaks
beyond the fair range, meetings out of order, meetings not at their home, breaks; and how many meetings go over
from the one slot to the other. The first five are those of `State.weights`."""


class State(NamedTuple):
    """What the annealing works on, in place; slots from `n_slots` on are overflow, "nowhere yet".

    Attributes:
        pair: (meetings, 2), the participants.
        allowed: (meetings,), slots as bits.
        capacity: (places,), meetings a slot can hold; `places` are the slots and the overflow.
        before: (links,), whether the other meeting of a precedence comes first.
        others: (links,), that other meeting.
        first: (meetings + 1,), where every meeting's links begin.
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
        ends: (2,), the participants at its ends, or -1.
        inside: (meetings,), the number of the last move a meeting was in.
    """

    pair: Numbers
    allowed: Longs
    capacity: Numbers
    before: npt.NDArray[np.int8]
    others: Numbers
    first: Numbers
    home: Numbers
    slot: Numbers
    at: Numbers
    busy: Longs
    load: Numbers
    best: Numbers
    counts: Longs
    weights: npt.NDArray[np.float64]
    random: npt.NDArray[np.uint64]
    change: Longs
    chain: Numbers
    ends: Longs
    inside: Longs


@compiled
def draw(state: State, below: int) -> Long:
    """A random number from 0 to less than `below`, at most 2**31."""
    bits = state.random[0]
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    state.random[0] = bits
    return np.int64((bits >> np.uint64(33)) % np.uint64(below))


@compiled
def n_breaks(busy: int) -> int:
    """Break groups of a participant that is busy at these slots."""
    starts = busy & ~(busy << 1)
    count = -1
    while starts:
        starts &= starts - 1
        count += 1
    return max(count, 0)


@compiled
def find_chain(state: State, meeting: Long, a: Long, b: Long) -> int:
    """Collect the chain through a meeting at slot a into `chain` and `ends`; its length."""
    state.chain[0] = meeting
    state.ends[0] = state.ends[1] = -1
    length = 1
    for side in range(2):
        person, now, want = state.pair[meeting, side], a, b
        while True:
            other = state.at[person, want]
            if other == -1:
                state.ends[side] = person
                break
            if other == meeting:  # a ring
                return length
            state.chain[length] = other
            length += 1
            person = state.pair[other, 0] + state.pair[other, 1] - person
            now, want = want, now
    return length


@compiled
def weigh_meetings(state: State, length: int, a: Long, b: Long, n_slots: int) -> None:
    """What the chain's meetings change by themselves: AWAY, STRAY, SHIFT, FULL."""
    shift = away = stray = 0
    for place in range(length):
        meeting = state.chain[place]
        old = state.slot[meeting]
        new = a + b - old
        shift += 1 if old == a else -1
        away -= 1 if old >= n_slots else 1 - ((state.allowed[meeting] >> old) & 1)
        away += 1 if new >= n_slots else 1 - ((state.allowed[meeting] >> new) & 1)
        if state.home[meeting] >= 0:
            stray += (new != state.home[meeting]) - (old != state.home[meeting])
    room_a, room_b = state.load[a] - state.capacity[a], state.load[b] - state.capacity[b]
    state.change[AWAY], state.change[STRAY], state.change[SHIFT] = away, stray, shift
    state.change[FULL] = max(room_a - shift, 0) - max(room_a, 0) + max(room_b + shift, 0) - max(room_b, 0)


@compiled
def weigh_ends(state: State, flip: Long, low: int, high: int) -> None:
    """What changes for the participants at the chain's ends: GROUPS, UNFAIR."""
    groups = unfair = 0
    for side in range(2):
        person = state.ends[side]
        if person >= 0:
            was, now = n_breaks(state.busy[person]), n_breaks(state.busy[person] ^ flip)
            groups += now - was
            unfair += max(now - high, low - now, 0) - max(was - high, low - was, 0)
    state.change[GROUPS], state.change[UNFAIR] = groups, unfair


@compiled
def out_of_order(state: State, length: int, a: Long, b: Long, stamp: int) -> int:
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
def weigh_order(state: State, length: int, a: Long, b: Long, stamp: int) -> None:
    """What changes in the order of meetings: ORDER."""
    for place in range(length):
        state.inside[state.chain[place]] = stamp
    state.change[ORDER] = out_of_order(state, length, a, b, stamp) - out_of_order(state, length, 0, 0, stamp)


@compiled
def make(state: State, length: int, a: Long, b: Long, flip: Long) -> None:
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
    cooling = (cold / hot) ** (64.0 / max(steps, 64))
    heat = hot
    state.change[:] = 0
    state.inside[:] = -1
    for step in range(steps):
        if step & 63 == 63:
            heat *= cooling
        meeting = draw(state, len(state.slot))
        a, b = np.int64(state.slot[meeting]), draw(state, n_slots)
        if b == a or not (state.allowed[meeting] >> b) & 1:
            continue
        length = find_chain(state, meeting, a, b)
        flip = (np.int64(1) << b) | (np.int64(1) << a if a < n_slots else np.int64(0))
        weigh_meetings(state, length, a, b, n_slots)
        weigh_ends(state, flip, low, high)
        if len(state.others):
            weigh_order(state, length, a, b, step)
        cost = float(state.change[GROUPS])
        for kind in range(5):
            cost += state.weights[kind] * state.change[kind]
        if cost > 0 and draw(state, 1 << 31) >= np.exp(-cost / heat) * (1 << 31):
            continue
        make(state, length, a, b, flip)
        if keep_best(state) <= target and state.counts[BEST_VIOLATIONS] == 0:
            return step + 1
    return steps
