"""Slots every meeting may have, and whether some meetings can have slots of their own."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.timetable.problem import Problem, slots_of


def windows(problem: Problem) -> tuple[int, ...]:
    """Slots every meeting may have, as bits: its own, less what the order of meetings takes away.

    A meeting in a circle of precedences, or in none of whose slots all comes out, has 0.
    """
    bits = [problem.allowed(meeting) for meeting in range(len(problem.meetings))]
    links = [(other, meeting) for meeting, before in enumerate(problem.earlier) for other in before]
    for _ in range(problem.n_slots + 1):
        before = list(bits)
        for one, later in links:
            earliest = (bits[one] & -bits[one]).bit_length() if bits[one] else problem.n_slots
            bits[later] &= -1 << earliest
            latest = max(bits[later].bit_length() - 1, 0)
            bits[one] &= (1 << latest) - 1
        if bits == before:
            break
    return tuple(bits)


def crowded(choices: Sequence[int]) -> tuple[list[int], int] | None:
    """Choices that together have fewer slots than they are, with those slots; None where all find one.

    Hall's theorem: where no matching exists there is such a group, here the choices that a failed search
    for an augmenting path has reached.

    Source: Kuhn, "The Hungarian method for the assignment problem", 1955 (augmenting paths).
    """
    owner: dict[int, int] = {}
    for one in range(len(choices)):
        seen = [0]
        if not augment(choices, -1, one, owner, seen):
            group = {one} | {owner[slot] for slot in slots_of(seen[0])}
            return sorted(group), seen[0]
    return None


def augment(choices: Sequence[int], limit: int, one: int, owner: dict[int, int], seen: list[int]) -> bool:
    """Give one more choice a slot out of `limit`, and others another if need be; whether that can be.

    Args:
        choices: Slots as bits.
        limit: Slots as bits.
        one: The choice, which has none.
        owner: The choice that has each slot; changed only on success.
        seen: Slots tried, in place; begin with [0].
    """
    for slot in slots_of(choices[one] & limit & ~seen[0]):
        if seen[0] >> slot & 1:
            continue
        seen[0] |= 1 << slot
        if slot not in owner or augment(choices, limit, owner[slot], owner, seen):
            owner[slot] = one
            return True
    return False
