"""Timetables against an oracle that tries everything, and their proofs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings

from matcher.timetable import Problem, Status, Timetable, break_groups, broken_rules, solve
from matcher.timetable.bound import lower_bound
from matcher.timetable.encoding import Encoding
from matcher.timetable.feasible import obstacles
from tests.matcher.timetable.fairs import fewest_breaks_by_trying, small_fairs

RING = Problem(n_participants=4, meetings=((0, 1), (1, 2), (2, 3), (3, 0)), n_slots=4, n_tables=2)


def _sound(problem: Problem, found: Timetable) -> None:
    assert broken_rules(problem, found.slots, found.tables) == []
    assert found.objective == sum(break_groups(problem, found.slots).values())
    assert found.bound <= found.objective


@settings(max_examples=150, deadline=None)
@given(problem=small_fairs())
def test_the_clauses_have_the_fewest_breaks_that_trying_everything_finds(problem: Problem) -> None:
    from pysat.examples.rc2 import RC2

    wanted = fewest_breaks_by_trying(problem)
    if obstacles(problem):
        assert wanted is None
        return
    encoding = Encoding(problem)
    with RC2(encoding.formula) as solver:
        model = solver.compute()
        assert (None if model is None else solver.cost) == wanted
    if wanted is not None:
        assert lower_bound(problem) <= wanted
        assert sum(break_groups(problem, encoding.slots(model)).values()) == wanted


@settings(max_examples=60, deadline=None)
@given(problem=small_fairs())
def test_the_annealing_alone_never_breaks_a_rule_nor_beats_the_oracle(problem: Problem) -> None:
    found = solve(problem, seconds=5, steps=20_000)
    wanted = fewest_breaks_by_trying(problem)
    if found.slots:
        _sound(problem, found)
        assert wanted is not None
        assert found.bound <= wanted <= found.objective
        assert (found.status is Status.OPTIMAL) == (found.objective == found.bound)
    elif found.status is Status.INFEASIBLE:
        assert wanted is None


@settings(max_examples=40, deadline=None)
@given(problem=small_fairs(plain=True))
def test_the_annealing_nearly_always_reaches_the_oracle_on_small_fairs(problem: Problem) -> None:
    wanted = fewest_breaks_by_trying(problem)
    found = solve(problem, seconds=5, steps=60_000)
    if wanted is not None and found.slots:
        assert found.objective <= wanted + 1


@pytest.mark.parametrize("threads", [1, 2])
def test_a_proof_in_its_own_process_says_that_a_fair_has_no_timetable(threads: int) -> None:
    # a triangle needs three slots; no participant and no capacity alone shows it
    triangle = Problem(n_participants=3, meetings=((0, 1), (1, 2), (0, 2)), n_slots=2, n_tables=3)
    assert obstacles(triangle) == ()
    found = solve(triangle, seconds=20, threads=threads)
    assert (found.status, found.slots, found.objective) == (Status.INFEASIBLE, (), None)
    assert "proven" in found.reason.en


def test_a_break_that_only_the_proof_excludes_is_proven() -> None:
    # a triangle at three slots: somebody meets first and last
    triangle = Problem(n_participants=3, meetings=((0, 1), (1, 2), (0, 2)), n_slots=3, n_tables=3)
    found = solve(triangle, seconds=20, threads=2)
    _sound(triangle, found)
    assert (found.objective, found.bound, found.status) == (1, 1, Status.OPTIMAL)


def test_a_fair_of_one_meeting_without_choice_is_proven_at_once() -> None:
    only = Problem(n_participants=2, meetings=((0, 1),), n_slots=1, n_tables=1)
    assert solve(only, seconds=5).status is Status.OPTIMAL
    nobody = Problem(n_participants=2, meetings=(), n_slots=1, n_tables=1)
    assert solve(nobody, seconds=5).slots == ()


def test_the_same_seed_and_steps_give_the_same_timetable() -> None:
    pairs = tuple((seller, 12 + (seller + step) % 12) for seller in range(12) for step in (0, 3, 4, 7, 9))
    problem = Problem(n_participants=24, meetings=pairs, n_slots=8, n_tables=8)
    one, again, other = (solve(problem, seconds=60, steps=30_000, seed=seed) for seed in (5, 5, 6))
    assert one == again
    assert other.slots != one.slots
    for found in (one, other):
        _sound(problem, found)


def test_a_start_that_is_the_answer_is_kept() -> None:
    best = solve(RING, seconds=20)
    assert solve(RING, seconds=20, steps=1_000, start=best.slots).objective == best.objective


def test_progress_is_told_and_never_goes_back() -> None:
    told = []
    solve(RING, seconds=5, steps=1_000, progress=told.append)
    assert told
    assert all(later.bound >= one.bound for one, later in pairwise(told))
