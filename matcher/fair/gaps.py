"""The chain gap report: in each cluster, which links have demand and no supply, or supply and no demand.

Needs and offers are placed on roles by what `Roles` says of them: the likeliest, and with its chance,
so that a report says how sure it is. A need for a supplier is demand for the role sought and, with the
asking firm's own role, for an edge of the chain; a need for buyers offers what its firm sells.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from matcher.domain import EdgeKind, Firm, Role, Seeking, Stage
from matcher.engine import Engine
from matcher.engine.answer import Sentence
from matcher.engine.understand import EDGE_FLOOR

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
        seller: Code of the role sought; `buyer` of the role that asks.
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

    def as_json(self) -> bytes:
        """UTF-8, keys sorted, a newline at the end."""
        table = asdict(self)
        for row, role in zip(table["roles"], self.roles, strict=True):
            row |= {"missing": role.missing, "unsought": role.unsought}
        return (json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Placed:
    """An offer or a need on a role."""

    id: str
    firm: Firm
    role: int
    chance: float
    own: int = -1


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
    offers, needs = _offers(engine, rows), _needs(engine, rows)
    placed_offers = [one for one in offers if one.chance >= UNSURE]
    placed_needs = [one for one in needs if one.chance >= UNSURE]
    roles = _role_gaps(engine, placed_offers, placed_needs)
    edges = _edge_gaps(engine, placed_offers, placed_needs)
    return Gaps(
        roles=roles,
        edges=edges,
        missing_links=tuple(_missing_link(gap, edges, engine) for gap in _most_sought(g for g in roles if g.missing)),
        regional=tuple(sentence for gap in roles for sentence in _regional(gap)),
        unplaced=len(offers) + len(needs) - len(placed_offers) - len(placed_needs),
    )


def _offers(engine: Engine, rows: Sequence[int]) -> list[_Placed]:
    built, chosen = engine.built, set(rows)
    return [
        _Placed(offer.id, built.catalog.firms[firm], int(chances.argmax()), float(chances.max()))
        for offer, firm, chances in zip(
            built.catalog.offers, built.catalog.offer_firm.tolist(), built.offer_roles, strict=True
        )
        if firm in chosen
    ]


def _needs(engine: Engine, rows: Sequence[int]) -> list[_Placed]:
    """Needs for suppliers and partners, each with the role that asks: the own one that fits best."""
    built, chosen, found = engine.built, set(rows), []
    for row, firm in enumerate(built.catalog.need_firm.tolist()):
        brief = engine.understand.need(row) if firm in chosen else None
        if brief is None or brief.seeking is Seeking.BUYER:
            continue
        role = int(brief.roles.argmax())
        fits = built.firm_roles[firm] * (EDGE_FLOOR + built.roles.edges[role])
        own = int(fits.argmax()) if fits.any() else -1
        need = built.catalog.needs[row]
        found.append(_Placed(need.id, built.catalog.firms[firm], role, float(brief.roles.max()), own))
    return found


def _role_gaps(engine: Engine, offers: Sequence[_Placed], needs: Sequence[_Placed]) -> tuple[RoleGap, ...]:
    by_role: dict[int, tuple[list[_Placed], list[_Placed]]] = defaultdict(lambda: ([], []))
    for one in offers:
        by_role[one.role][0].append(one)
    for one in needs:
        by_role[one.role][1].append(one)
    return tuple(_role_gap(engine, engine.built.roles.all[role], *by_role[role]) for role in sorted(by_role))


def _role_gap(engine: Engine, role: Role, offers: Sequence[_Placed], needs: Sequence[_Placed]) -> RoleGap:
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
        regions_offering=_regions(engine, offers),
        regions_seeking=_regions(engine, needs),
    )


def _regions(engine: Engine, placed: Iterable[_Placed]) -> dict[str, int]:
    """Firms by region, by its code; those that state no province are left out."""
    firms = {one.firm.id: one.firm for one in placed}
    counts: dict[str, int] = {}
    for firm in firms.values():
        province = engine.provinces.by_th.get(firm.province_th or "")
        if province is not None:
            region = province.region
            counts[region] = counts.get(region, 0) + 1
    return dict(sorted(counts.items()))


def _edge_gaps(engine: Engine, offers: Sequence[_Placed], needs: Sequence[_Placed]) -> tuple[EdgeGap, ...]:
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
        )
        for (seller, buyer), ids in waiting.items()
    ]
    return tuple(sorted(found, key=lambda gap: (-len(gap.needs), gap.cluster, gap.seller, gap.buyer)))


def _most_sought(gaps: Iterable[RoleGap]) -> list[RoleGap]:
    return sorted(gaps, key=lambda gap: (-gap.firms_seeking, gap.cluster, gap.role))


def _missing_link(gap: RoleGap, edges: Sequence[EdgeGap], engine: Engine) -> Sentence:
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
    return [
        Sentence(
            f"{gap.th}: ภาค {region} มี {count} กิจการมองหา ผู้เสนออยู่ภาคอื่น ({elsewhere})",
            f"{gap.en}: {count} firms of the {region} look for it, those who offer it are elsewhere ({elsewhere})",
        )
        for region, count in gap.regions_seeking.items()
        if region not in gap.regions_offering and elsewhere
    ]
