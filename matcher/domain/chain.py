"""Value chains: roles, who sells to whom, and how well an offer fits a need on the chain."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matcher.domain.words import Stage

EVERYWHERE = "all"
"""Code of the table whose roles exist in every cluster."""

RoleKey = tuple[str, str]
"""A cluster's code and a role's code."""


class EdgeKind(StrEnum):
    """How goods flow from a seller's role to a buyer's role."""

    DIRECT = "direct"
    SKIP_TIER = "skip_tier"
    SAME_TIER = "same_tier"
    RETURN_FLOW = "return_flow"
    SUPPORT = "support"
    NONE = "none"


EDGE_TH = {
    EdgeKind.DIRECT: "ขายตรงตามห่วงโซ่",
    EdgeKind.SKIP_TIER: "ขายข้ามขั้น",
    EdgeKind.SAME_TIER: "ร่วมงานในขั้นเดียวกัน",
    EdgeKind.RETURN_FLOW: "ของเหลือย้อนกลับเป็นวัตถุดิบ",
    EdgeKind.SUPPORT: "บริการสนับสนุน",
    EdgeKind.NONE: "ไม่มีเส้นทางในห่วงโซ่",
}

EDGE_VALUE = {
    EdgeKind.DIRECT: 1.0,
    EdgeKind.RETURN_FLOW: 0.8,
    EdgeKind.SUPPORT: 0.7,
    EdgeKind.SKIP_TIER: 0.6,
    EdgeKind.SAME_TIER: 0.4,
    EdgeKind.NONE: 0.0,
}
"""How usual a deal over such an edge is, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Role:
    """A node of a cluster's chain."""

    cluster: str
    code: str
    stage: Stage
    th: str
    en: str
    words: tuple[str, ...] = ()

    @property
    def key(self) -> RoleKey:
        """Cluster and code."""
        return (self.cluster, self.code)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster and its roles in the order of the file."""

    code: str
    th: str
    en: str
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class ChainFit:
    """How an offer fits a need on the chain.

    Attributes:
        kind: The kind of edge used.
        seller: The seller's role, or None where only its stage is known.
        buyer: The buyer's role, or None likewise.
        value: In [0, 1]; 1 for a direct sale between known roles.
    """

    kind: EdgeKind
    seller: Role | None
    buyer: Role | None
    value: float


@dataclass(frozen=True, slots=True)
class Chains:
    """All clusters with their edges, across clusters too."""

    clusters: Mapping[str, Cluster]
    sells_to: Mapping[RoleKey, frozenset[RoleKey]]
    returns_to: Mapping[RoleKey, frozenset[RoleKey]]
    everywhere: Mapping[str, Role] = field(default_factory=dict)
    _kinds: dict[tuple[RoleKey, RoleKey], EdgeKind] = field(default_factory=dict, compare=False, repr=False)

    def role(self, cluster: str | None, code: str | None) -> Role | None:
        """The role with this code, of the cluster or of those that exist everywhere."""
        if code is None or cluster is None or cluster not in self.clusters:
            return None
        return self.clusters[cluster].roles.get(code) or self.everywhere.get(code)

    def roles_of(self, cluster: str) -> list[Role]:
        """Every role a firm of the cluster can play, those that exist everywhere last."""
        return [*self.clusters[cluster].roles.values(), *self.everywhere.values()]

    def edge(self, seller: Role, buyer: Role) -> EdgeKind:
        """The best kind of edge from one role to another."""
        key = (seller.key, buyer.key)
        if key not in self._kinds:
            self._kinds[key] = self._find_edge(seller, buyer)
        return self._kinds[key]

    def stage_edge(self, cluster: str, seller: Stage, buyer: Stage) -> EdgeKind:
        """The best kind of edge between two stages of one cluster, where roles are unknown."""
        roles = self.roles_of(cluster)
        kinds = {
            self.edge(one, other)
            for one in roles
            if one.stage is seller
            for other in roles
            if other.stage is buyer and one is not other
        }
        return max(kinds or {EdgeKind.NONE}, key=lambda kind: EDGE_VALUE[kind])

    def fit(
        self,
        *,
        cluster: str | None,
        seller: Role | None,
        buyer: Role | None,
        seller_stage: Stage | None = None,
        buyer_stage: Stage | None = None,
    ) -> ChainFit:
        """How well a sale from one place of a chain to another fits, with the edge it uses.

        Roles are used where both are known, else stages; a fit from stages alone counts nine tenths.
        With neither there is no edge.
        """
        if seller and buyer:
            kind = self.edge(seller, buyer)
            return ChainFit(kind, seller, buyer, EDGE_VALUE[kind])
        sells = seller.stage if seller else seller_stage
        buys = buyer.stage if buyer else buyer_stage
        if cluster is None or cluster not in self.clusters or sells is None or buys is None:
            return ChainFit(EdgeKind.NONE, seller, buyer, 0.0)
        kind = self.stage_edge(cluster, sells, buys)
        return ChainFit(kind, seller, buyer, 0.9 * EDGE_VALUE[kind])

    def _find_edge(self, seller: Role, buyer: Role) -> EdgeKind:
        if buyer.key in self.sells_to.get(seller.key, frozenset()):
            return EdgeKind.DIRECT
        if buyer.key in self.returns_to.get(seller.key, frozenset()):
            return EdgeKind.RETURN_FLOW
        if seller.stage is Stage.SUPPORT:
            return EdgeKind.SUPPORT
        if self._reaches(seller.key, buyer.key):
            return EdgeKind.SKIP_TIER
        if seller.stage is buyer.stage and seller.cluster == buyer.cluster:
            return EdgeKind.SAME_TIER
        return EdgeKind.NONE

    def _reaches(self, start: RoleKey, goal: RoleKey) -> bool:
        seen = {start}
        queue = deque([start])
        while queue:
            for key in self.sells_to.get(queue.popleft(), frozenset()) - seen:
                if key == goal:
                    return True
                seen.add(key)
                queue.append(key)
        return False
