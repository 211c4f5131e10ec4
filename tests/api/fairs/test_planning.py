from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from api.errors import MissingError, NoTimetableError
from api.fairs.editing import absent, move, pin, veto
from api.fairs.making import make_lists
from api.fairs.meetings import answer, ask
from api.fairs.planning import make_timetable, mend_timetable, plan_lists
from api.fairs.summary import summary
from api.store.fair_tables import ListsRow, TimetableRow
from api.store.fairs import add_fair, drop_preferences, put_participants, put_preferences, remove_participant
from api.store.firms import Change, put_firms
from api.store.meetings import find_meetings
from api.store.timetables import get_lists
from matcher.fair import FairError, Participant, Preference, Wish
from matcher.fair.meetings import HELD
from tests.api.fairs.small import (
    ID,
    LINKS,
    ORGANISER,
    a_fair,
    as_firm,
    clashes,
    dump,
    place,
    plant,
    set_up,
    states,
    stored,
    timetable,
)
from tests.api.fakes import some_firms

IDS = [firm.id for firm in some_firms(6)]
A, B, C, D, E, F = IDS
STEPS = 20_000
PEOPLE = 12


def real_fair(database, firms, **of_each):
    """Twelve firms of one cluster of the demo catalog, eight slots, six tables."""
    firms = firms[:PEOPLE]
    fair = a_fair([firm.id for firm in firms], slots=8, tables=6, **of_each)
    with database.writing() as session:
        put_firms(session, firms, Change("b", "me"), embedded=None)
        add_fair(session, fair, {}, ORGANISER)
        put_participants(session, ID, fair.participants, {}, ORGANISER)
    return fair


def plan(database, demo, **more):
    return plan_lists(database, demo, ID, ORGANISER, **more)


def timed(database, cache_dir, **more):
    return make_timetable(database, ID, ORGANISER, cache_dir=cache_dir, steps=STEPS, **more)


def meanwhile(act, *, at="reasons"):
    """A report during which something happens, once."""
    left = [act]

    def report(doing, _done, _total):
        if doing == at and left:
            left.pop()()

    return report


def rows(database, table):
    """Rows of one kind, all but when they were made."""
    with database.reading() as session:
        return [
            {name: value for name, value in row.model_dump().items() if name not in {"at", "number"}}
            for row in session.execute(select(table).order_by(table.number)).scalars()
        ]


def answers(database, by, other, yes):
    return answer(database, LINKS, ID, by=by, other=other, yes=yes, deed=as_firm(by))


def test_lists_become_meetings_with_their_reasons(database, demo, demo_firms):
    fair = real_fair(database, demo_firms)
    made = make_lists(fair, demo)
    assert plan(database, demo) == 1
    with database.reading() as session:
        found = find_meetings(session, ID)
        assert [one.listing for one in found] == list(made.lists.pairs)
        assert {one.meeting.pair: one.why for one in found} == made.whys
        assert {str(one.meeting.state) for one in found} == {"proposed"}
        assert get_lists(session, ID).manifest["firms"].keys() == {one.firm_id for one in fair.participants}
        told = summary(session, ID)
    assert told.held == len(made.lists.pairs)
    assert told.reasons_a_pair == pytest.approx(made.reasons_a_pair)
    assert (told.planned, told.timetable, told.timed, told.breaks) == (1, 0, 0, None)


def test_equal_fairs_get_equal_lists_and_timetables(database, demo, demo_firms, cache_dir):
    real_fair(database, demo_firms)
    assert [plan(database, demo) for _ in range(2)] == [1, 2]
    assert [timed(database, cache_dir) for _ in range(2)] == [1, 2]
    for table in (ListsRow, TimetableRow):
        first, second = rows(database, table)
        assert first == second
    assert timetable(database).keys() == states(database).keys()
    assert clashes(database) == []


def test_answers_stay_when_lists_are_made_anew(database, demo, demo_firms):
    real_fair(database, demo_firms)
    plan(database, demo)
    first, second, third = sorted(states(database))[:3]
    answers(database, *first, True)
    answers(database, *first[::-1], True)
    answers(database, *second, False)
    answers(database, *third, True)
    plan(database, demo)
    after = states(database)
    assert after[first] == "accepted"
    assert after[second] == "declined"
    with database.reading() as session:
        (kept,) = [one for one in find_meetings(session, ID) if one.meeting.pair == third]
        assert kept.meeting.said(third[0]) is True
        listed = [one.meeting.pair for one in find_meetings(session, ID) if one.listing]
        assert first in listed  # agreed, so it must be
        assert second not in listed
        assert not next(one for one in find_meetings(session, ID) if one.meeting.pair == first).listing.must


def test_a_firm_that_comes_late_displaces_nobody(database, demo, demo_firms):
    real_fair(database, demo_firms, max_meetings=4)
    plan(database, demo)
    before = {pair for pair, state in states(database).items() if state in HELD}
    late = demo_firms[PEOPLE]
    with database.writing() as session:
        put_firms(session, [late], Change("b", "me"), embedded=None)
        put_participants(session, ID, [Participant(late.id)], {}, ORGANISER)
    plan(database, demo, keep=True)
    assert before <= states(database).keys()
    with database.reading() as session:
        assert not [one for one in find_meetings(session, ID) if one.listing and one.listing.must]


def test_a_held_meeting_that_somebody_vetoed_by_a_wish_is_not_kept(database, demo, demo_firms):
    real_fair(database, demo_firms)
    plan(database, demo)
    pair = min(states(database))
    with database.writing() as session:
        put_preferences(session, ID, [Preference(Wish.NO_THANKS, *pair)], ORGANISER, by=None)
    plan(database, demo, keep=True)
    assert pair not in states(database)


