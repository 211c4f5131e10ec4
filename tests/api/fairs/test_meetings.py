from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from api.errors import MissingError
from api.fairs.meetings import CLOCK, answer, ask, expire_requests
from api.fairs.publishing import publish
from api.store.fair_tables import FairEventRow, MeetingRow
from api.store.fairs import (
    Deed,
    Reached,
    add_fair,
    change_fair,
    list_events,
    put_participants,
    put_preferences,
    remove_fair,
)
from api.store.firms import Change, put_firms
from api.store.meetings import get_meeting
from api.store.outbox_tables import MessageRow
from api.store.tables import now
from api.store.timetables import add_timetable, get_timetable
from matcher.engine import Sentence
from matcher.fair import Fair, MeetingRules, Participant, Preference, Rule, Wish
from matcher.fair.errors import MeetingRefusedError
from matcher.fair.meetings import MeetingState
from tests.api.fairs.small import (
    ID,
    LINKS,
    ORGANISER,
    a_fair,
    as_firm,
    clashes,
    deliveries,
    dump,
    listen,
    place,
    plant,
    set_up,
    states,
    stored,
    timetable,
    told,
)
from tests.api.fakes import a_firm, some_firms

IDS = [firm.id for firm in some_firms(6)]
A, B, C, D, E, F = IDS


def asks(database, by, other, *, deed=None, message=None):
    return ask(database, LINKS, ID, by=by, other=other, deed=deed or as_firm(by), message=message).meeting


def says(database, by, other, yes, *, deed=None):
    return answer(database, LINKS, ID, by=by, other=other, yes=yes, deed=deed or as_firm(by)).meeting


def log(database):
    """Who did what, in order; without the set-up."""
    with database.reading() as session:
        events = list_events(session, ID, limit=1000)[::-1]
        return [(event.by, event.firm_id, event.what) for event in events][2:]


def age(database, hours):
    """Let so many hours pass for every request."""
    with database.writing() as session:
        for row in session.execute(select(MeetingRow)).scalars():
            if row.expires_at:
                row.expires_at -= timedelta(hours=hours)
        session.flush()


def refused(database, act):
    """An act is refused, and nothing at all is written."""
    with database.reading() as session:
        before = session.execute(select(func.max(FairEventRow.sequence))).scalar(), states(database), told(database)
    with pytest.raises(MeetingRefusedError) as raised:
        act()
    with database.reading() as session:
        after = session.execute(select(func.max(FairEventRow.sequence))).scalar(), states(database), told(database)
    assert after == before
    assert raised.value.th
    return raised.value.en


def test_a_request_that_waits_holds_no_slot_and_one_that_is_accepted_takes_the_first_free_one(database):
    set_up(database)
    plant(database, (A, B), (C, D))
    place(database, {(A, B): (0, 1), (C, D): (1, 1)})
    assert asks(database, A, C).state is MeetingState.REQUESTED
    assert timetable(database).keys() == {(A, B), (C, D)}
    assert says(database, C, A, True).state is MeetingState.ACCEPTED
    assert timetable(database) == {(A, B): (0, 1), (C, D): (1, 1), (A, C): (2, 1)}
    says(database, C, A, False)
    assert timetable(database).keys() == {(A, B), (C, D)}
    says(database, C, A, True)
    assert timetable(database)[A, C] == (2, 1)
    with database.reading() as session:
        assert get_timetable(session, ID).why["en"] == f"the meeting of {A} and {C} got a place"
    assert clashes(database) == []


def test_a_meeting_for_which_no_place_is_free_is_agreed_all_the_same(database):
    set_up(database, slots=1, tables=1)
    plant(database, (A, B))
    place(database, {(A, B): (0, 1)})
    asks(database, C, D)
    assert says(database, D, C, True).state is MeetingState.ACCEPTED
    assert timetable(database) == {(A, B): (0, 1)}
    says(database, A, B, False)
    assert timetable(database) == {}


def test_before_the_first_timetable_nothing_gets_a_place(database):
    set_up(database)
    asks(database, A, B)
    says(database, B, A, True)
    with database.reading() as session:
        assert get_timetable(session, ID) is None


