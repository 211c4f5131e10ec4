"""Whether the encoder ranks as sentence-transformers does: the demo's topics, judged, with the vectors of each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from matcher.domain import load_chains
from matcher.encoder.adapter import Adapter
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import Encoder, Model
from matcher.engine import Catalog, Engine, open_or_build
from matcher.evaluation import read_topics
from matcher.evaluation.evaluate import Run, run_systems
from matcher.evaluation.measures import ndcg
from matcher.exchange import read_catalog
from matcher.text import load_glossary
from tests.bench.parts import Reached

DEMO = Path(str(files("api") / "demo_catalog"))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Both ways held against each other.

    Attributes:
        section: A table, and what it means.
        reached: Of the aim that no topic gets worse by more than noise.
    """

    section: str
    reached: Reached


def ranking(ours: Model, theirs: Model, *, adapter: Adapter, n_topics: int) -> Ranking:
    """The same topics by vectors of two models."""
    with TemporaryDirectory() as scratch:
        found = [_judged(Encoder(model, name="bench", adapter=adapter), Path(scratch) / name, n_topics=n_topics)
                 for name, model in (("ours", ours), ("theirs", theirs))]  # fmt: skip
    rows = []
    for system in ("full", "dense"):
        mine, other = (each[system] for each in found)
        less = mine - other
        noise = 2 * float(less.std(ddof=1)) / len(less) ** 0.5
        rows.append((system, mine.mean(), other.mean(), less.mean(), noise, (np.abs(less) > 0.05).mean(), less.min()))
    table = [
        f"Ranking of {len(found[0]['full'])} judged topics of the demo, nDCG@10 with the vectors of each:",
        "",
        "| | packed | sentence-transformers | difference | noise | topics that differ by 0.05 | worst |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {name} | {a:.4f} | {b:.4f} | {change:+.4f} | ± {noise:.4f} | {share:.1%} | {worst:+.3f} |"
            for name, a, b, change, noise, share, worst in rows
        ),
        "",
        "*Full* is the engine as it answers, *dense* the vectors alone; noise is twice the standard error of the",
        "difference over topics.",
    ]
    well = all(bool(change >= -noise) for _, _, _, change, noise, _, _ in rows)
    figure = "; ".join(f"{name} {change:+.4f} ± {noise:.4f}" for name, _, _, change, noise, _, _ in rows)
    return Ranking(
        "\n".join(table), Reached("ranking", figure, well, "" if well else "near ties fall otherwise in bf16")
    )


def _judged(encoder: Encoder, scratch: Path, *, n_topics: int) -> dict[str, np.ndarray]:
    """nDCG@10 of every topic that has an answer, float64 (n,), by system."""
    glossary, chains = load_glossary(), load_chains()
    firms = read_catalog(DEMO / "firms.jsonl", chains=chains).firms
    built = open_or_build(
        Catalog(firms),
        chains=chains,
        encoder=encoder,
        glossary=glossary,
        root=scratch / "index",
        vectors=VectorCache(scratch / "vectors"),
    )
    engine = Engine(built, encoder=encoder, glossary=glossary)
    topics = read_topics(DEMO, firms, provinces=engine.provinces, certificates=engine.certificates)
    runs = run_systems(engine, [topic for topic in topics if topic.grades][:n_topics])
    return {system: np.array([_ndcg(run) for run in found]) for system, found in runs.items()}


def _ndcg(run: Run) -> float:
    return ndcg([id for id, _ in run.ranking], run.topic.grades, k=10)
