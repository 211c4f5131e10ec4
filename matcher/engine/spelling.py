"""Words that are close to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from matcher.text import tokens

MIN_CHARS = 4
"""Shorter words are close to too many others."""
LONG_CHARS = 8
"""From this length on a word may have two mistakes; a shorter one has one."""
MAX_CHARS = 40


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
