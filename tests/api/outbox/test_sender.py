"""Whatever breaks, whenever: nobody is told twice, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from sqlalchemy import event
from standardwebhooks import Webhook

from api.outbox import sender as sending
from api.outbox.sender import Sender
from api.store.database import Database
from api.store.keys import read_pepper
from api.store.outbox import send_again
from api.store.outbox_tables import Delivery, Recipient
from api.store.sending import Outcome, take
from api.store.webhooks import get_webhook, secret_of
from tests.api.outbox.conftest import BODY, PEPPER, a_sender, add_hook, drain, later, rows, states, tell
from tests.api.outbox.receivers import until

PERSON = "somchai@example.com"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Killed(BaseException):
    """The process ends here."""


class Told:
    """A send function that writes down whom it told, and does what it is told to."""

    def __init__(self, *outcomes):
        self.ids = []
        self.outcomes = list(outcomes)

    def __call__(self, taken):
        """One attempt."""
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(Delivery.SENT)
        if outcome == "killed before":
            raise Killed
        if outcome == "killed after" or outcome.state in {Delivery.SENT, Delivery.UNCLEAR}:
            self.ids.append(taken.row.id)
        if outcome == "killed after":
            raise Killed
        return outcome


def test_a_message_reaches_a_person_by_mail_and_a_webhook_once(database, web, mail):
    hook, secret = add_hook(database, web.url)
    assert tell(database, to=[Recipient(None, PERSON, "en"), Recipient(None, "ma@example.com")])
    assert not tell(database, to=[PERSON])
    sender = a_sender(database, smtp_url=mail.url)
    assert drain(sender) == 3
    assert states(database) == ["sent"] * 3
    assert {to: message.get_content().replace("\r\n", "\n") for _, (to,), message in mail.got} == {
        PERSON: BODY.en + "\n",
        "ma@example.com": BODY.th + "\n",
    }
    (got,) = web.got
    told = Webhook(secret).verify(got.body, got.headers)
    assert (told["type"], told["data"]) == ("meeting.requested", {"meeting": "m1"})
    assert told["id"] == got.headers["webhook-id"] == next(row.id for row in rows(database) if row.webhook_id == hook)
    assert {row.address for row in rows(database)} == {None}
    later(database)
    assert drain(sender) == 0


@pytest.mark.parametrize("commits", [0, 1])
@pytest.mark.parametrize("to_hook", [False, True])
def test_a_sender_that_dies_around_a_commit_tells_nobody_twice(database, to_hook, commits):
    """It dies before the row is `sending`, or after it was sent and before that is written down."""
    add_hook(database, "https://example.com/") if to_hook else None
    tell(database, to=() if to_hook else [PERSON])
    left = [commits]

    def die(_connection):
        if left[0] == 0:
            raise Killed
        left[0] -= 1

    told = Told()
    sender = Sender(database, told, lost_s=0)

    def die_when_writing(connection):
        if connection.get_execution_options().get("khukha_writes"):
            die(connection)

    event.listen(database.engine, "commit", die_when_writing)
    with pytest.raises(Killed):
        drain(sender)
    event.remove(database.engine, "commit", die_when_writing)
    assert states(database) == ["sending" if commits else "waiting"]
    drain(sender)
    if commits == 0:
        assert (states(database), len(told.ids)) == (["sent"], 1)
    elif to_hook:
        assert states(database) == ["sent"]
        assert len(told.ids) == 2
        assert len(set(told.ids)) == 1  # under one id: the receiver can tell
    else:
        assert (states(database), len(told.ids)) == (["unclear"], 1)


@pytest.mark.parametrize("outcome", ["killed before", "killed after"])
def test_a_sender_that_dies_while_it_sends_leaves_a_person_to_the_organiser(database, outcome):
    tell(database, to=[PERSON])
    told = Told(outcome)
    sender = Sender(database, told, lost_s=0)
    with pytest.raises(Killed):
        sender.send_next()
    drain(sender)
    later(database)
    drain(sender)
    (row,) = rows(database)
    assert row.state == "unclear"
    assert "ถามผู้รับ" in row.reason["th"]
    assert len(told.ids) == (outcome == "killed after")
    with database.writing() as session:
        send_again(session, row.id)
    drain(sender)
    assert states(database) == ["sent"]


def test_an_attempt_that_still_runs_is_not_taken_for_lost(database):
    tell(database, to=[PERSON])
    with database.writing() as session:
        assert take(session) is not None
    assert drain(Sender(database, Told())) == 0
    assert states(database) == ["sending"]


def test_a_slow_attempt_that_was_taken_for_lost_and_succeeded_counts_as_sent(database):
    tell(database, to=[PERSON])
    fast = Sender(database, Told(), lost_s=0)

    def slow(_taken):
        drain(fast)
        assert states(database) == ["unclear"]
        return Outcome(Delivery.SENT)

    assert Sender(database, slow).send_next()
    (row,) = rows(database)
    assert (row.state, row.reason, row.address) == ("sent", None, None)


def test_many_senders_at_once_send_each_row_once_and_one_at_a_time_to_a_webhook(database):
    add_hook(database, "https://example.com/")
    for number in range(25):
        tell(database, f"m{number}", to=[f"p{number}@example.com"])
    told, under_way, most = Counter(), Counter(), Counter()
    lock = threading.Lock()

    def send(taken):
        with lock:
            told[taken.row.id] += 1
            under_way[taken.row.webhook_id] += 1
            most[taken.row.webhook_id] = max(most[taken.row.webhook_id], under_way[taken.row.webhook_id])
        with lock:
            under_way[taken.row.webhook_id] -= 1
        return Outcome(Delivery.SENT)

    others = [Database(database.url.render_as_string(hide_password=False)) for _ in range(4)]

    def work(own):
        while "waiting" in states(own):
            Sender(own, send).send_next()

    threads = [threading.Thread(target=work, args=(own,)) for own in others]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for own in others:
        own.close()
    assert set(told.values()) == {1}
    assert len(told) == 50
    assert {count for hook, count in most.items() if hook is not None} == {1}
    assert set(states(database)) == {"sent"}


def test_a_webhook_is_told_in_order_and_one_that_fails_does_not_hold_up_the_rest(database, web):
    add_hook(database, web.url)
    for number in range(5):
        tell(database, f"m{number}")
    web.answers += [(204, {}), (500, {}), (204, {}), (429, {"Retry-After": "3600"}), (204, {})]
    sender = a_sender(database)
    assert drain(sender) == 5
    assert states(database) == ["sent", "waiting", "sent", "waiting", "sent"]
    assert (rows(database)[3].next_at - rows(database)[3].tried_at).total_seconds() >= 3600
    later(database)
    drain(sender)
    told = [json.loads(got.body) for got in web.got]
    assert [one["data"]["meeting"] for one in told] == ["m0", "m1", "m2", "m3", "m4", "m1", "m3"]
    assert told[1] == told[5]
    in_order = sorted({one["id"]: one for one in told}.values(), key=lambda one: one["sequence"])
    assert [one["data"]["meeting"] for one in in_order] == ["m0", "m1", "m2", "m3", "m4"]


def test_a_webhook_that_is_no_more_is_switched_off_and_told_nothing(database, web):
    hook, _ = add_hook(database, web.url)
    web.answers.append((410, {}))
    tell(database, "m1")
    tell(database, "m2")
    sender = a_sender(database)
    drain(sender)
    assert states(database) == ["failed", "failed"]
    assert len(web.got) == 1
    tell(database, "m3")
    assert len(rows(database)) == 2
    with database.reading() as session:
        assert "410" in get_webhook(session, hook).off["en"]


@only_sqlite
def test_an_error_of_our_own_leaves_no_row_in_between_and_no_address_in_the_log(database, caplog):
    add_hook(database, "https://example.com/")
    tell(database, to=[PERSON])

    def broken(taken):
        raise ValueError(taken.row.address)

    drain(Sender(database, broken))
    assert sorted(states(database)) == ["unclear", "waiting"]
    assert PERSON not in caplog.text
    assert "ValueError" in caplog.text


def test_in_the_background_what_is_queued_goes_out_by_itself_and_ends_when_it_is_told(database, web, monkeypatch):
    monkeypatch.setattr(sending, "POLL_S", 0.05)
    add_hook(database, web.url)
    with a_sender(database).running():
        for number in range(8):
            tell(database, f"m{number}", to=[f"json://127.0.0.1:{web.port}/{number}"])
        until(lambda: set(states(database)) == {"sent"})
        web.hold.clear()
        tell(database, "last")
        until(lambda: "sending" in states(database))
        threading.Timer(0.2, web.hold.set).start()
    assert set(states(database)) == {"sent"}  # what was under way was brought to its end
    until(lambda: not any(one.name == "outbox" for one in threading.enumerate()))
    assert Counter(got.path for got in web.got) == Counter({"/hook": 9} | {f"/{number}": 1 for number in range(8)})


def test_a_database_that_is_away_for_a_moment_stops_nobody(database, web, monkeypatch, caplog):
    monkeypatch.setattr(sending, "POLL_S", 0.05)
    away = threading.Event()
    failed = threading.Event()

    def refuse(*_given):
        if away.is_set():
            failed.set()
            raise OSError("away")

    event.listen(database.engine, "begin", refuse)
    add_hook(database, web.url)
    away.set()
    with a_sender(database).running():
        assert failed.wait(60)
        away.clear()
        tell(database)
        until(lambda: states(database) == ["sent"])


@pytest.fixture
def start(database_url, data_dir, mail):
    """Start `khukha work`; those that still live are killed at the end."""
    started = []

    def new(**more):
        given = {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "WEBHOOK_PRIVATE": "1",
            "NOTIFY_SERVICES": "json",
        }
        environment = os.environ | {f"MATCHER_{name}": value for name, value in (given | more).items()}
        started.append(subprocess.Popen([sys.executable, "-m", "api.cli", "work"], env=environment))
        return started[-1]

    yield new
    for one in started:
        one.kill()
        one.wait()


def test_a_worker_killed_between_sending_and_sent_tells_no_person_twice_and_a_webhook_under_the_same_id(
    database, data_dir, web, start
):
    add_hook(database, web.url)
    tell(database, to=[f"json://127.0.0.1:{web.port}/person"])
    web.hold.clear()
    process = start()
    until(lambda: len(web.got) == 2 or process.poll() is not None)  # both got it, and nobody was answered
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert set(states(database)) == {"sending"}
    web.hold.set()
    sender = a_sender(database)
    sender.lost_s = 0
    drain(sender)
    assert {row.webhook_id is not None: row.state for row in rows(database)} == {True: "sent", False: "unclear"}
    assert Counter(got.path for got in web.got) == {"/hook": 2, "/person": 1}
    first, again = (got for got in web.got if got.path == "/hook")
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body
    with database.reading() as session:
        hook = get_webhook(session, next(row.webhook_id for row in rows(database) if row.webhook_id))
    assert Webhook(secret_of(hook.salt, pepper=read_pepper(data_dir / "pepper"))).verify(first.body, first.headers)
    assert Webhook(secret_of(hook.salt, pepper=PEPPER)).verify(again.body, again.headers)


def test_a_worker_that_is_told_to_end_finishes_what_is_under_way(database, web, start):
    add_hook(database, web.url)
    tell(database)
    web.hold.clear()
    process = start()
    until(lambda: web.got or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    web.hold.set()
    assert process.wait(120) == 0
    assert (states(database), len(web.got)) == (["sent"], 1)
