"""Cleaning of single values. Every function takes a raw value that is not blank, or raises `ValueProblem`."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, TypeVar

from matcher.domain import Cluster, load_provinces
from matcher.domain.words import LABELS_TH, SPELLINGS
from matcher.errors import UnreadableTextError
from matcher.exchange.citizen import masked_text
from matcher.text.normalise import check_readable

MAX_TEXT_CHARS = 20_000
MAX_ID_CHARS = 80
NOTHING = frozenset({"-", "–", "—", "n/a", "ไม่มี", "ไม่ระบุ"})
"""What people write into a cell of a sheet that they mean to leave empty."""

_PARTS = re.compile(r"[/()\[\]|\n]+")
Choice = TypeVar("Choice", bound=StrEnum)


class ValueProblem(Exception):
    """A single value cannot be taken; whoever knows row and column makes a `Problem` of it.

    Attributes:
        kind: A key of `MESSAGES`.
        leaves_out: The value is left out with a warning and its row goes in.
        shown: What the report shows in place of the value.
        data: What fills the places of the texts.
    """

    def __init__(self, kind: str, *, leaves_out: bool = False, shown: str | None = None, **data: object) -> None:
        super().__init__(kind)
        self.kind = kind
        self.leaves_out = leaves_out
        self.shown = shown
        self.data: dict[str, Any] = data


def is_blank(value: object) -> bool:
    """Whether a raw value holds nothing: null, or only spaces and invisible marks."""
    if not isinstance(value, str):
        return value is None
    return all(char.isspace() or unicodedata.category(char) == "Cf" for char in value)


def is_nothing(value: object) -> bool:
    """Whether a cell of a sheet is blank, or says so with a dash or a word."""
    return is_blank(value) or (isinstance(value, str) and value.strip().lower() in NOTHING)


def text(value: object, *, limit: int = MAX_TEXT_CHARS) -> str:
    """A value as text, not a character changed; a whole number has no point, a date is ISO.

    Raises:
        ValueProblem: no text, NUL or a lone surrogate, over `limit` characters.
    """
    if isinstance(value, str):
        return _checked(value, limit)
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueProblem("not_text")
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, int | date | time | timedelta):
        return str(value)
    raise ValueProblem("not_text")


def line(value: object) -> str:
    """A text on one line, every run of spaces made one."""
    return " ".join(text(value).split())


def paragraph(value: object) -> str:
    """A text with its line breaks, without spaces around it."""
    return text(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def text_or_list(value: object) -> str:
    """A text, or several joined by commas."""
    return ", ".join(text(one) for one in value) if isinstance(value, list) else text(value)


def texts(value: object) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    return tuple(text(one) for one in (value if isinstance(value, list) else [value]))


def identifier(value: object) -> str:
    """An id: a letter or digit in it, printable, without any space, at most `MAX_ID_CHARS` characters."""
    name = text(value).strip(" ")
    spaced = any(char.isspace() for char in name)
    if len(name) > MAX_ID_CHARS or spaced or not name.isprintable() or not any(map(str.isalnum, name)):
        raise ValueProblem("bad_id", limit=MAX_ID_CHARS)
    if masked_text(name) != name:
        raise ValueProblem("citizen_id", shown=masked_text(name))
    return name


def province(value: object) -> str:
    """A province's Thai name, from any of its names."""
    found = load_provinces().find(line(value))
    if found is None:
        raise ValueProblem("unknown_province")
    return found.th


def choice(kind: type[Choice], value: object) -> Choice:
    """A word of a closed vocabulary, from its code, its label or another spelling of it.

    Example: `choice(Stage, "กลางน้ำ (midstream)") -> Stage.MIDSTREAM`
    """
    said = line(value)
    names: dict[str, Choice] = _spellings(kind)
    found = {names[fold(part)] for part in (said, *_PARTS.split(said)) if fold(part) in names}
    if len(found) != 1:
        raise ValueProblem(
            "unknown_word",
            options_th=", ".join(LABELS_TH[member] for member in kind),
            options_en=", ".join(kind),
        )
    return found.pop()


def cluster(value: object, *, clusters: Mapping[str, Cluster]) -> str:
    """A cluster's code, from its code, a name, or a part of a name that no other cluster has.

    Example: `cluster("กีฬา", …) -> "sport"`
    """
    said = fold(line(value))
    names = {code: {fold(code), fold(one.th), fold(one.en)} for code, one in clusters.items()}
    exact = [code for code, known in names.items() if said in known]
    part = [code for code, known in names.items() if any(_speaks_of(said, name) for name in known)]
    found = exact or part
    if len(found) != 1:
        raise ValueProblem("unknown_cluster", options=", ".join(f"{code} ({one.th})" for code, one in clusters.items()))
    return found[0]


@lru_cache(maxsize=2048)
def fold(name: str) -> str:
    """A name without case, spaces and punctuation, so that spellings of it are equal."""
    name = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in name if char.isalnum() or unicodedata.category(char)[0] == "M")


@cache
def _spellings(kind: type[Choice]) -> dict[str, Choice]:
    return {fold(name): member for member in kind for name in (member, LABELS_TH[member], *SPELLINGS[member])}


def _speaks_of(said: str, name: str) -> bool:
    shortest = 4 if said.isascii() else 3
    return len(said) >= shortest and (said in name or (len(name) >= shortest and name in said))


def _checked(value: str, limit: int) -> str:
    try:
        check_readable(value)
    except UnreadableTextError as problem:
        raise ValueProblem("unreadable", what=problem.what) from problem
    if len(value) > limit:
        raise ValueProblem("too_long", length=len(value), limit=limit)
    return value
