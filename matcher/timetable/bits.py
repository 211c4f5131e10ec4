"""Sets of slots as bits, and random choices among them, compiled.

Source: random numbers by Marsaglia, "Xorshift RNGs", J. Statistical Software 2003.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matcher.timetable.compiled import inlined

Long = int | np.int64
Longs = npt.NDArray[np.int64]
Random = npt.NDArray[np.uint64]


@inlined
def draw(random: Random) -> np.uint64:
    """Random bits."""
    bits: np.uint64 = random[0]
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    random[0] = bits
    return bits


@inlined
def below(count: Long, bits: np.uint64) -> Long:
    """A number from 0 to less than `count`, from 32 random bits."""
    return np.int64(((bits & np.uint64(0xFFFFFFFF)) * np.uint64(count)) >> np.uint64(32))


@inlined
def ones(bits: Long) -> Long:
    """How many bits are set."""
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@inlined
def one_of(slots: Long, bits: np.uint64) -> Long:
    """One of some slots, at random."""
    for _ in range(below(ones(slots), bits)):
        slots &= slots - 1
    return ones((slots & -slots) - 1)


@inlined
def n_breaks(busy: Long, stretches: Longs) -> Long:
    """Break groups of a participant that is busy at these slots."""
    count: Long = 0
    for number in range(len(stretches)):
        own = busy & stretches[number]
        count += max(ones(own & ~(own << 1)) - 1, 0)
    return count


@inlined
def run_ends(busy: Long, stretches: Longs) -> tuple[Long, Long]:
    """Busy slots at an end of a run of them, and idle ones beside a run."""
    ends = beside = np.int64(0)
    for number in range(len(stretches)):
        own = busy & stretches[number]
        ends |= own & ~(own << 1 & own >> 1)
        beside |= (own << 1 | own >> 1) & stretches[number] & ~own
    return ends, beside
