"""Words that are close to a mistyped one, and texts mended with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from matcher.text import Glossary, Token, tokens
from matcher.text.glossary import singular
from matcher.text.tokens import is_function_word, lower

MIN_CHARS = 4
"""Shorter words are close to too many others."""
LONG_CHARS = 8
"""From this length on a word may have two mistakes; a shorter one has one."""
MAX_CHARS = 40
MAX_MENDED = 4
"""Words of one text that are mended at most."""


class Vocabulary:
    """Known words; never changed once made.

    Distance is the number of characters added, dropped, changed or swapped with the next. A word in
    Latin letters must begin with the same letter: people rarely mistype the first, and "dental" is not
    meant to become "rental".

    Args:
        counts: Each word, in lower case, with how often it stands.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        buckets: dict[tuple[str, int], list[str]] = {}
        for word in counts:
            if MIN_CHARS - 1 <= len(word) <= MAX_CHARS:
                buckets.setdefault(_bucket(word, len(word)), []).append(word)
        self._buckets = MappingProxyType({key: tuple(words) for key, words in buckets.items()})

    def __contains__(self, word: object) -> bool:
        return word in self._counts

    def close(self, word: str, *, limit: int = 3) -> list[tuple[int, str]]:
        """Words that differ by a mistake or two, closest first, then the most frequent, each with its distance.

        Example: `close("siilk") -> [(1, "silk")]`
        """
        if not MIN_CHARS <= len(word) <= MAX_CHARS or any(char.isdigit() for char in word):
            return []
        most = 2 if len(word) >= LONG_CHARS else 1
        found = [
            (int(distance), -self._counts[other], other)
            for length in range(len(word) - most, len(word) + most + 1)
            for other, distance, _ in extract(
                word,
                self._buckets.get(_bucket(word, length), ()),
                scorer=OSA.distance,
                score_cutoff=most,
                limit=None,
            )
        ]
        return [(distance, other) for distance, _, other in sorted(found)[:limit]]


class Speller:
    """Mends words that nobody uses.

    Args:
        vocabulary: Words that are spelled well.
        glossary: Its terms are known too.
        stands: Whether a word, in lower case, stands in any profile.
    """

    def __init__(self, vocabulary: Vocabulary, *, glossary: Glossary, stands: Callable[[str], bool]) -> None:
        self._vocabulary, self._glossary, self._stands = vocabulary, glossary, stands

    def mended(self, text: str) -> str | None:
        """A normalised text with words mended that nobody uses; None where there is nothing to mend.

        Example: `mended("siilk scarf") -> "silk scarf"`
        """
        small = lower(text)
        unknown = self._unknown(small)
        mended, at = "", 0
        for place in [token.start for token in unknown[:MAX_MENDED]]:
            if place >= at and (change := self._mend(small, place)) and change[0] >= at - 1:  # a letter may be both's
                start, end, word = change
                mended, at = mended + text[at : max(at, start)] + word, end
        mended += text[at:]
        better = at > 0 and len(self._unknown(lower(mended))) < len(unknown)
        return mended if better else None

    def knows(self, word: str) -> bool:
        """Whether a word, in lower case, or its singular is used, or only holds a sentence together."""
        return (
            not any(char.isalpha() for char in word)
            or is_function_word(word)
            or any(form in self._vocabulary or self._stands(form) for form in {word, singular(word)})
        )

    def _unknown(self, small: str) -> list[Token]:
        """Words that stand in no profile and that the glossary does not know."""
        named = [(mention.start, mention.end) for mention in self._glossary.mentions(small)]
        return [
            token
            for token in tokens(small)
            if not self.knows(token.word) and not any(start <= token.start and token.end <= end for start, end in named)
        ]

    def _mend(self, small: str, place: int) -> tuple[int, int, str] | None:
        """Start, end and new spelling of the word, or run of words, around an unknown one."""
        options = []
        for start, end in windows(small, place):
            if small[start:end] in self._vocabulary:
                return None
            options += [
                (distance, start - end, start, end, word)
                for distance, word in self._vocabulary.close(small[start:end], limit=1)
            ]
        return min(options)[2:] if options else None


@lru_cache(maxsize=4)
def trade_words(glossary: Glossary) -> Vocabulary:
    """The terms of a glossary and the words in them."""
    terms = {term for thai, english in glossary.terms.values() for term in (*thai, *english)}
    words = {word.word for term in terms for word in tokens(term) if not is_function_word(word.word)}
    return Vocabulary(dict.fromkeys([*sorted(terms), *sorted(words - terms)], 1))


def windows(small: str, place: int) -> Iterator[tuple[int, int]]:
    """Parts of a text around an unknown word that may be one mistyped word.

    A typo makes the tokeniser cut a Thai word in pieces and take a neighbour's letter, so up to two
    pieces before and after belong to it, with a letter more. A word in Latin letters stands alone.
    """
    found = tokens(small)
    at = next(number for number, token in enumerate(found) if token.start == place)
    if small[place].isascii():
        yield place, found[at].end
        return
    first = last = at
    while first > max(0, at - 2) and found[first - 1].end == found[first].start:
        first -= 1
    while last < min(len(found) - 1, at + 2) and found[last].end == found[last + 1].start:
        last += 1
    for start in (token.start for token in found[first : at + 1]):
        for end in (token.end for token in found[at : last + 1]):
            yield start, end
            if end < found[last].end:
                yield start, end + 1


def _bucket(word: str, length: int) -> tuple[str, int]:
    return (word[0] if word[0].isascii() else "", length)
