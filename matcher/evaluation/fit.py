"""Learning from judged topics: the adapter of the vectors, how much each signal counts, and the verdict.

Weights are learned on pairs (a firm that answers, a candidate that does not, for the same topic) with
the logistic loss, each topic counting once; none may be negative but `rival`, so that every signal
keeps its meaning. Then one scale and one bias turn the sum into the chance that a judge would call the
firm a good answer (grade 2 or 3).

The signals of a topic come from an adapter that never saw its cluster: with one that did, likeness would
look better than it is and count too much (nDCG@10 on unseen clusters 0.856 instead of 0.870).

Topics without an answer are too few to learn a verdict from. More are made of the others: with every firm
that answers taken out, a topic has none, and the distractors are real; with every firm of its clusters
taken out, it is a request for something else altogether.

Source: Joachims, "Optimizing search engines using clickthrough data", KDD 2002 (learning on pairs);
Platt, "Probabilistic outputs for support vector machines", 1999 (scale and bias).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from matcher.encoder.adapter import Adapter
from matcher.engine import Engine, Verdict, Weights
from matcher.engine.brief import Brief
from matcher.engine.score import SIGNALS, Scored, Signals, logistic
from matcher.engine.verdict import FACTS, Facts, facts_of
from matcher.evaluation.adapt import engine_with, learn_adapter, pairs_of, terms_of
from matcher.evaluation.evaluate import Run, brief_of, run_systems
from matcher.evaluation.topics import Topic

ROUNDS = 2
"""The best offer of a firm depends on the weights, so signals are taken anew after each round."""

RIVALS_PER_TOPIC = 40
WRONG_REFUSALS = 0.035
"""Share of the topics with an answer for which the verdict may say that there is none, by their chances …"""
_FAR_BELOW = 0.004
"""… and by their best's score alone."""

_RIDGE = 0.02
_VERDICT_RIDGE = 0.005
_WORTH_SHOWING = 0.04


@dataclass(frozen=True, slots=True)
class Sample:
    """The candidates of one topic, best first, and their grades (n,)."""

    topic: Topic
    brief: Brief
    scored: Scored
    grades: npt.NDArray[np.int64]

    @property
    def signals(self) -> Signals:
        """float32 (n, len(SIGNALS))."""
        return self.scored.signals


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learned from topics."""

    adapter: Adapter
    weights: Weights
    verdict: Verdict


class Fitting:
    """Learns from topics over one catalog; what was learned is kept, since held-out runs share most of it.

    A topic's cluster is that of the firm behind it, the part of its id before the first hyphen.

    Args:
        engine: Over plain vectors; its encoder recalls (`matcher.evaluation.adapt.Recalled`).
        topics: Those of no answer are measured with and never learned from.
    """

    def __init__(self, engine: Engine, topics: Sequence[Topic]) -> None:
        self._engine, self.topics = engine, tuple(topics)
        self.clusters = sorted({_cluster(topic) for topic in topics})
        terms = terms_of(engine.glossary)
        vectors = engine.encoder.encode([term for found in terms for term in found], prompt="query")
        self._concepts = np.split(vectors, np.cumsum([len(found) for found in terms])[:-1])
        self._engines: dict[frozenset[str], tuple[Adapter, Engine]] = {}

    def learn(self, *, without: frozenset[str] = frozenset()) -> Learnt:
        """Learn from the topics of all clusters but some."""
        known = [topic for topic in self.topics if topic.grades and _cluster(topic) not in without]
        weights = self._engine.weights
        samples: list[Sample] = []
        for _ in range(ROUNDS):
            samples = self._collect(known, weights, without)
            weights = _calibrate(samples, _learn_pairs(samples))
        samples = self._collect(known, weights, without)
        return Learnt(self._adapted(without)[0], weights, _learn_verdict(samples, self._engine, weights))

    def engine(self, learnt: Learnt, *, without: frozenset[str] = frozenset()) -> Engine:
        """The engine with all that was learned without some clusters."""
        return engine_with(self.adapted(without), weights=learnt.weights, verdict=learnt.verdict)

    def adapted(self, without: frozenset[str] = frozenset()) -> Engine:
        """The engine over vectors that an adapter corrects which never saw some clusters."""
        return self._adapted(without)[1]

    def held_out(self) -> list[tuple[Engine, list[Topic]]]:
        """Every cluster's topics, with an engine that learned without them."""
        parts = []
        for cluster in self.clusters:
            without = frozenset({cluster})
            own = [topic for topic in self.topics if _cluster(topic) == cluster]
            parts.append((self.engine(self.learn(without=without), without=without), own))
        return parts

    def _collect(self, topics: Sequence[Topic], weights: Weights, without: frozenset[str]) -> list[Sample]:
        samples = []
        for cluster in self.clusters:
            own = [topic for topic in topics if _cluster(topic) == cluster]
            if own:
                engine = self.adapted(without | {cluster})
                samples += collect(engine_with(engine, weights=weights), own)
        return samples

    def _adapted(self, without: frozenset[str]) -> tuple[Adapter, Engine]:
        if without not in self._engines:
            seen = [topic for topic in self.topics if _cluster(topic) not in without]
            pairs = pairs_of(self._engine, seen)
            adapter = learn_adapter(pairs, self._engine.built.offers.vectors[:], self._concepts)
            self._engines[without] = (adapter, engine_with(self._engine, adapter=adapter))
        return self._engines[without]


