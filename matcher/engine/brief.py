"""What somebody looks for, understood: the request behind a search, a need or an offer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from indexes import Fields, Vectors
from matcher.domain import Certificates, Provinces, Seeking, Stage
from matcher.domain.places import load_areas, near
from matcher.engine.catalog import Filters
from matcher.engine.roles import Chances
from matcher.engine.seeking import buyers_asked_for, seeking_of
from matcher.text import tokens
from matcher.text.tokens import lower


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a request say beside the thing itself.

    Attributes:
        provinces: Where the other firm must be; Thai names.
        places_mentioned: Provinces named otherwise, as where to deliver.
        certificates: Codes the other firm must hold.
        certificates_wanted: Codes that would be welcome.
        seeking: What the words look for, where they say so.
        selling: Whether they name goods and ask who buys them.
        thing: The text without the words of place conditions and of asking for buyers: the thing itself.
    """

    provinces: frozenset[str] = frozenset()
    places_mentioned: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    certificates_wanted: frozenset[str] = frozenset()
    seeking: Seeking | None = None
    selling: bool = False
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """A request as the engine works on it.

    Attributes:
        text: Normalised.
        vector: float32 (dim,), the text as a query.
        fields: Its tokens.
        roles: float32 (n_roles,), chance of each role being the one sought.
        filters: Hard conditions.
        reading: What was read from the words.
        cluster: Stated cluster, or None.
        stage: Stated stage sought, or None.
        firm: Row of the firm that asks, or None.
        own_offers: float32 (n, dim), what the asking firm sells, where buyers are sought.
        by_needs: The text is what is sold, so firms are judged by what they need and not by what they are.
    """

    text: str
    vector: Vectors
    fields: Fields
    roles: Chances
    filters: Filters
    reading: Reading
    seeking: Seeking
    cluster: str | None = None
    stage: Stage | None = None
    firm: int | None = None
    own_offers: Vectors | None = field(default=None, compare=False)
    by_needs: bool = False

    @property
    def goods(self) -> Vectors:
        """What is to be sold, where buyers are sought: float32 (n, dim)."""
        return self.vector.reshape(1, -1) if self.own_offers is None else self.own_offers


_SEEKS = re.compile(r"หา|ต้องการ|อยาก|มองหา|ขอ(?!ง)|จะเปิด|จะซื้อ|need|looking|want|seek")
_PLACE_WORD = r"(?:จังหวัด|จ\.|เขต|พื้นที่|เมือง)?\s?$"
_CLOSE = r"ใกล้(?:\s?ๆ)?|ไม่ไกลจาก|รอบ\s?ๆ|near|close to|around"
_NEAR = re.compile(rf"(?:{_CLOSE})\s?{_PLACE_WORD}")
_MUST_BE_IN = re.compile(
    rf"(?:{_CLOSE}|ใน|แถว|เฉพาะ|ย่าน|ละแวก|โซน|ชาว|ชาวบ้าน|ขอที่|ขออยู่|อยู่ที่|ต้องอยู่|จาก|ของ|"
    rf"based in|located in|made in|from|(?:suppliers?|makers?|growers?|factory|farms?) in)\s?{_PLACE_WORD}"
)
_DELIVER = re.compile(
    r"(?:ส่ง|ส่งถึง|ส่งไป|ส่งที่|จัดส่ง|ปลายทาง|ไป|ถึง|เข้า|ship to|deliver(?:ed)? to|to|for)\s?(?:ที่|ใน|ให้)?\s?"
    rf"{_PLACE_WORD}"
)
_NOT_NEEDED = re.compile(r"(?:ไม่ต้องมี|ไม่จำเป็นต้องมี|ไม่เอา|ไม่มี|ไม่มีใบ|ไม่ต้องใช้|ยังไม่มี|without|no need for|not)\s?(?:ใบ)?\s?$")
_WELCOME = re.compile(r"(?:ถ้ามี|หากมี|ถ้าได้|มี.{0,6}ก็ดี|จะดี|ยิ่งดี|preferably|ideally|nice to have|a plus)[^,.]{0,12}$")
NEARBY_CHARS = 60
"""What is said of a certificate stands within so many characters of it."""
_WELCOME_AFTER = re.compile(r"^\s?(?:ยิ่งดี|จะดี|ก็ดี|จะพิเศษ|preferred|a plus|would be)")


