"""Prices, lead times and registration numbers as people write them."""

from __future__ import annotations

import re

from stdnum.th import moa

from matcher.exchange.citizen import digits_of, is_citizen_number, masked_text
from matcher.exchange.values import ValueProblem, line

MAX_PRICE_THB = 1e12
MAX_LEAD_TIME_DAYS = 3_650

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PRICE = re.compile(rf"(?:฿|thb|ราคา)?\s*({_NUMBER})\s*(?:\.-|บาท|บ\.|thb|baht|฿)?")
_WORDS = re.compile(r"[^\W\d_]")
_RANGE = re.compile(r"\d\s*[-–—]\s*\d")
_DAYS_IN = {
    1: ("", "วัน", "day", "days", "d"),
    7: ("สัปดาห์", "อาทิตย์", "week", "weeks", "wk"),
    30: ("เดือน", "month", "months"),
    365: ("ปี", "year", "years"),
}
_DAYS = {unit: days for days, units in _DAYS_IN.items() for unit in units}
_LEAD_TIME = re.compile(rf"(?:ภายใน|within)?\s*({_NUMBER})\s*([a-zก-๛]*)\.?")


def price_thb(value: object) -> float | str:
    """A price in baht, in [0, 10¹²], or the firm's own words where it is no single number.

    Example: `price_thb("1,200.50 บาท") -> 1200.5`, `price_thb("68–95 บาท/ผืน") -> "68–95 บาท/ผืน"`

    Raises:
        ValueProblem: a number that is negative, not finite or out of range, or neither number nor words.
    """
    if isinstance(value, bool):
        raise ValueProblem("bad_price")
    if isinstance(value, int | float):
        return _price(value)
    found = _PRICE.fullmatch(_plain(value))
    if not found:
        return _own_words(value, ValueProblem("bad_price"))
    return _price(float(found[1].replace(",", "")))


def lead_time_days(value: object) -> int | str:
    """A lead time in whole days, in [0, 3,650], or the firm's own words where it is no single number.

    A week has 7 days, a month 30, a year 365.

    Example: `lead_time_days("2 สัปดาห์") -> 14`, `lead_time_days("7-14 วัน") -> "7-14 วัน"`

    Raises:
        ValueProblem: a number that is no whole days or out of range, or neither number nor words.
    """
    if isinstance(value, bool):
        raise _bad_days()
    if isinstance(value, int | float):
        return _days(value)
    found = _LEAD_TIME.fullmatch(_plain(value))
    if not found or found[2] not in _DAYS:
        return _own_words(value, _bad_days())
    return _days(float(found[1].replace(",", "")) * _DAYS[found[2]])


def juristic_id(value: object) -> str:
    """The 13 digits of a juristic ID; a zero that a spreadsheet took from its front is put back.

    Raises:
        ValueProblem: a citizen number or no valid juristic ID. Both leave the number out and the row in;
            what does not start with 0 may be a citizen number with a slip and is not shown.
    """
    said = line(value)
    digits = digits_of(said)
    if is_citizen_number(digits):
        raise ValueProblem("citizen_number", leaves_out=True, shown=masked_text(digits))
    padded = digits.zfill(13) if len(digits) == 12 else digits
    others = any(char not in " -–." and not char.isdecimal() for char in said)
    if others or not moa.is_valid(padded):
        shown = said if padded.startswith("0") else re.sub(r"\d", "X", said)
        raise ValueProblem("bad_juristic_id", leaves_out=True, shown=shown)
    return padded


def _plain(value: object) -> str:
    return line(value).translate(_DIGITS).lower()


def _own_words(value: object, problem: ValueProblem) -> str:
    """What a firm wrote in place of a number: words, or a range; a lone number that is none is refused."""
    said = line(value)
    try:
        float(said)
    except ValueError:
        if _WORDS.search(said) or _RANGE.search(said):
            return said
    raise problem


def _price(number: float) -> float:
    if not 0 <= number <= MAX_PRICE_THB:
        raise ValueProblem("bad_price")
    return float(number)


def _days(number: float) -> int:
    if not 0 <= number <= MAX_LEAD_TIME_DAYS or number != int(number):
        raise _bad_days()
    return int(number)


def _bad_days() -> ValueProblem:
    return ValueProblem("bad_days", limit=MAX_LEAD_TIME_DAYS)
