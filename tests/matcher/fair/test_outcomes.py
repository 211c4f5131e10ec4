from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Firm, Offer, Position, Stage
from matcher.engine.answer import Sentence
from matcher.fair import Fair, FairError, Session
from matcher.fair.outcomes import OUTCOME_LABELS, Outcome, Told, as_rows, report

FIRMS = (
    Firm("a", "ร้าน ก", name_en="Shop A", province_th="เชียงใหม่", offers=(Offer("a/1", "ผ้า", cluster="sport"),)),
    Firm("b", "ร้าน ข", province_th="เชียงใหม่", positions=(Position("sport", Stage.UPSTREAM), Position("betta", None))),
    Firm("c", "ร้าน ค", province_th="ตรัง", offers=(Offer("c/1", "ปลา", cluster="betta"),)),
    Firm("d", "ร้าน ง"),
)
FAIR = Fair(
    id="expo",
    name=Sentence("งาน", "fair"),
    sessions=tuple(
        Session.even(f"{day}", day=date(2027, 2, day), start=time(9), slots=2, slot_minutes=30) for day in (4, 5)
    ),
    tables=4,
    participants=(),
)
PAIRS = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")]
AT = datetime(2027, 2, 6, 9, tzinfo=UTC)
COOPERATE, INFORMED, NOT_MET = Outcome.COOPERATION_POSSIBLE, Outcome.INFORMATIVE, Outcome.DID_NOT_TAKE_PLACE


def told(first, second, by, outcome=COOPERATE, expected=None, actual=None, minutes=0, note=""):
    return Told(first, second, by, outcome, AT + timedelta(minutes=minutes), expected, actual, note)


def test_the_organisers_figure_counts_else_the_lower_of_the_two_and_never_a_sum():
    meetings = {("a", "b"): 0, ("a", "c"): 1, ("c", "d"): 2, ("b", "c"): None}
    found = report(
        FAIR,
        meetings,
        [
            told("a", "b", "a", expected=500_000, actual=100),
            told("b", "a", "b", expected=300_000),
            told("a", "c", "a", expected=70, actual=9),
            told("a", "c", "c", expected=50, actual=9),
            told("a", "c", None, INFORMED, expected=60),
            told("c", "d", "c", expected=1_000_000),
            told("c", "d", "d", NOT_MET),
        ],
        FIRMS,
    )
    assert (found.total.meetings, found.total.answered, found.total.met) == (4, 3, 2)
    assert (found.total.expected_thb, found.total.actual_thb) == (300_000 + 60, 100 + 9)
    assert found.total.share_answered == 0.75
    assert found.total.outcomes == {
        NOT_MET: 1,
        Outcome.INSUFFICIENT_INTEREST: 0,
        INFORMED: 1,
        COOPERATE: 1,
    }
    assert [(one.pair, one.about) for one in found.differences] == [
        (("a", "b"), ("expected_thb",)),
        (("a", "c"), ("expected_thb",)),
        (("c", "d"), ("outcome",)),
    ]
    assert found.differences[0].counted_thb == (300_000, 100)
    assert "lower" in found.rule.en
    assert "ต่ำกว่า" in found.rule.th


def test_a_pair_counts_under_each_sides_cluster_and_province_once():
    found = report(FAIR, {("a", "b"): 0, ("a", "c"): 2}, [told("a", "b", None, expected=5)], FIRMS)
    assert {group.id: group.sums.meetings for group in found.clusters} == {"sport": 2, "betta": 2}
    assert {group.id: group.sums.expected_thb for group in found.clusters} == {"sport": 5, "betta": 5}
    assert {group.id: group.sums.meetings for group in found.provinces} == {"เชียงใหม่": 2, "ตรัง": 1}
    assert {group.id: group.sums.meetings for group in found.days} == {"2027-02-04": 1, "2027-02-05": 1}
    assert found.provinces[1].name.en == "Chiang Mai"
    assert found.firms[0].name == Sentence("ร้าน ก", "Shop A")


def test_firms_without_province_or_cluster_and_meetings_without_a_time_stand_apart():
    found = report(FAIR, {("a", "d"): None}, [], FIRMS)
    assert [(group.id, group.name.th) for group in found.days] == [("", "ไม่ระบุ")]
    assert {group.id for group in found.clusters} == {"", "sport"}
    assert {group.id for group in found.provinces} == {"", "เชียงใหม่"}


def test_a_pair_that_was_told_of_without_a_meeting_counts_nowhere_and_is_named():
    found = report(FAIR, {("a", "b"): 0}, [told("d", "a", "d", expected=9)], FIRMS)
    assert (found.without_meeting, found.total.expected_thb) == ((("a", "d"),), 0)


