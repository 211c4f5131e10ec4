from __future__ import annotations

from datetime import date, time
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.engine.answer import Sentence
from matcher.fair import Fair, Participant, Session
from matcher.fair.moves import conflicts, free_places, sound

DAY = date(2026, 12, 5)


def a_fair(n_slots, n_tables, free):
    half = Session.even("am", day=DAY, start=time(9), slots=n_slots, slot_minutes=20)
    people = tuple(Participant(id, available=slots, min_meetings=0) for id, slots in free.items())
    return Fair("x", Sentence("งาน", "fair"), (half,), n_tables, people)


@st.composite
def timetables(draw):
    """A small fair with a timetable that holds together, and one of its meetings."""
    n_slots, n_tables = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    some = st.none() | st.frozensets(st.integers(0, n_slots - 1))
    fair = a_fair(n_slots, n_tables, {id: draw(some) for id in "abcde"[: draw(st.integers(2, 5))]})
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    pairs = list(combinations(sorted(free), 2))
    places = {}
    for pair in draw(st.permutations(pairs)):
        want = draw(st.none() | st.tuples(st.integers(0, n_slots - 1), st.integers(1, n_tables)))
        if want and may_be(free, places, pair, want):
            places[pair] = want
    return fair, places, draw(st.sampled_from(pairs))


def may_be(free, places, pair, to):
    """The rules said once more: both are there, neither meets anybody else then, nobody sits at the table."""
    others = {other: place for other, place in places.items() if other != pair}
    there = all(to[0] in free[id] for id in pair)
    alone = all(place[0] != to[0] or not set(other) & set(pair) for other, place in others.items())
    return there and alone and to not in others.values()


@given(timetables())
@settings(max_examples=400, deadline=None)
def test_a_place_has_no_conflict_exactly_where_the_meeting_can_be(found):
    fair, places, pair = found
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    open_slots = {}
    for to in product(range(len(fair.slots)), range(1, fair.tables + 1)):
        fine = may_be(free, places, pair, to)
        assert (conflicts(fair, places, pair, to, names={}) == ()) == fine
        if fine and to[0] != places.get(pair, (None, 0))[0]:
            open_slots.setdefault(to[0], to[1])
    assert free_places(fair, places, pair) == open_slots
    assert sound(fair, places) == places


@given(timetables())
@settings(max_examples=200, deadline=None)
def test_every_conflict_names_what_is_really_there(found):
    fair, places, pair = found
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    for to in product(range(len(fair.slots)), range(1, fair.tables + 1)):
        for one in conflicts(fair, places, pair, to, names={}):
            if one.kind == "away":
                assert one.firm_id in pair
                assert to[0] not in free[one.firm_id]
            elif one.kind == "busy":
                assert one.firm_id in set(one.with_) & set(pair)
                assert places[one.with_][0] == to[0]
            else:
                assert one.kind == "table_taken"
                assert (one.firm_id, places[one.with_]) == (None, to)
            assert one.with_ != pair


@pytest.mark.parametrize("to", [(-1, 1), (3, 1), (0, 0), (0, 3), (99, 99)])
def test_a_place_that_the_fair_has_not_is_the_only_conflict(to):
    fair = a_fair(3, 2, {"a": None, "b": frozenset()})
    (found,) = conflicts(fair, {}, ("a", "b"), to, names={})
    assert found.kind == "no_such_place"


def test_conflicts_are_told_by_name_in_both_languages():
    fair = a_fair(2, 2, {"a": None, "b": frozenset({1}), "c": None, "d": None})
    names = {"a": "ไร่ ก", "b": "สวน ข", "c": "โรงสี ค", "d": "ร้าน ง"}
    places = {("a", "c"): (0, 1), ("a", "b"): (1, 2)}
    found = conflicts(fair, places, ("a", "b"), (0, 1), names=names)
    assert [one.kind for one in found] == ["away", "busy", "table_taken"]
    assert [one.what.th for one in found] == [
        "สวน ข ไม่อยู่ในช่วงนี้",
        "ไร่ ก มีนัดกับ โรงสี ค ในช่วงนี้",
        "โต๊ะ 1 มีนัดของ ไร่ ก กับ โรงสี ค แล้ว",
    ]
    assert "table 1 is taken by ไร่ ก and โรงสี ค" in found[2].what.en


def test_only_places_that_a_smaller_fair_still_has_are_sound():
    fair = a_fair(2, 2, {"a": None, "b": None, "c": frozenset({1})})
    places = {("a", "b"): (0, 2), ("a", "c"): (0, 1), ("b", "c"): (1, 3), ("b", "gone"): (1, 1), ("a", "x"): (5, 1)}
    assert sound(fair, places) == {("a", "b"): (0, 2)}
