from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from api.errors import IdTakenError, MissingError
from api.fairs.publishing import pack_of, publish
from api.fairs.summary import summary
from api.store.database import Database
from api.store.fairs import (
    Deed,
    Reached,
    add_fair,
    change_fair,
    count_participants,
    drop_preferences,
    fair_row,
    list_events,
    list_fairs,
    load_fair,
    log_event,
    participant_row,
    put_participants,
    put_preferences,
    remove_fair,
    remove_participant,
    remove_preference,
)
from api.store.firms import Change, delete_firms, put_firms
from api.store.meetings import (
    Why,
    find_meetings,
    get_meeting,
    held_pairs,
    list_outcomes,
    put_listed,
    put_meeting,
    put_outcome,
    put_reasons,
    remove_outcome,
)
from api.store.tables import now
from api.store.timetables import (
    add_publication,
    add_timetable,
    get_lists,
    get_publication,
    get_timetable,
    list_timetables,
    places_now,
    places_of,
)
from matcher.engine import Sentence
from matcher.fair import By, Fair, FairError, MeetingRules, Participant, Preference, Rule, Session, Wish
from matcher.fair.meetings import Meeting, MeetingState, accept, decline, proposed, request
from tests.api.fairs.small import (
    ID,
    LINKS,
    ORGANISER,
    a_fair,
    a_listed_pair,
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


def unusual() -> Fair:
    """A fair that uses everything a fair can have."""
    uneven = ((time(9), time(9, 20)), (time(9, 25), time(10)), (time(10), time(10, 5)))
    evening = Session.even("เย็น", day=date(2030, 2, 4), start=time(23, 30), slots=1, slot_minutes=29)
    return Fair(
        ID,
        Sentence('งาน "คู่ค้า" \N{FIRE}', "A fair\nof {all}"),
        (Session("1/เช้า", date(2030, 2, 4), uneven), evening),
        3,
        (
            Participant(A, delegates=("สมชาย ใจดี", "Ann O'Neil"), languages=frozenset({"th", "en"}), side="buyer"),
            Participant(B, available=frozenset(), min_meetings=0, max_meetings=0),
            Participant(C, available=frozenset({0, 3}), min_meetings=1, max_meetings=2, group="ศาลา ก"),
            Participant(D, languages=frozenset()),
        ),
        (Preference(Wish.MET_BEFORE, A, C), Preference(Wish.MUST_MEET, A, C), Preference(Wish.NO_THANKS, B, D)),
        MeetingRules(
            only=(Rule(By.SIDE, "buyer", "seller"),), never=(Rule(By.GROUP, "ศาลา ก", "*"),), common_language=True
        ),
    )


def put(database: Database, fair: Fair, **more) -> None:
    with database.writing() as session:
        put_firms(session, some_firms(6), Change("b", "me"), embedded=None)
        add_fair(session, fair, more, ORGANISER)
        put_participants(session, fair.id, fair.participants, {}, ORGANISER)
        put_preferences(session, fair.id, fair.preferences, ORGANISER, by=None)


def whats(database: Database) -> list[str]:
    with database.reading() as session:
        return [event.what for event in list_events(session, ID, limit=1000)][::-1]


def test_a_fair_comes_back_as_it_was_put_in(database):
    put(database, unusual())
    assert stored(database) == unusual()
    with database.reading() as session:
        assert count_participants(session) == {ID: 4}
        assert [row.id for row in list_fairs(session)] == [ID]
        row = fair_row(session, ID)
        assert (row.dial, row.request_ttl_h, row.planned, row.timetable, row.published) == (0.0, 72, 0, 0, 0)


@st.composite
def fairs(draw):
    length, pause = draw(st.integers(1, 40)), draw(st.integers(0, 20))
    sessions = tuple(
        Session.even(
            f"s{at}",
            day=date(2030, 1, 1) + timedelta(days=at),
            start=time(draw(st.integers(0, 11)), draw(st.integers(0, 59))),
            slots=draw(st.integers(1, 10)),
            slot_minutes=length,
            pause_minutes=pause,
        )
        for at in range(draw(st.integers(1, 3)))
    )
    n_slots = sum(len(one.times) for one in sessions)
    short = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    people = tuple(
        Participant(
            id,
            delegates=tuple(draw(st.lists(short, max_size=2))),
            available=draw(st.none() | st.frozensets(st.integers(0, n_slots - 1))),
            min_meetings=draw(st.integers(0, 5)),
            max_meetings=draw(st.integers(5, 99)),
            languages=draw(st.frozensets(st.sampled_from(["th", "en", "zh"]))),
            side=draw(short),
            group=draw(st.none() | short),
        )
        for id in draw(st.lists(st.sampled_from(IDS), unique=True).map(sorted))
    )
    both = st.sampled_from([(a, b) for a in IDS for b in IDS if a < b])
    known = {one.firm_id for one in people}
    wishes = draw(st.frozensets(st.tuples(both, st.sampled_from([Wish.NO_THANKS, Wish.MET_BEFORE]))))
    preferences = sorted((pair, wish) for pair, wish in wishes if set(pair) <= known)
    return Fair(
        draw(st.sampled_from(["x", "งาน/๑", "A b"])),
        Sentence(draw(short), draw(short)),
        sessions,
        draw(st.integers(1, 999)),
        people,
        tuple(Preference(wish, *pair) for pair, wish in preferences),
        MeetingRules(
            only=tuple(Rule(draw(st.sampled_from(By)), draw(short), "*") for _ in range(draw(st.integers(0, 2)))),
            common_language=draw(st.booleans()),
        ),
    )


@given(fair=fairs())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_fair_comes_back_as_it_was_put_in(database, fair):
    put(database, fair)
    with database.writing() as session:
        assert load_fair(session, fair.id) == fair
        change_fair(session, fair, {"venue": "BITEC", "dial": 0.5}, ORGANISER)
        assert load_fair(session, fair.id) == fair
        assert (fair_row(session, fair.id).venue, fair_row(session, fair.id).dial) == ("BITEC", 0.5)
        remove_fair(session, fair.id)


def test_a_fairs_id_is_given_once(database):
    put(database, unusual())
    before = dump(database)
    with pytest.raises(IdTakenError), database.writing() as session:
        add_fair(session, unusual(), {}, ORGANISER)
    assert dump(database) == before


def both_say(wish, other_wish):
    return [Preference(wish, A, B), Preference(other_wish, B, A)]


@pytest.mark.parametrize(
    "change",
    [
        lambda session: put_participants(session, ID, [Participant(E), Participant(A, max_meetings=0)], {}, ORGANISER),
        lambda session: put_participants(session, ID, [Participant(A, available=frozenset({4}))], {}, ORGANISER),
        lambda session: put_preferences(session, ID, both_say(Wish.MUST_MEET, Wish.NO_THANKS), ORGANISER, by=None),
        lambda session: put_preferences(
            session, ID, [Preference(Wish.MET_BEFORE, A, B), Preference(Wish.NO_THANKS, A, A)], ORGANISER, by=None
        ),
        lambda session: change_fair(session, a_fair(IDS, slots=2), {"venue": "BITEC"}, ORGANISER),
        lambda session: change_fair(session, replace(stored_in(session), tables=0), {}, ORGANISER),
    ],
)
def test_what_contradicts_itself_is_not_written(database, change):
    set_up(database)
    with database.writing() as session:
        put_participants(session, ID, [Participant(F, available=frozenset({3}))], {}, ORGANISER)
    before = dump(database)
    with pytest.raises(FairError), database.writing() as session:
        change(session)
    assert dump(database) == before


def stored_in(session):
    return load_fair(session, ID)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("fair", lambda session: put_participants(session, "none", [Participant(A)], {}, ORGANISER)),
        ("firm", lambda session: put_participants(session, ID, [Participant(B), Participant("none")], {}, ORGANISER)),
        ("fair", lambda session: put_preferences(session, "none", [], ORGANISER, by=None)),
        (
            "participant",
            lambda session: put_preferences(session, ID, [Preference(Wish.NO_THANKS, A, "none")], ORGANISER, by=A),
        ),
        ("participant", lambda session: remove_participant(session, ID, "none", ORGANISER)),
        ("participant", lambda session: participant_row(session, "none", A)),
        ("preference", lambda session: remove_preference(session, ID, Preference(Wish.NO_THANKS, A, B), ORGANISER)),
        ("fair", lambda session: change_fair(session, a_fair([], id="none"), {}, ORGANISER)),
        ("fair", lambda session: remove_fair(session, "none")),
        ("fair", lambda session: load_fair(session, "none")),
        ("meeting", lambda session: put_outcome(session, ID, (A, B), "", {"outcome": "informative"})),
        ("timetable", lambda session: get_timetable(session, ID, 7)),
        ("timetable", lambda session: add_publication(session, load_fair(session, ID), ORGANISER)),
        ("publication", lambda session: get_publication(session, ID, 1)),
        ("lists", lambda session: get_lists(session, ID)),
    ],
)
def test_what_is_not_there_is_missing_and_nothing_is_written(database, kind, change):
    set_up(database)
    before = dump(database)
    with pytest.raises(MissingError) as raised, database.writing() as session:
        change(session)
    assert raised.value.kind == kind
    assert dump(database) == before


