from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.domain import Certificate, Firm, Offer, Position, Stage, load_certificates, load_chains
from matcher.engine import Catalog, FacetCount, Filters
from matcher.engine.facets import FacetTable, relevant
from matcher.engine.score import Scored, score

NO_FILTERS = Filters()
CHOICES = [
    NO_FILTERS,
    Filters(clusters=frozenset({"sport"})),
    Filters(clusters=frozenset({"sport", "thai_textile"}), stages=frozenset({Stage.MIDSTREAM})),
    Filters(stages=frozenset({Stage.UPSTREAM, Stage.SUPPORT})),
    Filters(provinces=frozenset({"เชียงใหม่", "กรุงเทพมหานคร"})),
    Filters(certificates=frozenset({"GMP"})),
    Filters(certificates=frozenset({"GMP", "Halal"}), stages=frozenset({Stage.DOWNSTREAM})),
    Filters(clusters=frozenset({"no_such_cluster"}), provinces=frozenset({"ไม่มีจังหวัดนี้"})),
]
TEXTS = ["ผ้าทอมือย้อมคราม", "packaging box", "โดรนเกษตร", "ประกันชีวิต", "สินค้าคุณภาพดี"]


def places(firm):
    return {(place.cluster, place.stage) for place in (*firm.offers, *firm.positions)}


def counted_by_hand(firms, chosen, *, certificates, on):
    """The four facets and the number of firms, by plain loops."""

    def held(firm):
        return certificates.held(firm.certificates, on=on)

    def at(firm, clusters, stages):
        return [(c, s) for c, s in places(firm) if (not clusters or c in clusters) and (not stages or s in stages)]

    found = {"clusters": Counter(), "stages": Counter(), "provinces": Counter(), "certificates": Counter(), "firms": 0}
    for firm in firms:
        here = not chosen.provinces or firm.province_th in chosen.provinces
        certified = chosen.certificates <= held(firm)
        placed = bool(at(firm, chosen.clusters, chosen.stages)) or not (chosen.clusters or chosen.stages)
        if here and certified:
            found["clusters"].update({c for c, _ in at(firm, (), chosen.stages) if c})
            found["stages"].update({str(s) for _, s in at(firm, chosen.clusters, ()) if s})
        if placed and certified and firm.province_th:
            found["provinces"][firm.province_th] += 1
        if placed and here and certified:
            found["certificates"].update(held(firm))
            found["firms"] += 1
    return found


def assert_same(facets, by_hand, chosen):
    for name in ("clusters", "stages", "provinces", "certificates"):
        shown = {one.value: one.count for one in getattr(facets, name)}
        assert shown == {**dict.fromkeys(map(str, getattr(chosen, name)), 0), **by_hand[name]}, name
    assert facets.firms == by_hand["firms"]


def ranked_by_hand(demo, text, filters):
    """Every firm of the catalog scored without the indexes, those that are worth counting."""
    catalog = demo.built.catalog
    brief = demo.understand.words(text)
    allowed = [
        filters.certificates <= demo.certificates.held(firm.certificates, on=date.today())
        and (not filters.provinces or firm.province_th in filters.provinces)
        for firm in catalog.firms
    ]
    scored = score(
        brief,
        demo.built,
        np.flatnonzero(allowed),
        allowed_offers=np.ones(len(catalog.offers), np.bool_),
        weights=demo.weights,
    )
    best = float(scored.scores[0])
    line = demo.weights.good if best >= demo.weights.good else best / 2
    return [catalog.firms[row] for row, value in zip(scored.firms, scored.scores, strict=True) if value >= line]


@pytest.mark.parametrize("chosen", CHOICES)
def test_facets_of_a_search_equal_counting_by_hand_over_a_full_ranking(demo, chosen):
    for text in TEXTS:
        firms = ranked_by_hand(demo, text, NO_FILTERS)
        _, facets = demo.search_with_facets(text, filters=chosen)
        assert_same(facets, counted_by_hand(firms, chosen, certificates=demo.certificates, on=date.today()), chosen)


