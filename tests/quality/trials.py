"""What each part of the engine is worth, and what was tried beside it: every method judged on topics it never saw.

A trial changes the signals of the candidates; weights are learned anew for it. "Held out": a cluster is
answered with adapter and weights learned on the others. "Tuning": weights learned on the very topics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from matcher.engine import Engine
from matcher.engine.score import SIGNALS
from matcher.evaluation.fit import Fitting, Sample, collect
from matcher.evaluation.measures import ndcg
from tests.quality.extras import Extras, NoExtras

ROUNDS = 2_000
RIVALS = 40
RIDGE = 0.02

Doubles = npt.NDArray[np.float64]
Change = Callable[["Case"], Doubles]
"""Signals of a case's candidates, float64 (n, k)."""


@dataclass(frozen=True, slots=True)
class Case:
    """One topic's candidates: signals as they are, extra ones by name, grades and firm ids."""

    sample: Sample
    extras: dict[str, Doubles]
    ids: tuple[str, ...]

    @property
    def cluster(self) -> str:
        """Of the firm behind the topic."""
        return self.sample.topic.id.split("-")[0]


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean nDCG@10 and the difference from the engine as it is, with a 95 % interval; by topic held out."""

    tuning: float
    held_out: float
    difference: float
    low: float
    high: float
    queries: float


def cases_of(engine: Engine, topics: Sequence, extras: Extras | NoExtras) -> list[Case]:
    """Candidates of all topics that have an answer, with extra signals."""
    firms = engine.built.catalog.firms
    made = extras.of(engine)
    cases = []
    for sample in collect(engine, [topic for topic in topics if topic.grades]):
        rows = sample.scored.firms
        if len(rows):
            found = {name: extra(sample.brief, sample.scored) for name, extra in made.items()}
            cases.append(Case(sample, found, tuple(firms[row].id for row in rows.tolist())))
    return cases


def cross_fitted(fitting: Fitting, extras: Extras | NoExtras) -> dict[str, list[Case]]:
    """For each cluster that is held out, the cases of all, each from an adapter that saw neither."""
    parts: dict[frozenset[str], list[Case]] = {}
    found: dict[str, list[Case]] = {held: [] for held in fitting.clusters}
    for held in fitting.clusters:
        for own in fitting.clusters:
            both = frozenset({held, own})
            if both not in parts:
                topics = [topic for topic in fitting.topics if topic.id.split("-")[0] in both]
                parts[both] = cases_of(fitting.adapted(both), topics, extras)
            found[held] += [case for case in parts[both] if case.cluster == own]
    return found


def whole(case: Case) -> Doubles:
    """The signals as they are."""
    return case.sample.signals.astype(np.float64)


def without(*names: str) -> Change:
    """The signals less some."""
    keep = [at for at, name in enumerate(SIGNALS) if name not in names]
    return lambda case: whole(case)[:, keep]


def beside(name: str) -> Change:
    """The signals and an extra one."""
    return lambda case: np.column_stack([whole(case), case.extras[name]])


def per_topic(cases: dict[str, list[Case]], change: Change) -> dict[str, float]:
    """NDCG@10 of each topic, its cluster held out."""
    scores = {}
    for held, found in cases.items():
        weights = learned([case for case in found if case.cluster != held], change)
        scores |= {case.sample.topic.id: _ndcg(case, change(case) @ weights) for case in found if case.cluster == held}
    return scores


def boosted(cases: dict[str, list[Case]]) -> dict[str, float]:
    """NDCG@10 of each topic with the best fifty ranked again by boosted trees on the signals."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    scores = {}
    for held, found in cases.items():
        seen = [case for case in found if case.cluster != held]
        weights = learned(seen, whole)
        x = np.concatenate([_for_trees(case, weights)[:50] for case in seen])
        y = np.concatenate([case.sample.grades[_order(case, weights)][:50] >= 2 for case in seen])
        trees = HistGradientBoostingClassifier(max_leaf_nodes=8, max_iter=80, learning_rate=0.08, random_state=0)
        trees.fit(x, y)
        for case in found:
            if case.cluster == held:
                order = _order(case, weights)
                value = np.full(len(order), -np.inf)
                value[order[:50]] = trees.predict_proba(_for_trees(case, weights)[:50])[:, 1]
                scores[case.sample.topic.id] = _ndcg(case, value)
    return scores


def effect(scores: dict[str, float], usual: dict[str, float], tuning: float, kinds: dict[str, str]) -> Effect:
    """A trial's scores against those of the engine as it is."""
    ids = sorted(usual)
    differences = np.array([scores[id] - usual[id] for id in ids])
    low, high = interval(differences)
    asked = [scores[id] for id in ids if kinds[id] != "need"]
    return Effect(
        tuning, float(np.mean([scores[id] for id in ids])), float(differences.mean()), low, high, float(np.mean(asked))
    )


def interval(differences: Doubles) -> tuple[float, float]:
    """Where 95 % of the means of resampled topics lie."""
    draw = np.random.default_rng(0)
    means = differences[draw.integers(0, len(differences), (ROUNDS, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def tuned(cases: Sequence[Case], change: Change) -> float:
    """Mean nDCG@10 with weights learned on the very topics."""
    weights = learned(cases, change)
    return float(np.mean([_ndcg(case, change(case) @ weights) for case in cases]))


def learned(cases: Sequence[Case], change: Change) -> Doubles:
    """Weights as `matcher.evaluation.fit` learns them, of any sign for extra signals."""
    differences, counts = [], []
    for case in cases:
        x, grades = change(case), case.sample.grades
        right, wrong = np.flatnonzero(grades > 0), np.flatnonzero(grades == 0)[:RIVALS]
        total = grades[right].sum() * max(1, len(wrong))
        for row in right:
            differences.append(x[row] - x[wrong])
            counts.append(np.full(len(wrong), grades[row] / total))
    x = np.concatenate(differences)
    spread = x.std(axis=0) + 1e-9
    x, count = x / spread, np.concatenate(counts) / sum(map(np.sum, counts))

    def loss(w: Doubles) -> tuple[float, Doubles]:
        margin = x @ w
        chance = 0.5 * (1 - np.tanh(margin / 2))
        return (
            float(count @ np.logaddexp(0, -margin)) + RIDGE * float(w @ w) / len(w),
            -(x.T @ (count * chance)) + 2 * RIDGE * w / len(w),
        )

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x / spread


def swapped(cases: dict[str, list[Case]], other: Sequence[Case]) -> dict[str, list[Case]]:
    """The same held-out parts with cases made otherwise, as without an adapter."""
    known = {case.sample.topic.id: case for case in other}
    return {held: [known[case.sample.topic.id] for case in found] for held, found in cases.items()}


def _for_trees(case: Case, weights: Doubles) -> Doubles:
    order = _order(case, weights)
    total = whole(case) @ weights
    facts = [len(case.sample.brief.fields.get("words", ())), case.sample.brief.roles.max()]
    both = np.column_stack([whole(case), total, total - total.max(), np.tile(facts, (len(total), 1))])
    return both[order]


def _order(case: Case, weights: Doubles) -> npt.NDArray[np.int64]:
    return np.argsort(-(whole(case) @ weights), kind="stable")


def _ndcg(case: Case, values: Doubles) -> float:
    order = np.argsort(-np.round(values, 6), kind="stable")
    return ndcg([case.ids[at] for at in order], case.sample.topic.grades, k=10)