def read(text: str, *, provinces: Provinces, certificates: Certificates) -> Reading:
    """Read conditions and intent out of normalised words.

    A province is a condition where the words say that the other firm is there ("ใน…", "เฉพาะ…"), and
    not where they say where the buyer is or where to deliver.

    Example: `read("โรงงานเย็บเสื้อในสงขลา ต้องมี GMP", …)` has provinces {"สงขลา"}, certificates {"GMP"}.
    """
    small = lower(text)
    must_be_in, mentioned, parts = _places(small, provinces)
    must_hold, wanted = _certificates(text, certificates)
    asked = buyers_asked_for(text)
    return Reading(
        provinces=frozenset(must_be_in),
        places_mentioned=frozenset(mentioned),
        certificates=frozenset(must_hold),
        certificates_wanted=frozenset(wanted),
        seeking=seeking_of(text),
        selling=asked is not None,
        thing=_without(text, [*parts, asked] if asked else parts),
    )


def _without(text: str, parts: list[tuple[int, int]]) -> str:
    """A text less some of its parts; the whole text where nothing else is left."""
    kept, at = [], 0
    for start, end in sorted(parts):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    rest = " ".join("".join([*kept, text[at:]]).split())
    return rest if any(char.isalnum() for char in rest) else text


def _places(small: str, provinces: Provinces) -> tuple[set[str], set[str], list[tuple[int, int]]]:
    """Provinces that are conditions, provinces otherwise mentioned, and the words of the conditions."""
    must_be_in: set[str] = set()
    mentioned: set[str] = set()
    parts: list[tuple[int, int]] = []
    few_words = len(tokens(small)) <= 8
    for names, start, end in _place_mentions(small, provinces):
        cue = _MUST_BE_IN.search(small[:start])
        delivered = _DELIVER.search(small[:start]) and not cue
        if (cue or few_words) and not delivered and not _SEEKS.search(small[end:]):
            must_be_in |= _around(names, provinces) if _NEAR.search(small[:start]) else names
            parts.append((cue.start() if cue else start, end))
        else:
            mentioned |= names
    return must_be_in, mentioned - must_be_in, parts


def _around(names: set[str], provinces: Provinces) -> set[str]:
    return {other for name in names for other in near(provinces.by_th[name], provinces)}


def _place_mentions(small: str, provinces: Provinces) -> list[tuple[set[str], int, int]]:
    """Provinces and regions named in the text, longest names first, none inside another."""
    names = {name: {province.th} for name, province in provinces.by_name.items()}
    names |= {name: {*inside} for name, inside in load_areas().items()}
    edges = {token.start for token in tokens(small)}
    taken: list[tuple[int, int]] = []
    found = []
    for name in sorted((name for name in names if name in small), key=len, reverse=True):
        start = small.find(name)
        end = start + len(name)
        free = not any(start < other_end and other_start < end for other_start, other_end in taken)
        if free and _stands_alone(small, start, end, edges):
            taken.append((start, end))
            found.append((names[name], start, end))
    return sorted(found, key=lambda mention: mention[1])


def _stands_alone(small: str, start: int, end: int, edges: set[int]) -> bool:
    """Whether a name is a word of its own: short Thai names stand inside many others."""
    if small[start].isascii():
        before, after = small[start - 1 : start], small[end : end + 1]
        return not (before.isalnum() and before.isascii()) and not (after.isalnum() and after.isascii())
    next_edge = min((edge for edge in edges if edge >= end), default=len(small))
    between = small[end:next_edge].strip(" .,ฯ")
    return end - start >= 5 or (start in edges and not between)


def _certificates(text: str, certificates: Certificates) -> tuple[set[str], set[str]]:
    must: set[str] = set()
    welcome: set[str] = set()
    for code, start, end in certificates.mentions(text):
        before, after = lower(text[max(0, start - NEARBY_CHARS) : start]), lower(text[end : end + NEARBY_CHARS])
        if not _NOT_NEEDED.search(before):
            nice = _WELCOME.search(before) or _WELCOME_AFTER.search(after)
            (welcome if nice else must).add(code)
    return must, welcome - must
