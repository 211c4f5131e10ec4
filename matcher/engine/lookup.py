"""Terms by how they begin, by how one of their words begins, and by what they hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from indexes import Rows
from matcher.text import Token

_LAST = "\U0010ffff"

ReadTerm = tuple[str, tuple[Token, ...]]
"""A term in the form in which it is compared, and its words."""


class Lookup:
    """Finds terms; never changed once made.

    Args:
        terms: The most frequent first; a term is known by its place.
    """

    def __init__(self, terms: Sequence[ReadTerm]) -> None:
        self._starts = _Sorted([(key, at) for at, (key, _) in enumerate(terms)])
        self._words = _Sorted([(key[word.start :], at) for at, (key, words) in enumerate(terms) for word in words])
        self._joined = "\n".join(["", *(key for key, _ in terms), ""])
        lengths = np.array([0, *(len(key) + 1 for key, _ in terms)], np.int64)
        self._offsets = tuple(np.cumsum(lengths).tolist())

    def starting(self, prefix: str, limit: int) -> list[int]:
        """Terms that begin so, the most frequent first."""
        return self._starts.best(prefix, limit)

    def with_word(self, prefix: str, limit: int) -> list[int]:
        """Terms that begin so, then those with a word that does, each once."""
        return list(dict.fromkeys([*self.starting(prefix, limit), *self._words.best(prefix, limit)]))

    def holding(self, part: str, limit: int) -> Iterator[int]:
        """Terms that hold a text of two characters or more anywhere, the most frequent first."""
        at = self._joined.find(part) if len(part) > 1 else -1
        for _ in range(limit):
            if at < 0:
                return
            term = bisect_right(self._offsets, at - 1) - 1
            yield term
            at = self._joined.find(part, self._offsets[term + 1])


class _Sorted:
    """Sorted keys, each with a term's place."""

    def __init__(self, pairs: Sequence[tuple[str, int]]) -> None:
        ordered = sorted(pairs)
        self._keys = tuple(key for key, _ in ordered)
        self._places: Rows = np.array([place for _, place in ordered], np.int64)

    def best(self, prefix: str, limit: int) -> list[int]:
        """The smallest places of keys that begin so, each once."""
        first, last = bisect_left(self._keys, prefix), bisect_left(self._keys, prefix + _LAST)
        places = self._places[first:last]
        few = 8 * limit  # a term may have several such keys
        if len(places) > few:
            places = np.partition(places, few)[:few]
        best: list[int] = np.unique(places)[:limit].tolist()
        return best
