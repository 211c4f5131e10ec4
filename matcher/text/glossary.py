"""The glossary: words of the trades that mean the same, in Thai and in English.

A text is annotated with the concepts it names, as tokens such as `#417`, so that an English question
finds a Thai profile and one owner's word finds another's. It is data an organiser can edit, and it is
the domain dictionary; newmm keeps its own, since adding compounds to it hid the words inside them
(nDCG of words alone on our topics: 0.61 without, 0.54 with).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from matcher.errors import CatalogError
from matcher.text.normalise import normalise
from matcher.text.tokens import lower

_LATIN = re.compile(r"[a-z0-9]+")
_MIN_THAI = 3
"""Characters of the shortest Thai term."""

_PLURAL_ES = re.compile(r"(?:s|x|z|ch|sh)es$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept and where a text names it."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Glossary:
    """Terms → concepts.

    Attributes:
        english: Singular English term → concepts.
        thai: First three characters → Thai terms with their concepts, longest first.
        terms: Concept → its Thai terms and its English terms, in the file's order.
        digest: Changes with the file.
    """

    english: Mapping[str, tuple[str, ...]]
    thai: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    longest_english: int
    terms: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    digest: str

    def concepts(self, text: str) -> tuple[str, ...]:
        """The concepts a text names, in order, repeated where repeated."""
        return tuple(mention.concept for mention in self.mentions(text))

    def mentions(self, text: str) -> list[Mention]:
        """Where a text names concepts: longest terms of its Thai, and every term of its English."""
        text = lower(text)
        return [*self._thai_mentions(text), *self._english_mentions(text)]

    def _thai_mentions(self, text: str) -> Iterator[Mention]:
        at = 0
        while at < len(text):
            for term, concepts in self.thai.get(text[at : at + _MIN_THAI], ()):
                if text.startswith(term, at):
                    yield from (Mention(concept, at, at + len(term)) for concept in concepts)
                    at += len(term)
                    break
            else:
                at += 1

    def _english_mentions(self, text: str) -> Iterator[Mention]:
        found = list(_LATIN.finditer(text))
        stems = [singular(match.group()) for match in found]
        for first in range(len(found)):
            for last in range(first, min(first + self.longest_english, len(found))):
                for concept in self.english.get(" ".join(stems[first : last + 1]), ()):
                    yield Mention(concept, found[first].start(), found[last].end())


def load_glossary(path: Path | None = None) -> Glossary:
    """The glossary of a file; without a path, the one that comes with the project.

    Raises:
        CatalogError: the file cannot be read, or a line has not three columns.
    """
    if path is None:
        return _bundled()
    try:
        return _parse(path.read_text("utf-8-sig"), name=str(path))
    except (OSError, UnicodeDecodeError) as problem:
        raise CatalogError(
            path=path, problem=f"cannot be read ({problem})", remedy="give a UTF-8 file of three columns"
        ) from problem


@cache
def _bundled() -> Glossary:
    return _parse((files("matcher.data") / "glossary.tsv").read_text("utf-8"), name="glossary.tsv")


def _parse(text: str, *, name: str) -> Glossary:
    english: dict[str, list[str]] = {}
    thai: dict[str, list[str]] = {}
    rows: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "sector\t")):
            continue
        columns = line.split("\t")
        if len(columns) != 3:
            raise CatalogError(
                path=name,
                problem=f"line {number} has {len(columns)} columns",
                remedy="write sector, Thai terms, English terms, with tabs between",
            )
        in_thai, in_english = (_terms(column) for column in columns[1:])
        rows[f"#{number}"] = (in_thai, in_english)
        for term in (*in_thai, *in_english):
            _add(english, thai, term, f"#{number}")
    by_start: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for term in sorted(thai, key=lambda term: (-len(term), term)):
        by_start.setdefault(term[:_MIN_THAI], []).append((term, tuple(thai[term])))
    return Glossary(
        english={term: tuple(concepts) for term, concepts in english.items()},
        thai={start: tuple(terms) for start, terms in by_start.items()},
        longest_english=max((term.count(" ") + 1 for term in english), default=1),
        terms=rows,
        digest=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _terms(column: str) -> tuple[str, ...]:
    return tuple(lower(term) for term in map(normalise, column.split(";")) if term)


def _add(english: dict[str, list[str]], thai: dict[str, list[str]], term: str, concept: str) -> None:
    if term.isascii():
        table, key = english, " ".join(singular(word) for word in _LATIN.findall(term))
    else:
        table, key = thai, term
    if key and (table is english or len(key) >= _MIN_THAI):
        concepts = table.setdefault(key, [])
        if concept not in concepts:
            concepts.append(concept)


def singular(word: str) -> str:
    """An English word without the plural's ending.

    Example: `[singular(w) for w in ("batteries", "boxes", "gloves", "glass")]
    -> ["battery", "box", "glove", "glass"]`
    """
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and _PLURAL_ES.search(word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