def held_out(engine: Engine, topics: Sequence[Topic]) -> list[Run]:
    """Every topic answered with all that is learned, learned without the topics of its own cluster."""
    fitting = Fitting(engine, topics)
    return [run for part, own in fitting.held_out() for run in run_systems(part, own)["full"]]


def collect(engine: Engine, topics: Iterable[Topic]) -> list[Sample]:
    """Candidates and grades of every topic."""
    samples = []
    for topic in topics:
        brief = brief_of(engine, topic)
        scored = engine.rank(brief, limit=len(engine.built.catalog.firms))
        ids = [engine.built.catalog.firms[row].id for row in scored.firms.tolist()]
        grades = np.array([topic.grades.get(id, 0) for id in ids], np.int64)
        samples.append(Sample(topic, brief, scored, grades))
    return samples


def unanswered(sample: Sample) -> Scored:
    """The candidates of a topic without those that answer it."""
    return sample.scored.only(sample.grades == 0)


def foreign(sample: Sample, engine: Engine) -> Scored:
    """The candidates of a topic that offer nothing in its cluster, nor in those of the firms that answer it."""
    catalog = engine.built.catalog
    answering = sample.scored.firms[sample.grades > 0]
    own = {sample.topic.cluster, *catalog.offer_cluster[np.isin(catalog.offer_firm, answering)].tolist()} - {None}
    inside = catalog.offer_firm[catalog.offer_cluster.among(set(map(str, own)))]
    return sample.scored.only(~np.isin(sample.scored.firms, inside) & (sample.grades == 0))


def _cluster(topic: Topic) -> str:
    return topic.id.split("-")[0]


