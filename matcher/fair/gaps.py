"""The chain gap report: in each cluster, which links have demand and no supply, or supply and no demand.

Needs and offers are placed on roles by what `Roles` says of them: the likeliest, and with its chance,
so that a report says how sure it is. A need for a supplier is demand for the role sought and, with the
asking firm's own role, for an edge of the chain; a need for buyers offers what its firm sells.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from matcher.domain import EdgeKind, Province, Role, Stage
from matcher.domain.places import REGIONS
from matcher.engine import Engine
from matcher.engine.answer import Sentence
from matcher.fair.placed import Placed, placed_needs, placed_offers

UNSURE = 0.25
"""Chance of the likeliest role under which an offer or a need is placed nowhere."""


@dataclass(frozen=True, slots=True)
class RoleGap:
    """A role of a cluster's chain among some firms.

    Attributes:
        offers: Ids of the offers placed on it.
        needs: Ids of the needs that look for it.
        firms_offering: How many firms offer it; `firms_seeking` likewise.
        sureness: Mean chance with which they were placed, in [0, 1].
        regions_offering: How many of the firms stand in each region; `regions_seeking` likewise.
        provinces_offering: How many of the firms stand in each province, by its Thai name; `provinces_seeking`
            likewise.
    """

    cluster: str
    role: str
    stage: Stage
    th: str
    en: str
    offers: tuple[str, ...]
    needs: tuple[str, ...]
    firms_offering: int
    firms_seeking: int
    sureness: float
    regions_offering: dict[str, int] = field(default_factory=dict)
    regions_seeking: dict[str, int] = field(default_factory=dict)
    provinces_offering: dict[str, int] = field(default_factory=dict)
    provinces_seeking: dict[str, int] = field(default_factory=dict)

    def by_province(self) -> Iterator[ProvinceGap]:
        """Its rows of the table of provinces, by name; firms that state no province stand in none."""
        for province in sorted({*self.provinces_offering, *self.provinces_seeking}):
            offering = self.provinces_offering.get(province, 0)
            yield ProvinceGap(
                self.cluster,
                province,
                self.role,
                seeking=self.provinces_seeking.get(province, 0),
                offering=offering,
                elsewhere=self.firms_offering - offering,
            )

    @property
    def missing(self) -> bool:
        """Sought, and nobody offers it."""
        return bool(self.needs) and not self.offers

    @property
    def unsought(self) -> bool:
        """Offered, and nobody looks for it."""
        return bool(self.offers) and not self.needs


@dataclass(frozen=True, slots=True)
class EdgeGap:
    """Demand that waits on an edge of the chain.

    Attributes:
        cluster: Of the seller; of the buyer where the seller's role is support.
        seller: Code of the role sought; `buyer` of the role that asks.
        buyer_cluster: Of the buyer's role, which may be another one; `seller_cluster` likewise.
        kind: How goods flow on it.
        needs: Ids of the needs that wait.
        supply: Offers on the seller's role.
    """

    cluster: str
    seller: str
    buyer: str
    kind: EdgeKind
    needs: tuple[str, ...]
    supply: int
    seller_cluster: str
    buyer_cluster: str


@dataclass(frozen=True, slots=True)
class ProvinceGap:
    """A role among the firms of one province.

    Attributes:
        province: Thai name.
        seeking: Firms of the province that look for the role; `offering` those that offer it.
        elsewhere: Firms of other provinces that offer it.
    """

    cluster: str
    province: str
    role: str
    seeking: int
    offering: int
    elsewhere: int

    @property
    def missing(self) -> bool:
        """Sought in the province, and offered by nobody there."""
        return bool(self.seeking) and not self.offering


@dataclass(frozen=True, slots=True)
class Gaps:
    """The whole report.

    Attributes:
        roles: Those that are offered or sought, in the order of the chains file.
        edges: Those with demand, most needs first.
        missing_links: The missing roles in words, most needs first.
        regional: Roles that are sought in a region, and offered in others alone.
        unplaced: Offers and needs that are placed nowhere.
    """

    roles: tuple[RoleGap, ...]
    edges: tuple[EdgeGap, ...]
    missing_links: tuple[Sentence, ...]
    regional: tuple[Sentence, ...]
    unplaced: int

    @property
    def provinces(self) -> tuple[ProvinceGap, ...]:
        """Demand and supply of every cluster, province and role in which there is any, in this order."""
        rows = (row for role in self.roles for row in role.by_province())
        return tuple(sorted(rows, key=lambda row: (row.cluster, row.province, row.role)))

    def of(self, cluster: str) -> Gaps:
        """What of the report speaks of one cluster; what is placed nowhere still counts for all."""
        roles = tuple(role for role in self.roles if role.cluster == cluster)
        missing = zip(_most_sought(role for role in self.roles if role.missing), self.missing_links, strict=True)
        return replace(
            self,
            roles=roles,
            edges=tuple(edge for edge in self.edges if edge.cluster == cluster),
            missing_links=tuple(sentence for role, sentence in missing if role.cluster == cluster),
            regional=tuple(sentence for role in roles for sentence in _regional(role)),
        )

    def as_json(self) -> bytes:
        """UTF-8, keys sorted, a newline at the end."""
        table = asdict(self)
        for row, role in zip(table["roles"], self.roles, strict=True):
            row |= {"missing": role.missing, "unsought": role.unsought}
        table["provinces"] = [asdict(row) | {"missing": row.missing} for row in self.provinces]
        return (json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def chain_gaps(engine: Engine, firm_ids: Sequence[str], *, province: str | None = None) -> Gaps:
    """What the chains of some firms lack.

    Args:
        engine: Over the catalog.
        firm_ids: The participants.
        province: Only firms of this province, by its Thai name; None takes all.
    """
    chosen = set(firm_ids)
    catalog = engine.built.catalog
    rows = [
        row
        for row, firm in enumerate(catalog.firms)
        if firm.id in chosen and catalog.alive[row] and province in (None, firm.province_th)
    ]
    offers, needs = placed_offers(engine, rows), placed_needs(engine, rows)
    sure_offers = [one for one in offers if one.chance >= UNSURE]
    sure_needs = [one for one in needs if one.chance >= UNSURE]
    roles = _role_gaps(engine, sure_offers, sure_needs)
    edges = _edge_gaps(engine, sure_offers, sure_needs)
    return Gaps(
        roles=roles,
        edges=edges,
        missing_links=tuple(_missing_link(gap, engine) for gap in _most_sought(g for g in roles if g.missing)),
        regional=tuple(sentence for gap in roles for sentence in _regional(gap)),
        unplaced=len(offers) + len(needs) - len(sure_offers) - len(sure_needs),
    )


def _role_gaps(engine: Engine, offers: Sequence[Placed], needs: Sequence[Placed]) -> tuple[RoleGap, ...]:
    by_role: dict[int, tuple[list[Placed], list[Placed]]] = defaultdict(lambda: ([], []))
    for one in offers:
        by_role[one.role][0].append(one)
    for one in needs:
        by_role[one.role][1].append(one)
    return tuple(_role_gap(engine, engine.built.roles.all[role], *by_role[role]) for role in sorted(by_role))


def _role_gap(engine: Engine, role: Role, offers: Sequence[Placed], needs: Sequence[Placed]) -> RoleGap:
    return RoleGap(
        cluster=role.cluster,
        role=role.code,
        stage=role.stage,
        th=role.th,
        en=role.en,
        offers=tuple(sorted(one.id for one in offers)),
        needs=tuple(sorted(one.id for one in needs)),
        firms_offering=len({one.firm.id for one in offers}),
        firms_seeking=len({one.firm.id for one in needs}),
        sureness=round(float(np.mean([one.chance for one in (*offers, *needs)])), 3),
        regions_offering=_counted(province.region for province in _provinces(engine, offers)),
        regions_seeking=_counted(province.region for province in _provinces(engine, needs)),
        provinces_offering=_counted(province.th for province in _provinces(engine, offers)),
        provinces_seeking=_counted(province.th for province in _provinces(engine, needs)),
    )


def _provinces(engine: Engine, placed: Iterable[Placed]) -> list[Province]:
    """The province of each firm that states one."""
    firms = {one.firm.id: one.firm for one in placed}.values()
    found = (engine.provinces.by_th.get(firm.province_th or "") for firm in firms)
    return [province for province in found if province is not None]


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _edge_gaps(engine: Engine, offers: Sequence[Placed], needs: Sequence[Placed]) -> tuple[EdgeGap, ...]:
    roles = engine.built.roles
    waiting: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one in needs:
        if one.own >= 0:
            waiting[one.role, one.own].append(one.id)
    found = [
        EdgeGap(
            cluster=roles.all[seller].cluster
            if roles.all[seller].stage is not Stage.SUPPORT
            else roles.all[buyer].cluster,
            seller=roles.all[seller].code,
            buyer=roles.all[buyer].code,
            kind=roles.chains.edge(roles.all[seller], roles.all[buyer]),
            needs=tuple(sorted(ids)),
            supply=sum(one.role == seller for one in offers),
            seller_cluster=roles.all[seller].cluster,
            buyer_cluster=roles.all[buyer].cluster,
        )
        for (seller, buyer), ids in waiting.items()
    ]
    return tuple(sorted(found, key=lambda gap: (-len(gap.needs), gap.cluster, gap.seller, gap.buyer)))


def _most_sought(gaps: Iterable[RoleGap]) -> list[RoleGap]:
    return sorted(gaps, key=lambda gap: (-gap.firms_seeking, gap.cluster, gap.role))


def _missing_link(gap: RoleGap, engine: Engine) -> Sentence:
    cluster = engine.built.roles.chains.clusters.get(gap.cluster)
    where_th, where_en = (cluster.th, cluster.en) if cluster else ("ทุกคลัสเตอร์", "every cluster")
    return Sentence(
        f"{where_th}: ขาด “{gap.th}” มี {gap.firms_seeking} กิจการมองหา {len(gap.needs)} รายการ แต่ไม่มีผู้เสนอ",
        f"{where_en}: “{gap.en}” is missing: {gap.firms_seeking} firms look for it in {len(gap.needs)} needs, "
        "nobody offers it",
    )


def _regional(gap: RoleGap) -> list[Sentence]:
    """Regions in which a role is sought, and offered only elsewhere."""
    if not gap.offers:
        return []
    elsewhere = ", ".join(f"{region} {count}" for region, count in gap.regions_offering.items())
    elsewhere_th = ", ".join(f"{REGIONS[region][0]} {count}" for region, count in gap.regions_offering.items())
    return [
        Sentence(
            f"{gap.th}: {REGIONS[region][0]}มี {count} กิจการมองหา แต่ผู้เสนออยู่ภาคอื่น ({elsewhere_th})",
            f"{gap.en}: {count} firms of the {region} look for it, those who offer it are elsewhere ({elsewhere})",
        )
        for region, count in gap.regions_seeking.items()
        if region not in gap.regions_offering and elsewhere
    ]