def test_nobody_accepts_more_than_it_can_hold(database):
    set_up(database, max_meetings=2)
    for other in (B, C):
        asks(database, A, other)
        says(database, other, A, True)
    asks(database, D, A)
    assert f"{A} has agreed to 2 meetings" in refused(database, lambda: says(database, A, D, True))
    asks(database, A, E)  # asking costs nothing
    assert f"{A} has agreed to 2 meetings" in refused(database, lambda: says(database, E, A, True))
    says(database, A, B, False)
    assert says(database, A, D, True).state is MeetingState.ACCEPTED
    assert says(database, A, D, True).state is MeetingState.ACCEPTED  # said again it is no further meeting
    refused(database, lambda: says(database, A, B, True))


def test_the_slots_in_which_a_firm_is_there_are_its_cap_too(database):
    set_up(database)
    with database.writing() as session:
        put_participants(session, ID, [Participant(A, available=frozenset({2}), min_meetings=0)], {}, ORGANISER)
    asks(database, A, B)
    says(database, B, A, True)
    asks(database, C, A)
    refused(database, lambda: says(database, A, C, True))


def test_two_sides_that_ask_each_other_have_agreed(database):
    set_up(database)
    asks(database, A, B, message="พบกัน")
    assert asks(database, B, A, message="ยินดี").state is MeetingState.ACCEPTED
    with database.reading() as session:
        assert get_meeting(session, ID, (A, B)).message == "พบกัน"  # it stands beside the name of who asked


def test_what_is_said_again_changes_nothing_and_tells_nobody(database):
    set_up(database)
    plant(database, (A, C))
    place(database, {})
    for act in (
        lambda: asks(database, A, B),
        lambda: says(database, B, A, True),
        lambda: says(database, A, C, True),
        lambda: says(database, C, A, False),
    ):
        first = act()
        before = log(database), told(database), timetable(database)
        assert act() == first
        assert (log(database), told(database), timetable(database)) == before


def test_a_no_stands_whatever_the_other_side_does(database):
    set_up(database)
    plant(database, (A, B))
    says(database, A, B, True)
    says(database, B, A, False)
    assert "no thanks" in refused(database, lambda: asks(database, A, B))
    assert "no thanks" in refused(database, lambda: says(database, A, B, True))
    plant(database)  # the lists made anew, with what was said
    assert states(database) == {(A, B): "declined"}
    assert says(database, B, A, True).state is MeetingState.ACCEPTED  # it takes its no back


def test_a_no_thanks_of_the_organiser_is_above_every_yes(database):
    set_up(database)
    plant(database, (A, B))
    asks(database, C, D)
    says(database, A, B, False)
    with database.writing() as session:
        wishes = [Preference(Wish.NO_THANKS, A, B), Preference(Wish.NO_THANKS, C, D)]
        put_preferences(session, ID, wishes, ORGANISER, by=None)
    for act in (
        lambda: says(database, A, B, True),
        lambda: says(database, D, C, True),
        lambda: asks(database, A, B),
        lambda: asks(database, B, A),
    ):
        assert "no-thanks" in refused(database, act) or "no thanks" in refused(database, act)


@pytest.mark.parametrize("act", [asks, lambda database, by, other: says(database, by, other, True)])
def test_who_does_not_take_part_cannot_be_met(database, act):
    set_up(database)
    with database.writing() as session:
        put_firms(session, [a_firm("outside")], Change("b", "me"), embedded=None)
    for pair in ((A, "outside"), ("outside", A), ("nobody", A)):
        with pytest.raises(MissingError) as raised:
            act(database, *pair)
        assert raised.value.kind == "participant"
    assert "itself" in refused(database, lambda: act(database, A, A))


def test_a_yes_to_nothing_is_missing(database):
    set_up(database)
    with pytest.raises(MissingError) as raised:
        says(database, A, B, True)
    assert raised.value.kind == "meeting"


def test_rules_and_free_time_keep_two_apart_unless_they_must_meet(database):
    fair = set_up(database)
    rules = MeetingRules(never=(Rule("group", "x", "x"),))
    people = [
        *(Participant(id, group="x", min_meetings=0) for id in (A, B)),
        Participant(C, available=frozenset({0}), min_meetings=0),
        Participant(D, available=frozenset({1}), min_meetings=0),
    ]
    with database.writing() as session:
        change_fair(session, Fair(ID, fair.name, fair.sessions, 2, (), (), rules), {}, ORGANISER)
        put_participants(session, ID, people, {}, ORGANISER)
    assert "rules" in refused(database, lambda: asks(database, A, B))
    assert "never free" in refused(database, lambda: asks(database, C, D))
    with database.writing() as session:
        put_preferences(session, ID, [Preference(Wish.MUST_MEET, A, B)], ORGANISER, by=None)
    assert asks(database, A, B).state is MeetingState.REQUESTED


