from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from api.errors import BadCursorError, CannotSendAgainError, MissingError, WebhookOffError
from api.store import sending
from api.store.database import Database
from api.store.firms import Change, delete_firms, put_firms
from api.store.outbox import KEPT, find_deliveries, forget, get_delivery, queue, send_again
from api.store.outbox_tables import Delivery, DeliveryRow, Message, MessageRow, Recipient, Topic, WebhookRow
from api.store.sending import MAX_ATTEMPTS, Outcome, finish, pause_s, take
from api.store.tables import now
from api.store.webhooks import (
    add_webhook,
    change_webhook,
    get_webhook,
    list_webhooks,
    ping_webhook,
    remove_webhook,
    rotate_secret,
    secret_of,
    secrets_now,
)
from matcher.engine.answer import Sentence
from tests.api.fakes import a_firm
from tests.api.outbox.conftest import BODY, PEPPER, TITLE, add_hook, later, rows, states, tell

SENT, FAILED = Outcome(Delivery.SENT), Outcome(Delivery.FAILED, Sentence(th="ไม่ได้", en="no"))
AGAIN = Outcome(Delivery.WAITING, Sentence(th="ไม่ว่าง", en="busy"))


def attempt(database, outcome, *, lost_s=sending.LOST_S):
    """Take what is due and say what came of it; the id of what was taken."""
    with database.writing() as session:
        taken = take(session, lost_s=lost_s)
    if taken is not None:
        with database.writing() as session:
            finish(session, taken, outcome)
    return taken and taken.row.id


def test_a_message_becomes_a_row_for_each_person_and_each_webhook_that_wants_it(database):
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b", "me"), embedded=None)
    every, _ = add_hook(database, "https://a.example/")
    one, _ = add_hook(database, "https://b.example/", topics=[Topic.MEETING_REQUESTED, Topic.MEETING_ACCEPTED])
    add_hook(database, "https://c.example/", topics=[Topic.TIMETABLE_PUBLISHED])
    off, _ = add_hook(database, "https://d.example/")
    with database.writing() as session:
        change_webhook(session, off, {"active": False})
    people = [Recipient("f1", "somchai@example.com", "en"), Recipient(None, "line://t/u"), Recipient("gone", "x@y.z")]
    assert tell(database, to=[*people, Recipient("f1", "")], data={"จำนวน": 1.0})
    found = rows(database)
    assert [(row.webhook_id, row.data) for row in found if row.webhook_id] == [
        (every, {"จำนวน": 1.0}),
        (one, {"จำนวน": 1.0}),
    ]
    assert [(row.firm_id, row.shown, row.state, row.title, row.body) for row in found if not row.webhook_id] == [
        ("f1", "so…@example.com", "waiting", TITLE.en, BODY.en),
        (None, "line://…", "waiting", TITLE.th, BODY.th),
        ("f1", "", "no_channel", TITLE.th, BODY.th),
    ]
    assert found[-1].reason["th"]
    assert [row.sequence for row in found] == sorted(row.sequence for row in found)


def test_a_message_is_taken_once_whoever_was_there_to_be_told(database):
    assert tell(database, "m1")
    assert not tell(database, "m1", to=["a@example.com"])
    add_hook(database, "https://a.example/")
    assert not tell(database, "m1")
    assert rows(database) == []
    assert tell(database, "m2")
    assert states(database) == ["waiting"]


def test_a_message_goes_with_the_change_it_tells_of_or_not_at_all(database):
    def change():
        with database.writing() as session:
            queue(session, Message(Topic.MEETING_EXPIRED, "m1", {}, (Recipient(None, "a@b.c"),), TITLE, BODY))
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change()
    assert rows(database) == []
    with database.reading() as session:
        assert session.execute(select(MessageRow)).first() is None
    assert tell(database, "m1", to=["a@b.c"])


def test_a_message_to_a_person_has_a_text_and_every_message_a_name():
    with pytest.raises(ValueError, match="title and body"):
        Message(Topic.PING, "m1", {}, (Recipient(None, "a@b.c"),))
    for dedupe in ("", "x" * 201):
        with pytest.raises(ValueError, match="dedupe"):
            Message(Topic.PING, dedupe)


def test_what_waits_for_a_firm_or_a_webhook_goes_with_it(database):
    with database.writing() as session:
        put_firms(session, [a_firm("f1"), a_firm("f2")], Change("b", "me"), embedded=None)
    hook, _ = add_hook(database, "https://a.example/")
    tell(database, to=[Recipient("f1", "a@b.c"), Recipient("f2", "d@e.f")])
    with database.writing() as session:
        taken = take(session)
        delete_firms(session, ["f1"], Change("b", "me"))
        remove_webhook(session, hook)
    assert [row.firm_id for row in rows(database)] == ["f2"]
    with database.writing() as session:
        finish(session, taken, SENT)  # its row has gone: nothing happens
    assert [row.firm_id for row in rows(database)] == ["f2"]


