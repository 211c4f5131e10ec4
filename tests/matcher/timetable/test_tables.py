"""Tables: never two meetings at one, hosts stay, walks are few."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings

from matcher.timetable import Problem, assign_tables, broken_rules, solve, table_changes
from tests.matcher.timetable.fairs import small_fairs

BOOTHS = Problem(
    n_participants=6,
    meetings=tuple((host, guest) for host in range(3) for guest in range(3, 6)),
    n_slots=3,
    n_tables=3,
    hosts=frozenset(range(3)),
)


def test_hosts_keep_one_table_where_there_is_one_for_each() -> None:
    slots = tuple((guest + host) % 3 for host in range(3) for guest in range(3))
    tables = assign_tables(BOOTHS, slots)
    assert broken_rules(BOOTHS, slots, tables) == []
    assert all(len({tables[3 * host + n] for n in range(3)}) == 1 for host in range(3))


def test_hosts_that_are_never_busy_at_once_share_a_table() -> None:
    problem = Problem(n_participants=4, meetings=((0, 2), (1, 3)), n_slots=2, n_tables=1, hosts=frozenset({0, 1}))
    assert assign_tables(problem, (0, 1)) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(problem=small_fairs(plain=True))
def test_after_one_slot_the_next_is_seated_with_the_fewest_walks(problem: Problem) -> None:
    found = solve(problem, seconds=5, steps=5_000)
    if not found.slots or max(found.slots) - min(found.slots) > 1:
        return
    first = [m for m, slot in enumerate(found.slots) if slot == min(found.slots)]
    rest = [m for m in range(len(found.slots)) if m not in first]
    seated = {m: found.tables[m] for m in first}
    fewest = min(
        table_changes(
            problem,
            found.slots,
            [seated.get(m, dict(zip(rest, order, strict=False)).get(m, 0)) for m in range(len(found.slots))],
        )
        for order in permutations(range(problem.n_tables), len(rest))
    )
    assert table_changes(problem, found.slots, found.tables) == fewest


def test_tables_to_keep_are_kept() -> None:
    slots = tuple((guest + host) % 3 for host in range(3) for guest in range(3))
    keep = [2 - m // 3 if m % 2 else -1 for m in range(9)]
    tables = assign_tables(BOOTHS, slots, keep=keep)
    assert all(table == kept for table, kept in zip(tables, keep, strict=True) if kept >= 0)
