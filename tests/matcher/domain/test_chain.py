from __future__ import annotations

import itertools

import pytest

from matcher.domain import EDGE_VALUE, EdgeKind, Stage, load_chains
from matcher.domain.chain import EDGE_TH
from tests.matcher.domain.small import SMALL


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    path = tmp_path_factory.mktemp("chains") / "small.toml"
    path.write_text(SMALL, "utf-8")
    return load_chains(path)


def role(chains, name):
    cluster, code = name.split("/")
    return chains.role(cluster, code)


@pytest.mark.parametrize(
    ("seller", "buyer", "kind"),
    [
        ("silk/U1", "silk/U2", EdgeKind.DIRECT),
        ("silk/M1", "silk/D1", EdgeKind.DIRECT),
        ("silk/M1", "spa/M1", EdgeKind.DIRECT),
        ("silk/S1", "silk/M1", EdgeKind.DIRECT),
        ("silk/M1", "silk/U1", EdgeKind.RETURN_FLOW),
        ("silk/M1", "spa/U1", EdgeKind.RETURN_FLOW),
        ("silk/S1", "silk/D1", EdgeKind.SUPPORT),
        ("silk/LOG", "silk/U1", EdgeKind.SUPPORT),
        ("silk/LOG", "spa/D1", EdgeKind.SUPPORT),
        ("silk/S1", "silk/S1", EdgeKind.SUPPORT),
        ("silk/U1", "silk/M1", EdgeKind.SKIP_TIER),
        ("silk/U1", "silk/D1", EdgeKind.SKIP_TIER),
        ("silk/U1", "spa/D1", EdgeKind.SKIP_TIER),
        ("spa/U1", "spa/D1", EdgeKind.SKIP_TIER),
        ("silk/U2", "silk/U1", EdgeKind.SAME_TIER),
        ("silk/U1", "silk/U1", EdgeKind.SAME_TIER),
        ("silk/D1", "silk/M1", EdgeKind.NONE),
        ("silk/D1", "silk/U1", EdgeKind.NONE),
        ("silk/D1", "spa/D1", EdgeKind.NONE),
        ("spa/M1", "silk/D1", EdgeKind.NONE),
        ("silk/U1", "silk/LOG", EdgeKind.NONE),
    ],
)
def test_the_kind_of_edge_between_two_roles(chains, seller, buyer, kind):
    assert chains.edge(role(chains, seller), role(chains, buyer)) is kind


def test_kinds_of_edges_are_valued_in_their_order_and_named_in_thai():
    in_order = [
        EdgeKind.DIRECT, EdgeKind.RETURN_FLOW, EdgeKind.SUPPORT, EdgeKind.SKIP_TIER, EdgeKind.SAME_TIER, EdgeKind.NONE,
    ]  # fmt: skip
    assert sorted(EdgeKind, key=lambda kind: -EDGE_VALUE[kind]) == in_order
    assert [EDGE_VALUE[EdgeKind.DIRECT], EDGE_VALUE[EdgeKind.NONE]] == [1.0, 0.0]
    assert len(set(EDGE_VALUE.values())) == len(EdgeKind)
    assert set(EDGE_TH) == set(EdgeKind)


@pytest.mark.parametrize("seller_stage", [None, *Stage])
def test_two_known_roles_fit_as_their_edge_whatever_the_stages_say(chains, seller_stage):
    seller, buyer = role(chains, "silk/U1"), role(chains, "silk/U2")
    fit = chains.fit(cluster=None, seller=seller, buyer=buyer, seller_stage=seller_stage, buyer_stage=Stage.SUPPORT)
    assert (fit.kind, fit.seller, fit.buyer, fit.value) == (EdgeKind.DIRECT, seller, buyer, 1.0)


