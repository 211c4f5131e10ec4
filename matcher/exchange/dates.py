"""Dates as Thai firms write them."""

from __future__ import annotations

import re
from datetime import date, datetime

from matcher.exchange.values import ValueProblem, line

BUDDHIST_ERA = 543
FIRST_BUDDHIST_YEAR = 2400
YEARS = range(1900, 2201)
SHORT_YEARS = range(1990, 2101)
"""What a year of two digits may come to; another is more likely a mistake."""

MONTHS = (
    ("มกราคม", "มค", "january", "jan"),
    ("กุมภาพันธ์", "กพ", "february", "feb"),
    ("มีนาคม", "มีค", "march", "mar"),
    ("เมษายน", "เมย", "april", "apr"),
    ("พฤษภาคม", "พค", "may"),
    ("มิถุนายน", "มิย", "june", "jun"),
    ("กรกฎาคม", "กค", "july", "jul"),
    ("สิงหาคม", "สค", "august", "aug"),
    ("กันยายน", "กย", "september", "sep", "sept"),
    ("ตุลาคม", "ตค", "october", "oct"),
    ("พฤศจิกายน", "พย", "november", "nov"),
    ("ธันวาคม", "ธค", "december", "dec"),
)
_MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names}
_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_ERA = re.compile(r"(?:พ\.?ศ\.?|ค\.?ศ\.?|วันที่|เดือน)")
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[t ]00:00(?::00)?)?",
        r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})",
        rf"(?P<d>\d{{1,2}})[ /-]?(?P<name>{_NAME})[ /-]?(?P<y>\d{{4}}|\d{{2}})",
        rf"(?P<name>{_NAME}) ?(?P<d>\d{{1,2}}),? (?P<y>\d{{4}})",
    )
)


def day(value: object) -> date:
    """A date from a date cell or a text; day before month, years of either era.

    A year from 2400 on is of the Buddhist era, and so is one of two digits.

    Example: `day("๓๑ ธ.ค. ๖๙") -> date(2026, 12, 31)`

    Raises:
        ValueProblem: no date, no such day, or a year out of `YEARS`.
    """
    if isinstance(value, date):
        moment = value.date() if isinstance(value, datetime) else value
        return _date(moment.year, moment.month, moment.day)
    said = line(value).translate(_DIGITS).lower()
    said = " ".join(_ERA.sub(" ", said).split())
    plain = re.sub(r"(?<=[ก-๛a-z])\.|\.(?=[ก-๛])", "", said)
    for pattern in _PATTERNS:
        if found := pattern.fullmatch(plain) or pattern.fullmatch(said):
            parts = found.groupdict()
            month = _MONTH[parts["name"]] if "name" in parts else int(parts["m"])
            return _date(int(parts["y"]), month, int(parts["d"]), short=len(parts["y"]) == 2)
    raise ValueProblem("bad_date")


def _date(year: int, month: int, number: int, *, short: bool = False) -> date:
    if short:
        year += 2500
    if year >= FIRST_BUDDHIST_YEAR:
        year -= BUDDHIST_ERA
    if year not in (SHORT_YEARS if short else YEARS):
        raise ValueProblem("bad_date")
    try:
        return date(year, month, number)
    except ValueError as problem:
        raise ValueProblem("bad_date") from problem
