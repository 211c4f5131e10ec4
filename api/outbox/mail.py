"""E-mail over the operator's server.

Apprise reads the server's URL, and knows the settings of the well-known ones. Its own sending answers yes or no,
which is too little here: a mailbox that is refused is not tried again, a busy server is, and a connection that
breaks after the text went out may have delivered it.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from apprise import Apprise
from apprise.plugins.email import NotifyEmail

from api.store.outbox_tables import Delivery, DeliveryRow
from api.store.sending import Outcome
from matcher.engine.answer import Sentence

TIMEOUT_S = 15.0

_UNREACHED = Sentence(
    th="ติดต่อเซิร์ฟเวอร์อีเมลไม่ได้ ผู้ดูแลระบบควรตรวจ MATCHER_SMTP_URL",
    en="the e-mail server cannot be reached or used: its operator may check MATCHER_SMTP_URL",
)
_BROKE_OFF = Sentence(
    th="การเชื่อมต่อขาดหลังส่งเนื้อความ ไม่ทราบว่าถึงผู้รับหรือไม่ ถามผู้รับก่อนสั่งส่งอีกครั้ง",
    en="the connection broke after the text went out, so it may have arrived or not: ask before you send it again",
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's server.

    Attributes:
        security: `insecure`, `starttls` or `ssl`.
        trusted: Whether its certificate must be good.
        name: The sender's; empty shows the address alone.
        address: The sender's.
    """

    host: str
    port: int
    security: str
    trusted: bool
    user: str
    password: str
    name: str
    address: str
    reply_to: tuple[str, ...]


def mail_server(url: str) -> MailServer | None:
    """The server that an Apprise URL names; None where it is no `mailto` or `mailtos` URL that can be read."""
    found = Apprise.instantiate(url, suppress_exceptions=True)
    if not isinstance(found, NotifyEmail):
        return None
    name, address = found.from_addr
    return MailServer(
        host=found.smtp_host,
        port=int(found.port or 0),
        security=found.secure_mode or "insecure",
        trusted=found.verify_certificate,
        user=found.user or "",
        password=found.password or "",
        name=str(name or ""),
        address=str(address),
        reply_to=tuple(sorted(found.reply_to)),
    )


def send_mail(server: MailServer, row: DeliveryRow) -> Outcome:
    """Send a delivery to its e-mail address."""
    assert row.address is not None
    try:
        with _connected(server) as smtp:
            return _hand_over(smtp, _written(server, row), sender=server.address, to=row.address)
    except (OSError, smtplib.SMTPException, UnicodeError):
        return Outcome(Delivery.WAITING, _UNREACHED)


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage, *, sender: str, to: str) -> Outcome:
    """Sender, recipient and text, each with its answer; only after the last one anything is delivered."""
    code, _ = smtp.mail(sender)
    if code >= 300:
        return Outcome(Delivery.WAITING, _UNREACHED)
    code, _ = smtp.rcpt(to)
    if code < 300:
        try:
            code, _ = smtp.data(message.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as problem:
            code = problem.smtp_code
        except (OSError, smtplib.SMTPException):
            return Outcome(Delivery.UNCLEAR, _BROKE_OFF)
    if code < 300:
        return Outcome(Delivery.SENT)
    return Outcome(Delivery.FAILED if code >= 500 else Delivery.WAITING, _refused(code))


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    secure = ssl.create_default_context()
    if not server.trusted:
        secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
    if server.security == "ssl":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=secure)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        if server.security == "starttls":
            smtp.starttls(context=secure)
        smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
        with suppress(OSError, smtplib.SMTPException):  # whatever was to be said has been answered
            smtp.quit()
    finally:
        smtp.close()


def _written(server: MailServer, row: DeliveryRow) -> EmailMessage:
    """The message; every attempt has the same id, so that mailboxes which get it twice can show it once."""
    message = EmailMessage()
    message["From"] = formataddr((server.name, server.address), charset="utf-8")
    message["To"] = row.address
    message["Subject"] = " ".join((row.title or "").split())
    message["Date"] = format_datetime(row.made_at)
    message["Message-ID"] = f"<{row.id}@{server.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if server.reply_to:
        message["Reply-To"] = ", ".join(server.reply_to)
    body = row.body or ""
    message.set_content(body, cte="quoted-printable" if body.isascii() else "base64")  # any server takes these
    return message


def _refused(code: int) -> Sentence:
    return Sentence(
        th=f"เซิร์ฟเวอร์อีเมลไม่รับ (รหัส {code}) ตรวจว่าที่อยู่ถูกต้อง",
        en=f"the e-mail server refused it (code {code}): check the address",
    )
