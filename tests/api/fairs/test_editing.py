from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time
from threading import Barrier

import pytest

from api.errors import MissingError, PlaceTakenError
from api.fairs.editing import absent, look, move, pin, restore, veto
from api.fairs.meetings import answer, ask
from api.fairs.planning import mend_timetable
from api.fairs.setting_up import change_set_up
from api.store.fair_tables import TimetableRow
from api.store.fairs import Deed, change_fair, fair_row, list_events, load_fair, put_participants, put_preferences
from api.store.timetables import get_timetable, last_timetable
from matcher.fair import FairError, Participant, Preference, Session, Wish
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
    told,
)
from tests.api.fakes import some_firms

IDS = [firm.id for firm in some_firms(6)]
A, B, C, D, E, F = IDS
MEETINGS = {(A, B): (0, 1), (C, D): (0, 2), (A, C): (1, 1), (E, F): (2, 2)}


@pytest.fixture
def fair(database):
    """Six firms, four slots, two tables, four meetings with a place."""
    made = set_up(database)
    plant(database, *MEETINGS)
    place(database, MEETINGS)
    return made


def events(database):
    with database.reading() as session:
        return [(one.what, one.first, one.second) for one in list_events(session, ID, limit=100)][::-1][3:]


def gone(database, firm_id, cache_dir, **more):
    more = {"from_slot": 0, "preview": False, "deed": ORGANISER} | more
    deed = more.pop("deed")
    return absent(database, LINKS, ID, firm_id, deed, cache_dir=cache_dir, seconds=2, **more)


def test_a_move_is_a_new_version_and_the_one_before_stays(database, fair):
    assert move(database, ID, (B, A), (3, 2), ORGANISER) == 2
    assert timetable(database) == MEETINGS | {(A, B): (3, 2)}
    assert move(database, ID, (A, B), (3, 2), ORGANISER) == 2  # it is there
    assert move(database, ID, (A, B), None, ORGANISER) == 3
    assert move(database, ID, (A, B), None, ORGANISER) == 3
    assert (A, B) not in timetable(database)
    assert move(database, ID, (A, B), (0, 1), ORGANISER) == 4
    assert [what for what, _, _ in events(database)] == ["timetable.moved"] * 3
    with database.reading() as session:
        assert get_timetable(session, ID, 2).why["en"] == f"{A} and {B} moved to slot 4, table 2"


@pytest.mark.parametrize(
    ("pair", "to", "kinds"),
    [
        ((A, B), (0, 2), ["table_taken"]),
        ((A, B), (1, 2), ["busy"]),
        ((A, B), (1, 1), ["busy", "table_taken"]),
        ((C, D), (9, 9), ["no_such_place"]),
        ((E, F), (-1, 1), ["no_such_place"]),
    ],
)
def test_a_move_to_a_place_that_is_taken_says_why_and_writes_nothing(database, fair, pair, to, kinds):
    before = dump(database)
    with pytest.raises(PlaceTakenError) as raised:
        move(database, ID, pair, to, ORGANISER)
    assert [one.kind for one in raised.value.conflicts] == kinds
    with database.reading() as session:
        found, free = look(session, ID, pair, to)
    assert found == raised.value.conflicts
    assert dump(database) == before
    for slot, table in free.items():
        move(database, ID, pair, (slot, table), ORGANISER)
        assert clashes(database) == []


@pytest.mark.parametrize("pair", [(A, D), (B, C)])
def test_only_what_is_held_can_be_moved(database, fair, pair):
    ask(database, LINKS, ID, by=B, other=C, deed=as_firm(B))
    with pytest.raises(MissingError) as raised:
        move(database, ID, pair, (3, 1), ORGANISER)
    assert raised.value.kind == "meeting"


def test_the_place_of_a_meeting_that_is_off_is_free(database, fair):
    answer(database, LINKS, ID, by=A, other=B, yes=False, deed=as_firm(A))
    assert move(database, ID, (C, D), (0, 1), ORGANISER) == 3
    assert clashes(database) == []


def test_undoing_brings_the_version_before_back_as_the_next_one(database, fair):
    move(database, ID, (A, B), (3, 2), ORGANISER)
    assert restore(database, ID, 1, ORGANISER) == 3
    assert timetable(database) == MEETINGS
    assert restore(database, ID, 2, ORGANISER) == 4
    assert timetable(database) == MEETINGS | {(A, B): (3, 2)}
    with pytest.raises(MissingError):
        restore(database, ID, 5, ORGANISER)