def test_what_is_said_of_a_participant_is_replaced_and_how_it_is_reached_stays(database):
    set_up(database, reached={A: Reached("a@firm.example", "en")})
    with database.writing() as session:
        put_participants(session, ID, [Participant(A, delegates=("Ann",))], {B: Reached("unused@x.example")}, ORGANISER)
    with database.reading() as session:
        row = participant_row(session, ID, A)
        assert (row.delegates, row.address, row.language) == (["Ann"], "a@firm.example", "en")
        assert participant_row(session, ID, B).address is None
    with database.writing() as session:
        put_participants(session, ID, [Participant(A)], {A: Reached()}, ORGANISER)
        assert participant_row(session, ID, A).address is None


def test_wishes_hold_for_both_and_are_kept_once(database):
    set_up(database)
    with database.writing() as session:
        for pair in ((A, B), (B, A)):
            put_preferences(session, ID, [Preference(Wish.NO_THANKS, *pair)], Deed("link", pair[0]), by=pair[0])
        assert load_fair(session, ID).pairs_with(Wish.NO_THANKS) == {(A, B)}
    assert whats(database).count("preferences.put") == 1
    with database.writing() as session:
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, A, C)], ORGANISER, by=None)
        drop_preferences(session, ID, C, Wish.NO_THANKS)
        assert {one.wish for one in load_fair(session, ID).preferences} == {Wish.NO_THANKS, Wish.MUST_MEET}
        remove_preference(session, ID, Preference(Wish.NO_THANKS, B, A), ORGANISER)
        drop_preferences(session, ID, C, Wish.MUST_MEET)
        assert load_fair(session, ID).preferences == ()


