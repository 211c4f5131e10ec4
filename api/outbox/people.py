"""One message to one person, by e-mail or by a service that Apprise knows."""

from __future__ import annotations

import logging
import re

from apprise import Apprise, AppriseAsset, AppriseResult, NotifyFormat
from apprise import AppriseResultStatus as Status

from api.errors import AddressRefusedError
from api.outbox.mail import mail_server, send_mail
from api.outbox.posting import is_final
from api.store.addresses import check_address, is_email
from api.store.outbox_tables import Delivery, DeliveryRow
from api.store.sending import Outcome
from matcher.engine.answer import Sentence

READ_TIMEOUT_S = 15.0

_apprise_log = logging.getLogger("apprise")
_apprise_log.propagate = False  # it names addresses, and whole messages
_apprise_log.setLevel(logging.DEBUG)  # its results carry this along
logging.getLogger("urllib3").setLevel(logging.WARNING)  # below, it tells URLs, which may hold tokens

_STATUS = re.compile(r"\berror=(\d{3})\b")
_NO_SERVER = Sentence(
    th="ยังไม่มีเซิร์ฟเวอร์อีเมล ผู้ดูแลระบบต้องตั้ง MATCHER_SMTP_URL แล้วสั่งส่งอีกครั้ง",
    en="there is no e-mail server: its operator must set MATCHER_SMTP_URL; then send it again",
)
_BAD_SERVER = Sentence(
    th="อ่าน MATCHER_SMTP_URL ไม่ได้ ผู้ดูแลระบบต้องแก้ แล้วสั่งส่งอีกครั้ง",
    en="MATCHER_SMTP_URL cannot be read: its operator must mend it; then send it again",
)
_BAD_ADDRESS = Sentence(
    th="ที่อยู่นี้ใช้ส่งไม่ได้ ตรวจแล้วแก้ที่ข้อมูลผู้ร่วมงาน",
    en="nothing can be sent to this address: mend it in the participant's data",
)
_REFUSED = Sentence(
    th="บริการปลายทางไม่รับ ตรวจที่อยู่และสิทธิ์ของบริการนั้น",
    en="the service refused it: check the address and what it allows",
)
_UNREACHED = Sentence(th="ติดต่อบริการปลายทางไม่ได้", en="the service cannot be reached")
_BROKE_OFF = Sentence(
    th="บริการปลายทางไม่ตอบหลังรับเนื้อความ ไม่ทราบว่าถึงผู้รับหรือไม่ ถามผู้รับก่อนสั่งส่งอีกครั้ง",
    en="the service did not answer after it got the text, so it may have arrived or not: ask before you send it again",
)


class People:
    """How people are told.

    Args:
        smtp_url: The operator's server and sender, an Apprise URL; empty where there is none.
        services: Schemes of Apprise URLs that are allowed.
    """

    def __init__(self, *, smtp_url: str, services: tuple[str, ...]) -> None:
        self._services = services
        self._asset = AppriseAsset(
            app_id="Khukha", async_mode=False, http_redirects=False, image_url_mask="", image_url_logo=""
        )
        self._given = bool(smtp_url)
        self._server = mail_server(smtp_url) if smtp_url else None

    def send(self, row: DeliveryRow) -> Outcome:
        """Send a delivery to its address."""
        address = row.address or ""
        try:
            check_address(address, services=self._services)
        except AddressRefusedError:
            return Outcome(Delivery.FAILED, _BAD_ADDRESS)
        if not is_email(address):
            return self._by_service(address, row)
        if self._server is None:
            return Outcome(Delivery.NO_CHANNEL, _BAD_SERVER if self._given else _NO_SERVER)
        return send_mail(self._server, row)

    def _by_service(self, address: str, row: DeliveryRow) -> Outcome:
        service = Apprise.instantiate(address, asset=self._asset, suppress_exceptions=True)
        if service is None or len(service) > 1:  # several people: those who got it would get it again
            return Outcome(Delivery.FAILED, _BAD_ADDRESS)
        service.socket_read_timeout = READ_TIMEOUT_S
        sending = Apprise(asset=self._asset)
        sending.add(service)
        found = sending.notify(
            title=row.title or "", body=row.body or "", body_format=NotifyFormat.TEXT, log_level=logging.DEBUG
        )
        return _outcome(found)


def _outcome(found: AppriseResult) -> Outcome:
    """What Apprise's yes or no means, with what it wrote down on the way.

    A connection that could not be made at all is told by requests as “Max retries exceeded”; every other broken
    one may have carried the message.
    """
    if found.status is Status.SUCCESS:
        return Outcome(Delivery.SENT)
    if found.status is Status.TIMEOUT:
        return Outcome(Delivery.UNCLEAR, _BROKE_OFF)
    said = [entry.message for result in found for entry in result.logs()]
    broken = [text for text in said if text.startswith("Socket Exception")]
    if any("Max retries exceeded" not in text for text in broken):
        return Outcome(Delivery.UNCLEAR, _BROKE_OFF)
    codes = [int(match[1]) for text in said if (match := _STATUS.search(text))]
    if codes and is_final(codes[-1]):
        return Outcome(Delivery.FAILED, _REFUSED)
    return Outcome(Delivery.WAITING, _UNREACHED)
