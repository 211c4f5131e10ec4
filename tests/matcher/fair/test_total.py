from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.fair.dial import EPSILON, best_fair
from matcher.fair.problem import Problem, strongest
from matcher.fair.total import best_total


@st.composite
def problems(draw, floors=True):
    """Small general graphs: odd cycles, unreachable floors, forced pairs and few tables among them."""
    n = draw(st.integers(2, 6))
    pairs = list(combinations(range(n), 2))
    score, allowed, must = np.zeros((n, n)), np.zeros((n, n), np.bool_), np.zeros((n, n), np.bool_)
    for a, b in pairs:
        score[a, b] = score[b, a] = draw(st.integers(0, 1000)) / 1000
        allowed[a, b] = allowed[b, a] = draw(st.integers(0, 4)) > 0
        must[a, b] = must[b, a] = allowed[a, b] and draw(st.integers(0, 9)) == 0
    need = must.sum(axis=1)
    cap = np.array([draw(st.integers(int(need[at]), 4)) if need[at] <= 4 else int(need[at]) for at in range(n)])
    floor = np.array([draw(st.integers(0, 3)) if floors else 0 for _ in range(n)])
    total = draw(st.integers(int(must.sum() // 2), 15))
    return Problem(score, allowed, must, floor, cap, total, least=draw(st.sampled_from([0.0, 0.05, 0.3])))


class Everything:
    """All lists that keep caps, total and musts, by enumeration: the oracle."""

    def __init__(self, problem):
        pairs = [pair for pair in combinations(range(problem.n), 2) if problem.allowed[pair]]
        chosen = ((np.arange(2 ** len(pairs))[:, None] >> np.arange(len(pairs))) & 1).astype(np.float64)
        at = np.zeros((len(pairs), problem.n))
        for row, (a, b) in enumerate(pairs):
            at[row, [a, b]] = 1
        forced = np.array([problem.must[pair] for pair in pairs], np.bool_)
        degrees = chosen @ at
        fits = (degrees <= problem.cap).all(axis=1) & (chosen.sum(axis=1) <= problem.total)
        fits &= chosen[:, forced].all(axis=1)
        scores = np.array([problem.score[pair] for pair in pairs])
        missing = np.maximum(problem.reachable_floor() - degrees[fits], 0).sum(axis=1)
        self.shortfall = int(missing.min())
        kept = chosen[fits][missing == self.shortfall]
        self.worth = float((kept @ (scores - problem.least)).max())
        self.gains = (kept * scores) @ at


def degrees_of(problem, pairs):
    return pairs.degrees(problem.n)


@settings(max_examples=120, deadline=None)
@given(problems())
def test_lists_are_the_best_there_are_by_enumeration(problem):
    truth, found = Everything(problem), best_total(problem)
    assert found.shortfall == truth.shortfall
    assert found.worth == pytest.approx(truth.worth, abs=1e-5)
    assert found.bound >= truth.worth - 1e-6


@settings(max_examples=120, deadline=None)
@given(problems())
def test_caps_vetoes_and_musts_always_hold_and_floors_wherever_they_can(problem):
    found = best_total(problem)
    taken = np.zeros((problem.n, problem.n), np.bool_)
    taken[found.pairs.a, found.pairs.b] = True
    taken |= taken.T
    assert (taken.sum(axis=1) <= problem.cap).all()
    assert len(found.pairs) <= problem.total
    assert not (taken & ~problem.allowed).any()
    assert (taken >= problem.must).all()
    missing = np.maximum(problem.reachable_floor() - taken.sum(axis=1), 0)
    assert missing.sum() == Everything(problem).shortfall


@settings(max_examples=40, deadline=None)
@given(problems(), st.sampled_from([0.3, 0.7, 1.0]))
def test_no_lists_have_a_greater_gain_than_the_bound_and_the_dial_never_breaks_a_limit(problem, dial):
    start = best_total(problem)
    found = best_fair(problem, dial, start=start)
    worthwhile = Everything(problem)
    assert (degrees_of(problem, found.pairs) <= problem.cap).all()
    missing = np.maximum(problem.reachable_floor() - degrees_of(problem, found.pairs), 0)
    assert missing.sum() <= worthwhile.shortfall
    assert found.gain <= found.bound + 1e-9
    if problem.least == 0:
        inside = worthwhile.gains + EPSILON
        values = np.log(inside) if dial == 1 else inside ** (1 - dial) / (1 - dial)
        each = values.sum(axis=1).max() / problem.n
        best = np.exp(each) if dial == 1 else ((1 - dial) * each) ** (1 / (1 - dial))
        assert found.gain <= best - EPSILON + 1e-6
        assert found.bound >= best - EPSILON - 1e-6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_other_labels_give_the_same_lists_with_other_labels(seed):
    problem = random_problem(14, seed)
    order = np.random.default_rng(seed).permutation(problem.n)
    mixed = Problem(
        problem.score[np.ix_(order, order)],
        problem.allowed[np.ix_(order, order)],
        problem.must[np.ix_(order, order)],
        problem.floor[order],
        problem.cap[order],
        problem.total,
    )
    ours, theirs = best_total(problem), best_total(mixed)
    mine = {frozenset(pair) for pair in zip(ours.pairs.a.tolist(), ours.pairs.b.tolist(), strict=True)}
    back = {
        frozenset((int(order[a]), int(order[b])))
        for a, b in zip(theirs.pairs.a.tolist(), theirs.pairs.b.tolist(), strict=True)
    }
    assert mine == back  # scores are all different, so there is one best


def random_problem(n, seed, *, cap=4, floor=2):
    random = np.random.default_rng(seed)
    score = np.triu(random.random((n, n)), 1)
    score = score + score.T
    allowed = ~np.eye(n, dtype=np.bool_)
    return Problem(score, allowed, ~allowed & False, np.full(n, floor), np.full(n, cap), n * n)


def test_a_triangle_with_room_for_one_meeting_each_takes_its_best_pair_and_no_halves():
    problem = random_problem(3, 1, cap=1, floor=0)
    found = best_total(problem)
    assert len(found.pairs) == 1
    assert found.value == pytest.approx(problem.score.max())
    assert found.bound == pytest.approx(found.value)


def test_an_odd_cycle_that_reaches_its_floors_by_halves_alone_gives_up_one_meeting():
    problem = random_problem(3, 1, cap=1, floor=1)
    found = best_total(problem)
    assert (found.shortfall, len(found.pairs)) == (1, 1)


def test_two_hundred_firms_are_solved_to_the_end():
    found = best_total(random_problem(200, 3, cap=10, floor=4))
    assert found.bound - found.worth < 1e-3
    assert len(found.pairs) == 1000


def test_more_fairness_never_makes_the_poorest_poorer_on_a_lopsided_market():
    random = np.random.default_rng(0)
    n = 40
    popular = np.linspace(1, 0.05, n)
    score = np.outer(popular, popular) * (0.5 + random.random((n, n)) / 2)
    score = np.triu(score, 1) + np.triu(score, 1).T
    problem = Problem(score, score > 0, np.zeros((n, n), np.bool_), np.zeros(n, np.int64), np.full(n, 3), n * n)
    start = best_total(problem)
    poorest = [float(np.sort(gains(problem, start.pairs))[:4].mean())]
    totals = [start.value]
    for dial in (0.5, 1.0):
        found = best_fair(problem, dial, start=start)
        poorest.append(float(np.sort(gains(problem, found.pairs))[:4].mean()))
        totals.append(float(found.pairs.values(score).sum()))
    assert poorest == sorted(poorest)
    assert totals == sorted(totals, reverse=True)


def gains(problem, pairs):
    return pairs.utilities(pairs.values(problem.score), problem.n)


def test_pairs_that_cannot_all_be_held_are_refused():
    problem = random_problem(4, 0, cap=1, floor=0)
    with pytest.raises(ValueError, match="break a cap"):
        best_total(Problem(problem.score, problem.allowed, problem.allowed, problem.floor, problem.cap, problem.total))


def test_the_strongest_pairs_of_each_are_kept_and_those_that_must_be():
    problem = random_problem(9, 5)
    must = np.zeros_like(problem.must)
    weakest = np.unravel_index(np.where(problem.allowed, problem.score, 2).argmin(), problem.score.shape)
    must[weakest] = must[weakest[::-1]] = True
    mask = strongest(Problem(problem.score, problem.allowed, must, problem.floor, problem.cap, 99), 2)
    assert mask[weakest]
    for row in range(9):
        assert mask[row, np.argsort(-problem.score[row])[:2]].all()
