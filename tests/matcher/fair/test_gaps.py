from __future__ import annotations

import json
from dataclasses import replace

import pytest

from matcher.domain import Seeking, Stage
from matcher.fair import chain_gaps


@pytest.fixture(scope="module")
def gaps(demo, demo_ids):
    """Of 120 demo firms."""
    return chain_gaps(demo, demo_ids)


def test_every_offer_and_need_stands_on_one_role_or_is_counted_as_placed_nowhere(demo, demo_ids, gaps):
    firms = [firm for firm in demo.built.catalog.living if firm.id in set(demo_ids)]
    rows = {need.id: row for row, need in enumerate(demo.built.catalog.needs)}
    buying = [
        need.id
        for firm in firms
        for need in firm.needs
        if demo.understand.need(rows[need.id]).seeking is not Seeking.BUYER
    ]
    offers = [id for gap in gaps.roles for id in gap.offers]
    needs = [id for gap in gaps.roles for id in gap.needs]
    assert len(set(offers)) == len(offers)
    assert set(needs) <= set(buying)
    assert len(offers) + len(needs) + gaps.unplaced == sum(len(firm.offers) for firm in firms) + len(buying)


def test_a_role_that_only_one_firm_offers_is_missing_once_it_leaves(demo, demo_ids, gaps):
    gap = next(one for one in gaps.roles if one.firms_offering == 1 and one.firms_seeking >= 2)
    only = next(f.id for f in demo.built.catalog.living if gap.offers[0] in {offer.id for offer in f.offers})
    without = chain_gaps(demo, [id for id in demo_ids if id != only])
    then = next(one for one in without.roles if (one.cluster, one.role) == (gap.cluster, gap.role))
    assert not gap.missing
    assert then.missing
    assert any(gap.en in sentence.en for sentence in without.missing_links)
    assert any(gap.th in sentence.th for sentence in without.missing_links)


def test_edges_name_who_waits_for_whom_along_the_chain(demo, gaps):
    chains = demo.built.roles.chains
    assert sum(len(edge.needs) for edge in gaps.edges) <= sum(len(gap.needs) for gap in gaps.roles)
    for edge in gaps.edges[:10]:
        assert edge.cluster in chains.clusters or edge.cluster == "all"
        assert edge.needs
    assert [len(edge.needs) for edge in gaps.edges] == sorted((len(edge.needs) for edge in gaps.edges), reverse=True)


def test_regions_count_each_firm_once(demo, demo_ids, gaps):
    for gap in gaps.roles:
        assert sum(gap.regions_offering.values()) <= gap.firms_offering
        assert sum(gap.regions_seeking.values()) <= gap.firms_seeking


def test_provinces_count_each_firm_once_and_add_up_to_their_regions(demo, gaps):
    regions = {province.th: province.region for province in demo.provinces.by_th.values()}
    for gap in gaps.roles:
        for of_provinces, of_regions in (
            (gap.provinces_offering, gap.regions_offering),
            (gap.provinces_seeking, gap.regions_seeking),
        ):
            summed = dict.fromkeys(of_regions, 0)
            for province, count in of_provinces.items():
                summed[regions[province]] += count
            assert summed == of_regions


def test_the_table_of_provinces_says_for_each_cluster_who_is_looked_for_in_vain(demo, demo_ids, gaps):
    firms = {firm.id: firm for firm in demo.built.catalog.living}
    assert gaps.provinces == tuple(sorted(gaps.provinces, key=lambda row: (row.cluster, row.province, row.role)))
    roles = {(gap.cluster, gap.role): gap for gap in gaps.roles}
    for row in gaps.provinces:
        gap = roles[row.cluster, row.role]
        there = {id for id in demo_ids if firms[id].province_th == row.province}
        offering = {id.split("/")[0] for id in gap.offers}
        seeking = {id.split("/")[0] for id in gap.needs}
        assert row.offering == len(offering & there)
        assert row.seeking == len(seeking & there)
        assert row.elsewhere == len(offering - there)
        assert row.missing == bool(seeking & there and not offering & there)


def test_a_clusters_part_holds_its_own_roles_edges_and_sentences(gaps):
    parts = [gaps.of(cluster) for cluster in sorted({role.cluster for role in gaps.roles})]
    assert sum(len(part.roles) for part in parts) == len(gaps.roles)
    assert sorted(str(sentence) for part in parts for sentence in part.missing_links) == sorted(
        map(str, gaps.missing_links)
    )
    assert sorted(str(sentence) for part in parts for sentence in part.regional) == sorted(map(str, gaps.regional))
    for part in parts:
        assert len({role.cluster for role in part.roles}) == 1
        assert len(part.missing_links) == sum(role.missing for role in part.roles)
        assert {edge.cluster for edge in part.edges} <= {part.roles[0].cluster}


def test_an_edge_names_the_clusters_of_both_its_ends(demo, gaps):
    chains = demo.built.roles.chains
    roles = {role.key: role for role in demo.built.roles.all}
    for edge in gaps.edges:
        seller, buyer = roles[edge.seller_cluster, edge.seller], roles[edge.buyer_cluster, edge.buyer]
        assert chains.edge(seller, buyer) is edge.kind
        assert edge.cluster == (buyer if seller.stage is Stage.SUPPORT else seller).cluster


def test_a_province_takes_its_own_firms_alone(demo, demo_ids):
    province = demo.built.catalog.firms[0].province_th
    inside = {firm.id for firm in demo.built.catalog.living if firm.province_th == province}
    found = chain_gaps(demo, demo_ids, province=province)
    ids = {id.split("/")[0] for gap in found.roles for id in (*gap.offers, *gap.needs)}
    assert ids
    assert ids <= inside


def test_the_report_is_the_same_bytes_in_any_order(demo, demo_ids, gaps):
    assert chain_gaps(demo, demo_ids[::-1]).as_json() == gaps.as_json()
    table = json.loads(gaps.as_json())
    assert {"missing", "unsought", "cluster", "role", "th", "en"} <= set(table["roles"][0])
    assert {"cluster", "province", "role", "seeking", "offering", "elsewhere", "missing"} == set(table["provinces"][0])


def test_nobody_leaves_no_gap(demo):
    empty = chain_gaps(demo, [])
    assert (empty.roles, empty.edges, empty.missing_links, empty.unplaced) == ((), (), (), 0)
    assert replace(empty) == empty
