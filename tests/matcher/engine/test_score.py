"""Scoring looks at the candidates' own rows alone; plain loops over the whole catalog are its judge."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain import Seeking, load_chains
from matcher.engine import Catalog, Engine, open_or_build
from matcher.engine.layout import Labels, Owned
from matcher.engine.score import PAIR_SIGNALS, SIGNALS, score
from matcher.text import load_glossary
from tests.matcher.engine.fakes import TrigramEncoder, Vectors

TEXTS = ["เส้นไหมย้อมคราม", "spray drone spare parts", "ที่พักพร้อมสนามซ้อม", "ขายผ้าทอมือ หาคนซื้อ", "ประกันชีวิต"]


@pytest.fixture(scope="module")
def engine(demo_firms, tmp_path_factory):
    """Over every third firm of the demo, without a model."""
    encoder = TrigramEncoder()
    built = open_or_build(
        Catalog(demo_firms[::3]),
        chains=load_chains(),
        encoder=encoder,
        glossary=load_glossary(),
        root=tmp_path_factory.mktemp("index"),
        vectors=Vectors(),
    )
    return Engine(built, encoder=encoder, glossary=load_glossary())


def pair_by_hand(brief, built, firm, allowed, weight):
    """Best allowed offer of a firm and its signals, one offer after another."""
    catalog, roles = built.catalog, built.roles
    best, best_value, best_signals = -1, -np.inf, np.array([-1.0, 0, 0, 0], np.float32)
    for row, offer in enumerate(catalog.offers):
        if catalog.offer_firm[row] != firm or not allowed[row]:
            continue
        owner = catalog.firms[firm]
        stages = {place.stage for place in (*owner.offers, *owner.positions)}
        likeness = np.atleast_1d(built.offers.vectors[row] @ brief.vector)
        signals = np.array(
            [
                0.0 if brief.by_needs else built.offer_moments.z(likeness, brief.vector)[0],
                built.offer_roles[row].astype(np.float32) @ brief.roles,
                brief.roles[roles.stages == (offer.stage or "")].sum()
                if brief.stage is None
                else brief.stage in stages,
                brief.roles[roles.clusters == (offer.cluster or "")].sum()
                if brief.cluster is None
                else offer.cluster == brief.cluster,
            ],
            np.float32,
        )
        if signals @ weight > best_value:
            best, best_value, best_signals = row, signals @ weight, signals
    return best, best_signals


def demand_by_hand(brief, built, firm):
    """The most that any buying need of a firm asks for any of the goods."""
    values = [
        float(built.need_moments.z(np.atleast_1d(built.needs.vectors[row] @ goods), goods)[0])
        for row in range(len(built.catalog.needs))
        if built.catalog.need_firm[row] == firm and not built.catalog.need_sells[row]
        for goods in brief.goods
    ]
    return max(values, default=0.0) if max(values, default=0.0) > -3.0 else 0.0


def briefs(engine):
    catalog = engine.built.catalog
    yield from (engine.understand.words(text) for text in TEXTS)
    yield from (engine.understand.need(row) for row in range(0, len(catalog.needs), 31))
    yield from (engine.understand.offer(row) for row in range(0, len(catalog.offers), 71))


def test_signals_of_every_candidate_equal_those_of_plain_loops_over_the_catalog(engine):
    built, rng = engine.built, np.random.default_rng(3)
    weight, demand = engine.weights.vector()[: len(PAIR_SIGNALS)], SIGNALS.index("demand")
    for brief in briefs(engine):
        allowed = rng.random(len(built.catalog.offers)) < 0.8
        firms = np.sort(rng.choice(len(built.catalog.firms), 25, replace=False))
        scored = score(brief, built, firms, allowed_offers=allowed, weights=engine.weights)
        assert sorted(scored.firms.tolist()) == firms.tolist()
        for firm, offer, signals in zip(scored.firms.tolist(), scored.offers.tolist(), scored.signals, strict=True):
            best, by_hand = pair_by_hand(brief, built, firm, allowed, weight)
            assert signals[: len(PAIR_SIGNALS)] == pytest.approx(by_hand, abs=1e-4)
            assert offer == best or signals[: len(PAIR_SIGNALS)] @ weight == pytest.approx(by_hand @ weight, abs=1e-5)
            column = demand if brief.seeking is Seeking.BUYER else SIGNALS.index("rival")
            assert signals[column] == pytest.approx(demand_by_hand(brief, built, firm), abs=1e-4)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.data())
@settings(max_examples=200, deadline=None)
def test_what_some_firms_own_is_what_a_search_through_all_owners_finds(counts, data):
    owned = Owned.counted(counts)
    split = data.draw(st.integers(0, len(counts)))
    joined = Owned.counted(counts[:split]).followed_by(Owned.counted(counts[split:]))
    firms = np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), unique=True)), np.int64)
    rows, places = joined.of(firms)
    assert joined.owner.tolist() == owned.owner.tolist() == np.repeat(np.arange(len(counts)), counts).tolist()
    assert joined.starts.tolist() == owned.starts.tolist()
    assert rows.tolist() == [row for firm in firms for row in np.flatnonzero(owned.owner == firm)]
    assert owned.owner[rows].tolist() == firms[places].tolist()
    only, kept = joined.only(firms)
    assert (only.owner.tolist(), kept.tolist()) == (places.tolist(), rows.tolist())
    assert only.starts.tolist() == [0, *np.cumsum(np.array(counts)[firms])]


@given(st.lists(st.sampled_from(["a", "b", None, "คำ"])), st.lists(st.sampled_from(["b", "c", None])))
@settings(deadline=None)
def test_labels_are_those_that_were_given_whatever_came_first(first, more):
    labels = Labels.of(first).followed_by(Labels.of(more))
    texts = [label or "" for label in (*first, *more)]
    assert len(labels) == len(texts)
    assert labels[:].tolist() == texts
    assert labels.among({"b", "คำ"}).tolist() == [text in {"b", "คำ"} for text in texts]