def _learn_pairs(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    differences, counts = [], []
    for sample in samples:
        right = np.flatnonzero(sample.grades > 0)
        wrong = np.flatnonzero(sample.grades == 0)[:RIVALS_PER_TOPIC]
        total = sample.grades[right].sum() * max(1, len(wrong))
        for row in right:
            differences.append(sample.signals[row] - sample.signals[wrong])
            counts.append(np.full(len(wrong), sample.grades[row] / total))
    x = np.concatenate(differences).astype(np.float64)
    spread = x.std(axis=0) + 1e-9
    count = np.concatenate(counts)
    bounds = [(None, 0) if name == "rival" else (0, None) for name in SIGNALS]
    found: npt.NDArray[np.float64] = _logistic_weights(x / spread, count / count.sum(), ridge=_RIDGE, bounds=bounds)
    scaled: npt.NDArray[np.float64] = found / spread
    return scaled


def _logistic_weights(
    x: npt.NDArray[np.float64],
    count: npt.NDArray[np.float64],
    *,
    ridge: float,
    bounds: Sequence[tuple[float | None, float | None]],
) -> npt.NDArray[np.float64]:
    """Weights that make the rows of x, float64 (n, k), positive, by their counts."""

    def loss(w: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = x @ w
        chance = np.asarray(logistic((-margin).astype(np.float32)), np.float64)
        value = float(count @ np.logaddexp(0, -margin)) + ridge * float(w @ w) / len(w)
        return value, -(x.T @ (count * chance)) + 2 * ridge * w / len(w)

    start = np.zeros(x.shape[1])
    found: npt.NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _calibrate(samples: Sequence[Sample], vector: npt.NDArray[np.float64]) -> Weights:
    sums = [sample.signals @ vector for sample in samples]
    x = np.concatenate([found[:RIVALS_PER_TOPIC] for found in sums])
    y = np.concatenate([sample.grades[:RIVALS_PER_TOPIC] >= 2 for sample in samples]).astype(np.float64)

    def loss(p: npt.NDArray[np.float64]) -> float:
        margin = p[0] * x + p[1]
        return float(np.mean(np.logaddexp(0, margin) - y * margin))

    scale, bias = minimize(loss, np.array([1.0, -3.0]), method="Nelder-Mead").x
    by_signal = {name: round(float(scale * w), 4) for name, w in zip(SIGNALS, vector, strict=True)}
    weights = Weights(by_signal, round(float(bias), 4), 0.0)
    return replace(weights, good=_worth_showing(samples, weights))


def _worth_showing(samples: Sequence[Sample], weights: Weights) -> float:
    """The score that the best candidate reaches in all but a few of the topics that have an answer."""
    best = [
        float(logistic(sample.signals @ weights.vector() + weights.bias).max())
        for sample in samples
        if sample.grades.any()
    ]
    return round(float(np.quantile(best, _WORTH_SHOWING)), 3)


def _learn_verdict(samples: Sequence[Sample], engine: Engine, weights: Weights) -> Verdict:
    """A verdict from every topic with its answers, and twice without them."""
    facts: list[Facts] = []
    answered: list[bool] = []
    for sample in samples:
        for scored, has in ((sample.scored, True), (unanswered(sample), False), (foreign(sample, engine), False)):
            if len(scored.firms):
                facts.append(facts_of(sample.brief, engine.built, scored, weights))
                answered.append(has)
    x, y = np.array(facts), np.array(answered)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    signed = np.column_stack([(x - mean) / spread, np.ones(len(x))]) * np.where(y, 1.0, -1.0)[:, None]
    count = np.full(len(y), 1 / len(y))
    w = _logistic_weights(signed, count, ridge=_VERDICT_RIDGE, bounds=[(None, None)] * signed.shape[1])
    by_fact = {name: round(float(value), 5) for name, value in zip(FACTS, w[:-1] / spread, strict=True)}
    bias = round(float(w[-1] - (w[:-1] / spread) @ mean), 5)
    least = round(float(np.quantile(x[y][:, 0], _FAR_BELOW)), 3)
    verdict = Verdict(by_fact, bias, 0.0, least)
    chances = [verdict.chance(one) for one in x[y]]
    return replace(verdict, line=round(float(np.quantile(chances, WRONG_REFUSALS)), 4))


def weights_toml(learnt: Learnt, *, made_from: str) -> str:
    """The weights and the verdict as the file the engine reads."""
    weights, verdict = learnt.weights, learnt.verdict
    lines = [
        f"# What signals count, and what tells a good answer from none; made by `khukha fit` from {made_from}.",
        f"bias = {weights.bias}",
        f"good = {weights.good}",
        "",
        "[signals]",
        *(f"{name} = {weights.by_signal[name]}" for name in SIGNALS),
        "",
        "[verdict]",
        f"bias = {verdict.bias}",
        f"line = {verdict.line}",
        f"least = {verdict.least}",
        "",
        "[verdict.facts]",
        *(f"{name} = {verdict.by_fact[name]}" for name in FACTS),
    ]
    return "\n".join(lines) + "\n"
