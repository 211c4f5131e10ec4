"""How well a catalog covers each cluster's chain: who offers and who needs what, by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain import Chains, Cluster, Stage
from matcher.engine.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Coverage:
    """One cluster's supply and demand.

    Attributes:
        firms: Firms with a position, an offer or a need in the cluster.
        provinces: Provinces they stand in.
        offers: Offers by stage.
        needs: Needs by stage sought.
        gaps: Stages that are sought and have no offer.
    """

    cluster: Cluster
    firms: int
    provinces: int
    offers: Mapping[Stage, int]
    needs: Mapping[Stage, int]
    gaps: tuple[Stage, ...]


def coverage(catalog: Catalog, chains: Chains) -> list[Coverage]:
    """Coverage of every cluster, in the order of the chains file."""
    return [_cover(catalog, cluster) for cluster in chains.clusters.values()]


def _cover(catalog: Catalog, cluster: Cluster) -> Coverage:
    firms = [
        firm
        for firm in catalog.living
        if cluster.code in {*(p.cluster for p in firm.positions), *(o.cluster for o in firm.offers)}
        or cluster.code in {n.cluster for n in firm.needs}
    ]
    offers = Counter(one.stage for firm in firms for one in firm.offers if one.cluster == cluster.code)
    needs = Counter(one.stage_sought for firm in firms for one in firm.needs if one.cluster == cluster.code)
    return Coverage(
        cluster=cluster,
        firms=len(firms),
        provinces=len({firm.province_th for firm in firms if firm.province_th}),
        offers={stage: offers[stage] for stage in Stage},
        needs={stage: needs[stage] for stage in Stage},
        gaps=tuple(stage for stage in Stage if needs[stage] and not offers[stage]),
    )