def test_undoing_brings_back_nothing_that_is_off_or_cannot_be_any_more(database, fair, cache_dir):
    move(database, ID, (E, F), (3, 1), ORGANISER)
    veto(database, LINKS, ID, (A, B), ORGANISER)
    with database.writing() as session:
        put_participants(session, ID, [Participant(C, available=frozenset({0, 2}), min_meetings=0)], {}, ORGANISER)
    restore(database, ID, 1, ORGANISER)
    assert timetable(database) == {(C, D): (0, 2), (E, F): (2, 2)}  # C is away in slot 1 now
    with database.writing() as session:
        change_fair(session, a_fair([], tables=1), {}, ORGANISER)
    restore(database, ID, 1, ORGANISER)
    assert timetable(database) == {}
    mended = mend_timetable(database, ID, ORGANISER, cache_dir=cache_dir, preview=False, seconds=2)
    assert set(mended.new) == set(timetable(database)) == {(C, D), (A, C), (E, F)}
    assert clashes(database) == []


def test_a_pin_holds_at_once_and_in_all_lists(database, fair):
    pin(database, ID, (D, A), ORGANISER)
    assert states(database)[A, D] == "proposed"
    assert timetable(database)[A, D] == (2, 1)
    assert stored(database).pairs_with(Wish.MUST_MEET) == {(A, D)}
    assert events(database) == [
        ("preferences.put", None, None),
        ("meeting.proposed", A, D),
        ("timetable.placed", None, None),
    ]
    before = dump(database)
    pin(database, ID, (A, D), ORGANISER)
    assert dump(database) == before
    assert clashes(database) == []


def test_a_pin_keeps_every_yes_and_sets_a_no_aside(database, fair):
    ask(database, LINKS, ID, by=B, other=C, deed=as_firm(B))
    pin(database, ID, (B, C), ORGANISER)
    assert answer(database, LINKS, ID, by=C, other=B, yes=True, deed=as_firm(C)).meeting.state == "accepted"
    answer(database, LINKS, ID, by=A, other=B, yes=False, deed=as_firm(A))
    veto(database, LINKS, ID, (A, B), ORGANISER)
    pin(database, ID, (A, B), ORGANISER)
    assert states(database)[A, B] == "proposed"
    assert stored(database).pairs_with(Wish.NO_THANKS) == frozenset()
    assert clashes(database) == []


def test_a_pin_that_cannot_be_is_refused_whole(database, fair):
    with database.writing() as session:
        people = [Participant(id, available=frozenset({slot}), min_meetings=0) for slot, id in enumerate((E, F))]
        put_participants(session, ID, people, {}, ORGANISER)
    before = dump(database)
    with pytest.raises(FairError, match="share no free slot"):
        pin(database, ID, (E, F), ORGANISER)
    with pytest.raises(FairError, match="itself"):
        pin(database, ID, (A, A), ORGANISER)
    for pair in ((A, "nobody"), ("nobody", A)):
        with pytest.raises(MissingError):
            pin(database, ID, pair, ORGANISER)
        with pytest.raises(MissingError):
            veto(database, LINKS, ID, pair, ORGANISER)
    assert dump(database) == before


def test_a_veto_frees_the_place_tells_both_and_stands(database, fair):
    with database.writing() as session:
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, A, B)], ORGANISER, by=None)
    veto(database, LINKS, ID, (B, A), ORGANISER)
    assert states(database)[A, B] == "cancelled"
    assert (A, B) not in timetable(database)
    assert told(database) == [(A, "meeting.cancelled"), (B, "meeting.cancelled")]
    assert {one.wish for one in stored(database).preferences} == {Wish.NO_THANKS}
    veto(database, LINKS, ID, (A, B), ORGANISER)
    assert len(told(database)) == 2
    answer(database, LINKS, ID, by=C, other=D, yes=False, deed=as_firm(C))
    veto(database, LINKS, ID, (C, D), ORGANISER)
    assert states(database)[C, D] == "declined"
    veto(database, LINKS, ID, (B, F), ORGANISER)  # two of whom nothing is known
    assert (B, F) not in states(database)


def test_an_absence_calls_meetings_off_and_moves_as_few_others_as_it_can(database, fair, cache_dir):
    with database.writing() as session:
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, A, B)], ORGANISER, by=None)
    before = dump(database)
    seen = gone(database, A, cache_dir, preview=True)
    assert dump(database) == before
    assert (set(seen.gone), seen.moved, seen.new, seen.number) == ({(A, B), (A, C)}, (), (), None)
    done = gone(database, A, cache_dir, deed=Deed("k1", A))
    assert (done.number, set(done.gone)) == (last_number(database), set(seen.gone))
    assert done.what == seen.what
    assert timetable(database) == done.places == seen.places == {(C, D): (0, 2), (E, F): (2, 2)}
    assert states(database) == {(A, B): "cancelled", (A, C): "cancelled", (C, D): "proposed", (E, F): "proposed"}
    assert told(database) == [(B, "meeting.cancelled"), (C, "meeting.cancelled")]
    assert stored(database).preferences == ()
    assert ("participant.absent", A, None) in events(database)
    assert clashes(database) == []


def last_number(database):
    with database.reading() as session:
        return last_timetable(session, ID)