@pytest.mark.parametrize(
    ("seller", "buyer", "kind"),
    [
        (Stage.UPSTREAM, Stage.MIDSTREAM, EdgeKind.DIRECT),
        (Stage.UPSTREAM, Stage.UPSTREAM, EdgeKind.DIRECT),
        (Stage.UPSTREAM, Stage.DOWNSTREAM, EdgeKind.SKIP_TIER),
        (Stage.MIDSTREAM, Stage.UPSTREAM, EdgeKind.RETURN_FLOW),
        (Stage.MIDSTREAM, Stage.MIDSTREAM, EdgeKind.NONE),
        (Stage.DOWNSTREAM, Stage.UPSTREAM, EdgeKind.NONE),
        (Stage.SUPPORT, Stage.MIDSTREAM, EdgeKind.DIRECT),
        (Stage.SUPPORT, Stage.DOWNSTREAM, EdgeKind.SUPPORT),
        (Stage.UPSTREAM, Stage.SUPPORT, EdgeKind.NONE),
    ],
)
def test_stages_alone_fit_as_their_best_edge_less_a_tenth(chains, seller, buyer, kind):
    fit = chains.fit(cluster="silk", seller=None, buyer=None, seller_stage=seller, buyer_stage=buyer)
    assert (fit.kind, fit.seller, fit.buyer) == (kind, None, None)
    assert fit.value == pytest.approx(0.9 * EDGE_VALUE[kind])


def test_a_known_role_stands_for_its_stage_where_the_other_is_unknown(chains):
    seller = role(chains, "silk/M1")
    fit = chains.fit(
        cluster="silk", seller=seller, buyer=None, seller_stage=Stage.DOWNSTREAM, buyer_stage=Stage.DOWNSTREAM
    )
    assert (fit.kind, fit.seller, fit.value) == (EdgeKind.DIRECT, seller, 0.9)


def test_support_is_support_in_a_cluster_whose_only_support_roles_exist_everywhere(chains):
    fit = chains.fit(cluster="spa", seller=None, buyer=None, seller_stage=Stage.SUPPORT, buyer_stage=Stage.DOWNSTREAM)
    assert fit.kind is EdgeKind.SUPPORT


@pytest.mark.parametrize("cluster", [None, "silk", "moon"])
def test_without_roles_and_stages_there_is_no_edge(chains, cluster):
    for seller_stage, buyer_stage in [(None, None), (Stage.UPSTREAM, None), (None, Stage.UPSTREAM)]:
        fit = chains.fit(cluster=cluster, seller=None, buyer=None, seller_stage=seller_stage, buyer_stage=buyer_stage)
        assert (fit.kind, fit.value) == (EdgeKind.NONE, 0.0)


@pytest.mark.parametrize("cluster", [None, "moon"])
def test_stages_of_no_known_cluster_have_no_edge(chains, cluster):
    fit = chains.fit(cluster=cluster, seller=None, buyer=None, seller_stage=Stage.UPSTREAM, buyer_stage=Stage.MIDSTREAM)
    assert (fit.kind, fit.value) == (EdgeKind.NONE, 0.0)


def test_every_pair_of_bundled_roles_agrees_with_a_walk_of_the_edges():
    chains = load_chains()
    roles = [one for cluster in chains.clusters.values() for one in cluster.roles.values()]
    reach = {one.key: set(chains.sells_to.get(one.key, ())) for one in roles}
    changed = True
    while changed:
        changed = False
        for bought in reach.values():
            more = {key for buyer in bought for key in reach.get(buyer, ())}
            changed = changed or not more <= bought
            bought |= more
    for seller, buyer in itertools.product(roles, roles):
        kind = chains.edge(seller, buyer)
        assert (kind is EdgeKind.DIRECT) == (buyer.key in chains.sells_to.get(seller.key, ()))
        if kind is EdgeKind.SKIP_TIER:
            assert buyer.key in reach[seller.key]
        if kind in {EdgeKind.SAME_TIER, EdgeKind.NONE} and seller is not buyer:
            assert buyer.key not in reach[seller.key]
        if kind is EdgeKind.SAME_TIER:
            assert (seller.cluster, seller.stage) == (buyer.cluster, buyer.stage)