def test_what_happens_while_lists_are_made_is_not_lost(database, demo, demo_firms, cache_dir):
    fair = real_fair(database, demo_firms)
    plan(database, demo)
    ids = sorted(one.firm_id for one in fair.participants)
    no, off, away, yes, *_ = sorted(states(database))
    strangers = [(a, b) for a in ids for b in ids if a < b and (a, b) not in states(database)]
    pinned = next(pair for pair in strangers if away[0] not in pair)
    asked = next(pair for pair in strangers if pair != pinned and away[0] not in pair)

    def much():
        answers(database, *no, False)
        veto(database, LINKS, ID, off, ORGANISER)
        absent(database, LINKS, ID, away[0], ORGANISER, cache_dir=cache_dir, preview=False, seconds=2)
        pin(database, ID, pinned, ORGANISER)
        ask(database, LINKS, ID, by=asked[0], other=asked[1], deed=as_firm(asked[0]))
        answers(database, *asked[::-1], True)
        if away[0] not in yes:
            answers(database, *yes, True)

    plan(database, demo, report=meanwhile(much))
    after = states(database)
    assert after[off] == "cancelled"
    assert after[pinned] == "proposed"
    assert after[asked] == "accepted"
    assert after[no] in ({"declined"} if away[0] not in no else {"declined", "cancelled"})
    held = {pair for pair, state in after.items() if state in HELD}
    assert not [pair for pair in held if away[0] in pair]
    with database.reading() as session:
        if away[0] not in yes:
            assert [one.meeting.said(yes[0]) for one in find_meetings(session, ID) if one.meeting.pair == yes] == [True]


def test_a_firm_that_leaves_while_lists_are_made_is_in_none(database, demo, demo_firms):
    fair = real_fair(database, demo_firms)
    gone = fair.participants[0].firm_id

    def leaves():
        with database.writing() as session:
            remove_participant(session, ID, gone, ORGANISER)

    plan(database, demo, report=meanwhile(leaves))
    assert states(database)
    assert not [pair for pair in states(database) if gone in pair]


def test_what_happens_while_a_timetable_is_made_is_not_lost(database, cache_dir):
    set_up(database)
    plant(database, (A, B), (C, D), (E, F), (A, C))
    place(database, {(A, B): (0, 1)})
    ask(database, LINKS, ID, by=A, other=D, deed=as_firm(A))

    def much():
        answers(database, B, A, False)
        answers(database, D, A, True)

    timed(database, cache_dir, report=meanwhile(much, at="breaks"))
    assert timetable(database).keys() == {(C, D), (E, F), (A, C), (A, D)}
    assert clashes(database) == []


def test_a_timetable_holds_nothing_of_a_request_that_waits(database, cache_dir):
    set_up(database)
    plant(database, (A, B))
    ask(database, LINKS, ID, by=C, other=D, deed=as_firm(C))
    timed(database, cache_dir)
    assert timetable(database).keys() == {(A, B)}
    answers(database, D, C, True)
    assert timetable(database).keys() == {(A, B), (C, D)}
    assert clashes(database) == []


def test_meetings_that_fit_no_timetable_are_named_and_nothing_is_written(database, cache_dir):
    set_up(database, slots=2, tables=2)
    plant(database, (A, B), (A, C), (A, D))
    before = dump(database)
    with pytest.raises(NoTimetableError) as raised:
        timed(database, cache_dir)
    assert f"กลุ่ม {A}" in raised.value.th
    assert dump(database) == before


def test_a_fair_without_meetings_gets_an_empty_timetable(database, cache_dir):
    set_up(database)
    timed(database, cache_dir)
    assert timetable(database) == {}
    with pytest.raises(MissingError):
        make_timetable(database, "none", ORGANISER, cache_dir=cache_dir)


def test_agreements_that_no_longer_fit_are_named(database, demo, demo_firms):
    fair = real_fair(database, demo_firms)
    first, second, third = (one.firm_id for one in fair.participants[:3])
    for other in (second, third):
        ask(database, LINKS, ID, by=first, other=other, deed=as_firm(first))
        answers(database, other, first, True)
    with database.writing() as session:
        put_participants(session, ID, [replace(fair.participants[0], max_meetings=1)], {}, ORGANISER)
    before = dump(database)
    with pytest.raises(FairError, match=f"{first} must meet 2 firms and has room for 1"):
        plan(database, demo)
    assert dump(database) == before


def test_a_move_made_while_the_timetable_is_mended_stays(database, cache_dir):
    set_up(database)
    plant(database, (A, B), (C, D))
    place(database, {(A, B): (0, 1)})

    def moves():
        for at in range(10):
            move(database, ID, (A, B), (3, 1 + at % 2), ORGANISER)

    def mends():
        for _ in range(5):
            mend_timetable(database, ID, ORGANISER, cache_dir=cache_dir, preview=False, seconds=2)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(mends), pool.submit(moves)]:
            done.result()
    assert timetable(database)[A, B] == (3, 2)
    assert clashes(database) == []


def test_wishes_that_were_dropped_hold_no_more(database, demo, demo_firms):
    real_fair(database, demo_firms)
    ids = sorted(one.firm_id for one in stored(database).participants)
    plan(database, demo)
    pair = next((a, b) for a in ids for b in ids if a < b and (a, b) not in states(database))
    pin(database, ID, pair, ORGANISER)
    plan(database, demo)
    assert states(database)[pair] == "proposed"
    with database.writing() as session:
        drop_preferences(session, ID, pair[0], Wish.MUST_MEET)
    plan(database, demo)
    assert pair not in states(database)
