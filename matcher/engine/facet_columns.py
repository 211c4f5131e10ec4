"""Facet values of firms in columns, and how they are counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from indexes import Mask, Rows
from matcher.domain import Certificates, Firm, Stage
from matcher.engine.catalog import Filters
from matcher.engine.layout import Owned


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
class _Column:
    """Values of firms, several a firm or none.

    Attributes:
        names: Each value once; the empty one, for no value, is the first.
        owned: Which rows are of which firm.
        values: int64 (n,) places in `names`.
    """

    names: tuple[str, ...]
    owned: Owned
    values: Rows

    @classmethod
    def of(cls, values: Iterable[Sequence[str | None]]) -> _Column:
        """From the values of each firm."""
        ids = {"": 0}
        counts, coded = [], []
        for of_firm in values:
            counts.append(len(of_firm))
            coded += [ids.setdefault(str(value or ""), len(ids)) for value in of_firm]
        return cls(tuple(ids), Owned.counted(counts), np.array(coded, np.int64))

    def followed_by(self, other: _Column) -> _Column:
        """Both, the other's firms numbered on."""
        ids = {name: at for at, name in enumerate(dict.fromkeys((*self.names, *other.names)))}
        place = np.array([ids[name] for name in other.names], np.int64)
        owned, values = self.owned.followed_by(other.owned), np.concatenate([self.values, place[other.values]])
        return _Column(tuple(ids), owned, values)

    @property
    def firms(self) -> Rows:
        """int64 (n,), the firm of each value."""
        return self.owned.owner

    def only(self, firms: Rows) -> tuple[_Column, Rows]:
        """Some firms alone, int64 (n,), numbered in their order; and the rows that stay."""
        owned, rows = self.owned.only(firms)
        return _Column(self.names, owned, self.values[rows]), rows

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


@dataclass(frozen=True, slots=True)
class Columns:
    """The facet values of n firms.

    Attributes:
        clusters: Of offers and positions; `stages` has the same rows.
        held: Certificates, with the last day of each as an ordinal in `held_until`, int64.
    """

    n_firms: int
    clusters: _Column
    stages: _Column
    provinces: _Column
    held: _Column
    held_until: Rows

    @classmethod
    def of(cls, firms: Sequence[Firm], certificates: Certificates) -> Columns:
        """Lay out some firms."""
        held = _held(firms, certificates)
        return cls(
            len(firms),
            _Column.of([cluster for cluster, _ in places] for places in map(_places, firms)),
            _Column.of([stage for _, stage in places] for places in map(_places, firms)),
            _Column.of([firm.province_th] for firm in firms),
            _Column.of([code for code, _ in of_firm] for of_firm in held),
            np.array([until for of_firm in held for _, until in of_firm], np.int64),
        )

    def followed_by(self, other: Columns) -> Columns:
        """Both, the other's firms numbered on."""
        return Columns(
            self.n_firms + other.n_firms,
            self.clusters.followed_by(other.clusters),
            self.stages.followed_by(other.stages),
            self.provinces.followed_by(other.provinces),
            self.held.followed_by(other.held),
            np.concatenate([self.held_until, other.held_until]),
        )

    def only(self, firms: Rows) -> Columns:
        """Some firms alone, int64 (n,), numbered in their order."""
        held, rows = self.held.only(firms)
        clusters, stages, provinces = (column.only(firms)[0] for column in (self.clusters, self.stages, self.provinces))
        return Columns(len(firms), clusters, stages, provinces, held, self.held_until[rows])

    def placed(self, chosen: Filters) -> Mask:
        """Bool (n_firms,): firms with a place of a chosen cluster and stage; all where none is chosen."""
        if not (chosen.clusters or chosen.stages):
            return np.ones(self.n_firms, np.bool_)
        mask = np.zeros(self.n_firms, np.bool_)
        mask[self.clusters.firms[self.clusters.among(chosen.clusters) & self.stages.among(chosen.stages)]] = True
        return mask

    def certified(self, codes: frozenset[str], *, on: date) -> Mask:
        """Bool (n_firms,): firms that hold every one of the codes on a day."""
        mask = np.ones(self.n_firms, np.bool_)
        for code in codes:
            holders = np.zeros_like(mask)
            holders[self.held.firms[self.held.among({code}) & (self.held_until >= on.toordinal())]] = True
            mask &= holders
        return mask

    def count(self, firms: Mask, chosen: Filters, *, on: date, order: Mapping[str, int]) -> Facets:
        """Count the values of some firms, bool (n_firms,); clusters are listed in an order."""
        in_cluster, at_stage = self.clusters.among(chosen.clusters), self.stages.among(chosen.stages)
        in_province = np.zeros(self.n_firms, np.bool_)
        in_province[self.provinces.firms[self.provinces.among(chosen.provinces)]] = True
        certified = firms & self.certified(chosen.certificates, on=on)
        placed = certified & self.placed(chosen)
        passing = placed & in_province
        nearby = (certified & in_province)[self.clusters.firms]
        cluster = self.clusters.counts(nearby & at_stage)
        stage = self.stages.counts(nearby & in_cluster)
        province = self.provinces.counts(placed[self.provinces.firms])
        holds = self.held_until >= on.toordinal()
        certificate = self.held.counts(holds & passing[self.held.firms])
        return Facets(
            clusters=_listed(cluster, chosen.clusters, lambda code: order.get(code, len(order))),
            stages=_listed(stage, chosen.stages, lambda stage: list(Stage).index(Stage(stage))),
            provinces=_listed(province, chosen.provinces, lambda name: -province.get(name, 0)),
            certificates=_listed(certificate, chosen.certificates, lambda code: -certificate.get(code, 0)),
            firms=int(passing.sum()),
        )


def _places(firm: Firm) -> list[tuple[str | None, Stage | None]]:
    """Cluster and stage of each of a firm's offers and positions."""
    return [*((one.cluster, one.stage) for one in firm.offers), *((one.cluster, one.stage) for one in firm.positions)]


def _held(firms: Iterable[Firm], certificates: Certificates) -> list[list[tuple[str, int]]]:
    """Code and last day (as an ordinal) of each firm's certificates and of those they cover."""
    known: dict[str, str] = {}  # finding a canonical name is slow, and firms write the same few
    held: list[list[tuple[str, int]]] = []
    for firm in firms:
        held.append([])
        for one in firm.certificates:
            if one.code not in known:
                known[one.code] = certificates.canonical(one.code)
            code = known[one.code]
            until = (one.expires or date.max).toordinal()
            held[-1] += [(covered, until) for covered in certificates.covers.get(code, {code})]
    return held


def _listed(counts: Mapping[str, int], chosen: Iterable[str], order: Callable[[str], int]) -> tuple[FacetCount, ...]:
    values = sorted({*counts, *(str(value) for value in chosen)}, key=lambda value: (order(value), value))
    return tuple(FacetCount(value, counts.get(value, 0)) for value in values)
