"""Phone numbers, e-mail addresses and LINE ids written into a profile: left out, with a warning.

A profile is embedded, indexed, shown and exported, and contacts have a table of their own that is shown after both
sides agree. Names of people in free text cannot be told from other words, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

from matcher.domain import Firm
from matcher.exchange.citizen import masked_text
from matcher.exchange.findings import Findings

LEFT_OUT = "•••"
_GAP = r"[ \u00a0\-–.]?"
_EMAIL = r"[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{2,63}){1,6}"
_MOBILE = rf"[0๐][689๖๘๙]\d{_GAP}\d{{3}}{_GAP}\d{{4}}|[0๐][689๖๘๙]{_GAP}\d{{4}}{_GAP}\d{{4}}"
_LANDLINE = rf"[0๐][2๒]{_GAP}\d{{3}}{_GAP}\d{{4}}|[0๐][3-7๓-๗]\d{_GAP}\d{{3}}{_GAP}\d{{3}}"
_ABROAD = rf"\+[6๖][6๖]{_GAP}\(?[0๐]?\)?{_GAP}\d{{1,2}}{_GAP}\d{{3,4}}{_GAP}\d{{3,4}}"
_LINE = r"(?:line\s*id|ไอดีไลน์|ไลน์ไอดี|ไลน์)\s*[:：]\s*@?[A-Za-z0-9][\w.\-]{2,29}|(?:line|ไลน์)\s*[:：]?\s*@[\w.\-]{3,30}"
_APART = (r"(?<![\d๐-๙])(?:", r")(?![\d๐-๙]|[.,/]\d)")
_CONTACT = re.compile(rf"{_EMAIL}|{f'{_ABROAD}|{_MOBILE}|{_LANDLINE}'.join(_APART)}|{_LINE}", re.IGNORECASE)
_FROM_ABROAD = re.compile(_ABROAD.join(_APART))
_SAID = ("code", "number", "role", "text", "capacity", "moq", "price_thb", "lead_time_days", "role_sought", "volume",
         "deliver_to", "partnership", "must_certificates", "description", "name_th", "name_en")  # fmt: skip

Part = TypeVar("Part")


def without_contacts(text: str) -> str:
    """The text without phone numbers, e-mail addresses, LINE ids and citizen numbers; itself where it has none.

    Example: `without_contacts("โทร 081-234-5678 ได้ทุกวัน") -> "โทร ••• ได้ทุกวัน"`
    """
    if not any(char.isdigit() or char == "@" for char in text) and "ไลน์" not in text and "line" not in text.lower():
        return text
    text = _FROM_ABROAD.sub(LEFT_OUT, text)  # before a number that follows makes thirteen digits of it
    return _CONTACT.sub(LEFT_OUT, masked_text(text))


def as_public(firm: Firm, *, row: int, findings: Findings) -> Firm:
    """The firm without anybody's contacts in any text of it; each field that held one is warned of."""

    def note(column: str, after: str) -> None:
        kind = "contact_in_text" if LEFT_OUT in after else "citizen_in_text"
        findings.warn(kind, row=row, column=column, value=after)

    return replace(
        _cleaned(firm, "", note),
        certificates=tuple(_cleaned(one, "certificates.", note) for one in firm.certificates),
        positions=tuple(_cleaned(one, "positions.", note) for one in firm.positions),
        offers=tuple(_cleaned(one, "offers.", note) for one in firm.offers),
        needs=tuple(_cleaned(one, "needs.", note) for one in firm.needs),
    )


def _cleaned(part: Part, where: str, note: Callable[[str, str], None]) -> Part:
    changed: dict[str, Any] = {}
    for one in fields(part):  # type: ignore[arg-type]
        said = getattr(part, one.name)
        texts = said if isinstance(said, tuple) else (said,)
        if one.name not in _SAID or not all(isinstance(text, str) for text in texts):
            continue
        clean = tuple(without_contacts(text) for text in texts)
        if clean != texts:
            changed[one.name] = clean if isinstance(said, tuple) else clean[0]
            note(where + one.name, " ".join(clean))
    return replace(part, **changed) if changed else part  # type: ignore[type-var]
