"""Webhooks and the outbox over HTTP."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from api.outbox.sender import Sender
from api.settings import Settings
from api.store.outbox import queue
from api.store.outbox_tables import Message, Recipient, Topic
from matcher.engine.answer import Sentence
from tests.api.outbox.receivers import WebReceiver
from tests.api.web.conftest import is_problem

HOOK = {"name": "CRM", "url": "https://crm.example.com/khukha?key=1", "topics": ["meeting.accepted"]}


@pytest.fixture
def hook(service):
    """A webhook, gone afterwards."""
    made = service.ask("POST", "/v1/webhooks", json=HOOK)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/v1/webhooks/{made.json()['id']}"
    yield made.json()
    service.ask("DELETE", made.headers["location"])


@pytest.fixture
def web():
    """A web server."""
    receiver = WebReceiver()
    yield receiver
    receiver.close()


def send(service):
    """What a worker does that may send inside this machine."""
    settings = service.running.settings.model_copy(update={"webhook_private": True})
    sender = Sender.of(settings, service.running.database)
    while sender.send_next():
        pass


def tell(service, dedupe, address):
    message = Message(
        Topic.MEETING_ACCEPTED,
        dedupe,
        {"meeting": dedupe},
        (Recipient(None, address),),
        Sentence(th="ตอบรับแล้ว", en="Accepted"),
        Sentence(th="พบกันที่งาน", en="See you there"),
    )
    with service.running.database.writing() as session:
        assert queue(session, message)


def test_a_secret_is_shown_when_it_is_made_and_never_again(service, hook):
    path = f"/v1/webhooks/{hook['id']}"
    assert hook["secret"].startswith("whsec_")
    assert service.ask("GET", path).json() == {name: value for name, value in hook.items() if name != "secret"}
    assert hook["id"] in {one["id"] for one in service.ask("GET", "/v1/webhooks").json()}
    turned = service.ask("POST", f"{path}/rotate").json()
    assert turned["secret"] != hook["secret"]
    assert turned["former_secret_until"] is not None
    said = service.ask("GET", "/v1/webhooks").text + service.ask("GET", path).text
    said += service.ask("PATCH", path, json={"name": "x"}).text
    for secret in (hook["secret"], turned["secret"]):
        assert secret not in said
    assert "salt" not in said


def test_a_change_changes_what_it_names(service, hook):
    path = f"/v1/webhooks/{hook['id']}"
    changed = service.ask("PATCH", path, json={"topics": ["*"], "url": "https://other.example/"}).json()
    assert changed["name"] == "CRM"
    assert (changed["topics"], changed["url"]) == (["*"], "https://other.example/")
    off = service.ask("PATCH", path, json={"active": False}).json()["off"]
    assert off["th"]
    assert is_problem(service.ask("POST", f"{path}/test"), 409, "webhook_off")
    assert service.ask("PATCH", path, json={"active": True}).json()["off"] is None
    assert service.ask("DELETE", path).status_code == 204
    for method, where in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test")):
        assert is_problem(service.ask(method, path + where, json={}), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "http://crm.example.com/"}, "webhook_refused"),
        ({"url": "https://127.0.0.1/"}, "webhook_refused"),
        ({"url": "x"}, "webhook_refused"),
        ({"url": "https://a\0b"}, "invalid"),
        ({"topics": []}, "invalid"),
        ({"topics": ["meeting.imagined"]}, "invalid"),
        ({"name": ""}, "invalid"),
        ({"secret": "mine"}, "invalid"),
    ],
)
def test_what_cannot_be_told_is_refused(service, hook, change, code):
    assert is_problem(service.ask("POST", "/v1/webhooks", json=HOOK | change), 422, code)
    assert is_problem(service.ask("PATCH", f"/v1/webhooks/{hook['id']}", json=change), 422, code)
    assert service.ask("GET", f"/v1/webhooks/{hook['id']}").json()["url"] == HOOK["url"]


def test_a_ping_arrives_signed_and_how_it_went_can_be_read(service, web):
    private = service.running.settings
    service.running.settings = private.model_copy(update={"webhook_private": True})
    made = service.ask("POST", "/v1/webhooks", json=HOOK | {"url": web.url}).json()
    service.running.settings = private
    sent = service.ask("POST", f"/v1/webhooks/{made['id']}/test")
    assert sent.status_code == 202
    where = sent.headers["location"]
    assert service.ask("GET", where).json()["state"] == "waiting"
    send(service)
    (got,) = web.got
    told = Webhook(made["secret"]).verify(got.body, got.headers)
    assert (told["type"], told["data"]) == ("ping", {})
    read = service.ask("GET", where).json()
    assert (read["state"], read["to"], read["webhook_id"], read["data"]) == ("sent", "CRM", made["id"], {})
    assert is_problem(service.ask("POST", f"{where}/retry"), 409, "cannot_send_again")
    service.ask("DELETE", f"/v1/webhooks/{made['id']}")
    assert is_problem(service.ask("GET", where), 404)


def test_without_a_mail_server_messages_wait_for_one_and_nothing_is_lost(service):
    tell(service, "accepted/1", "somchai@example.com")
    tell(service, "accepted/2", "suda@example.com")
    send(service)
    listed = service.ask("GET", "/v1/outbox", params={"state": "no_channel", "topic": "meeting.accepted"}).json()[
        "items"
    ]
    assert [one["dedupe"] for one in listed[:2]] == ["accepted/2", "accepted/1"]
    assert [one["to"] for one in listed[:2]] == ["su…@example.com", "so…@example.com"]
    assert "MATCHER_SMTP_URL" in listed[0]["reason"]["th"]
    read = service.ask("GET", f"/v1/outbox/{listed[1]['id']}")
    assert (read.json()["title"], read.json()["body"]) == ("ตอบรับแล้ว", "พบกันที่งาน")
    assert "somchai" not in read.text
    again = service.ask("POST", f"/v1/outbox/{listed[1]['id']}/retry").json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)


def test_the_outbox_comes_in_pages(service):
    for number in range(5):
        tell(service, f"page/{number}", "a@example.com")
    seen, cursor = [], None
    while len({one["dedupe"] for one in seen}) < 5:  # webhooks of other tests are told too
        page = service.ask("GET", "/v1/outbox", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) == 2
        seen += page["items"]
        cursor = page["next_cursor"]
    assert list(dict.fromkeys(one["dedupe"] for one in seen))[:5] == [f"page/{number}" for number in (4, 3, 2, 1, 0)]
    assert len({one["id"] for one in seen}) == len(seen)
    assert is_problem(service.ask("GET", "/v1/outbox", params={"cursor": "x"}), 422, "bad_cursor")
    assert is_problem(service.ask("GET", "/v1/outbox", params={"state": "lost"}), 422, "invalid")


def test_the_settings_say_which_services_people_may_be_told_by():
    assert Settings(notify_services=" Line, slack,,", _env_file=None).services == ("line", "slack")
    assert Settings(notify_services="", _env_file=None).services == ()