def test_a_request_expires_by_itself_and_does_not_come_back(database):
    set_up(database, settings={"request_ttl_h": 5})
    listen(database)
    waiting = asks(database, A, B)
    assert timedelta(hours=4) < waiting.expires_at - now() <= timedelta(hours=5)
    assert expire_requests(database, LINKS) == 0
    age(database, 6)
    assert expire_requests(database, LINKS) == 1
    assert expire_requests(database, LINKS) == 0
    assert states(database) == {(A, B): "expired"}
    assert log(database)[-1] == (CLOCK.by, None, "meeting.expired")
    assert told(database)[-2:] == [("webhook", "meeting.requested"), ("webhook", "meeting.expired")]
    assert [one for one in told(database) if one[1] == "meeting.expired"][:2] == [
        (A, "meeting.expired"),
        (B, "meeting.expired"),
    ]
    assert "expired" in refused(database, lambda: says(database, B, A, True))
    assert asks(database, B, A).state is MeetingState.REQUESTED


def test_an_answer_after_the_end_is_late_even_before_the_clock_has_struck(database):
    set_up(database)
    asks(database, A, B)
    age(database, 73)
    assert "expired" in refused(database, lambda: says(database, B, A, True))
    assert asks(database, A, B).state is MeetingState.REQUESTED
    assert [what for _, _, what in log(database)] == ["meeting.requested", "meeting.expired", "meeting.requested"]
    assert expire_requests(database, LINKS) == 0


def test_every_change_says_who_did_it_and_for_whom(database):
    set_up(database)
    for_a = Deed("k-organiser", A)
    asks(database, A, B, deed=for_a)
    says(database, B, A, True)
    says(database, A, B, False, deed=for_a)
    says(database, B, A, False)
    asks(database, C, D)
    says(database, C, D, False)
    assert log(database) == [
        ("k-organiser", A, "meeting.requested"),
        ("link", B, "meeting.accepted"),
        ("k-organiser", A, "meeting.declined"),
        ("link", B, "meeting.said"),
        ("link", C, "meeting.requested"),
        ("link", C, "meeting.withdrawn"),
    ]


STEPS = {
    "requested": lambda database: asks(database, A, B),
    "accepted": lambda database: (asks(database, A, B), says(database, B, A, True)),
    "declined": lambda database: (asks(database, A, B), says(database, B, A, False)),
    "withdrawn": lambda database: (asks(database, A, B), says(database, A, B, False)),
}
DONE_BY = {"requested": A, "accepted": B, "declined": B, "withdrawn": A}


@pytest.mark.parametrize("what", STEPS)
def test_each_event_is_told_once_to_the_side_that_did_not_do_it_and_to_webhooks(database, what):
    set_up(database)
    listen(database)
    STEPS[what](database)
    (told_to,) = {A, B} - {DONE_BY[what]}
    assert [one for one in told(database) if one[1] == f"meeting.{what}"] == [
        (told_to, f"meeting.{what}"),
        ("webhook", f"meeting.{what}"),
    ]


def test_the_organiser_who_acts_for_itself_is_told_to_both(database):
    set_up(database)
    plant(database, (A, B))
    answer(database, LINKS, ID, by=A, other=B, yes=False, deed=ORGANISER)
    assert told(database) == [(A, "meeting.declined"), (B, "meeting.declined")]


def test_each_side_is_written_to_in_its_language_at_its_address_with_its_own_link(database):
    reached = {A: Reached("a@firm.example", "th"), B: Reached("line://token", "en")}
    fair = set_up(database, reached=reached)
    asks(database, A, B)
    says(database, B, A, True)
    asked, agreed = deliveries(database)
    assert (asked.firm_id, asked.address) == (B, "line://token")
    assert asked.title == f"กลุ่ม {A} asks to meet you at Business fair"
    assert LINKS.page(fair, B, 1) in asked.body
    assert f"กลุ่ม {A} asks กลุ่ม {B} for a meeting" in asked.body
    assert (agreed.firm_id, agreed.address, agreed.title) == (A, "a@firm.example", f"ตกลงนัดกับ กลุ่ม {B} แล้ว")
    assert LINKS.page(fair, A, 1) in agreed.body
    assert not {"{", "}"} & set(asked.body + agreed.body)


def test_a_side_without_an_address_is_named_as_such_in_the_outbox(database):
    set_up(database)
    asks(database, A, B)
    (asked,) = deliveries(database)
    assert (asked.firm_id, asked.state) == (B, "no_channel")


