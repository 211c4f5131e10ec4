"""One spelling for one text: what a person sees as the same becomes the same characters.

Order matters. Marks that cannot be seen go first, since they keep others from joining, then NFKC (it
splits SARA AM, which PyThaiNLP then joins again), then digits, runs and PyThaiNLP's own reordering of
vowels and tones. NFKC and PyThaiNLP take time quadratic in a run of marks, so runs are cut before.
One step may open the way for another, so all are done again until nothing changes.
"""

from __future__ import annotations

import os
import re
import unicodedata

from matcher.errors import EmptyTextError, TextTooLongError, UnreadableTextError

os.environ.setdefault("PYTHAINLP_OFFLINE", "1")  # nothing is fetched at run time
os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")

from pythainlp.util import normalize as thai_normalize

MAX_QUERY_CHARS = 4_000
PIECE_CHARS = 2_000
NORMALISER_VERSION = 3
"""Part of the model fingerprint: raise it when `normalise` or `without_shouting` give other text than before."""

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_RUN = re.compile(r"([^0-9])\1{3,}")
_DIGIT_RUN = re.compile(r"([0-9])\1{12,}")
_FOLLOWING = frozenset("ะาำๅ")
_MAX_MARKS = 8
_SPACE = re.compile(r"\s+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOUTED = re.compile("[A-Z]{6}")
_SMALL = re.compile("[a-z]")


def normalise(text: str) -> str:
    """Text as it is tokenised and embedded; a fixed point of itself.

    Invisible format characters (zero-width spaces, joiners, direction marks, soft hyphens, the byte
    order mark) vanish, control characters and every kind of space become one space, Thai digits become
    0–9, and a character repeated more than three times is cut to three, a digit to twelve.

    Example: `normalise("เเบบ\u200b  ๒๕ กก.") -> "แบบ 25 กก."`

    Raises:
        UnreadableTextError: a NUL character or a lone surrogate.
    """
    check_readable(text)
    while (again := _once(text)) != text:
        text = again
    return text


def without_shouting(text: str) -> str:
    """A text whose English is all in capitals, in small letters; any other as it is.

    The model's vocabulary has few words in capitals and cuts them in pieces: English headings found their
    Thai ones with nDCG@10 0.62 in capitals and 0.68 in small letters. Abbreviations alone are left.

    Example: `without_shouting("GLASS WHOLESALERS") -> "glass wholesalers"`
    """
    return text.lower() if _SHOUTED.search(text) and not _SMALL.search(text) else text


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", _visible(text)).translate(_THAI_DIGITS)
    text = _RUN.sub(r"\1\1\1", _DIGIT_RUN.sub(lambda run: run[1] * 12, text))
    ordered: str = thai_normalize(_SPACE.sub(" ", text))
    return ordered.strip()


def _visible(text: str) -> str:
    """Without format characters and without the marks beyond what one letter can carry."""
    seen: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category == "Cf":
            continue
        marks = marks + 1 if category[0] == "M" or char in _FOLLOWING else 0
        if marks <= _MAX_MARKS:
            seen.append(" " if category == "Cc" else char)
    return "".join(seen)


def check_readable(text: str) -> None:
    """Refuse what no text should hold and what databases and models choke on.

    Raises:
        UnreadableTextError: a NUL character or a lone surrogate.
    """
    if (at := text.find("\0")) >= 0:
        raise UnreadableTextError(what="a NUL character", position=at)
    if found := _SURROGATE.search(text):
        raise UnreadableTextError(what="half of a character (a lone surrogate)", position=found.start())


def normalise_query(text: str) -> str:
    """A searcher's words, normalised.

    Raises:
        EmptyTextError: nothing is left to search with.
        TextTooLongError: more than `MAX_QUERY_CHARS` characters, as typed or, with ligatures taken apart, as read.
        UnreadableTextError: a NUL character or a lone surrogate.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise TextTooLongError(length=len(text), limit=MAX_QUERY_CHARS)
    normal = normalise(text)
    if len(normal) > MAX_QUERY_CHARS:
        raise TextTooLongError(length=len(normal), limit=MAX_QUERY_CHARS)
    if not any(char.isalnum() for char in normal):
        raise EmptyTextError()
    return normal


def pieces(text: str, *, size: int = PIECE_CHARS) -> list[str]:
    """Cut a text into pieces of at most `size` characters, at a space where there is one.

    The pieces joined give the text back. An empty text has no pieces.
    """
    cut: list[str] = []
    start = 0
    while len(text) - start > size:
        end = text.rfind(" ", start + size // 2, start + size)
        end = end + 1 if end > 0 else start + size
        cut.append(text[start:end])
        start = end
    return [*cut, text[start:]] if start < len(text) else cut
