"""Cells of a sheet that hold several things, taken apart and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from matcher.domain import Certificate
from matcher.exchange.dates import day
from matcher.exchange.values import MAX_TEXT_CHARS, text

MAX_CELL_CHARS = 10 * MAX_TEXT_CHARS
"""A cell may hold many texts, each of at most `MAX_TEXT_CHARS`."""

_ITEM_MARKS = re.compile(r"\\;|(?P<end>[\r\n;])")
_CERTIFICATE_MARKS = re.compile(r"\\[;,]|\([^()\r\n]*\)|(?P<end>[\r\n;,])")
EXPIRY_WITHIN = 80
"""An expiry stands in this many last characters of a certificate's text."""

_ESCAPED = re.compile(r"\\([;,])")
_EXPIRY_WORDS = r"(?:วัน)?หมดอายุ(?:วันที่)?|ใช้ได้ถึง|ถึงวันที่|ถึง|exp(?:ires|iry|iry date|\.)?(?: on)?|valid (?:until|to|till)"
_EXPIRY = re.compile(
    rf"(?P<code>.*?\S)\s*(?:\(\s*(?:{_EXPIRY_WORDS})\s*[:.]?\s*(?P<a>[^()]*?)\s*\)|"
    rf"\s(?:{_EXPIRY_WORDS})\s*[:.]?\s*(?P<b>\S.*))",
    re.IGNORECASE,
)


def items(value: object) -> tuple[str, ...]:
    r"""Several texts of a cell, separated by line breaks or semicolons; `\;` is a semicolon of the text.

    Example: `items("เมล่อน; กล่องของขวัญ") -> ("เมล่อน", "กล่องของขวัญ")`

    Raises:
        ValueProblem: a text is over the limit or unreadable.
    """
    return tuple(text(part) for part in _parts(value, _ITEM_MARKS))


def join_items(texts: Iterable[str]) -> str:
    """The cell `items` reads back; spaces and line breaks within a text become one space."""
    return "\n".join(" ".join(one.split()).replace(";", r"\;") for one in texts)


def certificates(value: object) -> tuple[Certificate, ...]:
    """Certificates of a cell, separated by line breaks, semicolons or commas, each may name its expiry.

    Example: `certificates("GAP, GMP (หมดอายุ 31/12/2569)")` holds GMP until 2026-12-31.

    Raises:
        ValueProblem: a date cannot be read, or a name is over the limit or unreadable.
    """
    return tuple(_certificate(text(part)) for part in _parts(value, _CERTIFICATE_MARKS))


def join_certificates(held: Iterable[Certificate]) -> str:
    """The cell `certificates` reads back; a certificate's number has no place in it."""
    return "\n".join(
        re.sub(r"[;,]", r"\\\g<0>", " ".join(one.code.split()))
        + (f" (หมดอายุ {one.expires.isoformat()})" if one.expires else "")
        for one in held
    )


def _certificate(said: str) -> Certificate:
    start = max(0, len(said) - EXPIRY_WITHIN)
    found = _EXPIRY.fullmatch(said, start)
    if not found:
        return Certificate(said)
    return Certificate(said[:start] + found["code"], expires=day(found["a"] or found["b"] or ""))


def _parts(value: object, marks: re.Pattern[str]) -> Iterator[str]:
    """The parts of a cell between its ends, on one line each, without the blank ones."""
    said = text(value, limit=MAX_CELL_CHARS)
    ends = [found.span() for found in marks.finditer(said) if found["end"]]
    starts = [0, *(end for _, end in ends)]
    for start, stop in zip(starts, [*(begin for begin, _ in ends), len(said)], strict=True):
        if part := " ".join(said[start:stop].split()):
            yield _ESCAPED.sub(r"\1", part)
