"""Where the time of one search goes: text, encoder, dense, lexical, scoring, facets, evidence, JSON, HTTP.

Usage: python -m tests.bench.stages OUT.md [--data FOLDER]

Everything is timed in one run, query after query, model and profiles warm. HTTP is what a request over
loopback takes beyond the rest.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

import numpy as np

from api.answers import answer_data
from api.settings import Settings
from api.web.schemas import AnswerOut
from matcher.engine import Engine, Filters
from matcher.engine.brief import read
from matcher.engine.texts import fields
from matcher.text import normalise_query
from tests.bench.load import load, prepare, serving

QUERIES = 200
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        offers: In the catalog.
        stages: Milliseconds by stage, float64 (n,) each, in the order in which they come.
        raw: Of one encode and one FAISS search.
    """

    offers: int
    stages: dict[str, np.ndarray]
    raw: np.ndarray


def measure(data: Path) -> Measured:
    """Measure over the catalog in a folder, which is made where there is none."""
    key, queries, space = prepare(Settings(data_dir=data))
    engine = space.engine()
    queries = (queries * (1 + QUERIES // len(queries)))[:QUERIES]
    for query in queries:
        engine.search_with_facets(query)
    parts = [stages_of(engine, query) for query in queries]
    raw = np.array([part.pop("raw") for part in parts])
    stages = {name: np.array([part[name] for part in parts]) for name in parts[0]}
    with serving(data, workers=1) as (port, _):
        load(port, key, queries, clients=1, seconds=5)
        took, _failed = load(port, key, queries, clients=1, seconds=10)
    inside = sum(float(np.median(values)) for values in stages.values())
    stages["HTTP"] = np.maximum(took - inside, 0)
    return Measured(len(engine.built.catalog.offers), stages, raw)


def stages_of(engine: Engine, query: str) -> dict[str, float]:
    """Milliseconds of each stage of one search, and of one encode with one FAISS search as `raw`."""
    spent: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Made]) -> Made:
        start = perf_counter()
        made = work()
        spent[stage] = 1000 * (perf_counter() - start)
        return made

    timed("text", lambda: _text(engine, query))
    vector = timed("encoder", lambda: engine.encoder.queries([query]))
    brief = engine.understand.words(query)
    firms, _ = engine._allowed(brief.filters)
    built = engine.built
    timed("dense", lambda: (built.firms.search(vector, k=200), built.offers.search(vector, k=200)))
    timed("lexical", lambda: engine._candidates_by_words(brief, firms))
    scored = timed("scoring", lambda: engine.rank(brief, limit=len(built.catalog.firms)))
    spent["scoring"] = max(0.0, spent["scoring"] - spent["dense"] - spent["lexical"])
    on = engine._today()
    timed("facets", lambda: engine.facet_table.count_relevant(scored, engine.weights, Filters(), on=on))
    answer = timed("evidence", lambda: engine._answer(brief, asked=query, limit=10, scored=scored))
    timed("JSON", lambda: AnswerOut.model_validate(answer_data(answer)).model_dump_json())
    timed("raw", lambda: built.offers.search(engine.encoder.queries([query]), k=10))
    return spent


def _text(engine: Engine, query: str) -> None:
    normal = normalise_query(query)
    fields(normal, engine.glossary)
    read(normal, provinces=engine.provinces, certificates=engine.certificates)


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    medians = {name: float(np.median(values)) for name, values in found.stages.items()}
    whole, raw = sum(medians.values()), float(np.median(found.raw))
    rows = "\n".join(
        f"| {name} | {medians[name]:.1f} | {np.percentile(values, 99):.1f} | {medians[name] / whole:.0%} |"
        for name, values in found.stages.items()
    )
    reached = "reached" if whole <= 1.3 * raw else "not reached"
    return f"""## One search over {found.offers:,} offers, stage by stage

| stage | median ms | p99 ms | share |
| --- | ---: | ---: | ---: |
{rows}
| all | {whole:.1f} | | 100 % |
| one encode and one FAISS search | {raw:.1f} | {np.percentile(found.raw, 99):.1f} | |

- At most 1.3 times encode and FAISS: {reached} ({whole / raw:.2f}).
"""


def main() -> None:
    """Measure and write."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("out", type=Path)
    given.add_argument("--data", type=Path, help="Keep the catalog here and use it again.")
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        asked.out.write_text(section(measure(asked.data or Path(scratch))), "utf-8")


if __name__ == "__main__":
    main()
