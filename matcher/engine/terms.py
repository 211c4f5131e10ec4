"""What can be suggested: goods, roles, firms, places and certificates that the catalog has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from matcher.domain import Certificates, Provinces
from matcher.engine.build import Built
from matcher.engine.catalog import Filters
from matcher.engine.facets import FacetTable
from matcher.engine.roles import SURE_ROLE
from matcher.text import Glossary
from matcher.text.glossary import singular
from matcher.text.tokens import lower

Kind = Literal["product", "role", "firm", "place", "certificate"]
Language = Literal["th", "en"]

_LATIN = re.compile(r"[a-z0-9]+")
_THAI = re.compile("[\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Term:
    """Something that can be suggested.

    Attributes:
        text: As it is shown and searched.
        kind: What it names.
        count: Offers that are of it; of a firm 1, of a place or a certificate its firms.
        language: By its script.
        concept: The same for terms of goods that mean the same; else empty.
        used: Whether offers use the term itself, and not only others that mean the same.
    """

    text: str
    kind: Kind
    count: int
    language: Language
    concept: str = ""
    used: bool = True


def gather(
    built: Built, *, glossary: Glossary, provinces: Provinces, certificates: Certificates, on: date
) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """Every term with at least one offer or firm, most first, and the texts of all offers.

    What two sources name comes once.
    """
    firms = built.catalog.allowed_firms(Filters())
    offers = np.flatnonzero(built.catalog.allowed_offers(Filters(), firms)).tolist()
    table = FacetTable(built.catalog, certificates=certificates, chains=built.roles.chains)
    facets = table.count(firms, Filters(), on=on)
    texts = tuple(built.catalog.offers[row].text for row in offers)
    once: dict[str, Term] = {}
    names = (name for row in np.flatnonzero(firms).tolist() for name in _names(built, row))
    for term in [
        *_places({one.value: one.count for one in facets.provinces}, provinces),
        *_certificates({one.value: one.count for one in facets.certificates}, certificates),
        *_products(texts, glossary),
        *_roles(built, offers),
        *(_term(name, "firm", 1) for name in names),
    ]:
        if term.text and term.count:
            once.setdefault(lower(term.text), term)
    return tuple(sorted(once.values(), key=lambda term: -term.count)), texts


def _term(text: str, kind: Kind, count: int, *, concept: str = "", used: bool = True) -> Term:
    return Term(text, kind, count, "th" if _THAI.search(text) else "en", concept, used)


def _places(counts: Mapping[str, int], provinces: Provinces) -> Iterator[Term]:
    for name, count in counts.items():
        known = provinces.by_th.get(name)
        yield from (_term(text, "place", count) for text in ((known.th, known.en) if known else (name,)))


def _certificates(counts: Mapping[str, int], certificates: Certificates) -> Iterator[Term]:
    for code, count in counts.items():
        yield from (_term(text, "certificate", count) for text in (code, *certificates.labels.get(code, ())))


def _roles(built: Built, offers: list[int]) -> Iterator[Term]:
    """Labels of roles with the offers that are surely placed in them."""
    chances = built.offer_roles[offers]
    sure = chances.argmax(axis=1)[chances.max(axis=1, initial=0.0) >= SURE_ROLE] if len(offers) else []
    counts = np.bincount(np.asarray(sure, np.int64), minlength=len(built.roles.all)).tolist()
    for role, count in zip(built.roles.all, counts, strict=True):
        yield from (_term(text, "role", count) for text in (role.th, role.en))


def _products(offers: Sequence[str], glossary: Glossary) -> Iterator[Term]:
    """Terms of concepts that offers name, each with the offers that name any of its concepts.

    Of terms that mean the same, those come first that offers use themselves: a glossary lists wrong
    spellings too.
    """
    found: dict[str, set[int]] = {}
    used: Counter[str] = Counter()
    for row, text in enumerate(offers):
        small = lower(text)
        for mention in glossary.mentions(small):
            found.setdefault(mention.concept, set()).add(row)
            used[small[mention.start : mention.end]] += 1
    thai = [pair for terms in glossary.thai.values() for pair in terms]
    written = _written()
    english = [(written.get(term, term), concepts) for term, concepts in glossary.english.items()]
    known = [(term, concepts) for term, concepts in [*thai, *english] if not found.keys().isdisjoint(concepts)]
    for term, concepts in sorted(known, key=lambda pair: (-used[pair[0]], len(pair[0]), pair[0])):
        offers_of = set().union(*(found.get(concept, ()) for concept in concepts))
        yield _term(term, "product", len(offers_of), concept=" ".join(concepts), used=used[term] > 0)


def _names(built: Built, row: int) -> Iterator[str]:
    firm = built.catalog.firms[row]
    yield firm.name_th
    if firm.name_en:
        yield firm.name_en


@cache
def _written() -> Mapping[str, str]:
    """English terms of the project's own glossary as they are written there, by their singular.

    A glossary keeps singulars only, and those of "canvas" and "citrus" are no words to show.
    """
    written: dict[str, str] = {}
    for line in (files("matcher.data") / "glossary.tsv").read_text("utf-8").splitlines():
        for term in line.split("\t")[2].split(";") if line.count("\t") == 2 else ():
            small = lower(term.strip())
            written.setdefault(" ".join(singular(word) for word in _LATIN.findall(small)), small)
    return written