def test_webhooks_hear_ids_and_nothing_personal(database):
    set_up(database, reached={B: Reached("b@firm.example")})
    listen(database)
    asks(database, A, B, message="โทร 081-234-5678")
    (data,) = [row.data for row in deliveries(database) if row.webhook_id]
    assert data == {"fair": ID, "first": A, "second": B, "state": "requested", "event": data["event"]}


def test_a_fair_made_again_under_its_id_tells_everything_again(database):
    fair = set_up(database)
    plant(database, (A, B))
    for _ in range(2):
        place(database, {})
        publish(database, LINKS, ID, ORGANISER)
        with database.writing() as session:
            remove_fair(session, ID)
        set_up(database)
    assert [one for one in told(database) if one[0] == A] == [(A, "timetable.published")] * 2
    assert fair == stored(database)


def test_no_two_events_bear_one_name_in_the_outbox(database):
    """Ids may be numbers: a fair 12 with its version 1, and event 12 for a firm 1."""
    firms = [a_firm(str(at)) for at in range(1, 4)]
    with database.writing() as session:
        put_firms(session, firms, Change("b", "me"), embedded=None)
        for id in map(str, range(1, 31)):
            fair = a_fair([firm.id for firm in firms], id=id)
            add_fair(session, fair, {}, ORGANISER)
            put_participants(session, id, fair.participants, {}, ORGANISER)
            add_timetable(session, id, {}, ORGANISER, why=Sentence("ก", "a"), what="timetable.made")
    count = 0
    for id in map(str, range(1, 31)):
        publish(database, LINKS, id, ORGANISER)
        ask(database, LINKS, id, by="1", other="2", deed=as_firm("1"))
        count += 4 + 2  # three persons and the webhooks; one person and the webhooks
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(MessageRow)).scalar() == count


def test_nothing_personal_stands_in_the_log_the_lists_or_the_timetables(database):
    secrets = ("a@firm.example", "Somchai Jaidee", "call me on 081-234-5678")
    set_up(database, reached={A: Reached(secrets[0])}, delegates=(secrets[1],))
    plant(database, (A, B), (C, D))
    place(database, {(A, B): (0, 1)})
    asks(database, A, C, message=secrets[2])
    says(database, C, A, True)
    says(database, A, B, False)
    there = dump(database)
    where = [{name for name, rows in there.items() if any(one in row for row in rows)} for one in secrets]
    assert where == [{"participant", "outbox_delivery"}, {"participant"}, {"meeting"}]


def at_once(*acts):
    """Do all at the same moment; what each gave back or raised."""
    start = Barrier(len(acts))

    def one(act):
        start.wait()
        try:
            return act()
        except MeetingRefusedError as problem:
            return problem

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_two_sides_who_answer_at_the_same_moment_agree_once(database):
    set_up(database)
    listen(database)
    for at, (a, b) in enumerate([(A, B), (C, D), (E, F)]):
        plant(database, (a, b))
        place(database, {})
        at_once(lambda a=a, b=b: says(database, a, b, True), lambda a=a, b=b: says(database, b, a, True))
        assert states(database)[a, b] == "accepted"
        assert [what for _, _, what in log(database)].count("meeting.accepted") == at + 1
        assert told(database).count(("webhook", "meeting.accepted")) == at + 1
    assert clashes(database) == []


def test_a_yes_and_a_no_at_the_same_moment_end_in_a_no(database):
    set_up(database)
    for a, b in [(A, B), (C, D), (E, F)]:
        plant(database, (a, b))
        place(database, {(a, b): (0, 1)})
        at_once(lambda a=a, b=b: says(database, a, b, True), lambda a=a, b=b: says(database, b, a, False))
        assert states(database)[a, b] == "declined"
        assert timetable(database) == {}


def test_of_many_yeses_at_once_only_as_many_count_as_a_firm_can_hold(database):
    set_up(database, max_meetings=2)
    for other in (B, C, D, E, F):
        asks(database, other, A)
    done = at_once(*(lambda other=other: says(database, A, other, True) for other in (B, C, D, E, F)))
    assert sum(isinstance(one, MeetingRefusedError) for one in done) == 3
    assert list(states(database).values()).count("accepted") == 2


def test_both_who_ask_at_the_same_moment_have_agreed(database):
    set_up(database)
    at_once(lambda: asks(database, A, B), lambda: asks(database, B, A))
    assert states(database) == {(A, B): "accepted"}
