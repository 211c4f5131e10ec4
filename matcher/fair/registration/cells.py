"""Cells of a registration sheet, taken apart and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from matcher.exchange.citizen import masked_text
from matcher.exchange.values import ValueProblem, fold, line, text
from matcher.fair.fair import Fair
from matcher.fair.registration.columns import LANGUAGES, SIDES
from matcher.fair.rules import ANY, By

MAX_COUNT = 1_000
MAX_CELL_CHARS = 20_000
MAX_ADDRESS_CHARS = 254

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NAME_MARKS = re.compile(r"\\[;,]|(?P<end>[;,\r\n])")
_ESCAPED = re.compile(r"\\([;,])")
_LANGUAGE_MARKS = re.compile(r"[;,/&+\s]+")
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")
_LANGUAGE_WORDS = {fold(word): code for code, words in LANGUAGES.items() for word in (code, *words)}
_AND = frozenset({"และ", "and"})
_COUNT = re.compile(r"(\d{1,6})(?: ?(?:นัด|คู่|ราย|ครั้ง|meetings?))?")
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def names(value: object) -> tuple[str, ...]:
    r"""Names of a cell, separated by semicolons, commas or line breaks; `\,` is a comma of a name.

    A citizen number in a name is masked.

    Example: `names("สมหญิง ใจดี; John Smith") -> ("สมหญิง ใจดี", "John Smith")`
    """
    said = masked_text(text(value, limit=MAX_CELL_CHARS))
    ends = [found.span() for found in _NAME_MARKS.finditer(said) if found["end"]]
    starts = [0, *(end for _, end in ends)]
    parts = (said[a:b] for a, b in zip(starts, [*(begin for begin, _ in ends), len(said)], strict=True))
    plain = (" ".join(part.split()) for part in parts)
    return tuple(_ESCAPED.sub(r"\1", part) for part in plain if part)


def join_names(said: Iterable[str]) -> str:
    """The cell `names` reads back; spaces and line breaks within a name become one space."""
    return "\n".join(re.sub(r"[;,]", r"\\\g<0>", " ".join(one.split())) for one in said)


def count(value: object) -> int:
    """A number of meetings, in [0, `MAX_COUNT`].

    Example: `count("๘ นัด") -> 8`
    """
    found = _COUNT.fullmatch(line(value).translate(_DIGITS).casefold())
    if not found or int(found[1]) > MAX_COUNT:
        raise ValueProblem("bad_count", limit=MAX_COUNT)
    return int(found[1])


def languages(value: object) -> frozenset[str]:
    """Codes of the languages a cell names.

    Example: `languages("ไทย, English") -> {"th", "en"}`
    """
    words = [word for word in _LANGUAGE_MARKS.split(line(value).casefold()) if word and word not in _AND]
    codes = [_language(word) for word in words]
    if not codes:
        raise ValueProblem("unknown_language")
    return frozenset(codes)


def join_languages(codes: Iterable[str]) -> str:
    """The cell `languages` reads back, Thai first."""
    ordered = sorted(codes, key=lambda code: (code != "th", code))
    return ", ".join(LANGUAGES[code][0] if code in LANGUAGES else code for code in ordered)


def sides(fair: Fair) -> Mapping[str, str]:
    """How each side of a fair is written, folded: buyer, seller, both, and those its rules and participants name."""
    rules = (rule for rule in (*fair.rules.only, *fair.rules.never) if rule.by is By.SIDE)
    named = [*(side for rule in rules for side in (rule.one, rule.other)), *(one.side for one in fair.participants)]
    own = [side for side in named if side != ANY]
    known = {fold(word): side for side, words in SIDES.items() for word in (side, *words)}
    return known | {fold(side): side for side in own if fold(side)}


def side(value: object, known: Mapping[str, str]) -> str:
    """A side of the fair.

    Args:
        value: As written.
        known: From `sides`.
    """
    said = fold(line(value))
    if said not in known:
        raise ValueProblem("unknown_side", options=", ".join(map(side_label, dict.fromkeys(known.values()))))
    return known[said]


def side_label(side: str) -> str:
    """How a side is written into a sheet.

    Example: `side_label("buyer") -> "ผู้ซื้อ"`
    """
    return SIDES[side][0] if side in SIDES else side


def address(value: object) -> str:
    """One e-mail address; only characters that no mail program reads as more than an address.

    What is none is left out with a warning that does not show whose it was.
    """
    said = line(value).removeprefix("mailto:")
    if len(said) > MAX_ADDRESS_CHARS or not _ADDRESS.fullmatch(said):
        hidden = re.sub(r"[^\s@,;]+@", "…@", said)
        raise ValueProblem("bad_address", leaves_out=True, shown=hidden)
    return said


def _language(word: str) -> str:
    plain = word.removeprefix("ภาษา")
    if code := _LANGUAGE_WORDS.get(fold(plain)):
        return code
    if _LANGUAGE_CODE.fullmatch(plain):
        return plain
    raise ValueProblem("unknown_language")
