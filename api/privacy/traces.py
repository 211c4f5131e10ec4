"""Finding a person in texts, whatever the spelling, and taking them out.

An e-mail address is found in any case; a phone number with any spaces, dashes and Thai digits, from 0 or from
+66; a name with any spaces between its words, with its ำ in one piece or two. Thai letters may touch an address
or a LINE id, for Thai sets no spaces. A name of one word, or a short one, may be anybody's word and is found only
where nothing but a name stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

GONE = "[ลบแล้ว]"
"""What stands where a person stood."""

LEAST_NAME, LEAST_LINE, LEAST_PHONE = 6, 4, 8
_TITLES = re.compile(
    r"^(?:(?:นางสาว|น\.\s?ส\.|นาย|นาง|คุณ|ดร\.|ผศ\.|รศ\.|ศ\.)\s*|(?:mr|mrs|ms|miss|dr|khun)(?:\.\s*|\s+|(?=[ก-๛])))(?=\S)",
    re.IGNORECASE,
)
_LETTER = r"[^\W\d_\u0E00-\u0E7F]"
"""A letter of a script that sets spaces between words, as Thai does not."""

_THAI_ZERO = ord("๐")
_BETWEEN = r"[\s\-–—.()/]{0,3}"
_EMAIL_PATTERN = r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}"
_EMAIL, _EMAIL_ABROAD = re.compile(_EMAIL_PATTERN, re.ASCII), re.compile(_EMAIL_PATTERN)
_LINE = re.compile(r"@?[A-Za-z0-9_.\-]{3,}[A-Za-z0-9_]")
_PHONE = re.compile(rf"(?<![\d๐-๙])(?:\+?[6๖][6๖]{_BETWEEN}|[0๐])(?:{_BETWEEN}[\d๐-๙]){{8,9}}(?![\d๐-๙])")


def plain_email(text: str) -> str:
    """An e-mail address as it is compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def plain_phone(text: str) -> str:
    """A phone number as it is compared: digits from 0; empty where there are too few."""
    digits = "".join(str(int(char)) for char in text if char.isdecimal())
    if digits.startswith("66") and len(digits) > 10:
        digits = "0" + digits.removeprefix("66").removeprefix("0")
    return digits if len(digits) >= LEAST_PHONE else ""


def plain_name(text: str) -> str:
    """A name as it is compared: without title, case and spare spaces."""
    said = " ".join(unicodedata.normalize("NFKC", text).replace("ํา", "ำ").split()).casefold()
    return _TITLES.sub("", said, count=1)


def emails_in(text: str) -> list[str]:
    """The e-mail addresses of a text, as it spells them; where Thai letters touch one, with them and without."""
    return list({*_EMAIL.findall(text), *_EMAIL_ABROAD.findall(text)}) if "@" in text else []


def lines_in(text: str) -> list[str]:
    """What may be LINE ids in a text, as it spells them."""
    return list({*text.split(), *_LINE.findall(text)})


def phones_in(text: str) -> list[str]:
    """The phone numbers of a text, as it spells them."""
    return [found.group() for found in _PHONE.finditer(text)]


@dataclass(frozen=True)
class Traces:
    """What names one person, or several, in texts.

    Attributes:
        emails: Addresses; `phones`, `names` and `lines` likewise, as anybody wrote them.
        others: Names of other people that hold one of theirs; a text that is such a name, as a whole, is not theirs.
    """

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def __or__(self, other: Traces) -> Traces:
        """What names either."""
        return Traces(
            self.emails | other.emails,
            self.phones | other.phones,
            self.names | other.names,
            self.lines | other.lines,
            self.others | other.others,
        )

    @property
    def short_names(self) -> list[str]:
        """Names that texts are not searched for, for they may be anybody's word."""
        return sorted(one for one in self.names if one and not _is_telling(plain_name(one)))

    def found(self, text: str) -> bool:
        """Whether a text names the person."""
        return self._pattern is not None and self._pattern.search(text) is not None and not self._is_other(text)

    def without(self, text: str) -> str:
        """The text with `GONE` in place of the person; itself where it does not name them."""
        return self._pattern.sub(GONE, text) if self._pattern is not None and self.found(text) else text

    def is_name(self, text: str) -> bool:
        """Whether a text is, as a whole, a name of theirs, however short."""
        return bool(text) and plain_name(text) in self._plain_names

    def _is_other(self, text: str) -> bool:
        return bool(self.others) and plain_name(text) in self._plain_others

    @cached_property
    def _plain_others(self) -> frozenset[str]:
        return frozenset(map(plain_name, self.others)) - self._plain_names

    @cached_property
    def _plain_names(self) -> frozenset[str]:
        return frozenset(plain_name(one) for one in self.names if one.strip())

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [_email_pattern(one) for one in sorted(map(plain_email, self.emails)) if one]
        parts += [_phone_pattern(one) for one in sorted({plain_phone(one) for one in self.phones}) if one]
        parts += [_name_pattern(one) for one in sorted(self._plain_names) if _is_telling(one)]
        lines = sorted(one.strip() for one in self.lines if len(one.strip().lstrip("@")) >= LEAST_LINE)
        parts += [rf"(?<![A-Za-z0-9_.@]){re.escape(one)}(?![A-Za-z0-9_@])" for one in lines]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Plain data with every text in it changed, keys too; equal to it where nothing is."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [mapped(inner, change) for inner in value]
    return value


def texts_of(value: Any) -> Iterable[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)


def _is_telling(name: str) -> bool:
    return " " in name and len(name) >= LEAST_NAME


def _email_pattern(email: str) -> str:
    return rf"(?<![A-Za-z0-9_.+\-]){re.escape(email)}(?![A-Za-z0-9_\-])"


def _phone_pattern(digits: str) -> str:
    rest = digits[1:] if digits.startswith("0") else digits
    start = rf"(?:\+?[6๖]{_BETWEEN}[6๖]{_BETWEEN}[0๐]?|[0๐])" if digits.startswith("0") else ""
    body = _BETWEEN.join(f"[{one}{chr(_THAI_ZERO + int(one))}]" for one in rest)
    return rf"(?<![\d๐-๙]){start}{_BETWEEN if start else ''}{body}(?![\d๐-๙])"


def _name_pattern(name: str) -> str:
    words = (re.escape(word).replace("ำ", "(?:ำ|ํา)") for word in name.split(" "))
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, name[0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, name[-1]) else ""
    return before + r"[\s ​]+".join(words) + after
