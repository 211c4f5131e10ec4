"""Placing things on a chain: which role an offer, a need or a few words of an owner belong to.

A role is known by the embedding of its labels and words. Similarities of E5 sit close together, so
each is taken relative to how similar the role is to other roles, scaled over the roles, and turned
into chances with a softmax. What is stated (cluster, stage) leads, but is no wall: a tenth of the
right answers stand in another cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes import Vectors
from matcher.domain import EDGE_VALUE, Chains, Role, Seeking, Stage
from matcher.engine.texts import role_text

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

TEMPERATURE = 0.5
SURE_ROLE = 0.5
"""Chance from which a role counts as fairly sure."""

OFFER_OTHER_CLUSTER = 0.02
OFFER_OTHER_STAGE = 0.05
SOUGHT_OTHER = 0.1

Chances = npt.NDArray[np.float32]
"""float32 (n, n_roles), rows sum to 1."""


@dataclass(frozen=True, slots=True)
class RoleGuess:
    """The role a text means.

    Attributes:
        sureness: In [0, 1]: the chance given to it among the roles that were allowed.
    """

    role: Role
    sureness: float


class Roles:
    """All roles of all chains with their vectors.

    Args:
        chains: The chains.
        encoder: Embeds the roles' texts.

    Attributes:
        all: Every role once; its place is its column in `Chances`.
        vectors: float32 (n_roles, dim), unit rows: the roles' texts as passages.
        clusters: Cluster of each role.
        stages: Stage of each role.
        edges: float32 (n_roles, n_roles), value in [0, 1] of a sale from each role to each.
    """

    def __init__(self, chains: Chains, encoder: Encoder) -> None:
        self.chains = chains
        self.all: tuple[Role, ...] = (
            *(role for cluster in chains.clusters.values() for role in cluster.roles.values()),
            *chains.everywhere.values(),
        )
        self.vectors = encoder.passages([role_text(role) for role in self.all])
        self._usual = (self.vectors @ self.vectors.T).mean(axis=0)
        self.clusters = np.array([role.cluster for role in self.all], np.str_)
        self.stages = np.array([role.stage for role in self.all], np.str_)
        self._everywhere = np.array([role.cluster not in chains.clusters for role in self.all])
        self.edges = np.array(
            [[EDGE_VALUE[chains.edge(seller, buyer)] for buyer in self.all] for seller in self.all],
            np.float32,
        )

    def chances(
        self,
        vectors: Vectors,
        *,
        clusters: Sequence[str | None],
        stages: Sequence[Stage | None],
        other_cluster: float,
        other_stage: float,
    ) -> Chances:
        """The chance of each role for each vector.

        Args:
            vectors: float32 (n, dim), unit rows.
            clusters: Stated cluster of each, or None.
            stages: Stated stage of each, or None.
            other_cluster: What a role of another cluster counts, in [0, 1].
            other_stage: What a role of another stage counts.
        """
        if not len(vectors):
            return np.zeros((0, len(self.all)), np.float32)
        likeness = vectors @ self.vectors.T - self._usual
        likeness -= likeness.mean(axis=1, keepdims=True)
        likeness /= likeness.std(axis=1, keepdims=True) + 1e-9
        chances = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / TEMPERATURE)
        for row, (cluster, stage) in enumerate(zip(clusters, stages, strict=True)):
            if cluster is not None:
                chances[row] *= np.where((self.clusters == cluster) | self._everywhere, 1.0, other_cluster)
            if stage is not None:
                chances[row] *= np.where(self.stages == stage, 1.0, other_stage)
        return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float32)

    def partners(self, own: npt.NDArray[np.float32], *, seeking: Seeking) -> npt.NDArray[np.float32]:
        """How usual a deal is between each role and a firm: float32 (n_roles,) in [0, 1].

        Args:
            own: float32 (n_roles,), chances of the firm's own roles.
            seeking: Suppliers sell to the firm, buyers buy from it, partners may do either.
        """
        sells, buys = self.edges @ own, own @ self.edges
        if seeking is Seeking.SUPPLIER:
            return np.asarray(sells, np.float32)
        return np.asarray(buys if seeking is Seeking.BUYER else np.maximum(sells, buys), np.float32)

    def index(self, role: Role) -> int:
        """Column of a role in `Chances`."""
        return self.all.index(role)

    def known(self, cluster: str | None, name: str | None) -> Role | None:
        """The role a code names, or None where the name is free text."""
        return self.chains.role(cluster, name)

    def nearest(self, vector: Vectors, *, cluster: str | None = None, stage: Stage | None = None) -> RoleGuess:
        """The role nearest to a text's vector, float32 (dim,), and how sure that is."""
        chances = self.chances(
            vector.reshape(1, -1),
            clusters=[cluster],
            stages=[stage],
            other_cluster=OFFER_OTHER_CLUSTER,
            other_stage=OFFER_OTHER_STAGE,
        )[0]
        best = int(chances.argmax())
        return RoleGuess(self.all[best], round(float(chances[best]), 3))
