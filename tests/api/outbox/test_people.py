from __future__ import annotations

import json
import logging
import socket
import threading
from datetime import UTC, datetime

import pytest

from api.errors import AddressRefusedError
from api.outbox.mail import mail_server
from api.outbox.people import People
from api.settings import Settings
from api.store.addresses import check_address, is_email, mask
from api.store.outbox_tables import Delivery, DeliveryRow

MADE = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
TITLE, BODY = "มีคำขอนัด\nจาก กลุ่มทอผ้า", "กลุ่มทอผ้าไหมขอนัดพบคุณ\n.\n..จบ & <b>ไม่หนา</b> :smile: \\n"


def send(address, *, smtp_url="", services=("json",), **values):
    row = DeliveryRow(id="o1", dedupe="m1", topic="x", shown="x", state="sending", made_at=MADE)
    row.address, row.title, row.body = address, TITLE, BODY
    for name, value in values.items():
        setattr(row, name, value)
    return People(smtp_url=smtp_url, services=services).send(row)


def test_a_mail_arrives_as_it_was_written(mail):
    assert send("somchai@example.com", smtp_url=mail.url).state is Delivery.SENT
    ((sender, to, message),) = mail.got
    assert (sender, to) == ("noreply@khukha.example", ("somchai@example.com",))
    assert message["subject"] == "มีคำขอนัด จาก กลุ่มทอผ้า"
    assert message["from"].addresses[0].display_name == "คู่ค้า"
    assert message["from"].addresses[0].addr_spec == "noreply@khukha.example"
    assert message["to"] == "somchai@example.com"
    assert message["message-id"] == "<o1@khukha.example>"
    assert message["auto-submitted"] == "auto-generated"
    assert message["date"].datetime == MADE
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == BODY + "\n"


@pytest.mark.parametrize(
    ("to_recipient", "to_data", "state"),
    [
        ("550 no such mailbox", "250 OK", "failed"),
        ("450 greylisted", "250 OK", "waiting"),
        ("250 OK", "554 looks like spam", "failed"),
        ("250 OK", "451 later", "waiting"),
    ],
)
def test_what_the_mail_server_answers_decides(mail, to_recipient, to_data, state):
    mail.to_recipient, mail.to_data = to_recipient, to_data
    outcome = send("somchai@example.com", smtp_url=mail.url)
    assert outcome.state == state
    assert "somchai" not in outcome.reason.th + outcome.reason.en


def test_a_mail_server_that_hangs_up_after_the_text_may_have_delivered_it(mail):
    mail.breaks_off = True
    assert send("somchai@example.com", smtp_url=mail.url).state is Delivery.UNCLEAR
    assert len(mail.got) == 1


def test_a_mail_server_that_is_not_there_or_breaks_off_before_the_text_is_tried_again(mail):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def greet():
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 hello\r\n")
                connection.recv(1_000)

        thread = threading.Thread(target=greet)
        thread.start()
        assert send("a@example.com", smtp_url=f"mailto://127.0.0.1:{port}?from=a@b.example").state is Delivery.WAITING
        thread.join()
    gone = f"mailto://127.0.0.1:{port}?from=a@b.example"
    assert send("a@example.com", smtp_url=gone).state is Delivery.WAITING
    wants_tls = mail.url.replace("mailto://", "mailtos://")  # which this server does not speak
    assert send("a@example.com", smtp_url=wants_tls).state is Delivery.WAITING
    with_password = mail.url.replace("127.0.0.1", "me:secret@127.0.0.1")  # which it does not take
    assert send("a@example.com", smtp_url=with_password).state is Delivery.WAITING
    assert mail.got == []


def test_without_a_mail_server_there_is_no_channel_and_the_reason_says_what_to_set():
    for smtp_url in ("", "nonsense", "json://127.0.0.1/", "mailto://"):
        outcome = send("a@example.com", smtp_url=smtp_url)
        assert outcome.state is Delivery.NO_CHANNEL
        assert "MATCHER_SMTP_URL" in outcome.reason.th
        assert "MATCHER_SMTP_URL" in outcome.reason.en


def test_a_mail_servers_url_is_read_as_apprise_reads_it():
    known = mail_server("mailtos://noreply:pw@gmail.com")
    assert (known.host, known.port, known.security, known.user) == (
        "smtp.gmail.com",
        587,
        "starttls",
        "noreply@gmail.com",
    )
    own = mail_server("mailtos://me:p%40ss@mail.example.com:465?from=Khukha<a@b.example>&mode=ssl&reply=c@d.example")
    assert (own.port, own.security, own.password, own.name, own.address) == (
        465,
        "ssl",
        "p@ss",
        "Khukha",
        "a@b.example",
    )
    assert own.reply_to == ("c@d.example",)
    assert own.trusted


