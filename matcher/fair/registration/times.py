"""When a firm can meet, as organisers write it, and the fair's slots it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from matcher.exchange.dates import BUDDHIST_ERA, MONTHS
from matcher.exchange.values import ValueProblem, text
from matcher.fair.fair import Fair, Slot

MAX_CELL_CHARS = 1_000

_MARKS = re.compile(r"[;,\r\n]")
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙–—−~", "0123456789----")
_AWAY = re.compile(
    r"(?:ไม่ว่าง|ไม่สะดวก|ติดธุระ|ยกเว้น|งด|not available|not free|unavailable|away|busy|except|not)(?![a-z])[: ]*"
)
_FREE = re.compile(r"(?:ว่าง|สะดวก|available|free)(?![a-z])[: ]*")
_ALL = frozenset(
    {"ทั้งงาน", "ตลอดงาน", "ทุกช่วง", "ทุกช่วงเวลา", "ทุกวัน", "ตลอด", "all", "always", "any time", "all days", "every day"}
)
_WHOLE_DAY = frozenset({"", "ทั้งวัน", "ตลอดวัน", "all day"})
_NOON = time(12)
_PARTS: dict[str, tuple[time, time]] = {
    word: hours
    for hours, words in {
        (time.min, _NOON): ("เช้า", "ช่วงเช้า", "ภาคเช้า", "ตอนเช้า", "รอบเช้า", "morning", "am"),
        (_NOON, time.max): ("บ่าย", "ช่วงบ่าย", "ภาคบ่าย", "ตอนบ่าย", "รอบบ่าย", "afternoon", "pm"),
    }.items()
    for word in words
}
"""Halves of a day: a slot belongs to the one in which it begins."""

_CLOCK = r"(\d{1,2})[:.](\d{2})(?::00)?"
_RANGE = re.compile(rf"(?:เวลา ?)?{_CLOCK} ?น?\.? ?(?:-|ถึง|to|until) ?{_CLOCK} ?(?:น\.?)?")
_HOURS = re.compile(r"(?:เวลา ?)?(\d{1,2}) ?(?:-|ถึง) ?(\d{1,2}) ?(?:น\.?|นาฬิกา|โมง)")
_BEFORE = re.compile(rf"(?:ก่อน|ถึง|before|until) ?(?:เวลา )?{_CLOCK} ?(?:น\.?)?")
_AFTER = re.compile(rf"(?:หลัง|ตั้งแต่|after|from) ?(?:เวลา )?{_CLOCK} ?(?:น\.?)?")
_NUMBERS = re.compile(r"(?:(?:ช่วงที่|ช่วงเวลาที่|ช่วง|slots?|no\.?) ?)?(\d{1,4})(?: ?(?:-|ถึง|to) ?(\d{1,4}))?")
_SESSION = re.compile(r"(?:รอบ|session) +")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a day.

    Attributes:
        by_start: A slot lies in it where it begins in it, rather than where it lies wholly within.
    """

    begin: time
    end: time
    by_start: bool = False

    def holds(self, slot: Slot) -> bool:
        """Whether a slot can be used by somebody who is free then."""
        if self.by_start:
            return self.begin <= slot.start.time() < self.end
        return self.begin <= slot.start.time() and slot.end.time() <= self.end

    def touches(self, slot: Slot) -> bool:
        """Whether a slot is lost to somebody who is away then."""
        if self.by_start:
            return self.holds(slot)
        return slot.start.time() < self.end and self.begin < slot.end.time()


_DAY = Stretch(time.min, time.max)


class Times:
    """Reads times of one fair.

    Args:
        fair: Whose sessions, days and slots can be meant.
    """

    def __init__(self, fair: Fair) -> None:
        self._fair = fair
        self._sessions = {_plain(session.id): frozenset(fair.slots_of(session.id)) for session in fair.sessions}
        self._days = _spellings(fair.days)
        spelled = "|".join(re.escape(one).replace(r"\ ", " ?") for one in sorted(self._days, key=len, reverse=True))
        self._day = re.compile(rf"(?:(?:วันที่|ที่|on) ?)?(?P<day>{spelled})(?![\d/]|[-.:]\d)[ :]*" if spelled else "(?!)")

    def read(self, value: object) -> frozenset[int]:
        """Numbers of the slots that a cell leaves free: those it names, or all, without those it takes away.

        Example: a cell "วันที่ 1 เช้า; ไม่ว่าง 10:00-10:30" leaves the first morning without half an hour.

        Raises:
            ValueProblem: a part means no time of the fair, may mean two days, or no slot is left.
        """
        everything = frozenset(range(len(self._fair.slots)))
        free: set[int] = set()
        lost: set[int] = set()
        named, away = False, False
        for part in _parts(value):
            if whole := self._sessions.get(part):
                lost.update(whole) if away else free.update(whole)
                named |= not away
                continue
            if found := _AWAY.match(part) or _FREE.match(part):
                away, part = found.re is _AWAY, part[found.end() :]
            all_meant = part in _ALL or (found is not None and not part and not away)
            slots = everything if all_meant else self._slots(part, away=away)
            if away:
                lost |= slots
            elif slots:
                free |= slots
                named = True
            else:
                raise ValueProblem("no_slot_then", slots=len(everything))
        left = (frozenset(free) if named else everything) - lost
        if not left:
            raise ValueProblem("never_free")
        return left

    def _slots(self, part: str, *, away: bool) -> frozenset[int]:
        """The slots that one part means; for who is away, also those it touches."""
        if (session := self._session(part)) is not None:
            return session
        day = None
        if found := self._day.match(part):
            day, part = self._one_day(found["day"]), part[found.end() :]
            if (session := self._session(part)) is not None:
                return frozenset(number for number in session if self._fair.slots[number].start.date() == day)
        elif numbers := _NUMBERS.fullmatch(part):
            return self._numbered(int(numbers[1]), int(numbers[2] or numbers[1]))
        stretch = _stretch(part)
        if stretch is None or (day is None and not part):
            raise self._unreadable()
        fits = stretch.touches if away else stretch.holds
        return frozenset(slot.number for slot in self._fair.slots if day in (None, slot.start.date()) and fits(slot))

    def _session(self, part: str) -> frozenset[int] | None:
        return self._sessions.get(part) or self._sessions.get(_SESSION.sub("", part, count=1))

    def _numbered(self, first: int, last: int) -> frozenset[int]:
        if not 1 <= first <= last <= len(self._fair.slots):
            raise ValueProblem("no_slot_then", slots=len(self._fair.slots))
        return frozenset(range(first - 1, last))

    def _one_day(self, said: str) -> date:
        meant = self._days[_respaced(said, self._days)]
        if len(meant) > 1:
            a, b = sorted(meant)[:2]
            raise ValueProblem("two_days", a=a.isoformat(), b=b.isoformat())
        return next(iter(meant))

    def _unreadable(self) -> ValueProblem:
        days = self._fair.days
        return ValueProblem(
            "bad_time", days=", ".join(map(date.isoformat, days)), day=days[0].isoformat() if days else "2027-02-04"
        )


