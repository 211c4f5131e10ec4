"""Addresses of people: e-mail, or an Apprise URL of a service that is allowed."""

from __future__ import annotations

import re

from api.errors import AddressRefusedError

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_SCHEME = re.compile(r"([a-z][a-z0-9]*)://[^\s?]+", re.IGNORECASE)
MAX_CHARS = 500


def is_email(address: str) -> bool:
    """Whether an address is one plain e-mail address."""
    return _EMAIL.fullmatch(address) is not None


def check_address(address: str, *, services: tuple[str, ...]) -> None:
    """Refuse an address that nothing could, or should, be sent to.

    What follows `?` in an Apprise URL can name files of this machine or another server, so it is refused.

    Args:
        address: As somebody gave it.
        services: Schemes of Apprise URLs that are allowed, as `line`.

    Raises:
        AddressRefusedError: it is neither an e-mail address nor a URL of such a service.
    """
    found = _SCHEME.fullmatch(address)
    if len(address) > MAX_CHARS or not (is_email(address) or (found and found[1].lower() in services)):
        raise AddressRefusedError(services=services)


def mask(address: str) -> str:
    """An address as it may be shown: `so…@example.com`, `line://…`."""
    if "://" in address:
        return f"{address.partition('://')[0][:20]}://…"
    name, at, domain = address.rpartition("@")
    shown = name[:2] if len(name) > 2 else name[:1]
    return f"{shown}…@{domain[:200]}" if at else address and "…"
