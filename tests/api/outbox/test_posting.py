from __future__ import annotations

import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from api.errors import WebhookRefusedError
from api.outbox import posting
from api.outbox.posting import Post, is_final, signed
from api.outbox.reaching import check_url, is_outside
from api.store.outbox_tables import Delivery, DeliveryRow, WebhookRow
from api.store.sending import Taken
from api.store.tables import now
from api.store.webhooks import secret_of, secrets_now
from tests.api.outbox.conftest import PEPPER

MADE = datetime(2026, 11, 22, 3, 15, 0, 123456, tzinfo=UTC)


def taken(url, *, data=None, **salts):
    row = DeliveryRow(id="o1", dedupe="m1", topic="meeting.accepted", shown="x", state="sending", made_at=MADE)
    row.sequence, row.data = 7, data or {"ชื่อ": "ผ้าไหม & <b>"}
    return Taken(row, WebhookRow(id="w1", name="x", url=url, topics=["*"], made_at=MADE, **({"salt": "s"} | salts)))


def send(url, *, private=True, **options):
    return Post(pepper=PEPPER, private=private).send(taken(url, **options))


def test_a_receiver_verifies_what_it_gets_with_the_published_library(web):
    assert send(web.url + "?a=ก").state is Delivery.SENT
    (got,) = web.got
    told = Webhook(secret_of("s", pepper=PEPPER)).verify(got.body, got.headers)
    assert told == {
        "type": "meeting.accepted",
        "id": "o1",
        "timestamp": "2026-11-22T03:15:00.123456Z",
        "sequence": 7,
        "data": {"ชื่อ": "ผ้าไหม & <b>"},
    }
    assert got.headers["webhook-id"] == "o1"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"127.0.0.1:{web.port}"
    assert got.path == "/hook?a=%E0%B8%81"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of("another", pepper=PEPPER)).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of("s", pepper=PEPPER)).verify(got.body + b" ", got.headers)


def test_the_signature_is_that_of_the_specifications_example():
    row = DeliveryRow(id="msg_p5jXN8AQM9LWM0D4loKWxJek", dedupe="x", topic="x", shown="x", state="x", made_at=MADE)
    at = datetime.fromtimestamp(1614265330, UTC)
    found = signed(row, '{"test": 2432232314}', ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), at)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert found["webhook-timestamp"] == "1614265330"


def test_for_a_day_both_secrets_sign_and_then_only_the_new_one(web):
    for until, secrets in ((now() + timedelta(hours=1), ("new", "old")), (now() - timedelta(seconds=1), ("new",))):
        send(web.url, salt="new", former_salt="old", former_until=until)
        got = web.got[-1]
        assert len(got.headers["webhook-signature"].split(" ")) == len(secrets)
        for salt in secrets:
            assert Webhook(secret_of(salt, pepper=PEPPER)).verify(got.body, got.headers)
    row = taken(web.url, former_salt=None).webhook
    assert secrets_now(row, pepper=PEPPER) == (secret_of("s", pepper=PEPPER),)
    assert secret_of("s", pepper=PEPPER) != secret_of("s", pepper=b"another")


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "sent"), (299, "sent"), (302, "waiting"), (400, "failed"), (401, "failed"), (404, "failed"), (410, "failed"),
     (408, "waiting"), (409, "waiting"), (425, "waiting"), (429, "waiting"), (500, "waiting"), (503, "waiting")],
)  # fmt: skip
def test_an_answer_means_what_the_table_says(web, status, state):
    web.answers.append((status, {"Location": web.url}))
    outcome = send(web.url)
    assert outcome.state == state
    assert len(web.got) == 1  # no redirect is followed
    assert outcome.gone == (status == 410)
    assert (outcome.reason is None) == (state == "sent")
    assert is_final(status) == (state == "failed")


def test_retry_after_is_read_in_seconds_and_as_a_date_and_only_with_429_and_503(web):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    wanted = [(429, "120", 120), (503, "7", 7), (503, date, 299), (500, "120", 0), (429, "soon", 0), (429, "-5", 0)]
    wanted += [(429, "", 0), (429, "9" * 400, 999_999_999), (429, "Wed, 21 Oct 2015 07:28:00 GMT", 0)]
    for status, text, seconds in wanted:
        web.answers.append((status, {"Retry-After": text}))
        assert send(web.url).after_s == pytest.approx(seconds, abs=20), (status, text)


