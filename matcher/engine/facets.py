"""Facets: how many firms each cluster, stage, province and certificate would leave.

A searcher chooses several values of one facet. So that the other values of the same facet keep their
counts, each facet is counted under what is chosen in all *other* facets. Certificates are the exception:
a firm must hold every chosen one, so the chosen ones stay conditions and a count says what is left once
that value is added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from indexes import Mask, Rows
from matcher.domain import Certificates, Chains, Firm, Stage
from matcher.engine.brief import Brief
from matcher.engine.catalog import Catalog, Filters
from matcher.engine.score import Scored, Weights

_TONES = re.compile("[\u0e47-\u0e4c]")
_LEADING_VOWEL = re.compile("([เ-ไ])([ก-ฮ])")


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A value of a facet and how many firms have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by facet; a value that is chosen is there even where no firm has it.

    Attributes:
        clusters: Codes, in the order of the chains file.
        stages: From upstream to support.
        provinces: Thai names, most firms first.
        certificates: Canonical codes that hold on the day, most firms first.
        firms: How many firms pass everything that is chosen.
    """

    clusters: tuple[FacetCount, ...]
    stages: tuple[FacetCount, ...]
    provinces: tuple[FacetCount, ...]
    certificates: tuple[FacetCount, ...]
    firms: int


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


@dataclass(frozen=True, slots=True)
class _Column:
    """Values of firms, several a firm or none.

    Attributes:
        names: Each value once; the empty one, for no value, is the first.
        firms: int64 (n,) firm rows.
        values: int64 (n,) places in `names`.
    """

    names: tuple[str, ...]
    firms: Rows
    values: Rows

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, str | None]]) -> _Column:
        """From firm rows, each with a value."""
        ids = {"": 0}
        coded = [(row, ids.setdefault(str(value or ""), len(ids))) for row, value in pairs]
        table = np.array(coded, np.int64).reshape(-1, 2)
        return cls(tuple(ids), table[:, 0].copy(), table[:, 1].copy())

    def among(self, chosen: Collection[str]) -> Mask:
        """Bool (n,): values that are chosen; all where nothing is."""
        wanted = np.array([not chosen or name in chosen for name in self.names], np.bool_)
        mask: Mask = wanted[self.values]
        return mask

    def counts(self, mask: Mask) -> dict[str, int]:
        """How many different firms have each value, among the places of a mask, bool (n,)."""
        pairs = np.unique(self.firms[mask] * len(self.names) + self.values[mask])
        found = np.bincount(pairs % len(self.names), minlength=len(self.names)).tolist()
        return {name: count for name, count in zip(self.names, found, strict=True) if name and count}


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
        offers = [(row, offer.cluster, offer.stage) for row, firm in enumerate(catalog.firms) for offer in firm.offers]
        places = offers + [(row, p.cluster, p.stage) for row, firm in enumerate(catalog.firms) for p in firm.positions]
        held = list(_held(catalog.firms, certificates))
        self._catalog = catalog
        self._order = {code: at for at, code in enumerate(chains.clusters)}
        self._clusters = _Column.of((row, cluster) for row, cluster, _ in places)
        self._stages = _Column.of((row, stage) for row, _, stage in places)
        self._provinces = _Column.of((row, firm.province_th) for row, firm in enumerate(catalog.firms))
        self._held = _Column.of((row, code) for row, code, _ in held)
        self._held_until = np.array([until for _, _, until in held], np.int64)
        names = [(_dictionary_order(firm.name_th), firm.id) for firm in catalog.firms]
        self._by_name: Rows = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)

    def count(self, firms: Mask, chosen: Filters, *, on: date) -> Facets:
        """Count the values of some firms.

        Args:
            firms: bool (n_firms,), with no chosen facet applied.
            chosen: What the searcher chose.
            on: The day on which certificates must hold.
        """
        in_cluster, at_stage = self._clusters.among(chosen.clusters), self._stages.among(chosen.stages)
        in_province = self._provinces.among(chosen.provinces)
        holds = self._held_until >= on.toordinal()
        certified = firms & self._certified(chosen.certificates, holds)
        placed = certified & self._placed(chosen)
        passing = placed & in_province
        nearby = (certified & in_province)[self._clusters.firms]
        cluster = self._clusters.counts(nearby & at_stage)
        stage = self._stages.counts(nearby & in_cluster)
        province = self._provinces.counts(placed)
        certificate = self._held.counts(holds & passing[self._held.firms])
        last = len(self._order)
        return Facets(
            clusters=_listed(cluster, chosen.clusters, lambda code: self._order.get(code, last)),
            stages=_listed(stage, chosen.stages, lambda stage: list(Stage).index(Stage(stage))),
            provinces=_listed(province, chosen.provinces, lambda name: -province.get(name, 0)),
            certificates=_listed(certificate, chosen.certificates, lambda code: -certificate.get(code, 0)),
            firms=int(passing.sum()),
        )

    def count_relevant(self, scored: Scored, weights: Weights, chosen: Filters, *, on: date) -> Facets:
        """Count the values of the candidates that are worth showing (`relevant`); else as `count`."""
        firms = np.zeros(len(self._catalog.firms), np.bool_)
        firms[relevant(scored, weights)] = True
        return self.count(firms, chosen, on=on)

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
        firms = self._catalog.allowed_firms(filters) & self._placed(filters)
        return firms & self._certified(filters.certificates, self._held_until >= on.toordinal())

    def _placed(self, chosen: Filters) -> Mask:
        """Bool (n_firms,): firms with a place of a chosen cluster and stage; all where none is chosen."""
        mask = np.full(len(self._catalog.firms), not (chosen.clusters or chosen.stages), np.bool_)
        places = self._clusters.among(chosen.clusters) & self._stages.among(chosen.stages)
        mask[self._clusters.firms[places]] = True
        return mask

    def _certified(self, codes: frozenset[str], holds: Mask) -> Mask:
        """Bool (n_firms,): firms that hold every one of the codes."""
        mask = np.ones(len(self._catalog.firms), np.bool_)
        for code in codes:
            holders = np.zeros_like(mask)
            holders[self._held.firms[holds & self._held.among({code})]] = True
            mask &= holders
        return mask


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


def _held(firms: Iterable[Firm], certificates: Certificates) -> Iterable[tuple[int, str, int]]:
    """Row, code and last day (as an ordinal) of each certificate and of those it covers."""
    known: dict[str, str] = {}  # finding a canonical name is slow, and firms write the same few
    for row, firm in enumerate(firms):
        for one in firm.certificates:
            if one.code not in known:
                known[one.code] = certificates.canonical(one.code)
            code = known[one.code]
            until = (one.expires or date.max).toordinal()
            yield from ((row, covered, until) for covered in certificates.covers.get(code, {code}))


def _listed(counts: Mapping[str, int], chosen: Iterable[str], order: Callable[[str], int]) -> tuple[FacetCount, ...]:
    values = sorted({*counts, *(str(value) for value in chosen)}, key=lambda value: (order(value), value))
    return tuple(FacetCount(value, counts.get(value, 0)) for value in values)


def _dictionary_order(name: str) -> tuple[str, str]:
    """Sorts names as a Thai dictionary does: by consonants first, a leading vowel after its consonant."""
    plain = _LEADING_VOWEL.sub(r"\2\1", _TONES.sub("", name.lower()))
    return plain, name
