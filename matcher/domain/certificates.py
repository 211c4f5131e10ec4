"""Certificates, the names people give them, and which includes which."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from matcher.domain.firm import Certificate

_NOISE = re.compile(r"[\s.\-–/]+")
_YEAR = re.compile(r":\d{4}$")
_THAI = "\u0e00-\u0e7f"
_ATTACHED = "\u0e30-\u0e3a\u0e45\u0e47-\u0e4e"
"""Vowels and tones that go on with the syllable before them."""
_LEADS = ("มี", "ได้", "รับ", "ผ่าน", "ขอ", "จด", "เลข", "ตรา", "หมาย", "ฐาน", "และ")
"""Words that stand before a certificate without a space."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates that are known, by code.

    Attributes:
        labels: Code → Thai and English label.
        names: Every plain name → code, longest name first.
        covers: Code → codes it includes, itself among them.
        patterns: How each name stands in a text, with its code.
    """

    labels: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]
    covers: Mapping[str, frozenset[str]]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def canonical(self, name: str) -> str:
        """The code a name stands for; a name that is not known stands for itself.

        A known name at the start is enough, so that a level or a note may follow.

        Example: `canonical("OEKO-TEX Standard 100") -> "OEKO-TEX"`
        """
        wanted = plain(name)
        if wanted in self.names:
            return self.names[wanted]
        stated = " ".join(name.split())
        found = [(match.end(), code) for pattern, code in self.patterns if (match := pattern.match(stated.upper()))]
        return max(found)[1] if found else stated

    def mentions(self, text: str) -> list[tuple[str, int, int]]:
        """Codes a text names, each with where: (code, start, end)."""
        return [
            (code, found.start(), found.end()) for pattern, code in self.patterns for found in pattern.finditer(text)
        ]

    def held(self, certificates: Iterable[Certificate], *, on: date) -> frozenset[str]:
        """Codes that hold on that day, those they cover included."""
        codes = (self.canonical(one.code) for one in certificates if one.holds_on(on))
        return frozenset(covered for code in codes for covered in self.covers.get(code, {code}))


def plain(name: str) -> str:
    """A name without case, spaces, dots, dashes and a year of issue."""
    return _NOISE.sub("", _YEAR.sub("", name.strip().lower()))


@cache
def load_certificates() -> Certificates:
    """The table that comes with the project."""
    table = tomllib.loads((files("matcher.data") / "certificates.toml").read_text("utf-8"))
    names = {plain(name): code for code, entry in table.items() for name in (code, *entry.get("also", ()))}
    covers: dict[str, frozenset[str]] = {}
    for code in table:
        reached, todo = {code}, [code]
        while todo:
            todo.extend(table[todo.pop()].get("covers", ()))
            reached.update(todo)
        covers[code] = frozenset(reached)
    return Certificates(
        MappingProxyType({code: (entry["th"], entry["en"]) for code, entry in table.items()}),
        MappingProxyType(dict(sorted(names.items(), key=lambda item: -len(item[0])))),
        MappingProxyType(covers),
        tuple((_pattern(name, capitals=table[code].get("capitals", False)), code) for name, code in names.items()),
    )


def _pattern(name: str, *, capitals: bool) -> re.Pattern[str]:
    """A name with any separators between its letters, as a word of its own.

    A code of two letters, and one that is also an English word, counts in capitals only. A Thai name may
    stand inside a run of letters, but not where it is the end of another word (อร่อย, หมอก) or its start
    (มีอยู่).
    """
    text = name.upper() if name.isascii() and (capitals or len(name) <= 2) else name
    between = r"[.\-]?" if name.isascii() and len(name) <= 4 else r"[\s.\-–/]{0,3}"
    spaced = between.join(re.escape(char) for char in text)
    flags = re.NOFLAG if text.isupper() else re.IGNORECASE
    if name.isascii():
        return re.compile(rf"(?<![A-Za-z0-9]){spaced}(?![A-Za-z0-9])", flags)
    end = rf"(?![{_ATTACHED}])" + (r"(?!\d)" if name[-1].isdigit() else "")
    if len(name) > 3:
        return re.compile(spaced + end, flags)
    start = "|".join([f"(?<![{_THAI}])", *(f"(?<={lead})" for lead in _LEADS)]) if "อ" in name else ""
    return re.compile(rf"(?:{start}){spaced}{end}(?:\.|(?![{_THAI}]))", flags)
