import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation import ndcg, recall, reciprocal_rank, success

IDS = [f"d{n}" for n in range(12)]
GRADES = st.dictionaries(st.sampled_from(IDS), st.integers(1, 3), min_size=1)


def test_ndcg_equals_the_example_of_jarvelin_and_kekalainen_worked_by_hand():
    grades = {"a": 3, "b": 2, "c": 3, "e": 1, "f": 2}
    gained = 3 + 2 / math.log2(3) + 3 / math.log2(4) + 0 + 1 / math.log2(6) + 2 / math.log2(7)
    best = 3 + 3 / math.log2(3) + 2 / math.log2(4) + 2 / math.log2(5) + 1 / math.log2(6)
    assert ndcg(list("abcdef"), grades, k=6) == pytest.approx(gained / best)


@given(GRADES, st.permutations(IDS))
def test_the_ideal_order_scores_one_and_no_order_more(grades, order):
    ideal = sorted(IDS, key=lambda id: -grades.get(id, 0))
    assert ndcg(ideal, grades, k=10) == pytest.approx(1)
    assert 0 <= ndcg(order, grades, k=10) <= 1 + 1e-9


@given(GRADES, st.permutations(IDS), st.integers(0, 10))
def test_moving_a_relevant_answer_up_never_lowers_ndcg(grades, order, at):
    better, worse = order[at], order[at + 1]
    if grades.get(worse, 0) > grades.get(better, 0):
        swapped = [*order]
        swapped[at], swapped[at + 1] = worse, better
        assert ndcg(swapped, grades, k=10) >= ndcg(order, grades, k=10)


def test_recall_success_and_reciprocal_rank_on_a_small_case():
    grades = {"a": 1, "b": 3, "z": 2}
    assert recall(["x", "a", "b"], grades, k=2) == pytest.approx(1 / 3)
    assert success(["a", "b"], grades, grade=2) == 0
    assert success(["b", "a"], grades, grade=2) == 1
    assert success([], grades, grade=1) == 0
    assert reciprocal_rank(["x", "y", "b"], grades, k=10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "b"], grades, k=2) == 0