_RECORDS = st.lists(
    st.sampled_from(PAIRS).flatmap(
        lambda pair: st.builds(
            told,
            *map(st.just, pair),
            by=st.sampled_from([None, *pair]),
            outcome=st.sampled_from(Outcome),
            expected=st.none() | st.integers(0, 10**12),
            actual=st.none() | st.integers(0, 100),
            minutes=st.integers(0, 3),
            note=st.sampled_from(["", "x"]),
        )
    ),
    max_size=25,
)
_MEETINGS = st.dictionaries(st.sampled_from(PAIRS), st.none() | st.integers(0, 3))


def _naively(meetings, records):
    """Met pairs, expected and actual value, each pair worked out by hand."""
    met, expected, actual = [], {}, {}
    for pair in meetings:
        last = {}
        for one in records:
            if one.pair == pair and (one.by not in last or one.at >= last[one.by].at):
                last[one.by] = one
        order = list(Outcome)
        said = [last[None]] if None in last else list(last.values())
        if said and min(order.index(one.outcome) for one in said) > 0:
            met.append(pair)
            for sums, name in ((expected, "expected_thb"), (actual, "actual_thb")):
                of_organiser = [getattr(last[None], name)] if None in last else []
                of_firms = [getattr(one, name) for by, one in last.items() if by]
                known = [value for value in of_organiser if value is not None]
                known = known or sorted(value for value in of_firms if value is not None)
                sums[pair] = known[0] if known else 0
    return met, expected, actual


def _day(slot):
    return "" if slot is None else ("2027-02-04", "2027-02-05")[slot // 2]


@given(meetings=_MEETINGS, records=_RECORDS)
def test_totals_and_groups_equal_what_is_worked_out_by_hand(meetings, records):
    by_moment = {(one.pair, one.by, one.at): one for one in records}  # of one moment only one, so that it is clear
    records = list(by_moment.values())
    found = report(FAIR, meetings, records, FIRMS)
    met, expected, actual = _naively(meetings, records)
    assert (found.total.meetings, found.total.met) == (len(meetings), len(met))
    assert (found.total.expected_thb, found.total.actual_thb) == (sum(expected.values()), sum(actual.values()))
    for group in found.firms:
        assert group.sums.expected_thb == sum(value for pair, value in expected.items() if group.id in pair)
    for group in found.days:
        assert group.sums.met == sum(_day(meetings[pair]) == group.id for pair in met)
    in_province = {"เชียงใหม่": {"a", "b"}, "ตรัง": {"c"}, "": {"d"}}
    for group in found.provinces:
        assert group.sums.actual_thb == sum(value for pair, value in actual.items() if in_province[group.id] & {*pair})


@given(meetings=_MEETINGS, records=_RECORDS, data=st.data())
def test_the_order_of_records_and_of_the_two_sides_does_not_matter(meetings, records, data):
    shuffled = data.draw(st.permutations(records))
    turned = {(b, a): slot for (a, b), slot in reversed(meetings.items())}
    assert report(FAIR, meetings, records, FIRMS).as_json() == report(FAIR, turned, shuffled, FIRMS[::-1]).as_json()


@given(records=_RECORDS)
def test_a_later_record_of_a_teller_replaces_an_earlier_one(records):
    meetings = dict.fromkeys(PAIRS)
    later = [told(*one.pair, one.by, INFORMED, expected=1, actual=2, minutes=10) for one in records]
    both = report(FAIR, meetings, [*later, *records], FIRMS)
    assert both.as_json() == report(FAIR, meetings, later, FIRMS).as_json()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"by": "c"}, "only they and the organiser"),
        ({"second": "a"}, "cannot meet itself"),
        ({"expected": -1}, "whole baht"),
        ({"actual": 1.5}, "whole baht"),
        ({"actual": True}, "whole baht"),
        ({"expected": 10**13}, "whole baht"),
    ],
)
def test_what_cannot_be_told_is_refused(change, says):
    with pytest.raises(FairError, match=says):
        told(**({"first": "a", "second": "b", "by": "a"} | change))


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Told("a", "b", None, INFORMED, datetime(2027, 2, 6))


@pytest.mark.parametrize(("meetings", "says"), [({("a", "z"): 0}, "no firm z"), ({("a", "b"): 4}, "no slot 4")])
def test_meetings_that_are_not_of_the_fair_are_refused(meetings, says):
    with pytest.raises(FairError, match=says):
        report(FAIR, meetings, [], FIRMS)


def test_the_report_is_json_and_a_table_in_both_languages():
    found = report(FAIR, {("a", "b"): 0}, [told("a", "b", "a", expected=7), told("a", "b", "b", INFORMED)], FIRMS)
    table = json.loads(found.as_json())
    assert table["total"]["expected_thb"] == 7
    assert list(table) == sorted(table)
    thai, english = as_rows(found, "th"), as_rows(found, "en")
    assert {len(row) for row in (*thai, *english)} == {len(thai[0])} == {9 + len(OUTCOME_LABELS)}
    assert thai[1][:9] == ["รวม", "", "", 1, 1, 1.0, 1, 7, 0]
    assert [row[:3] for row in english if row[0] == "Firm"] == [["Firm", "a", "Shop A"], ["Firm", "b", "ร้าน ข"]]