def test_pauses_grow_to_about_a_day_and_a_wish_is_heard_within_reason():
    pauses = [pause_s(attempts) for attempts in range(1, MAX_ATTEMPTS)]
    assert 8 <= pauses[0] <= 12
    assert max(pauses) <= 6 * 3600 * 1.2
    assert 17 * 3600 <= sum(pauses) <= 27 * 3600
    assert all(0.66 < later / earlier < 6.1 for earlier, later in pairwise(pauses))
    assert pause_s(1, wish_s=100) == 100
    assert pause_s(1, wish_s=1e9) == 24 * 3600
    assert len({pause_s(1) for _ in range(20)}) > 1


def test_after_ten_attempts_a_delivery_has_failed_and_may_be_sent_again_by_hand(database):
    tell(database, to=["a@example.com"])
    for number in range(MAX_ATTEMPTS):
        assert states(database) == ["waiting"]
        assert attempt(database, AGAIN) is not None
        assert attempt(database, AGAIN) is None, "it must pause"
        assert rows(database)[0].attempts == number + 1
        later(database)
    (row,) = rows(database)
    assert (row.state, row.reason, row.next_at) == ("failed", {"th": "ไม่ว่าง", "en": "busy"}, None)
    with database.writing() as session:
        again = send_again(session, row.id)
        assert (again.state, again.attempts, again.reason) == ("waiting", 0, None)
    assert attempt(database, SENT) == row.id
    with pytest.raises(CannotSendAgainError), database.writing() as session:
        send_again(session, row.id)
    assert rows(database)[0].address is None


def test_what_is_under_way_is_not_sent_again_by_hand(database):
    tell(database, to=["a@example.com"])
    with database.writing() as session:
        taken = take(session)
    with pytest.raises(CannotSendAgainError), database.writing() as session:
        send_again(session, taken.row.id)
    with pytest.raises(MissingError), database.writing() as session:
        send_again(session, "nobody")


def test_contents_and_addresses_are_forgotten_after_a_while(database):
    add_hook(database, "https://a.example/")
    tell(database, "old", to=["a@example.com", ""])
    later(database, made_at=now() - KEPT - timedelta(days=1))
    tell(database, "new", to=["b@example.com"])
    with database.writing() as session:
        forget(session, now() - KEPT)
    old, new = rows(database)[:3], rows(database)[3:]
    for row in old:
        assert (row.address, row.title, row.body, row.data) == (None,) * 4
        with pytest.raises(CannotSendAgainError), database.writing() as session:
            send_again(session, row.id)
    assert [row.state for row in old] == ["failed", "failed", "no_channel"]
    assert "30" in old[0].reason["th"]
    assert [row.shown for row in old] == ["ระบบอื่น", "a…@example.com", ""]
    assert [row.state for row in new] == ["waiting", "waiting"]
    assert new[1].address == "b@example.com"
    assert not tell(database, "old")


def test_a_list_shows_the_newest_first_by_state_and_topic_and_goes_on_where_it_stopped(database):
    for number in range(5):
        tell(database, f"m{number}", to=["a@example.com"], topic=[Topic.MEETING_ACCEPTED, Topic.PING][number % 2])
    attempt(database, SENT)

    def found(**asked):
        with database.reading() as session:
            given = {"state": None, "topic": None, "after": "", "limit": 10} | asked
            return [row.dedupe for row in find_deliveries(session, **given)]

    assert found() == ["m4", "m3", "m2", "m1", "m0"]
    assert found(state=Delivery.SENT) == ["m0"]
    assert found(topic=Topic.PING) == ["m3", "m1"]
    ids = {row.dedupe: row.id for row in rows(database)}
    assert found(after=ids["m3"], limit=2) == ["m2", "m1"]
    with pytest.raises(BadCursorError):
        found(after="nobody")
    with database.reading() as session, pytest.raises(MissingError):
        get_delivery(session, "nobody")


def test_a_webhook_that_fails_for_days_without_a_success_is_switched_off_and_can_be_switched_on(database):
    hook, _ = add_hook(database, "https://a.example/")

    def webhook():
        with database.reading() as session:
            row = get_webhook(session, hook)
            return row.off, row.failing_since

    tell(database, "m1")
    attempt(database, AGAIN)
    assert webhook()[1] is not None
    later(database)
    attempt(database, SENT)
    assert webhook() == (None, None)
    for number, days in enumerate((2, 4)):
        tell(database, f"n{number}")
        with database.writing() as session:
            get_webhook(session, hook).failing_since = now() - timedelta(days=days)
        attempt(database, AGAIN)
        later(database)
        assert webhook()[0] is None  # it is not given up yet
        attempt(database, FAILED)
    assert webhook()[0] == {"th": "ไม่ได้", "en": "no"}
    tell(database, "unheard")
    assert len(rows(database)) == 3
    with database.writing() as session:
        with pytest.raises(WebhookOffError):
            ping_webhook(session, hook)
        change_webhook(session, hook, {"active": True})
    assert webhook() == (None, None)