def test_answers_count_as_wishes_where_lists_are_made_and_a_no_is_above_all(database):
    set_up(database)
    with database.writing() as session:
        yes = accept(accept(proposed(A, B), by=A, at=now()), by=B, at=now())
        no = decline(proposed(A, C), by=A)
        waiting = request(None, by=A, other=D, at=now(), ttl=timedelta(hours=1))
        for meeting in (yes, no, waiting, proposed(A, E)):
            put_meeting(session, ID, meeting)
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, A, C)], ORGANISER, by=None)
        settled = load_fair(session, ID, settled=True)
        assert settled.pairs_with(Wish.MUST_MEET) == {(A, B)}
        assert settled.pairs_with(Wish.NO_THANKS) == {(A, C)}
        assert load_fair(session, ID).pairs_with(Wish.MUST_MEET) == {(A, C)}


def test_events_grow_in_number_through_all_fairs_and_past_their_end(database):
    set_up(database)
    with database.writing() as session:
        add_fair(session, a_fair([], id="other"), {}, ORGANISER)
        numbers = [log_event(session, id, ORGANISER, "x") for id in (ID, "other", ID)]
        assert numbers == sorted(set(numbers))
        assert fair_row(session, ID).changed == numbers[-1]
        assert fair_row(session, "other").changed == numbers[1]
        remove_fair(session, ID)
        remove_fair(session, "other")
    with database.writing() as session:
        add_fair(session, a_fair([], id="next"), {}, Deed("k1", A))
        first = list_events(session, "next")[0]
    assert first.sequence > numbers[-1]
    assert (first.by, first.firm_id, first.what) == ("k1", A, "fair.made")


def test_events_are_listed_newest_first_and_on_from_any_of_them(database):
    set_up(database)
    with database.writing() as session:
        numbers = [log_event(session, ID, ORGANISER, f"x{at}", pair=(A, None), said={"at": at}) for at in range(5)]
    with database.reading() as session:
        some = list_events(session, ID, limit=2)
        assert [(one.sequence, one.first, one.second, one.said) for one in some] == [
            (numbers[4], A, None, {"at": 4}),
            (numbers[3], A, None, {"at": 3}),
        ]
        assert [one.what for one in list_events(session, ID, before=numbers[3], limit=2)] == ["x2", "x1"]


def test_timetables_are_numbered_in_their_order_and_never_change(database):
    set_up(database)
    plant(database, (A, B), (C, D))
    assert timetable(database) == {}
    first = {(A, B): (0, 1), (C, D): (0, 2)}
    assert place(database, first) == 1
    assert place(database, {(A, B): (3, 2)}) == 2
    with database.reading() as session:
        assert places_of(get_timetable(session, ID, 1)) == first
        assert places_of(get_timetable(session, ID)) == {(A, B): (3, 2)}
        assert [row.number for row in list_timetables(session, ID)] == [2, 1]
        assert fair_row(session, ID).timetable == 2
        row = get_timetable(session, ID, 1)
        assert (row.by, row.why, row.made_of) == (
            ORGANISER.by,
            {"th": "มือ", "en": "by hand"},
            {"slots": ["am/0", "am/1", "am/2", "am/3"]},
        )


