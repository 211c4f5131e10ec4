"""Words and sub-words of normalised text.

Words are PyThaiNLP's newmm (longest matching over its dictionary); English words and numbers stand
beside the Thai ones. Longest matching hides a term inside a compound and breaks on a typo, so the
sub-word form, character 3- and 4-grams of each run of letters, is indexed as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from matcher.text.normalise import pieces

from pythainlp.corpus import thai_stopwords, thai_words  # isort: skip -- after the offline settings
from pythainlp.tokenize import word_tokenize  # isort: skip
from pythainlp.util import Trie, dict_trie  # isort: skip

TOKENISER_VERSION = 1
_GRAMS = (3, 4)
_THAI = "\u0e00-\u0e7f"
_PART = re.compile(rf"[a-z0-9]+(?:[.\-][a-z0-9]+)*|[{_THAI}]+|[^\W{_THAI}a-z0-9_]+")
_THAI_LETTER = re.compile(f"[{_THAI}]")
_FOREIGN = re.compile(rf"[-a-z]+|\d+(?:[,.]\d+)*|[ \t]+|\r?\n|[^{_THAI} \t\r\n]+")
_RUN = re.compile(rf"[{_THAI}]+|[a-z0-9]+")
_ENGLISH_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "could",
        "do",
        "for",
        "from",
        "get",
        "has",
        "have",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "like",
        "looking",
        "me",
        "my",
        "need",
        "of",
        "on",
        "or",
        "our",
        "please",
        "so",
        "some",
        "someone",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "us",
        "want",
        "we",
        "what",
        "where",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word and where it stands: `text[start:end]` of what was tokenised."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Every word with its place, function words included; spaces and punctuation are left out.

    Example: `tokens("ถุงมือ Muay") -> [Token("ถุงมือ", 0, 6), Token("muay", 7, 11)]`
    """
    found: list[Token] = []
    start = 0
    for segment in _segments(lower(text)):
        found.extend(Token(part.group(), start + part.start(), start + part.end()) for part in _PART.finditer(segment))
        start += len(segment)
    return found


def words(text: str) -> tuple[str, ...]:
    """Words that tell something, in order: function words are left out unless nothing else stands."""
    all_words = [token.word for token in tokens(text)]
    telling = [word for word in all_words if not is_function_word(word)]
    return tuple(telling or all_words)


def sub_words(text: str) -> tuple[str, ...]:
    """Character 3- and 4-grams of each run of Thai or Latin letters; a shorter run stands whole.

    Example: `sub_words("ผ้าไหม") -> ("ผ้า", "้าไ", "าไห", "ไหม", "ผ้าไ", "้าไห", "าไหม")`
    """
    grams: list[str] = []
    for run in _RUN.findall(lower(text)):
        if len(run) < _GRAMS[0]:
            grams.append(run)
        for size in _GRAMS:
            grams.extend(run[at : at + size] for at in range(len(run) - size + 1))
    return tuple(grams)


def lower(text: str) -> str:
    """Lower case that keeps every character's place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def is_function_word(word: str) -> bool:
    """Whether a word only holds a sentence together."""
    return word in _ENGLISH_STOP or word in _thai_function_words()


def _segments(text: str) -> list[str]:
    """Newmm's segments, which joined give the text back."""
    return [segment for piece in pieces(text) for segment in _segment_piece(piece)]


@lru_cache(maxsize=4096)
def _segment_piece(piece: str) -> tuple[str, ...]:
    """Newmm's segments; those of a piece without Thai letters, a third of the glossary, by its rule for such alone."""
    if not _THAI_LETTER.search(piece):
        alone = tuple(_FOREIGN.findall(piece))
        if "".join(alone) == piece:
            return alone
    cut = word_tokenize(piece, engine="newmm", custom_dict=_dictionary(), keep_whitespace=True, join_broken_num=False)
    return tuple(cut) if "".join(cut) == piece else (piece,)


@cache
def _dictionary() -> Trie:
    return dict_trie(thai_words())


@cache
def _thai_function_words() -> frozenset[str]:
    return frozenset(thai_stopwords())
