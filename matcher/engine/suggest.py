"""Suggestions while somebody types, and the query that was meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.domain import Certificates, Provinces, load_certificates, load_provinces
from matcher.engine.build import Built
from matcher.engine.lookup import Lookup, ReadTerm
from matcher.engine.spelling import MIN_CHARS, Speller, Vocabulary
from matcher.engine.terms import Kind, Language, Term, gather
from matcher.text import MAX_QUERY_CHARS, Glossary, Token, normalise, tokens
from matcher.text.tokens import lower

MAX_TYPED_CHARS = 200
"""Nobody wants a whole brief completed."""
FEW = 3
"""Where fewer are found, close spellings are looked for too."""
SPARE = 4
"""Times as many terms are looked at as are shown, since some that mean the same are left out."""

_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_WORD = re.compile("[0-9a-z\u0e00-\u0e7f]+")
_LATIN = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody may be about to type.

    Attributes:
        text: The whole query: words typed before, and the term.
        kind: What the term names.
        count: Offers that are of it; of a firm 1, of a place or a certificate its firms.
        language: Of the term.
        fuzzy: The term is only spelled alike, so the text does not hold what was typed.
    """

    text: str
    kind: Kind
    count: int
    language: Language
    fuzzy: bool = False


class Suggester:
    """Suggests what a catalog has; never changed once made, and threads may share it.

    It keeps nothing of the catalog but words, so an older one still answers after the catalog changed.

    Args:
        built: The catalog, indexed.
        glossary: Names goods in Thai and English.
        provinces: None takes the project's own.
        certificates: Likewise.
        on: The day on which certificates must hold; None is today.
    """

    def __init__(
        self,
        built: Built,
        *,
        glossary: Glossary,
        provinces: Provinces | None = None,
        certificates: Certificates | None = None,
        on: date | None = None,
    ) -> None:
        index = built.words
        self._terms, texts = gather(
            built,
            glossary=glossary,
            provinces=provinces or load_provinces(),
            certificates=certificates or load_certificates(),
            on=on or date.today(),
        )
        read = [_read_term(term.text, term.kind != "firm") for term in self._terms]
        self._lookup = Lookup(read)
        self._vocabulary = Vocabulary(_word_counts(self._terms, read, texts))
        self._speller = Speller(
            self._vocabulary, glossary=glossary, stands=lambda word: index.rows_with("words", word) > 0
        )

    def suggest(self, text: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
        """What the text may become.

        Terms that begin with it come first, then terms with a word that does, then those that complete
        its last word, then those that hold it anywhere; each group the most frequent first. Where fewer
        than `FEW` are found, and no word begins so, terms spelled alike follow. Of terms that mean the
        same, one is enough that no offer uses.

        Args:
            text: As typed so far; over `MAX_TYPED_CHARS` characters nothing is suggested.
            limit: At most.
        """
        shown = _readable(text) if len(text) <= MAX_QUERY_CHARS else ""
        typed = lower(shown)
        if limit <= 0 or len(shown) > MAX_TYPED_CHARS or not any(char.isalnum() for char in shown):
            return ()
        found: dict[str, Suggestion] = {}
        meant: set[tuple[str, str]] = set()
        for head, at, fuzzy in self._found(shown, typed, SPARE * limit):
            if len(found) == limit or (fuzzy and len(found) >= FEW and not any(one.fuzzy for one in found.values())):
                break
            term = self._terms[at]
            whole = head + term.text
            if term.used or (head, term.concept) not in meant:
                meant.add((head, term.concept))
                found.setdefault(lower(whole), Suggestion(whole, term.kind, term.count, term.language, fuzzy))
        return tuple(found.values())

    def did_you_mean(self, text: str) -> str | None:
        """The query with words mended that stand in no profile; None where there is nothing to mend.

        Example: `did_you_mean("siilk scarf") -> "silk scarf"`
        """
        shown = _readable(text) if len(text) <= MAX_QUERY_CHARS else ""
        return self._speller.mended(shown) if len(shown) <= MAX_QUERY_CHARS else None

    def _found(self, shown: str, typed: str, limit: int) -> Iterator[tuple[str, int, bool]]:
        """What stands before the term, the term's place and whether it is only spelled alike, best first."""
        whole = self._lookup.with_word(typed, limit)
        yield from (("", at, False) for at in whole)
        if not whole:
            yield from ((head, at, False) for head, at in self._completed(shown, typed, limit))
        yield from (("", at, False) for at in self._lookup.holding(typed, limit))
        if whole:
            return  # the beginning of a word is no typo
        head = shown[: typed.rfind(" ") + 1]
        for before, word in [("", typed), *([(head, typed[len(head) :])] if head else [])]:
            for _, known in self._vocabulary.close(word):
                yield from ((before, at, True) for at in self._lookup.with_word(known, limit))

    def _completed(self, shown: str, typed: str, limit: int) -> Iterator[tuple[str, int]]:
        """Terms that begin with the last words, as many of these as any term begins with."""
        spoken = tokens(typed)
        for token in spoken[1:]:
            tail = typed[token.start :]
            spaced = typed[token.start - 1] == " "
            if not spaced and (
                len(tail) < 2 or not all(self._speller.knows(one.word) for one in spoken if one.end <= token.start)
            ):
                continue
            if places := self._lookup.starting(tail, limit):
                yield from ((shown[: token.start], at) for at in places)
                return


def _readable(text: str) -> str:
    """Normalised text, without what cannot be read."""
    return normalise(_UNREADABLE.sub("", text))


@lru_cache(maxsize=1 << 16)
def _read_term(text: str, segmented: bool) -> ReadTerm:
    """A term as it is compared, and its words; kept, since most terms are there at the next build too.

    Names of firms are cut at spaces and punctuation only, which takes a tenth of the time.
    """
    key = lower(_readable(text))
    if segmented:
        return key, tuple(tokens(key))
    return key, tuple(Token(part.group(), part.start(), part.end()) for part in _WORD.finditer(key))


def _word_counts(terms: Sequence[Term], read: Sequence[ReadTerm], offers: Iterable[str]) -> Counter[str]:
    """Words that are spelled well: terms, the words in them, and words of offers in Latin letters."""
    counts: Counter[str] = Counter()
    for term, (key, found) in zip(terms, read, strict=True):
        for word in {key, *(token.word for token in found)}:
            if len(word) >= MIN_CHARS - 1:
                counts[word] = max(counts[word], term.count)
    for text in offers:
        counts.update(_LATIN.findall(lower(text)))
    return counts
