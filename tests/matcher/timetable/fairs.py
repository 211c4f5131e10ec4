"""Small fairs, an oracle that tries everything, and a fair of usual size."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import strategies as st

from matcher.timetable import Problem, Session, break_groups, broken_rules


@st.composite
def small_fairs(draw: st.DrawFn, *, plain: bool = False) -> Problem:
    """Up to 5 participants, 6 meetings, 5 slots, 3 tables; tight enough that some have no timetable."""
    people, slots = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    pairs = draw(st.lists(st.sampled_from(list(combinations(range(people), 2))), min_size=1, max_size=6))
    any_slot = st.frozensets(st.integers(0, slots - 1), max_size=1 + slots // 3)
    count = len(pairs)
    return Problem(
        n_participants=people,
        meetings=tuple(pairs),
        n_slots=slots,
        n_tables=draw(st.integers(1, 3)),
        first_slots=draw(st.integers(0, slots)),
        sessions=tuple(
            draw(st.lists(st.sampled_from(list(Session)[:: 2 if plain else 1]), min_size=count, max_size=count))
        )
        if not plain
        else (),
        fixed=() if plain else tuple(draw(st.sampled_from([None, None, None, 0, slots - 1])) for _ in pairs),
        forbidden=tuple(draw(any_slot) for _ in range(people)),
        earlier=()
        if plain
        else tuple(draw(st.frozensets(st.integers(0, count - 1), max_size=1)) - {m} for m in range(count)),
        fairness=draw(st.integers(0, 2)),
        pauses=draw(st.frozensets(st.integers(0, slots - 1), max_size=2)),
    )


def fewest_breaks_by_trying(problem: Problem) -> int | None:
    """Fewest breaks over every timetable there is; None where there is none."""
    best: int | None = None
    slots: list[int] = []

    def place(meeting: int) -> None:
        nonlocal best
        if meeting == len(problem.meetings):
            if not broken_rules(problem, slots, _tables(slots)):
                found = sum(break_groups(problem, slots).values())
                best = found if best is None else min(best, found)
            return
        for slot in range(problem.n_slots):
            if slots.count(slot) < problem.n_tables and not any(
                slots[other] == slot and set(pair) & set(problem.meetings[meeting])
                for other, pair in enumerate(problem.meetings[:meeting])
            ):
                slots.append(slot)
                place(meeting + 1)
                slots.pop()

    place(0)
    return best


def _tables(slots: list[int]) -> list[int]:
    return [slots[:meeting].count(slot) for meeting, slot in enumerate(slots)]


def day_fair(*, firms: int = 140, meetings: int = 520, slots: int = 16, tables: int = 40, seed: int = 4) -> Problem:
    """A fair of usual size: half sell, half buy, at most ten meetings each, some slots away."""
    draw = random.Random(seed)
    away = tuple(frozenset(slot for slot in range(slots) if draw.random() < 0.08) for _ in range(firms))
    room = [min(10, slots - 4 - len(own) // 2) for own in away]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < meetings:
        one, other = draw.randrange(firms // 2), draw.randrange(firms // 2, firms)
        if room[one] and room[other] and (one, other) not in pairs:
            pairs[one, other] = None
            room[one] -= 1
            room[other] -= 1
    return Problem(
        n_participants=firms, meetings=tuple(pairs), n_slots=slots, n_tables=tables, forbidden=away,
        pauses=frozenset({0, slots // 2}), fairness=slots,
    )  # fmt: skip
