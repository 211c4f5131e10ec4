"""Days and lunch breaks: being idle over a pause is no break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.timetable import Problem, Status, break_groups, broken_rules, late_firm, lost_slot, repair, solve
from matcher.timetable.bits import n_breaks
from matcher.timetable.bound import fewest_breaks
from matcher.timetable.problem import breaks_in
from tests.matcher.timetable.fairs import fewest_breaks_by_trying, small_fairs

DAYS = Problem(
    n_participants=2, meetings=((0, 1), (0, 1)), n_slots=6, n_tables=1, fixed=(1, 4), pauses=frozenset({0, 3})
)


def test_idle_slots_over_a_night_are_no_break() -> None:
    found = solve(DAYS, seconds=20)
    assert (found.objective, found.status) == (0, Status.OPTIMAL)
    assert set(break_groups(DAYS, found.slots).values()) == {0}


def test_without_the_pause_the_same_meetings_leave_a_break_to_both() -> None:
    assert solve(replace(DAYS, pauses=frozenset()), seconds=20).objective == 2


def test_idle_slots_within_a_day_stay_a_break_beside_a_pause() -> None:
    busy = Problem(n_participants=2, meetings=((0, 1),) * 4, n_slots=6, n_tables=1, pauses=frozenset({3}))
    assert break_groups(busy, (0, 2, 3, 5)) == {0: 2, 1: 2}
    assert break_groups(replace(busy, pauses=frozenset({2, 5})), (0, 2, 3, 5)) == {0: 0, 1: 0}


@settings(deadline=None)
@given(slots=st.sets(st.integers(0, 11)), pauses=st.frozensets(st.integers(0, 11)))
def test_breaks_are_counted_alike_by_the_bits_the_loop_and_the_definition(
    slots: set[int], pauses: frozenset[int]
) -> None:
    problem = Problem(
        n_participants=2, meetings=((0, 1),) * len(slots), n_slots=12, n_tables=1, pauses=pauses, fairness=12
    )
    bits = sum(1 << slot for slot in slots)
    wanted = break_groups(problem, sorted(slots))[0]
    assert breaks_in(bits, problem.stretches()) == wanted
    assert n_breaks(bits, np.array(problem.stretches(), np.int64)) == wanted


@settings(deadline=None)
@given(problem=small_fairs())
def test_stretches_part_the_slots(problem: Problem) -> None:
    assert sum(problem.stretches()) == (1 << problem.n_slots) - 1
    assert {(bits & -bits).bit_length() - 1 for bits in problem.stretches()} == problem.pauses | {0}


@settings(max_examples=200, deadline=None)
@given(problem=small_fairs(plain=True))
def test_one_firm_by_itself_reaches_its_bound(problem: Problem) -> None:
    own = [meeting for meeting, pair in enumerate(problem.meetings) if 0 in pair]
    alone = replace(
        problem,
        meetings=tuple((0, 1 + at) for at in range(len(own))),
        n_participants=1 + len(own),
        forbidden=(
            problem.forbidden[0],
            *(problem.forbidden[sum(problem.meetings[m])] for m in own),
        ),
        sessions=(), fixed=(), earlier=(), fairness=problem.n_slots, n_tables=1,
    )  # fmt: skip
    wanted = fewest_breaks_by_trying(alone)
    assume(wanted is not None)
    assert sum(fewest_breaks(alone)) == wanted


@settings(max_examples=100, deadline=None)
@given(problem=small_fairs())
def test_a_pause_more_never_costs_a_break(problem: Problem) -> None:
    without = fewest_breaks_by_trying(replace(problem, pauses=frozenset(), fairness=problem.n_slots))
    paused = fewest_breaks_by_trying(replace(problem, fairness=problem.n_slots))
    assert (without is None) == (paused is None)
    assert without is None or paused <= without


@pytest.mark.parametrize("change", ["late", "slot"])
def test_a_repair_keeps_the_pauses(change: str) -> None:
    pairs = tuple((seller, 4 + (seller + step) % 4) for seller in range(4) for step in range(3))
    fair = Problem(n_participants=8, meetings=pairs, n_slots=8, n_tables=4, pauses=frozenset({4}))
    out = solve(fair, seconds=20, steps=20_000)
    happened = late_firm(fair, out, meets=(4, 5)) if change == "late" else lost_slot(fair, out, out.slots[0])
    assert happened.problem.pauses == fair.pauses
    mended = repair(happened, seconds=20, steps=20_000).timetable
    assert broken_rules(happened.problem, mended.slots, mended.tables) == []
    assert mended.objective == sum(break_groups(happened.problem, mended.slots).values())