@pytest.mark.parametrize("chosen", CHOICES)
def test_facets_of_the_whole_catalog_equal_counting_by_hand(demo, chosen):
    page = demo.browse(chosen)
    firms = demo.built.catalog.firms
    assert_same(page.facets, counted_by_hand(firms, chosen, certificates=demo.certificates, on=date.today()), chosen)
    assert page.total == page.facets.firms


@pytest.mark.parametrize("chosen", CHOICES)
def test_the_answer_beside_facets_is_the_answer_without_them(demo, chosen):
    for text in TEXTS[:3]:
        with_facets, _ = demo.search_with_facets(text, filters=chosen, limit=5)
        assert with_facets == demo.search(text, filters=chosen, limit=5)


def test_choosing_a_cluster_leaves_the_counts_of_other_clusters(demo):
    _, free = demo.search_with_facets("กล่อง")
    first = free.clusters[0].value
    _, facets = demo.search_with_facets("กล่อง", filters=Filters(clusters=frozenset({first})))
    assert facets.clusters == free.clusters
    assert facets.firms == free.clusters[0].count < free.firms


def test_conditions_read_from_the_words_stay_conditions(demo):
    _, facets = demo.search_with_facets("ผ้าทอในเชียงใหม่")
    assert [one.value for one in facets.provinces] == ["เชียงใหม่"]
    _, facets = demo.search_with_facets("โรงงานอาหาร ต้องมี GMP")
    assert FacetCount("GMP", facets.firms) in facets.certificates


def test_a_chosen_province_stands_instead_of_one_read_from_the_words(demo):
    chosen = Filters(provinces=frozenset({"ลำพูน"}))
    _, facets = demo.search_with_facets("ผ้าทอในเชียงใหม่", filters=chosen)
    _, free = demo.search_with_facets("ผ้าทอ")
    assert facets.provinces == free.provinces


def test_clusters_and_stages_follow_the_chain_and_the_rest_the_counts(demo):
    facets = demo.browse().facets
    chain = list(demo.built.roles.chains.clusters)
    assert [one.value for one in facets.clusters] == sorted((one.value for one in facets.clusters), key=chain.index)
    assert [one.value for one in facets.stages] == [str(stage) for stage in Stage]
    for counts in (facets.provinces, facets.certificates):
        assert list(counts) == sorted(counts, key=lambda one: (-one.count, one.value))


def test_pages_together_are_every_firm_once_in_the_order_of_names(demo):
    pages = [demo.browse(limit=50, after=after) for after in range(0, 300, 50)]
    firms = [firm for page in pages for firm in page.firms]
    assert sorted(firm.id for firm in firms) == sorted(firm.id for firm in demo.built.catalog.firms)
    assert {page.total for page in pages} == {len(firms)}
    assert firms[:3] == list(demo.browse(limit=3).firms)


def small_firm(id, name, *, expires=None, cluster="sport", offer=True):
    return Firm(
        id, name, province_th="ตรัง", certificates=(Certificate("แฮสแซป", expires=expires), Certificate("GHPs")),
        positions=(Position(cluster, Stage.UPSTREAM), Position(None, None)),
        offers=(Offer(f"{id}/o1", "ผ้ายืด", cluster, Stage.UPSTREAM),) if offer else (),
    )  # fmt: skip


def test_names_stand_as_in_a_thai_dictionary(build):
    names = ("ไหมทอง", "กล้วยตาก", "เกลือทะเล", "Zebra", "หอมจัง", "ก้องฟ้า", "โรงสี")
    engine = build(tuple(small_firm(f"f{at}", name) for at, name in enumerate(names)))
    shown = [firm.name_th for firm in engine.browse().firms]
    assert shown == ["Zebra", "กล้วยตาก", "ก้องฟ้า", "เกลือทะเล", "โรงสี", "หอมจัง", "ไหมทอง"]


