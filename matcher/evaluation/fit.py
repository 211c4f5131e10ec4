"""Learning how much each signal counts, from judged topics.

Weights are learned on pairs (a firm that answers, a candidate that does not, for the same topic) with
the logistic loss, each topic counting once; none may be negative but `rival`, so that every signal
keeps its meaning. Then one scale and one bias turn the sum into the chance that a judge would call the
firm a good answer (grade 2 or 3).

Source: Joachims, "Optimizing search engines using clickthrough data", KDD 2002 (learning on pairs);
Platt, "Probabilistic outputs for support vector machines", 1999 (scale and bias).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from matcher.engine import Engine, Weights
from matcher.engine.score import SIGNALS, Signals, logistic
from matcher.evaluation.evaluate import Run, brief_of, run_systems
from matcher.evaluation.topics import Topic

ROUNDS = 2
"""The best offer of a firm depends on the weights, so signals are taken anew after each round."""

RIVALS_PER_TOPIC = 40
_RIDGE = 0.02
_WRONG_REFUSALS = 0.04


@dataclass(frozen=True, slots=True)
class Sample:
    """The candidates of one topic: signals (n, len(SIGNALS)) and grades (n,), best first."""

    topic: Topic
    signals: Signals
    grades: npt.NDArray[np.int64]


def fit(engine: Engine, topics: Sequence[Topic]) -> Weights:
    """Weights learned from the topics that have an answer."""
    weights = engine.weights
    for _ in range(ROUNDS):
        samples = collect(engine_with(engine, weights), topics)
        vector = _learn_pairs(samples)
        weights = _calibrate(samples, vector)
    return weights


def held_out(engine: Engine, topics: Sequence[Topic]) -> list[Run]:
    """Every topic answered with weights learned without the topics of its own cluster.

    A topic's cluster is that of the firm behind it, the part of its id before the first hyphen.
    """
    groups = [topic.id.split("-")[0] for topic in topics]
    runs: list[Run] = []
    for group in sorted(set(groups)):
        learnt = fit(engine, [t for t, own in zip(topics, groups, strict=True) if own != group and t.grades])
        asked = [t for t, own in zip(topics, groups, strict=True) if own == group]
        runs += run_systems(engine_with(engine, learnt), asked)["full"]
    return runs


def engine_with(engine: Engine, weights: Weights) -> Engine:
    """The same engine with other weights."""
    return Engine(engine.built, encoder=engine.encoder, glossary=engine.glossary, weights=weights)


def collect(engine: Engine, topics: Iterable[Topic]) -> list[Sample]:
    """Signals and grades of every topic's candidates."""
    samples = []
    for topic in topics:
        scored = engine.rank(brief_of(engine, topic), limit=len(engine.built.catalog.firms))
        ids = [engine.built.catalog.firms[row].id for row in scored.firms.tolist()]
        grades = np.array([topic.grades.get(id, 0) for id in ids], np.int64)
        samples.append(Sample(topic, scored.signals, grades))
    return samples


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
    x /= spread
    count = np.concatenate(counts)
    count /= count.sum()

    def loss(w: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = x @ w
        chance = np.asarray(logistic((-margin).astype(np.float32)), np.float64)
        value = float(count @ np.logaddexp(0, -margin)) + _RIDGE * float(w @ w) / len(w)
        return value, -(x.T @ (count * chance)) + 2 * _RIDGE * w / len(w)

    bounds = [(None, 0) if name == "rival" else (0, None) for name in SIGNALS]
    best = minimize(loss, np.zeros(len(SIGNALS)), jac=True, method="L-BFGS-B", bounds=bounds)
    found: npt.NDArray[np.float64] = best.x / spread
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
    return replace(weights, good=_threshold(samples, weights))


def _threshold(samples: Sequence[Sample], weights: Weights) -> float:
    """The score that the best candidate reaches in all but a few of the topics that have an answer."""
    best = [
        float(logistic(sample.signals @ weights.vector() + weights.bias).max())
        for sample in samples
        if sample.grades.any()
    ]
    return round(float(np.quantile(best, _WRONG_REFUSALS)), 3)


def weights_toml(weights: Weights, *, made_from: str) -> str:
    """The weights as the file the engine reads."""
    lines = [
        f"# How much each signal counts; made by `khukha fit` from {made_from}.",
        f"bias = {weights.bias}",
        f"good = {weights.good}",
        "",
        "[signals]",
        *(f"{name} = {weights.by_signal[name]}" for name in SIGNALS),
    ]
    return "\n".join(lines) + "\n"