def test_what_waited_for_a_webhook_when_it_was_switched_off_has_failed_for_that_reason(database):
    hook, _ = add_hook(database, "https://a.example/")
    tell(database, "m1")
    tell(database, "m2", to=["a@example.com"])
    with database.writing() as session:
        change_webhook(session, hook, {"active": False, "name": "ใหม่"})
    assert attempt(database, SENT) == rows(database)[2].id
    assert states(database) == ["failed", "failed", "sent"]
    assert rows(database)[0].reason == {"th": "ผู้จัดงานปิดไว้", "en": "the organiser switched it off"}


def test_a_secret_is_in_no_row_and_changes_when_it_is_rotated(database):
    hook, secret = add_hook(database, "https://a.example/")
    with database.writing() as session:
        row = rotate_secret(session, hook)
        first, second = secrets_now(row, pepper=PEPPER)
        assert second == secret
        assert first == secret_of(row.salt, pepper=PEPPER) != secret
        row.former_until = now()
        assert secrets_now(row, pepper=PEPPER) == (first,)
        assert secret not in str(row.model_dump())
        assert [one.id for one in list_webhooks(session)] == [hook]
    for broken in (get_webhook, rotate_secret, remove_webhook, ping_webhook):
        with pytest.raises(MissingError), database.writing() as session:
            broken(session, "nobody")


def test_a_ping_goes_to_one_webhook_only_whatever_it_wants_to_be_told(database):
    hook, _ = add_hook(database, "https://a.example/", topics=[Topic.MEETING_ACCEPTED])
    add_hook(database, "https://b.example/")
    with database.writing() as session:
        pings = {ping_webhook(session, hook).id for _ in range(2)}
    assert {(row.id, row.webhook_id, row.topic, str(row.data)) for row in rows(database)} == {
        (id, hook, "ping", "{}") for id in pings
    }


def test_senders_look_for_work_by_an_index(sqlite_url):
    database = Database(sqlite_url)
    with database.engine.connect() as connection:
        for which in ("'waiting' AND next_at <= '2026' ORDER BY next_at, sequence", "'sending' AND tried_at < '2026'"):
            query = f"EXPLAIN QUERY PLAN SELECT * FROM outbox_delivery WHERE state = {which}"
            plan = " ".join(row[3] for row in connection.exec_driver_sql(query))
            assert "USING INDEX outbox_delivery_due" in plan
            assert "TEMP B-TREE" not in plan
    database.close()


class World:
    """A delivery to a person and one to a webhook, and what arrived of each.

    Attributes:
        arrived: How often each did, by its id.
        asked: How often the organiser wanted an unclear one to be sent again.
        over: Those of which the outbox was told that they were sent.
    """

    def __init__(self, database):
        self.database = database
        with database.writing() as session:
            for table in (DeliveryRow, MessageRow, WebhookRow):
                session.execute(delete(table))
            add_webhook(session, name="x", url="https://a.example/", topics=["*"])
        tell(database, to=["a@example.com"])
        self.arrived, self.asked, self.over = Counter(), Counter(), set()

    def retry(self):
        """The organiser sends again whatever can be."""
        for row in rows(self.database):
            if row.state in {"unclear", "failed", "no_channel"}:
                self.asked[row.id] += row.state == "unclear"
                with self.database.writing() as session:
                    send_again(session, row.id)

    def attempt(self, what):
        """A sender takes what is due, and this comes of it; those before it are dead by now."""
        with self.database.writing() as session:
            taken = take(session, lost_s=-1)
        if taken is None:
            return
        assert taken.row.id not in self.over, "what was sent is never taken again"
        self.arrived[taken.row.id] += what in {"sent", "arrives and dies"}
        if "dies" not in what:
            with self.database.writing() as session:
                finish(session, taken, Outcome(Delivery("waiting" if what == "again" else what)))
        self.over |= {taken.row.id} if what == "sent" else set()


OUTCOMES = ["sent", "again", "failed", "unclear", "no_channel", "dies", "arrives and dies"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from([*OUTCOMES, "retry", "tick"]), max_size=25))
def test_whatever_happens_nobody_is_told_twice_but_by_the_organisers_word(database, steps):
    world = World(database)
    for step in steps:
        if step == "tick":
            later(database)
        elif step == "retry":
            world.retry()
        else:
            world.attempt(step)
    found = rows(database)
    assert len(found) == 2
    assert {row.id for row in found if row.state == "sent"} == world.over
    (person,) = (row.id for row in found if row.webhook_id is None)
    assert world.arrived[person] <= 1 + world.asked[person]