def test_a_certificate_counts_once_with_what_it_covers_and_only_while_it_holds(build):
    engine = build((small_firm("old", "ก", expires=date(2020, 1, 1)), small_firm("new", "ข", expires=date(2999, 1, 1))))
    assert engine.browse().facets.certificates == (FacetCount("GMP", 2), FacetCount("HACCP", 1))
    assert [firm.id for firm in engine.browse(Filters(certificates=frozenset({"HACCP"}))).firms] == ["new"]


def test_a_firm_left_out_is_not_counted(build):
    engine = build((small_firm("one", "ก"), small_firm("two", "ข", cluster=None)))
    page = engine.browse(Filters(without_firm="one"))
    assert [firm.id for firm in page.firms] == ["two"]
    assert page.facets.clusters == ()
    assert page.facets.stages == (FacetCount("upstream", 1),)


def test_a_row_that_the_catalog_no_longer_allows_is_not_there():
    firms = (small_firm("dead", "ก"), small_firm("alive", "ข"))
    catalog = Catalog(firms, alive=np.array([False, True]))
    table = FacetTable(catalog, certificates=load_certificates(), chains=load_chains())
    firms, facets = table.browse(Filters(clusters=frozenset({"sport"})), on=date.today(), limit=9, after=0)
    assert [firm.id for firm in firms] == ["alive"]
    assert facets.clusters == (FacetCount("sport", 1),)
    assert facets.provinces == (FacetCount("ตรัง", 1),)


def test_without_a_good_answer_those_count_that_are_half_as_likely_as_the_best(demo):
    good = demo.weights.good
    rows = np.arange(4)

    def ranked(*scores):
        none = Scored.none()
        return replace(none, firms=rows, offers=rows, scores=np.array(scores, np.float32))

    assert relevant(ranked(0.9, good * 1.01, good * 0.99, 0), demo.weights).tolist() == [0, 1]
    assert relevant(ranked(good * 0.9, good * 0.46, good * 0.44, 0), demo.weights).tolist() == [0, 1]
    assert relevant(Scored.none(), demo.weights).tolist() == []


def test_a_table_amended_again_and_again_is_the_table_of_the_amended_catalog():
    """New, changed and gone firms, with values and names that no firm had before."""
    catalog = Catalog([small_firm(f"f{at}", name) for at, name in enumerate("กขค")])
    settings = {"certificates": load_certificates(), "chains": load_chains()}
    table, today = FacetTable(catalog, **settings), date.today()
    table.browse(NO_FILTERS, on=today, limit=1, after=0)  # lays out the names too
    changes = [
        ([small_firm("f1", "เกา", cluster="thai_textile"), small_firm("new", "ฮ")], ()),
        ([], ("f0", "nobody")),
        ([replace(small_firm("f2", "ก"), province_th="เชียงใหม่", certificates=())], ("new",)),
        ([Firm("bare", "ะ"), small_firm("f0", "ก")], ()),
    ]
    for put, gone in changes:
        catalog = catalog.amended(put, gone)
        table, judge = table.amended(catalog), FacetTable(catalog, **settings)
        everyone = catalog.allowed_firms(NO_FILTERS)
        for chosen in CHOICES:
            assert table.count(everyone, chosen, on=today) == judge.count(everyone, chosen, on=today)
            assert table.passing(chosen, on=today).tolist() == judge.passing(chosen, on=today).tolist()
            page = {"on": today, "limit": 9, "after": 0}
            assert table.browse(chosen, **page) == judge.browse(chosen, **page)


def test_an_amended_engine_keeps_its_facets_and_its_settings(build):
    engine = build((small_firm("one", "ก"), small_firm("two", "ข")))
    table = engine.facet_table
    again = engine.amended(engine.built)
    assert again.facet_table is not table
    assert again.browse() == engine.browse()
    assert (again.weights, again.verdict) == (engine.weights, engine.verdict)
