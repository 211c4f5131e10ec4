import hashlib
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Certificate, Firm, Need, Offer, Position, Size, Stage, load_chains
from matcher.engine import Catalog, Filters, firm_digest
from matcher.engine.coverage import coverage
from matcher.errors import UnknownIdError

ids = st.sampled_from("abcdefgh")
firms_ = st.dictionaries(ids, st.sampled_from(["ผ้า", "ไหม", "ข้าว"]), max_size=8)
steps = st.lists(st.tuples(firms_, st.frozensets(ids, max_size=3)), max_size=5)


def firm(id, text="ผ้า", *, n_offers=1):
    return Firm(
        id,
        f"ร้าน {id}",
        province_th="แพร่" if text == "ผ้า" else "น่าน",
        offers=tuple(Offer(f"{id}/o{at}", text, "thai_textile", Stage.MIDSTREAM) for at in range(n_offers)),
        needs=(Need(f"{id}/n", f"หา{text}", "betta", Stage.UPSTREAM),),
    )


def allowed(catalog, filters):
    """Ids of the firms and of the offers that pass."""
    mask = catalog.allowed_firms(filters)
    offers = catalog.allowed_offers(filters, mask)
    firms = {catalog.firms[row].id for row in np.flatnonzero(mask)}
    return firms, {catalog.offers[row].id for row in np.flatnonzero(offers)}


@given(first=firms_, steps=steps)
def test_an_amended_catalog_is_the_catalog_of_the_firms_it_came_to(first, steps):
    held = {id: firm(id, text) for id, text in first.items()}
    catalog = Catalog(held.values())
    for put, gone in steps:
        before = catalog.firms
        catalog = catalog.amended([firm(id, text) for id, text in put.items()], gone)
        held = {id: one for id, one in held.items() if id not in gone} | {id: firm(id, t) for id, t in put.items()}
        assert catalog.firms[: len(before)] == before  # rows keep their numbers
    fresh = Catalog(held.values())
    assert catalog.digest == fresh.digest == catalog.compacted().digest
    assert catalog.digests == fresh.digests
    assert set(catalog.living) == set(fresh.living) == set(held.values())
    assert (catalog.n_firms, catalog.n_offers, catalog.n_needs) == (fresh.n_firms, fresh.n_offers, fresh.n_needs)
    for filters in (Filters(), Filters(provinces=frozenset({"น่าน"})), Filters(clusters=frozenset({"betta"}))):
        assert allowed(catalog, filters) == allowed(fresh, filters)
    for id in "abcdefgh":
        for row_of, things, name in ((catalog.offer_row, "offers", f"{id}/o0"), (catalog.need_row, "needs", f"{id}/n")):
            if id in held:
                assert getattr(catalog, things)[row_of(name)] in getattr(held[id], things)
            else:
                with pytest.raises(UnknownIdError):
                    row_of(name)
    assert coverage(catalog, load_chains()) == coverage(fresh, load_chains())


@given(st.permutations([firm(id) for id in "abcde"]))
def test_the_digest_knows_no_order_and_no_row(firms):
    assert Catalog(firms).digest == Catalog([firm(id) for id in "abcde"]).digest
    assert Catalog(firms[1:]).digest != Catalog(firms).digest


def test_columns_of_an_amended_catalog_follow_its_rows():
    catalog = Catalog([firm("a", n_offers=3), firm("b")]).amended([firm("b", "ข้าว", n_offers=2), firm("c")], {"a"})
    assert catalog.alive.tolist() == [False, False, True, True]
    assert catalog.offer_firm.tolist() == [0, 0, 0, 1, 2, 2, 3]
    assert catalog.province[:].tolist() == ["แพร่", "แพร่", "น่าน", "แพร่"]
    assert catalog.firms_at(Stage.MIDSTREAM).tolist() == [True] * 4
    assert len(catalog.offer_cluster) == len(catalog.offer_stage) == len(catalog.offers) == 7
    with pytest.raises(ValueError, match="read-only"):
        catalog.alive[0] = True


def test_what_changes_nothing_gives_the_very_catalog():
    catalog = Catalog([firm("a"), firm("b")])
    assert catalog.amended([firm("a")], ["nobody"]) is catalog
    assert catalog.amended([firm("a")], ["a"]) is catalog  # put and gone: it stays
    assert catalog.compacted() is catalog


def test_digests_that_are_given_are_believed():
    catalog = Catalog([firm("a"), firm("b")], ["1", "2"])
    assert catalog.digests == {"a": "1", "b": "2"}
    assert catalog.amended([firm("a", "ข้าว")], (), {"a": "1"}) is catalog
    assert catalog.amended([firm("a", "ข้าว")], (), {"a": "3"}).digests == {"a": "3", "b": "2"}
    with pytest.raises(ValueError, match="shorter"):
        Catalog([firm("a"), firm("b")], ["1"])


FULL = replace(
    firm("a"),
    name_en="A",
    size=Size.SMALL,
    description="ทอผ้า",
    certificates=(Certificate("GMP", "1", date(2027, 1, 31)),),
    positions=(Position("betta", Stage.UPSTREAM, "U1"),),
)


@pytest.mark.parametrize(
    "other",
    [
        replace(FULL, name_th="ร้าน"),
        replace(FULL, name_en=None),
        replace(FULL, size=Size.MICRO),
        replace(FULL, juristic_id="0105556123453"),
        replace(FULL, certificates=(Certificate("GMP", "1", date(2027, 1, 30)),)),
        replace(FULL, certificates=()),
        replace(FULL, positions=(Position("betta", Stage.UPSTREAM, "U2"),)),
        replace(FULL, offers=(replace(FULL.offers[0], price_thb=5.0),)),
        replace(FULL, offers=(replace(FULL.offers[0], price_thb="5"),)),
        replace(FULL, needs=()),
        replace(FULL, description="\ud800"),
    ],
)
def test_a_firms_digest_changes_with_anything_it_says(other):
    assert firm_digest(other) != firm_digest(FULL) == firm_digest(replace(FULL))
    assert len(firm_digest(other)) == 32


def test_a_firms_digest_is_that_of_its_fields_as_sorted_json():
    one = Firm("a", "ก", certificates=(Certificate("GMP", expires=date(2027, 1, 31)),))
    text = (
        '{"certificates":[{"code":"GMP","expires":"2027-01-31","number":null}],"description":"","id":"a",'
        '"juristic_id":null,"name_en":null,"name_th":"\\u0e01","needs":[],"offers":[],"positions":[],'
        '"province_th":null,"size":null}'
    )
    assert firm_digest(one) == hashlib.sha256(text.encode()).hexdigest()[:32]
