"""Parts of the dense index of offers: one for each cluster and stage, so that a search within some reads no other.

Part 0 is for offers of no known cluster or stage; numbers follow the order of the chains' clusters.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from indexes import Parts
from matcher.domain import Chains, Offer, Stage
from matcher.engine.catalog import Filters

_STAGES = tuple(Stage)


def parts_of(offers: Iterable[Offer], chains: Chains) -> Parts:
    """The part of each offer, int16 (n,)."""
    numbers = _numbers(chains)
    return np.array([numbers.get((offer.cluster, offer.stage), 0) for offer in offers], np.int16)


def parts_within(filters: Filters, chains: Chains) -> frozenset[int] | None:
    """Parts that hold every offer which a filter's clusters and stages allow; None where they allow all.

    Offers in them may fail the filter still, those of part 0 for one: it is no mask.
    """
    if not filters.clusters and not filters.stages:
        return None
    numbers = _numbers(chains)
    wanted = product(filters.clusters or chains.clusters, filters.stages or _STAGES)
    return frozenset({0, *(numbers.get(place, 0) for place in wanted)})


def _numbers(chains: Chains) -> dict[tuple[str | None, Stage | None], int]:
    return {place: number for number, place in enumerate(product(chains.clusters, _STAGES), 1)}
