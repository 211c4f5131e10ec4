from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.exchange.values import ValueProblem
from matcher.fair import Session
from matcher.fair.registration.times import Times, written
from tests.matcher.fair.registration.sheets import FAIR

DAY_1, DAY_2 = set(range(10)), set(range(10, 20))
MORNING_1, AFTERNOON_1 = set(range(5)), set(range(5, 10))
MORNING_2, AFTERNOON_2 = set(range(10, 15)), set(range(15, 20))


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ("วันที่ 1 เช้า", MORNING_1),
        ("วันแรก ช่วงบ่าย", AFTERNOON_1),
        ("Day 2 PM", AFTERNOON_2),
        ("4 ก.พ. 9:00-12:00", MORNING_1),
        ("4ก.พ.2570 บ่าย", AFTERNOON_1),
        ("4 กุมภาพันธ์ 70", DAY_1),
        ("๕ ก.พ. ๐๙.๐๐–๑๐.๐๐ น.", {10, 11}),
        ("2027-02-04 09:00-12:00", MORNING_1),
        ("05/02/2570 ตั้งแต่ 14:00", {17, 18, 19}),
        ("5/2 ก่อน 10.30 น.", {10, 11, 12}),
        ("Feb 5 morning", MORNING_2),
        ("วันที่ 4 บ่าย", AFTERNOON_1),
        ("เช้า", MORNING_1 | MORNING_2),
        ("13:00-14:00", {5, 6, 15, 16}),
        ("9-10 น.", {0, 1, 10, 11}),
        ("1a", MORNING_1),
        ("รอบ 2B; session 1a", AFTERNOON_2 | MORNING_1),
        ("1-3, 20", {0, 1, 2, 19}),
        ("ช่วงที่ 3\nslot 5", {2, 4}),
        ("3", {2}),
        (3.0, {2}),
        (date(2027, 2, 5), DAY_2),
        (datetime(2027, 2, 5), DAY_2),
        ("ตลอดงาน", DAY_1 | DAY_2),
        ("ว่าง วันที่ 2", DAY_2),
        ("ไม่ว่าง วันที่ 1 เช้า", AFTERNOON_1 | DAY_2),
        ("ไม่ว่าง วันที่ 1 เช้า, วันที่ 2 บ่าย", AFTERNOON_1 | MORNING_2),
        ("วันที่ 1; ไม่ว่าง 10:15-10:45", DAY_1 - {2, 3}),
        ("away day 1; available 5 Feb", DAY_2),
        ("ไม่ว่าง 18:00-20:00", DAY_1 | DAY_2),
    ],
)
def test_what_an_organiser_writes_names_slots(said, free):
    assert Times(FAIR).read(said) == free


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("วันที่ 3 เช้า", "bad_time"),
        ("6 ก.พ.", "bad_time"),
        ("4 ก.พ. 2571", "bad_time"),
        ("25:00-26:00", "bad_time"),
        ("12:00-09:00", "bad_time"),
        ("ไม่ว่าง", "bad_time"),
        ("แล้วแต่สะดวก", "bad_time"),
        ("ช่วง 21", "no_slot_then"),
        ("0", "no_slot_then"),
        ("4 ก.พ. 18:00-20:00", "no_slot_then"),
        ("วันที่ 2 รอบ 1a", "no_slot_then"),
        ("ไม่ว่าง ทั้งงาน", "never_free"),
        ("เช้า; ไม่ว่าง 9:00-12:00", "never_free"),
        ("x" * 5_000, "too_long"),
        (True, "not_text"),
    ],
)
def test_what_means_no_time_of_the_fair_is_refused(said, kind):
    with pytest.raises(ValueProblem) as raised:
        Times(FAIR).read(said)
    assert raised.value.kind == kind


def test_a_number_that_may_be_the_second_day_or_the_second_of_the_month_is_asked_about():
    fair = replace(
        FAIR, sessions=tuple(Session(f"{day}", date(2027, 2, day), ((time(9), time(10)),)) for day in (2, 3))
    )
    with pytest.raises(ValueProblem) as raised:
        Times(fair).read("วันที่ 2")
    assert (raised.value.kind, raised.value.data) == ("two_days", {"a": "2027-02-02", "b": "2027-02-03"})
    assert Times(fair).read("วันที่ 3") == {1}


@given(free=st.frozensets(st.integers(0, 19), min_size=1))
def test_slots_that_are_written_are_read_back(free):
    assert Times(FAIR).read(written(FAIR, free)) == free


@given(said=st.text(max_size=40) | st.text("0123456789-:/.; กพวันที่ไม่ว่างaday", max_size=30))
def test_any_text_is_slots_or_a_problem(said):
    with suppress(ValueProblem):
        assert Times(FAIR).read(said) <= set(range(20))
