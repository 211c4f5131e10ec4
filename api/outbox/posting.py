"""One message to one webhook: signed, with a deadline, no redirect followed, no answer kept.

Source: the Standard Webhooks specification 1.0, standardwebhooks.com.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from standardwebhooks import Webhook

from api.errors import WebhookRefusedError
from api.outbox.reaching import addresses_of, check_address, check_url
from api.store.outbox_tables import Delivery, DeliveryRow
from api.store.sending import Outcome, Taken
from api.store.tables import now
from api.store.webhooks import secrets_now
from matcher.engine.answer import Sentence

DEADLINE_S = 20.0
"""For all of an attempt: a receiver that answers a byte now and then must not hold a sender for ever."""

for name in ("httpx", "httpcore"):
    logging.getLogger(name).setLevel(logging.WARNING)  # below, they tell URLs, which may hold secrets

_UNREACHED = Sentence(
    th="ติดต่อเว็บฮุกไม่ได้ ตรวจว่าระบบปลายทางเปิดอยู่และใบรับรอง TLS ใช้ได้",
    en="the webhook cannot be reached: check that it runs, and its TLS certificate",
)
_SLOW = Sentence(
    th=f"เว็บฮุกไม่ตอบภายใน {DEADLINE_S:.0f} วินาที ให้ตอบรับทันทีแล้วทำงานต่อเบื้องหลัง",
    en=f"the webhook did not answer within {DEADLINE_S:.0f} s: let it answer at once, and work afterwards",
)
_GONE = Sentence(
    th="เว็บฮุกแจ้งว่าเลิกใช้แล้ว (410) จึงปิด เปิดใหม่ได้ด้วย active: true",
    en="the webhook says that it is no more (410), so it was switched off; active: true switches it on again",
)


def is_final(status: int) -> bool:
    """Whether a request that got this answer would get it again."""
    return 400 <= status < 500 and status not in {408, 409, 425, 429}


def body_of(row: DeliveryRow) -> str:
    """What a webhook is sent: the same at each attempt."""
    told = {
        "type": row.topic,
        "id": row.id,
        "timestamp": row.made_at.isoformat().replace("+00:00", "Z"),
        "sequence": row.sequence,
        "data": row.data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def signed(row: DeliveryRow, body: str, secrets: tuple[str, ...], at: datetime) -> dict[str, str]:
    """The headers by which a receiver knows who sent a body.

    Args:
        row: Whose id it has.
        body: As it is sent.
        secrets: Each signs.
        at: Moment of the attempt, in UTC.
    """
    return {
        "Content-Type": "application/json",
        "User-Agent": "Khukha-Webhooks/1",
        "webhook-id": row.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(row.id, at, body) for secret in secrets),
    }


class Post:
    """Sends to webhooks; threads may share it.

    Args:
        pepper: Of which their secrets are made.
        private: Whether they may be inside the own network.
    """

    def __init__(self, *, pepper: bytes, private: bool) -> None:
        self._pepper = pepper
        self._private = private
        self._tls = ssl.create_default_context()

    def send(self, taken: Taken) -> Outcome:
        """Send a delivery to its webhook."""
        assert taken.webhook is not None
        body = body_of(taken.row)
        headers = signed(taken.row, body, secrets_now(taken.webhook, pepper=self._pepper), now())
        try:
            answer = asyncio.run(self._post(taken.webhook.url, body.encode(), headers))
        except WebhookRefusedError as problem:
            return Outcome(Delivery.FAILED, Sentence(th=problem.th, en=problem.en))
        except TimeoutError:
            return Outcome(Delivery.WAITING, _SLOW)
        except (httpx.HTTPError, OSError):
            return Outcome(Delivery.WAITING, _UNREACHED)
        return _outcome(answer)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """The answer's status and headers, from the first of the webhook's addresses that takes a connection."""
        where = check_url(url, private=self._private)
        async with asyncio.timeout(DEADLINE_S), self._client() as client:
            addresses = await addresses_of(where)
            for address in addresses:
                check_address(address, scheme=where.scheme, private=self._private)
            for left, address in enumerate(addresses, 1 - len(addresses)):
                request = client.build_request(
                    "POST",
                    where.copy_with(host=str(address)),
                    content=body,
                    headers=headers | {"Host": where.netloc.decode()},
                    extensions={"sni_hostname": where.raw_host.decode()},
                )
                try:
                    answer = await client.send(request, stream=True)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if left == 0:
                        raise
                    continue
                await answer.aclose()
                return answer
        raise OSError("no address")

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=DEADLINE_S / 2)


def _outcome(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if 200 <= status < 300:
        return Outcome(Delivery.SENT)
    if status == 410:
        return Outcome(Delivery.FAILED, _GONE, gone=True)
    state = Delivery.FAILED if is_final(status) else Delivery.WAITING
    return Outcome(state, _answered(status), after_s=_wish_s(answer) if status in {429, 503} else 0.0)


def _wish_s(answer: httpx.Response) -> float:
    """What Retry-After asks for, in seconds or as a date; 0 where it says nothing that can be read."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds())


def _answered(status: int) -> Sentence:
    hint_th, hint_en = "", ""
    if 300 <= status < 400:
        hint_th, hint_en = " (ไม่ตามการเปลี่ยนเส้นทาง ใส่ URL ปลายทาง)", " (redirects are not followed: give the final URL)"
    return Sentence(th=f"เว็บฮุกตอบ {status}{hint_th}", en=f"the webhook answered {status}{hint_en}")