def test_publications_are_numbered_and_keep_the_fair_as_it_was(database):
    fair = set_up(database)
    plant(database, (A, B))
    place(database, {(A, B): (3, 2)})
    with database.writing() as session:
        assert add_publication(session, fair, ORGANISER).version == 1
        assert add_publication(session, replace(fair, tables=9), ORGANISER).version == 2
        assert [get_publication(session, ID, at).fair["tables"] for at in (1, 2)] == [2, 9]
        assert get_publication(session, ID).version == 2


def test_only_what_the_fair_still_has_counts_of_a_timetable(database):
    set_up(database)
    plant(database, (A, B), (A, C), (A, D), (B, C))
    place(database, {(A, B): (0, 1), (A, C): (1, 2), (A, D): (3, 1), (B, C): (2, 1), (E, F): (0, 2)})
    with database.writing() as session:
        put_meeting(session, ID, decline(proposed(B, C), by=B))
        change_fair(session, a_fair([], slots=3, tables=1), {}, ORGANISER)
        assert places_now(session, load_fair(session, ID)) == {(A, B): (0, 1)}
        assert held_pairs(session, ID) == [(A, B), (A, C), (A, D)]


def test_lists_and_reasons_come_back_and_replace_what_was_there(database):
    set_up(database)
    why = Why(Sentence("เพราะ", "because"), Sentence("ถาม", "ask"), 3)
    listed = a_listed_pair(A, B, chance=None, must=True, second_need="x", first_offer="y")
    waiting = request(None, by=D, other=C, at=now(), ttl=timedelta(hours=1))
    with database.writing() as session:
        put_meeting(session, ID, waiting, message="พบกันนะ")
        put_listed(session, ID, [listed, a_listed_pair(E, F)], [proposed(E, F), proposed(A, B), waiting])
        put_reasons(session, ID, [((A, B), why), (("gone", "too"), why)])
    with database.reading() as session:
        found = {one.meeting.pair: one for one in find_meetings(session, ID)}
        assert list(found) == [(A, B), (C, D), (E, F)]
        assert (found[A, B].meeting, found[A, B].listing, found[A, B].why) == (proposed(A, B), listed, why)
        assert (found[C, D].meeting, found[C, D].listing, found[C, D].message) == (waiting, None, "พบกันนะ")
        assert (found[E, F].why, found[E, F].listing) == (None, a_listed_pair(E, F))
        assert get_meeting(session, ID, (B, A)) == found[A, B]
        assert [one.meeting.pair for one in find_meetings(session, ID, firm_id=F)] == [(E, F)]
        assert find_meetings(session, ID, firm_id=A, states=[MeetingState.REQUESTED]) == []
    with database.writing() as session:
        put_listed(session, ID, [], [proposed(A, B)])
        (left,) = find_meetings(session, ID)
        assert (left.listing, left.why) == (None, None)


def test_a_message_goes_with_the_request_of_whoever_wrote_it(database):
    set_up(database)
    asked = request(None, by=A, other=B, at=now(), ttl=timedelta(hours=1))
    with database.writing() as session:
        put_meeting(session, ID, asked, message="จาก A")
        put_meeting(session, ID, decline(asked, by=A))
        assert get_meeting(session, ID, (A, B)).message == "จาก A"
        put_meeting(session, ID, request(None, by=B, other=A, at=now(), ttl=timedelta(hours=1)))
        assert get_meeting(session, ID, (A, B)).message is None


def test_each_side_and_the_organiser_tell_one_outcome_of_a_meeting(database):
    set_up(database)
    plant(database, (A, B), (C, D))
    with database.writing() as session:
        put_outcome(session, ID, (B, A), A, {"outcome": "informative", "expected_thb": 2**40, "note": "ดี"})
        put_outcome(session, ID, (A, B), "", {"outcome": "cooperation_possible"})
        put_outcome(session, ID, (A, B), A, {"outcome": "did_not_take_place", "expected_thb": None})
        put_outcome(session, ID, (C, D), D, {"outcome": "informative"})
        found = {(row.first, row.second, row.teller): row.outcome for row in list_outcomes(session, ID, firm_id=A)}
        assert found == {(A, B, A): "did_not_take_place", (A, B, ""): "cooperation_possible"}
        remove_outcome(session, ID, (B, A), "")
        remove_outcome(session, ID, (A, C), "")
        assert {row.teller for row in list_outcomes(session, ID)} == {A, D}