def test_who_leaves_early_keeps_the_meetings_before(database, fair, cache_dir):
    gone(database, A, cache_dir, from_slot=1)
    assert states(database)[A, B] == "proposed"
    assert states(database)[A, C] == "cancelled"
    assert timetable(database)[A, B] == (0, 1)
    (left,) = (one for one in stored(database).participants if one.firm_id == A)
    assert left.available == {0}
    assert clashes(database) == []


def test_before_the_first_timetable_an_absence_only_calls_off(database, cache_dir):
    set_up(database)
    plant(database, (A, B), (C, D))
    assert gone(database, A, cache_dir, preview=True).gone == ((A, B),)
    done = gone(database, A, cache_dir)
    assert (done.number, done.places, done.gone) == (None, {}, ((A, B),))
    assert last_number(database) == 0
    assert states(database) == {(A, B): "cancelled", (C, D): "proposed"}


def test_who_does_not_take_part_is_not_absent(database, fair, cache_dir):
    for preview in (True, False):
        with pytest.raises(MissingError):
            gone(database, "nobody", cache_dir, preview=preview)


def test_mending_gives_new_meetings_a_slot_and_moves_nobody_without_need(database, fair, cache_dir):
    plant(database, *MEETINGS, (A, D), (B, C))
    with database.writing() as session:
        put_participants(session, ID, [Participant(E, available=frozenset({3}), min_meetings=0)], {}, ORGANISER)
    before = dump(database)
    seen = mend_timetable(database, ID, ORGANISER, cache_dir=cache_dir, preview=True, seconds=2)
    assert dump(database) == before
    done = mend_timetable(database, ID, ORGANISER, cache_dir=cache_dir, preview=False, seconds=2)
    assert done.moved == seen.moved == (((E, F), 2, 3),)
    assert set(done.new) == {(A, D), (B, C)}
    assert done.fewest
    assert timetable(database) == done.places
    assert {pair: timetable(database)[pair] for pair in [(A, B), (A, C), (C, D)]} == {
        pair: MEETINGS[pair] for pair in [(A, B), (A, C), (C, D)]
    }
    assert clashes(database) == []


def at_once(*acts):
    """Do all at the same moment; what each gave back, None where the place was taken."""
    start = Barrier(len(acts))

    def one(act):
        start.wait()
        try:
            return act()
        except PlaceTakenError:
            return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_twenty_moves_to_one_place_exactly_one_wins(database):
    ids = [firm.id for firm in some_firms(40)]
    set_up(database, 40, slots=2, tables=21)
    pairs = list(zip(ids[::2], ids[1::2], strict=True))
    plant(database, *pairs)
    place(database, {pair: (0, at + 1) for at, pair in enumerate(pairs)})
    done = at_once(*(lambda pair=pair: move(database, ID, pair, (1, 21), ORGANISER) for pair in pairs))
    assert sorted(one for one in done if one) == [2]
    assert sum(place == (1, 21) for place in timetable(database).values()) == 1
    assert clashes(database) == []


def test_moves_of_many_at_once_are_all_kept(database):
    ids = [firm.id for firm in some_firms(16)]
    set_up(database, 16, slots=2, tables=8)
    pairs = list(zip(ids[::2], ids[1::2], strict=True))
    plant(database, *pairs)
    place(database, {pair: (0, at + 1) for at, pair in enumerate(pairs)})
    done = at_once(
        *(lambda at=at, pair=pair: move(database, ID, pair, (1, at + 1), ORGANISER) for at, pair in enumerate(pairs))
    )
    assert sorted(done) == list(range(2, 10))
    assert timetable(database) == {pair: (1, at + 1) for at, pair in enumerate(pairs)}


def test_versions_are_never_changed(database, fair):
    with database.reading() as session:
        first = session.get(TimetableRow, (ID, 1)).model_dump()
    move(database, ID, (A, B), (3, 2), ORGANISER)
    veto(database, LINKS, ID, (A, C), ORGANISER)
    restore(database, ID, 1, ORGANISER)
    with database.reading() as session:
        assert session.get(TimetableRow, (ID, 1)).model_dump() == first
        assert fair_row(session, ID).timetable == 4


def test_a_version_of_before_a_session_was_added_comes_back_at_its_own_times(database, fair):
    before = fair.slots
    early = Session.even("early", day=fair.days[0], start=time(7), slots=2, slot_minutes=30)
    wider = replace(fair, sessions=(early, *fair.sessions), participants=(), preferences=())
    change_set_up(database, wider, {}, ORGANISER)
    restore(database, ID, 1, ORGANISER)
    with database.reading() as session:
        now = load_fair(session, ID).slots
    found = {pair: (now[slot].start, table) for pair, (slot, table) in timetable(database).items()}
    assert found == {pair: (before[slot].start, table) for pair, (slot, table) in MEETINGS.items()}
