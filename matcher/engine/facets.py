"""Facets: how many firms each cluster, stage, province and certificate would leave.

A searcher chooses several values of one facet. So that the other values of the same facet keep their
counts, each facet is counted under what is chosen in all *other* facets. Certificates are the exception:
a firm must hold every chosen one, so the chosen ones stay conditions and a count says what is left once
that value is added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from indexes import Mask, Rows
from matcher.domain import Certificates, Chains, Firm
from matcher.engine.brief import Brief
from matcher.engine.catalog import Catalog, Filters
from matcher.engine.facet_columns import Columns, Facets
from matcher.engine.score import Scored, Weights

_TONES = re.compile("[\u0e47-\u0e4c]")
_LEADING_VOWEL = re.compile("([เ-ไ])([ก-ฮ])")


@dataclass(frozen=True, slots=True)
class Browsed:
    """A page of the catalog, for who has typed nothing yet.

    Attributes:
        firms: Of this page, in the order of a Thai dictionary.
        total: How many firms there are on all pages.
        facets: Over the whole catalog.
        fingerprint: Of the index that answered.
    """

    firms: tuple[Firm, ...]
    total: int
    facets: Facets
    fingerprint: str


class FacetTable:
    """Every firm's facet values in columns; never changed once made.

    A firm stands wherever one of its offers or positions does. A cluster and a stage chosen together ask
    for one offer or position with both, as a search does.

    Args:
        catalog: Its firms are laid out.
        certificates: Canonical codes, and what includes what.
        chains: Give the order of clusters.
    """

    def __init__(self, catalog: Catalog, *, certificates: Certificates, chains: Chains) -> None:
        self._catalog = catalog
        self._certificates = certificates
        self._order = {code: at for at, code in enumerate(chains.clusters)}
        self._columns = Columns.of(catalog.firms, certificates)

    def amended(self, catalog: Catalog) -> FacetTable:
        """The table of a catalog that this one's was amended to: only its new rows are laid out."""
        new = catalog.firms[self._columns.n_firms :]
        table = FacetTable.__new__(FacetTable)
        table._catalog, table._certificates, table._order = catalog, self._certificates, self._order
        table._columns = self._columns.followed_by(Columns.of(new, self._certificates))
        if "_names" in self.__dict__:
            table._names = sorted([*self._names, *_names(new, first=self._columns.n_firms)])  # two runs: one pass
        return table

    def count(self, firms: Mask, chosen: Filters, *, on: date) -> Facets:
        """Count the values of some firms.

        Args:
            firms: bool (n_firms,), with no chosen facet applied.
            chosen: What the searcher chose.
            on: The day on which certificates must hold.
        """
        return self._columns.count(firms, chosen, on=on, order=self._order)

    def count_relevant(self, scored: Scored, weights: Weights, chosen: Filters, *, on: date) -> Facets:
        """Count the values of the candidates that are worth showing (`relevant`); else as `count`."""
        firms = self._columns.only(relevant(scored, weights))
        return firms.count(np.ones(firms.n_firms, np.bool_), chosen, on=on, order=self._order)

    def browse(self, chosen: Filters, *, on: date, limit: int, after: int) -> tuple[tuple[Firm, ...], Facets]:
        """A page of all firms that pass a filter, by name, and the facets of the catalog.

        Args:
            chosen: What the searcher chose.
            on: The day on which certificates must hold.
            limit: Firms at most, at least 0.
            after: How many firms stand before this page, at least 0.
        """
        everyone = Filters(without_firm=chosen.without_firm)
        facets = self.count(self.passing(everyone, on=on), chosen, on=on)
        passing = self.passing(chosen, on=on)
        rows = self._by_name[passing[self._by_name]][after : after + limit]
        return tuple(self._catalog.firms[row] for row in rows.tolist()), facets

    def passing(self, filters: Filters, *, on: date) -> Mask:
        """Bool (n_firms,): living firms that pass every condition of a filter on a day."""
        firms = self._catalog.allowed_firms(filters) & self._columns.placed(filters)
        return firms & self._columns.certified(filters.certificates, on=on)

    @cached_property
    def _names(self) -> list[tuple[tuple[str, str], str, int]]:
        """Name as a dictionary sorts it, id and row of every firm, in this order."""
        return sorted(_names(self._catalog.firms, first=0))

    @cached_property
    def _by_name(self) -> Rows:
        """Firm rows by name, int64 (n_firms,)."""
        return np.array([row for _, _, row in self._names], np.int64)


def _names(firms: Sequence[Firm], *, first: int) -> list[tuple[tuple[str, str], str, int]]:
    return [(_dictionary_order(firm.name_th), firm.id, row) for row, firm in enumerate(firms, first)]


def relevant(scored: Scored, weights: Weights) -> Rows:
    """Firm rows of the candidates that are worth counting, int64 (n,).

    Those whose score is worth showing. Where the best has none, the page still shows the nearest
    firms, so those count that are at least half as likely as the best: counting all candidates would
    count whatever the indexes returned to fill their list, and counting none would leave the page empty.
    """
    if not len(scored.firms):
        return scored.firms
    best = float(scored.scores[0])
    line = weights.good if best >= weights.good else best / 2
    return scored.firms[scored.scores >= line]


def lifted(brief: Brief, chosen: Filters) -> Brief:
    """The brief without the chosen facets; conditions read from its words stay.

    A province chosen stands instead of one read from the words, so the latter does not come back.
    """
    kept = Filters(
        provinces=frozenset() if chosen.provinces else brief.reading.provinces,
        certificates=brief.reading.certificates,
        without_firm=chosen.without_firm,
    )
    return replace(brief, filters=kept)


def _dictionary_order(name: str) -> tuple[str, str]:
    """Sorts names as a Thai dictionary does: by consonants first, a leading vowel after its consonant."""
    plain = _LEADING_VOWEL.sub(r"\2\1", _TONES.sub("", name.lower()))
    return plain, name
