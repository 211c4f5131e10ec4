from __future__ import annotations

import pytest

from matcher.fair import match_lists, pair_scores
from tests.matcher.fair.demo_fair import DAY, fair_of


@pytest.fixture(scope="session")
def demo_ids(demo):
    """120 firms of the demo catalog, whole clusters first."""
    return [firm.id for firm in demo.built.catalog.firms[:120]]


@pytest.fixture(scope="session")
def demo_scores(demo, demo_ids):
    """All their pairs."""
    return pair_scores(demo, demo_ids, on=DAY)


@pytest.fixture(scope="session")
def demo_lists(demo, demo_ids, demo_scores):
    """Their lists at a fair where nobody wished anything."""
    return match_lists(fair_of(demo_ids), demo_scores, engine=demo)