def written(fair: Fair, available: frozenset[int]) -> str:
    """The cell that gives back these slots: a date and times for each run of slots of a session.

    Example: `written(fair, frozenset({0, 1, 2})) -> "2027-02-04 09:00-10:30"`
    """
    runs: list[list[Slot]] = []
    for slot in fair.slots:
        if slot.number not in available:
            continue
        last = runs[-1][-1] if runs else None
        if last and last.number == slot.number - 1 and last.session == slot.session:
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return "; ".join(f"{run[0].start:%Y-%m-%d %H:%M}-{run[-1].end:%H:%M}" for run in runs) or "ไม่ว่าง ทั้งงาน"


def _parts(value: object) -> Iterator[str]:
    for part in _MARKS.split(text(value, limit=MAX_CELL_CHARS)):
        if plain := _plain(part):
            yield plain


def _plain(said: str) -> str:
    """One spelling for one time: small letters, 0–9, plain dashes, no dots after Thai letters."""
    said = unicodedata.normalize("NFKC", said).translate(_DIGITS).casefold()
    said = re.sub(r"(?<=[ก-๛])\.", "", said)
    return " ".join(said.split())


def _stretch(part: str) -> Stretch | None:
    """The part of a day that is meant; None where none is."""
    if part in _WHOLE_DAY:
        return _DAY
    if hours := _PARTS.get(part):
        return Stretch(*hours, by_start=True)
    try:
        if found := _RANGE.fullmatch(part):
            begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        elif found := _HOURS.fullmatch(part):
            begin, end = time(int(found[1])), time(int(found[2]))
        elif found := _BEFORE.fullmatch(part):
            begin, end = time.min, time(int(found[1]), int(found[2]))
        elif found := _AFTER.fullmatch(part):
            begin, end = time(int(found[1]), int(found[2])), time.max
        else:
            return None
    except ValueError:  # 25:00
        return None
    return Stretch(begin, end) if begin < end else None


def _spellings(days: tuple[date, ...]) -> Mapping[str, frozenset[date]]:
    """How each day of a fair is written, with the days it may mean."""
    found: dict[str, set[date]] = {}
    for number, day in enumerate(days, 1):
        for spelled in _written_ways(day, number, last=len(days)):
            found.setdefault(spelled, set()).add(day)
    return {spelled: frozenset(meant) for spelled, meant in found.items()}


def _written_ways(day: date, number: int, *, last: int) -> Iterator[str]:
    yield from (f"วันที่ {number}", f"วันที่ {day.day}", f"วัน {number}", f"day {number}")
    if number == 1:
        yield from ("วันแรก", "first day")
    if number == last:
        yield from ("วันสุดท้าย", "last day")
    years = (str(day.year), str(day.year + BUDDHIST_ERA))
    short = f"{(day.year + BUDDHIST_ERA) % 100:02}"
    for one, month in {(str(day.day), str(day.month)), (f"{day.day:02}", f"{day.month:02}")}:
        for mark in "-/.":
            yield from (f"{year}{mark}{month}{mark}{one}" for year in years)
            yield from (f"{one}{mark}{month}{mark}{year}" for year in (*years, short))
        yield f"{one}/{month}"
        for name in MONTHS[day.month - 1]:
            yield from (f"{one} {name}", f"{name} {one}")
            yield from (f"{one} {name} {year}" for year in (*years, short))
            yield from (f"{name} {one} {year}" for year in years)


def _respaced(said: str, known: Mapping[str, frozenset[date]]) -> str:
    """The known spelling of what was matched without some of its spaces."""
    plain = said.replace(" ", "")
    return next(one for one in known if one.replace(" ", "") == plain)
