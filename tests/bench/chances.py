"""How far the chance that a firm answers a need can be trusted; prints a table and the constants.

    python tests/bench/chances.py

Judged: demo firms all of whose needs are judged, each with every other firm; good is grade 2 or 3 for
one need at least. Adapter, weights and calibration are learned without the cluster that is asked, in turn;
the calibration that is shipped is learned from those scores, since of topics it saw a model is too sure.
"""

from __future__ import annotations

import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np

from matcher.domain import load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import load_encoder
from matcher.engine import Catalog, Engine, open_or_build
from matcher.evaluation import read_topics
from matcher.evaluation.adapt import Recalled
from matcher.evaluation.fit import Fitting
from matcher.exchange import read_catalog
from matcher.fair.chance import LEAST, Calibration, brier, calibration_error
from matcher.fair.pairs import pair_scores
from matcher.text import load_glossary

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "api" / "demo_catalog"
EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)


def open_demo(var: Path, *, plain: bool = False) -> Engine:
    """The engine over the demo catalog, or one to learn from, whose vectors no adapter corrected."""
    encoder = load_encoder("bundled", models_dir=ROOT / "var" / "models")
    if plain:
        encoder = Recalled(encoder.plain)
    built = open_or_build(
        Catalog(read_catalog(DEMO / "firms.jsonl").firms),
        chains=load_chains(),
        encoder=encoder,
        glossary=load_glossary(),
        root=var / "index",
        vectors=VectorCache(var / "vectors"),
    )
    return Engine(built, encoder=encoder, glossary=load_glossary())


def judged_pairs(engine: Engine, topics):
    """Scores float32 (n,), whether good bool (n,), and the asking firm's cluster, str (n,)."""
    grades = {topic.id: topic.grades for topic in topics if topic.kind == "need"}
    firms = {firm.id: firm for firm in engine.built.catalog.living}
    scores = pair_scores(engine, [*firms], on=date.today())
    found = []
    for a, id in enumerate(scores.firm_ids):
        needs = [need.id for need in firms[id].needs]
        if needs and all(need in grades for need in needs):
            found += [
                (scores.raw[a, b], any(grades[need].get(other, 0) >= 2 for need in needs), id.split("-")[0])
                for b, other in enumerate(scores.firm_ids)
                if b != a
            ]
    score, good, cluster = zip(*found, strict=True)
    return np.array(score, np.float32), np.array(good, np.bool_), np.array(cluster)


def learned(score, good):
    """A calibration from pairs that could be listed: the many others would decide it alone."""
    near = score >= LEAST
    return Calibration.fit(score[near], good[near])


def report(name: str, chance, good, score) -> None:
    """One line over all pairs and those that could be listed."""
    near = score >= LEAST
    print(
        f"{name:<44} Brier {brier(chance, good):.5f} error {calibration_error(chance, good):.5f}"
        f" | listable ({near.sum()}): Brier {brier(chance[near], good[near]):.4f}"
        f" error {calibration_error(chance[near], good[near]):.4f}"
    )


def main() -> None:
    """Measure and print."""
    var = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "bench"
    engine = open_demo(var)
    catalog = engine.built.catalog
    topics = read_topics(DEMO, catalog.living, provinces=engine.provinces, certificates=engine.certificates)
    score, good, cluster = judged_pairs(engine, topics)
    print(f"{len(score):,} pairs, {good.mean():.2%} good")
    report("always the mean", np.full(len(score), good.mean(), np.float32), good, score)
    report("engine's score, seen topics", score, good, score)
    plain, chance = np.zeros_like(score), np.zeros_like(score)
    fitting = Fitting(open_demo(var / "plain", plain=True), topics)
    for own in np.unique(cluster):
        without = frozenset({str(own)})
        found, _, _ = judged_pairs(fitting.engine(fitting.learn(without=without), without=without), topics)
        asked = cluster == own
        plain[asked] = found[asked]
        chance[asked] = learned(found[~asked], good[~asked]).chance(found[asked])
    report("engine's score, cluster held out", plain, good, plain)
    report("calibrated, cluster held out", chance, good, plain)
    for low, high in pairwise(EDGES):
        part = (chance >= low) & (chance < high)
        said, found = chance[part].mean(), good[part].mean()
        print(f"  said {low:.2f} to {high:.2f}: {part.sum():>6} pairs, said {said:.3f}, found {found:.3f}")
    print(f"for matcher/fair/calibration.toml: {learned(plain, good)}")


if __name__ == "__main__":
    main()