def test_a_service_gets_title_and_text_as_they_are(web):
    assert send(f"json://127.0.0.1:{web.port}/").state is Delivery.SENT
    (got,) = web.got
    told = json.loads(got.body)
    assert (told["title"], told["message"]) == (TITLE, BODY)


@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "failed"), (401, "failed"), (404, "failed"), (429, "waiting"), (500, "waiting"), (302, "waiting")],
)
def test_what_a_service_answers_decides(web, status, state):
    web.answers.append((status, {"Location": web.url}))
    assert send(f"json://127.0.0.1:{web.port}/").state == state
    assert len(web.got) == 1


def test_a_service_that_is_not_there_is_tried_again_and_one_that_falls_silent_may_have_delivered_it(web, monkeypatch):
    monkeypatch.setattr("api.outbox.people.READ_TIMEOUT_S", 0.3)
    web.hold.clear()
    assert send(f"json://127.0.0.1:{web.port}/").state is Delivery.UNCLEAR
    web.close()
    assert send(f"json://127.0.0.1:{web.port}/").state is Delivery.WAITING
    assert send("json://no-such-host.invalid/").state is Delivery.WAITING
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: _hang_up(server))
        thread.start()
        assert send(f"json://127.0.0.1:{server.getsockname()[1]}/").state is Delivery.UNCLEAR
        thread.join()


def _hang_up(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(10_000)


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1:{port}/?template=/etc/passwd", "xml://127.0.0.1:{port}/", "json://", "a@b,c@example.com",
     "a@example.com\nBcc: c@example.com", "a@b.com, c@d.com", "<a@example.com>", "name <a@example.com>", "", " ",
     "ก@example.com",
     "a@example.com;c@example.com", "http://127.0.0.1:{port}/", "file:///etc/passwd", "syslog://",
     "json://127.0.0.1:{port}/ x",
     "x" * 70 + "@example.com", "a@" + "x" * 600, "@example.com", "a@", "mailto://127.0.0.1:{port}/a@example.com"],
)  # fmt: skip
def test_an_address_that_is_none_is_never_sent_to(web, mail, address):
    given = address.format(port=web.port)
    assert send(given, smtp_url=mail.url).state is Delivery.FAILED
    if given != "json://":
        with pytest.raises(AddressRefusedError):
            check_address(given, services=("json",))
    assert web.got == []
    assert mail.got == []


def test_an_address_of_several_people_is_refused_for_those_who_got_it_would_get_it_again():
    assert send("line://token/u1/u2", services=("line",)).state is Delivery.FAILED


def test_the_services_allowed_by_default_reach_no_host_of_somebodys_choice():
    for scheme in Settings(_env_file=None).services:
        check_address(f"{scheme}://a/b", services=Settings(_env_file=None).services)
    for scheme in ("json", "form", "xml", "mailto", "mailtos", "ntfy", "matrix", "syslog", "dbus", "apprise", "https"):
        with pytest.raises(AddressRefusedError):
            check_address(f"{scheme}://127.0.0.1/b", services=Settings(_env_file=None).services)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("somchai@example.com", "so…@example.com"), ("ab@example.com", "a…@example.com"),
     ("a@example.com", "a…@example.com"),
     ("line://token/user", "line://…"), ("", ""), ("0812345678", "…"), ("x" * 300 + "://y", "x" * 20 + "://…")],
)  # fmt: skip
def test_an_address_is_shown_masked(address, shown):
    assert mask(address) == shown


def test_usual_addresses_are_addresses():
    for address in ("a@b.co", "first.last+tag@sub.example.co.th", "o'neil@example.com", "1@2.3"):
        assert is_email(address)


class Kept(logging.Handler):
    """Keeps what reaches the log, the mail receiver's own words aside."""

    def __init__(self):
        super().__init__(0)
        self.said = []

    def emit(self, record):
        """Keep a record."""
        if not record.name.startswith("mail."):
            self.said.append(f"{record.name} {record.getMessage()}")


@pytest.fixture
def log_kept():
    """What reaches the log, however much of it is wanted."""
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(0)
    yield kept.said
    root.removeHandler(kept)
    root.setLevel(before)


def test_no_log_holds_an_address_or_a_text(mail, web, log_kept, capfd):
    send("somchai@example.com", smtp_url=mail.url)
    mail.to_recipient = "550 no"
    send("somchai@example.com", smtp_url=mail.url)
    send("somchai@example.com")
    web.answers.append((500, {}))
    send(f"json://127.0.0.1:{web.port}/somchai")
    send("line://somchai/", services=("line",))
    logging.getLogger("asyncio").debug("it listens")
    said = "\n".join(log_kept) + "".join(capfd.readouterr())
    assert "it listens" in said
    assert "somchai" not in said
    assert "กลุ่มทอผ้า" not in said
    assert len(mail.got) == len(web.got) == 1
