from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import Seeking
from matcher.fair.chance import Belief, Calibration, Readiness, load_belief
from matcher.fair.outcomes import Outcome
from matcher.fair.outcomes.learning import LEAST_ANSWERS, Answer, learn, wanted

PRIOR = Belief(Calibration(1.0, 0.0), Readiness(to_sell=0.9, to_buy=0.5, to_join=0.7))
SIDES = (Seeking.SUPPLIER, Seeking.BUYER, Seeking.PARTNER)


def drawn(truth, n, *, seed=0, firms=10_000):
    """Answers as firms of such a market give them."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        own, others = draw.random(2).astype(np.float32)
        asked = SIDES[draw.integers(3)]
        wants, wanted_too = truth.calibration.chance(np.array([own, others]))
        chance = wants + (1 - wants) * wanted_too * truth.readiness.for_asked(asked)
        found.append(Answer(f"f{draw.integers(firms)}", float(own), float(others), asked, bool(draw.random() < chance)))
    return found


def test_what_answers_were_drawn_from_is_found():
    truth = Belief(Calibration(1.2, -1.0), Readiness(to_sell=0.7, to_buy=0.2, to_join=0.5))
    found = learn(drawn(truth, 4_000), prior=PRIOR)
    numbers = found.belief.as_table()
    assert numbers == pytest.approx(truth.as_table(), abs=0.2)
    assert found.better
    assert found.after.error < 0.03 < found.before.error


def test_without_answers_the_prior_stays_and_is_not_enough():
    found = learn([], prior=PRIOR)
    assert (found.belief, found.answers, found.enough, found.better) == (PRIOR, 0, False, False)


@given(st.lists(st.booleans(), min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_few_answers_move_little(yes):
    answers = [Answer(f"f{at}", 0.7, 0.2, Seeking.SUPPLIER, one) for at, one in enumerate(yes)]
    before, after = PRIOR.calibration, learn(answers, prior=PRIOR).belief.calibration
    score = np.linspace(0.05, 0.95, 10, dtype=np.float32)
    assert np.abs(after.chance(score) - before.chance(score)).max() < 0.2


def test_no_answers_make_every_chance_smaller_and_yes_answers_greater():
    score = np.linspace(0.05, 0.95, 10, dtype=np.float32)
    chances = []
    for yes in (False, True):
        answers = [Answer(f"f{at}", 0.6, 0.0, Seeking.SUPPLIER, yes) for at in range(60)]
        chances.append(learn(answers, prior=PRIOR).belief.calibration.chance(score))
    assert (chances[0] < PRIOR.calibration.chance(score)).all()
    assert (chances[1] > PRIOR.calibration.chance(score)).all()


def test_the_order_of_the_answers_does_not_matter():
    answers = drawn(PRIOR, 60)
    assert learn(answers, prior=PRIOR) == learn(answers[::-1], prior=PRIOR)


def test_one_firm_that_says_no_to_all_counts_for_less_than_as_many_firms():
    def shift(*firms):
        answers = [Answer(firm, 0.8, 0.0, Seeking.SUPPLIER, False) for firm in firms]
        return learn(answers, prior=PRIOR).belief.calibration.shift

    assert shift(*(f"f{at}" for at in range(40))) < shift(*["f"] * 40) < 0


def test_of_a_side_that_nobody_was_asked_for_nothing_is_learned():
    answers = [one for one in drawn(PRIOR, 300) if one.asked is Seeking.SUPPLIER]
    ready = learn(answers, prior=PRIOR).belief.readiness
    assert (ready.to_buy, ready.to_join) == pytest.approx((0.5, 0.7), abs=0.01)


def test_chances_are_held_against_firms_that_were_not_learned_from():
    """One firm alone answers: without it nothing is known, so learning cannot look better than it is."""
    answers = [Answer("f", 0.8, 0.0, Seeking.SUPPLIER, False) for _ in range(50)]
    found = learn(answers, prior=PRIOR)
    assert found.after == found.before
    assert found.belief.calibration.shift < PRIOR.calibration.shift


def test_it_takes_answers_of_both_kinds():
    few, many = drawn(PRIOR, LEAST_ANSWERS - 1), drawn(PRIOR, 3 * LEAST_ANSWERS)
    assert not learn(few, prior=PRIOR).enough
    assert learn(many, prior=PRIOR).enough
    assert not learn([one for one in many if one.yes], prior=PRIOR).enough


def test_what_came_of_a_meeting_counts_before_what_was_answered():
    assert wanted(True, Outcome.INSUFFICIENT_INTEREST) is False
    assert wanted(False, Outcome.COOPERATION_POSSIBLE) is True
    for outcome in (None, Outcome.INFORMATIVE, Outcome.DID_NOT_TAKE_PLACE):
        assert [wanted(said, outcome) for said in (True, False, None)] == [True, False, None]


@given(st.floats(0.001, 0.999))
def test_a_score_comes_back_from_its_chance(score):
    calibration = load_belief().calibration
    chance = float(calibration.chance(np.array([score], np.float32))[0])
    assert calibration.score_of(round(chance, 6)) == pytest.approx(score, abs=2e-3)


def test_a_belief_comes_back_from_its_table():
    assert Belief.from_table({**PRIOR.as_table(), "answers": 30}) == PRIOR
