"""Running judged topics through the engine, and through its two plain parts in the same run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.engine import Catalog, Engine
from matcher.engine.brief import Brief
from matcher.evaluation.measures import ndcg, recall, success
from matcher.evaluation.topics import NEED, Topic

DEPTH = 100
SYSTEMS = ("full", "bm25", "dense")


@dataclass(frozen=True, slots=True)
class Run:
    """What one system answered to one topic.

    Attributes:
        ranking: Firm ids with their scores, best first.
        good: Whether it says that the first is a good answer; None where it cannot say.
    """

    topic: Topic
    ranking: tuple[tuple[str, float], ...]
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Means over the topics of a group, each in [0, 1]."""

    ndcg10: float
    recall10: float
    success1: float
    topics: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often the system says that there is no good answer, in [0, 1].

    Attributes:
        rightly: Share of topics without an answer for which it says so; None where there are none.
        wrongly: Share of topics with an answer for which it says so.
        topics: Number of topics without an answer.
    """

    rightly: float | None
    wrongly: float
    topics: int


def run_systems(
    engine: Engine, topics: Sequence[Topic], *, progress: Callable[[int, int], None] | None = None
) -> dict[str, list[Run]]:
    """Every topic through every system."""
    runs: dict[str, list[Run]] = {name: [] for name in SYSTEMS}
    for done, topic in enumerate(topics, 1):
        brief = brief_of(engine, topic)
        scored = engine.rank(brief, limit=DEPTH)
        good = engine.calls_good(brief, scored)
        ids = [engine.built.catalog.firms[row].id for row in scored.firms.tolist()]
        ranking = [*zip(ids, scored.scores.tolist(), strict=True)]
        near = engine.rank_near(brief, limit=DEPTH - len(ranking))
        # what fails a gate stands below all that pass, and says so: its scores are moved below 0
        ranking += [
            (engine.built.catalog.firms[row].id, value - 1)
            for row, value in zip(near.firms.tolist(), near.scores.tolist(), strict=True)
        ]
        runs["full"].append(Run(topic, tuple(ranking), good))
        runs["bm25"].append(Run(topic, _bm25(engine, brief)))
        runs["dense"].append(Run(topic, _dense(engine, brief)))
        if progress:
            progress(done, len(topics))
    return runs


def brief_of(engine: Engine, topic: Topic) -> Brief:
    """A topic as the engine understands it: a stored need with its firm, a query with its facets."""
    if topic.kind == NEED:
        return engine.understand.need(engine.built.catalog.need_row(topic.id), filters=topic.filters)
    return engine.understand.words(topic.text, filters=topic.filters, cluster=topic.cluster)


def summarise(runs: Sequence[Run]) -> dict[str, Group]:
    """Means over all answered topics, and by kind and cluster."""
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.topic.grades:
            for key in ("all", f"kind:{run.topic.kind}", f"cluster:{run.topic.cluster or 'none'}"):
                groups[key].append(run)
    return {key: _means(found) for key, found in sorted(groups.items())}


def refusals(runs: Sequence[Run]) -> Refusals:
    """How often "no good answer" is said, rightly and wrongly."""
    without = [run for run in runs if not run.topic.grades]
    answered = [run for run in runs if run.topic.grades]
    return Refusals(
        rightly=float(np.mean([not run.good for run in without])) if without else None,
        wrongly=float(np.mean([not run.good for run in answered])) if answered else 0.0,
        topics=len(without),
    )


def trec_lines(runs: Sequence[Run], *, system: str) -> list[str]:
    """A run in TREC format: topic Q0 firm rank score system."""
    return [
        f"{run.topic.id} Q0 {firm} {rank} {score:.6f} {system}"
        for run in runs
        for rank, (firm, score) in enumerate(run.ranking, 1)
    ]


def _means(runs: Sequence[Run]) -> Group:
    rankings = [([id for id, _ in run.ranking], run.topic.grades) for run in runs]
    return Group(
        ndcg10=float(np.mean([ndcg(ranking, grades, k=10) for ranking, grades in rankings])),
        recall10=float(np.mean([recall(ranking, grades, k=10) for ranking, grades in rankings])),
        success1=float(np.mean([success(ranking, grades, grade=2) for ranking, grades in rankings])),
        topics=len(runs),
    )


def _bm25(engine: Engine, brief: Brief) -> tuple[tuple[str, float], ...]:
    """BM25 over the words of whole profiles, nothing else."""
    built = engine.built
    hits = built.words.search(brief.fields, k=DEPTH + 1, weights={"words": 1.0})
    found = [(int(row), float(s)) for row, s in zip(hits.rows[0], hits.scores[0], strict=True) if row >= 0]
    return _named(built.catalog, found, brief)


def _dense(engine: Engine, brief: Brief) -> tuple[tuple[str, float], ...]:
    """The better of a firm's offers and its whole profile, by embedding, nothing else."""
    built = engine.built
    best = built.firms.vectors @ brief.vector
    np.maximum.at(best, built.catalog.offer_firm, built.offers.vectors @ brief.vector)
    best = np.round(best, 6)
    order = np.lexsort((np.arange(len(best)), -best))
    order = order[built.catalog.alive[order]][: DEPTH + 1]
    return _named(built.catalog, [(int(row), float(best[row])) for row in order], brief)


def _named(catalog: Catalog, found: Sequence[tuple[int, float]], brief: Brief) -> tuple[tuple[str, float], ...]:
    own = brief.filters.without_firm
    named = [(catalog.firms[row].id, score) for row, score in found]
    return tuple((id, score) for id, score in named if id != own)[:DEPTH]
