"""Where a webhook may be: on the internet by https, and inside the own network only where its operator allows it.

A name is looked up at each attempt, and the connection goes to an address that was looked at: one that is
another a moment later, when it is asked for again, leads nowhere else.
"""

from __future__ import annotations

import asyncio
import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from api.errors import WebhookRefusedError

MAX_URL_CHARS = 2_000
_HOST = re.compile(rb"[a-z0-9._:-]+")
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for an IPv4 address, which is in their last four bytes."""

Address = IPv4Address | IPv6Address


def check_url(url: str, *, private: bool) -> httpx.URL:
    """Look at a webhook's URL by itself.

    Args:
        url: As the organiser gives it.
        private: Whether addresses inside the own network are allowed.

    Raises:
        WebhookRefusedError: nothing may be sent there.
    """
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as problem:
        raise _no_url() from problem
    named = _HOST.fullmatch(found.raw_host) and 0 < (found.port or 1) < 65_536
    if len(url) > MAX_URL_CHARS or not named or found.scheme not in {"http", "https"}:
        raise _no_url()
    if found.scheme == "http" and not private:
        raise WebhookRefusedError(th="ต้องเป็น URL ที่ขึ้นต้นด้วย https://", en="give a URL that begins with https://")
    literal = _literal(found.host)
    if literal is not None:
        check_address(literal, scheme=found.scheme, private=private)
    return found


def check_address(address: Address, *, scheme: str, private: bool) -> None:
    """Look at an address that a webhook's name stands for.

    Raises:
        WebhookRefusedError: nothing may be sent there.
    """
    outside = is_outside(address)
    if not outside and not private:
        raise WebhookRefusedError(
            th="ที่อยู่นี้อยู่ในเครือข่ายภายใน ใช้ที่อยู่ที่เข้าถึงได้จากอินเทอร์เน็ต หรือให้ผู้ดูแลระบบตั้ง MATCHER_WEBHOOK_PRIVATE=1",
            en="it lies inside the own network: take one on the internet, or have MATCHER_WEBHOOK_PRIVATE=1 set",
        )
    if outside and scheme == "http":
        raise WebhookRefusedError(
            th="http:// ใช้ได้เฉพาะในเครือข่ายภายใน ใช้ https://", en="http:// is for the own network only: use https://"
        )


async def addresses_of(url: httpx.URL) -> list[Address]:
    """The addresses that a URL's host stands for now.

    Raises:
        OSError: there is none.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    host = url.raw_host.decode()
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as problem:
        raise OSError(str(problem)) from problem
    return list(dict.fromkeys(ip_address(one[4][0]) for one in found))


def is_outside(address: Address) -> bool:
    """Whether an address is on the internet, and not only dressed as one that is."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner:
            return is_outside(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _no_url() -> WebhookRefusedError:
    return WebhookRefusedError(
        th=f"ไม่ใช่ URL ของเว็บที่ใช้ได้ ใส่เช่น https://example.com/hook ยาวไม่เกิน {MAX_URL_CHARS:,} ตัวอักษร",
        en=f"this is no web address: give one as https://example.com/hook, of {MAX_URL_CHARS:,} characters at most",
    )
