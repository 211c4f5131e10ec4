from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Seeking
from matcher.fair.chance import Calibration, Readiness, both_accept, brier, calibration_error, load_calibration

share = st.floats(0, 1, width=32)


def one(value):
    return np.array([value], np.float32)


def accept(wants, wanted, asked, asking):
    return float(both_accept(wants=one(wants), wanted=one(wanted), asked_ready=one(asked), asking_ready=one(asking))[0])


@given(share, share, share, share)
def test_the_chance_is_a_chance_and_does_not_depend_on_who_is_named_first(wants, wanted, asked, asking):
    chance = accept(wants, wanted, asked, asking)
    assert -1e-6 <= chance <= 1 + 1e-6
    assert chance == pytest.approx(accept(wanted, wants, asking, asked), abs=1e-5)


@given(share, share, share, share, share)
def test_a_better_answer_never_lowers_the_chance(wants, wanted, asked, asking, more):
    assert accept(max(wants, more), wanted, asked, asking) >= accept(wants, wanted, asked, asking) - 1e-6


def test_worked_example():
    assert accept(0.8, 0, 0.9, 0.5) == pytest.approx(0.72)


def test_nobody_accepts_where_neither_answers_the_other():
    assert accept(0, 0, 1, 1) == 0


def test_who_is_asked_to_sell_accepts_more_readily_than_who_is_asked_to_buy():
    ready = Readiness()
    assert ready.for_asked(Seeking.SUPPLIER) > ready.for_asked(Seeking.PARTNER) > ready.for_asked(Seeking.BUYER)


def test_calibration_finds_what_chances_were_bent_with():
    random = np.random.default_rng(0)
    score = random.random(20_000).astype(np.float32)
    true = Calibration(scale=0.7, shift=-0.4)
    good = random.random(20_000) < true.chance(score)
    found = Calibration.fit(score, good)
    assert (found.scale, found.shift) == pytest.approx((0.7, -0.4), abs=0.06)
    assert calibration_error(found.chance(score), good) < 0.02
    assert brier(found.chance(score), good) < brier(score, good)


def test_calibration_keeps_the_order_and_nothing_stays_nothing():
    score = np.linspace(0, 1, 50, dtype=np.float32)
    chance = load_calibration().chance(score)
    assert chance[0] == 0
    assert (np.diff(chance) > 0).all()