OF_FIRMS = ("participant", "preference", "meeting", "outcome")


def busy_fair(database):
    """A fair with rows in every table of fairs."""
    set_up(database)
    plant(database, (A, B), (A, C), (B, C), (D, E))
    with database.writing() as session:
        put_preferences(session, ID, both_say(Wish.NO_THANKS, Wish.MET_BEFORE), ORGANISER, by=B)
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, D, E)], ORGANISER, by=None)
        for pair in ((A, B), (B, C), (D, E)):
            put_outcome(session, ID, pair, pair[1], {"outcome": "informative"})
        session.add(a_lists_row())
        fair_row(session, ID).planned = 1
    place(database, {(A, B): (0, 1), (A, C): (1, 1), (B, C): (2, 1), (D, E): (0, 2)})
    publish(database, LINKS, ID, ORGANISER)


def a_lists_row():
    from api.store.fair_tables import ListsRow  # a row by hand: lists need an engine

    lists = {"pairs": [{"first": A, "second": B}], "unmet": {B: {"th": "ขาด", "en": "lacks"}}, "price_of_fairness": 1.5}
    return ListsRow(fair_id=ID, number=1, by="me", lists=lists, manifest={"firms": {B: "x"}}, at=now())


def test_what_names_a_firm_goes_with_it_and_what_is_left_works_on(database):
    busy_fair(database)
    with database.writing() as session:
        delete_firms(session, [B], Change("b", "me"))
    after = dump(database)
    for name in OF_FIRMS:
        assert after[name], name
        assert not [row for row in after[name] if B in row], name
    with database.reading() as session:
        assert {one.firm_id for one in load_fair(session, ID).participants} == set(IDS) - {B}
        found = summary(session, ID)
        assert (found.participants, found.held, found.timed, found.breaks) == (5, 2, 2, 0)
        assert {pair for pack in [pack_of(session, ID, 1)] for pair in ((one.pair) for one in pack.meetings)} == {
            (A, C),
            (D, E),
        }
    assert publish(database, LINKS, ID, ORGANISER) == 2
    assert timetable(database) == {(A, C): (1, 1), (D, E): (0, 2)}
    with database.reading() as session:
        assert pack_of(session, ID, 2).meetings == pack_of(session, ID, 1).meetings


def test_a_participant_that_leaves_takes_its_wishes_and_meetings_along(database):
    busy_fair(database)
    with database.writing() as session:
        remove_participant(session, ID, B, ORGANISER)
    after = dump(database)
    for name in OF_FIRMS:
        assert not [row for row in after[name] if B in row], name
    assert states(database).keys() == {(A, C), (D, E)}
    assert whats(database)[-1] == "participant.removed"
    publish(database, LINKS, ID, ORGANISER)
    with database.reading() as session:
        assert {one.pair for one in pack_of(session, ID, 2).meetings} == {(A, C), (D, E)}


def test_a_fair_that_is_removed_leaves_nothing_behind(database):
    set_up(database)
    with database.writing() as session:
        remove_fair(session, ID)
    before = dump(database)
    with database.writing() as session:
        delete_firms(session, IDS, Change("b", "me"))
    busy_fair(database)
    names = [name for name in before if name.startswith(("fair", "participant", "preference", "meeting", "lists"))]
    names += ["timetable", "publication", "outcome"]
    assert all(dump(database)[name] for name in names)
    with database.writing() as session:
        remove_fair(session, ID)
    after = dump(database)
    assert {name: after[name] for name in names} == {name: [] for name in names}
    assert len(after["firm"]) == len(IDS)


def test_a_meeting_of_a_firm_that_is_not_there_cannot_be_written(database):
    set_up(database)
    with pytest.raises(IntegrityError), database.writing() as session:
        put_meeting(session, ID, Meeting(A, "nobody", MeetingState.PROPOSED))
    assert states(database) == {}


def test_a_fair_made_again_under_its_id_begins_at_one(database):
    busy_fair(database)
    with database.writing() as session:
        remove_fair(session, ID)
        add_fair(session, a_fair([], id=ID), {}, ORGANISER)
        fair = load_fair(session, ID)
        assert get_timetable(session, ID) is None
        assert add_timetable(session, ID, {}, ORGANISER, why=Sentence("ก", "a"), what="timetable.made") == 1
        assert add_publication(session, fair, ORGANISER).version == 1