def test_a_receiver_that_is_not_there_or_hangs_up_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        assert send(f"http://127.0.0.1:{port}/").state is Delivery.WAITING
        thread.join()
    assert send(f"http://127.0.0.1:{port}/").state is Delivery.WAITING
    assert send("http://no-such-host.invalid/").state is Delivery.WAITING
    assert send(f"http://{'a' * 70}.example/").state is Delivery.WAITING


def test_a_receiver_that_answers_a_byte_now_and_then_is_given_up(monkeypatch):
    monkeypatch.setattr(posting, "DEADLINE_S", 0.6)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ended.wait(0.1):
                    connection.sendall(b"x: y\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        outcome = send(f"http://127.0.0.1:{server.getsockname()[1]}/")
        ended.set()
        thread.join()
    assert outcome.state is Delivery.WAITING
    assert "วินาที" in outcome.reason.th


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/hook", "http://localhost:{port}/hook", "https://localhost:{port}/hook",
     "https://[::1]:{port}/hook", "https://[::ffff:127.0.0.1]:{port}/", "https://127.0.0.1.:{port}/", "http://0:{port}/",
     "https://2130706433:{port}/", "https://0x7f.1:{port}/", "https://10.0.0.1/", "https://169.254.169.254/latest"],
)  # fmt: skip
def test_nothing_inside_the_own_network_is_reached_unless_it_is_allowed(web, url):
    outcome = send(url.format(port=web.port), private=False)
    assert outcome.state in {Delivery.FAILED, Delivery.WAITING}
    assert outcome.state is Delivery.FAILED or "127.0.0.1." in url
    assert web.got == []


def test_a_name_that_leads_inside_is_refused_although_it_looked_well_when_it_was_given(web):
    assert check_url(f"https://localhost:{web.port}/", private=False).host == "localhost"
    assert send(f"https://localhost:{web.port}/", private=False).state is Delivery.FAILED
    assert web.got == []


@pytest.mark.parametrize(
    ("address", "outside"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
     ("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
     ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1", False),
     ("fd00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
     ("64:ff9b::a00:1", False), ("64:ff9b::808:808", True), ("2002:a00:1::", False), ("2002:7f00:1::", False)],
)  # fmt: skip
def test_an_address_is_outside_only_if_what_it_stands_for_is(address, outside):
    assert is_outside(ip_address(address)) == outside


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://example.com/", "https://", "https:///x", "javascript:alert(1)", "https://a b/", "http://example.com/",
     "https://127.0.0.1/", "https://[::1]/", "https://exa\0mple.com", "//example.com", "https://example.com:99999/",
     "https://" + "a" * 3000, "file:///etc/passwd"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_when_it_is_given(url):
    with pytest.raises(WebhookRefusedError) as raised:
        check_url(url, private=False)
    assert raised.value.field == "url"


def test_http_is_for_the_own_network_only():
    for url in ("http://8.8.8.8/", "http://[2606:4700::1111]/"):
        with pytest.raises(WebhookRefusedError, match="https"):
            check_url(url, private=True)
    assert check_url("http://127.0.0.1:1/", private=True)
    assert check_url("https://8.8.8.8/x", private=False) == httpx.URL("https://8.8.8.8/x")


def test_a_certificate_must_be_that_of_the_name(web, tmp_path):
    """The receiver speaks TLS with a certificate nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:aNULL:@SECLEVEL=0")  # it has none at all
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with pytest.raises(OSError), context.wrap_socket(connection, server_side=True):  # noqa: PT011
                pass

        thread = threading.Thread(target=answer)
        thread.start()
        assert send(f"https://localhost:{server.getsockname()[1]}/").state is Delivery.WAITING
        thread.join()


def test_no_log_holds_a_url_a_body_or_a_secret(web, caplog):
    with caplog.at_level("DEBUG"):
        send(web.url + "?token=hush", data={"word": "whisper"})
    said = caplog.text
    assert "hush" not in said
    assert "whisper" not in said
    assert secret_of("s", pepper=PEPPER) not in said
    assert json.loads(web.got[0].body)["data"] == {"word": "whisper"}
