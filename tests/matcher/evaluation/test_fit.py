from dataclasses import replace

import numpy as np
import pytest

from matcher.encoder.vectors import unit
from matcher.engine import Engine, open_or_build
from matcher.engine.catalog import Catalog
from matcher.engine.verdict import FACTS
from matcher.evaluation.adapt import Recalled, Straight, engine_with, learn_adapter, terms_of
from matcher.evaluation.fit import Fitting, collect, foreign, unanswered
from matcher.evaluation.topics import NEED, Topic
from matcher.text import Glossary, load_glossary
from tests.matcher.engine.fakes import TrigramEncoder


def test_an_adapter_brings_requests_to_what_answers_them_and_terms_that_mean_the_same_together():
    draw = np.random.default_rng(0)
    offers = unit(draw.normal(size=(40, 32)).astype(np.float32))
    shift = draw.normal(size=(32, 32)).astype(np.float32) * 0.3
    requests = unit(offers + offers @ shift)
    rows = np.arange(40)
    concepts = [unit(np.stack([one, one + 0.3 * draw.normal(size=32)]).astype(np.float32)) for one in offers]
    adapter = learn_adapter((requests[:30], rows[:30]), offers, concepts)

    def rank_of_own(at, vectors, others):
        return int((others @ vectors[at] > others[at] @ vectors[at]).sum())

    before = np.mean([rank_of_own(at, requests, offers) for at in range(40)])
    after = np.mean([rank_of_own(at, adapter(requests), adapter(offers)) for at in range(40)])
    assert after < before
    again = learn_adapter((requests[:30], rows[:30]), offers, concepts)
    assert again.digest == adapter.digest


def test_the_terms_learned_from_mean_the_same_and_are_two_at_least():
    found = terms_of(load_glossary())
    assert len(found) > 1_500
    assert all(2 <= len(terms) <= 5 for terms in found)
    assert any({"ขายส่ง", "wholesale"} <= {*terms} for terms in found)


@pytest.fixture
def plain(demo_firms, tmp_path):
    """The demo over vectors without a model: fast, and good enough to learn from."""
    encoder = Recalled(TrigramEncoder())
    glossary: Glossary = load_glossary()
    from matcher.domain import load_chains

    built = open_or_build(
        Catalog(demo_firms[:70]), chains=load_chains(), encoder=encoder, glossary=glossary, root=tmp_path,
        vectors=Straight(),
    )  # fmt: skip
    return Engine(built, encoder=encoder, glossary=glossary)


@pytest.fixture
def topics(plain):
    catalog = plain.built.catalog
    found = []
    for row, need in enumerate(catalog.needs[::3]):
        best = plain.match(need.id, limit=2).matches
        found.append(Topic(need.id, NEED, need.cluster, need.text, {best[row % len(best)].firm.id: 3}))
    return [*found, Topic("agritech-none", "short_th", "agritech", "ประกันชีวิต", {})]


def test_what_is_learned_without_a_cluster_never_saw_its_topics(plain, topics):
    fitting = Fitting(plain, topics)
    held = fitting.clusters[0]
    without = frozenset({held})
    learnt = fitting.learn(without=without)
    changed = [replace(t, grades={}) if t.id.startswith(held) else t for t in topics]
    again = Fitting(plain, changed).learn(without=without)
    assert again.weights == learnt.weights
    assert again.verdict == learnt.verdict
    assert again.adapter.digest == learnt.adapter.digest
    assert fitting.learn().adapter.digest != learnt.adapter.digest


def test_learned_weights_keep_their_meaning_and_few_answers_are_called_none(plain, topics):
    fitting = Fitting(plain, topics)
    learnt = fitting.learn()
    signs = {name: weight >= 0 for name, weight in learnt.weights.by_signal.items()}
    assert all(positive for name, positive in signs.items() if name != "rival")
    assert learnt.weights.by_signal["rival"] <= 0
    assert set(learnt.verdict.by_fact) == set(FACTS)
    engine = fitting.engine(learnt)
    samples = collect(engine, [topic for topic in topics if topic.grades])
    wrongly = np.mean([not engine.calls_good(sample.brief, sample.scored) for sample in samples])
    assert wrongly <= 0.15


def test_a_topic_is_asked_again_without_its_answers_and_without_its_cluster(plain, topics):
    catalog = plain.built.catalog
    for sample in collect(plain, topics[:5]):
        answering = {catalog.firm_row(id) for id in sample.topic.grades}
        left = {*unanswered(sample).firms.tolist()}
        assert left == {*sample.scored.firms.tolist()} - answering
        elsewhere = foreign(sample, plain).firms.tolist()
        assert {*elsewhere} <= left
        clusters = {offer.cluster for row in elsewhere for offer in catalog.firms[row].offers}
        assert sample.topic.cluster not in clusters


def test_an_engine_takes_other_weights_and_leaves_the_rest(plain):
    other = replace(plain.weights, bias=plain.weights.bias - 1)
    one = engine_with(plain, weights=other)
    assert one.built is plain.built
    assert one.search("ผ้าไหม").matches[0].score < plain.search("ผ้าไหม").matches[0].score
