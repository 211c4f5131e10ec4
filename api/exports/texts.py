"""Values as people read them, with nothing in them that a reader of files would act on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from api.exports.pack import Pack, PackMeeting
from api.exports.words import MONTHS_EN, MONTHS_TH, say
from api.pages.words import Language
from matcher.domain import Firm
from matcher.engine.answer import Sentence

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_BEFORE = "เแโใไ"  # vowels that stand before the letter they belong to
_LIST_SEPARATOR = " · "


def clean(text: str) -> str:
    r"""One line without control characters, marks of writing direction or halves of characters.

    Example: `clean("ก\\tข\\u202e") -> "ก ข"`
    """
    return _SPACES.sub(" ", _HIDDEN.sub("", _CONTROL.sub(" ", text))).strip()


def clipped(text: str, length: int) -> str:
    """At most so many characters, never parting a letter from its marks.

    Example: `clipped("ที่นี่มี", 5) -> "ที่…"`
    """
    if len(text) <= length:
        return text
    end = length - 1
    while end > 0 and unicodedata.category(text[end]) in {"Mn", "Mc", "Me"}:
        end -= 1
    while end > 0 and text[end - 1] in _BEFORE:
        end -= 1
    return text[:end].rstrip() + "…"


def name_of(firm: Firm, language: Language) -> str:
    """A firm's name in the language, or the one it has; its id where neither can be seen."""
    names = (firm.name_en, firm.name_th) if language == "en" else (firm.name_th, firm.name_en)
    return next((shown for name in names if (shown := clean(name or ""))), clean(firm.id))


def said(sentence: Sentence, language: Language) -> str:
    """A sentence in the language."""
    return clean(sentence.en if language == "en" else sentence.th)


def offers_of(firm: Firm) -> str:
    """What a firm sells, in its own words."""
    return _joined(offer.text for offer in firm.offers)


def needs_of(firm: Firm) -> str:
    """What a firm looks for, in its own words."""
    return _joined(need.text for need in firm.needs)


def day_of(day: date, language: Language) -> str:
    """A day in words; Thai counts years in the Buddhist era.

    Example: `day_of(date(2026, 12, 5), "th") -> "5 ธันวาคม 2569"`
    """
    if language == "en":
        return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
    return f"{day.day} {MONTHS_TH[day.month - 1]} {day.year + 543}"


def day_and_time(pack: Pack, meeting: PackMeeting) -> tuple[str, str]:
    """When a meeting is; the second says so where it has no time."""
    slot = pack.slot(meeting)
    if slot is None:
        return "", say("no_time", pack.language)
    return day_of(slot.start.date(), pack.language), f"{slot.start:%H:%M}–{slot.end:%H:%M}"


def score_of(meeting: PackMeeting, language: Language) -> float | str:
    """The chance to two digits, or that too little is known."""
    return say("unknown", language) if meeting.score is None else round(meeting.score, 2)


def _joined(texts: Iterable[str]) -> str:
    return _LIST_SEPARATOR.join(shown for text in texts if (shown := clean(text)))
