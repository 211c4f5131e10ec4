"""Where the time of one search goes: text, encoder, dense, lexical, scoring, facets, evidence, JSON, HTTP.

Usage: python -m tests.bench.stages [--out FILE.json] [--small 10000] [--large 1000000] [--data FOLDER]

CPU time of one thread, query after query, all that a running service has loaded being loaded. HTTP is what a request
over loopback costs the service beyond the rest. The large catalog is made of copies of the demo's firms whose vectors
and words differ (`tests.bench.catalogs`): it is no service with a database, and takes what HTTP costs from the small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TypeVar

import faiss
import numpy as np
import torch

from api.answers import answer_data
from api.web.schemas import AnswerOut
from matcher.encoder.encoder import load_encoder
from matcher.engine import Engine, Filters
from matcher.engine.brief import read
from matcher.engine.texts import fields
from matcher.text import load_glossary, normalise_query
from tests.bench import hostile
from tests.bench.catalogs import KEPT, OFFERS, demo_queries, large_engine, prepare
from tests.bench.parts import Reached, at_most, finish
from tests.bench.serving import cpu_s, load, serving
from tests.bench.vectors import VAR
from tests.paged import arguments

QUERIES = 200
HTTP_S = 10.0
READ_AT_ONCE = 50_000
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Measured:
    """One catalog.

    Attributes:
        stages: CPU milliseconds by stage, float64 (n,) each, in the order in which they come.
        raw: Of one encode and one search of the offers' vectors, through the index in use.
        exhaustive_ms: Of one encode and one search of all of them by plain FAISS.
        built_s: On the clock, until the catalog could be searched; vectors that were kept are not encoded anew.
    """

    offers: int
    firms: int
    stages: dict[str, np.ndarray]
    raw: np.ndarray
    exhaustive_ms: float
    built_s: float

    @property
    def medians(self) -> dict[str, float]:
        """By stage."""
        return {name: float(np.median(values)) for name, values in self.stages.items()}

    @property
    def all_ms(self) -> float:
        """The whole search."""
        return sum(self.medians.values())

    @property
    def times_raw(self) -> float:
        """The whole search against encode and the index in use."""
        return self.all_ms / float(np.median(self.raw))

    @property
    def times_plain(self) -> float:
        """The whole search against encode and plain FAISS."""
        return self.all_ms / self.exhaustive_ms


def measured(engine: Engine, *, built_s: float) -> Measured:
    """All stages but HTTP."""
    asked = demo_queries()
    queries = (asked * (1 + QUERIES // len(asked)))[:QUERIES]
    for query in queries:
        engine.search_with_facets(query)
    parts = [_stages(engine, query) for query in queries]
    raw = np.array([part.pop("raw") for part in parts])
    vectors = engine.encoder.queries(queries[:5])
    encoder_ms = float(np.median([part["encoder"] for part in parts]))
    return Measured(
        offers=len(engine.built.catalog.offers),
        firms=len(engine.built.catalog.firms),
        stages={name: np.array([part[name] for part in parts]) for name in parts[0]},
        raw=raw,
        exhaustive_ms=encoder_ms + _exhaustive_ms(engine, vectors),
        built_s=built_s,
    )


def _stages(engine: Engine, query: str) -> dict[str, float]:
    """CPU milliseconds of each stage of one search, and of one encode with one search of vectors as `raw`."""
    spent: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Made]) -> Made:
        start = process_time()
        made = work()
        spent[stage] = 1000 * (process_time() - start)
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


def _exhaustive_ms(engine: Engine, queries: np.ndarray) -> float:
    """CPU milliseconds in which plain FAISS reads all offers' vectors for one query."""
    stored, spent = engine.built.offers.vectors, 0.0
    for start in range(0, stored.shape[0], READ_AT_ONCE):
        vectors = np.ascontiguousarray(stored[start : start + READ_AT_ONCE], np.float32)
        begun = process_time()
        for query in queries:
            faiss.knn(query[None], vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
        spent += process_time() - begun
    return 1000 * spent / len(queries)


def small(data: Path, *, n_offers: int) -> tuple[Measured, str]:
    """The catalog of a service, with what HTTP costs, and what hostile input does."""
    begun = perf_counter()
    key, space = prepare(data, n_offers=n_offers)
    engine = space.engine()
    found = measured(engine, built_s=perf_counter() - begun)
    queries = demo_queries()
    with serving(data, workers=1) as (port, process):
        load(port, key, queries, clients=1, seconds=HTTP_S / 2)
        before = cpu_s(process)
        took, failed = load(port, key, queries, clients=1, seconds=HTTP_S)
        whole = 1000 * (cpu_s(process) - before) / len(took)
    assert not failed
    inside = sum(float(values.mean()) for values in found.stages.values())
    found.stages["HTTP, sign-in, spelling, live rows"] = np.array([max(whole - inside, 0.0)])
    return found, hostile.section(engine)


def large(n_offers: int, *, http_ms: float) -> Measured:
    """A catalog of copies."""
    encoder, begun = load_encoder("bundled", models_dir=VAR / "models", threads=1), perf_counter()
    with TemporaryDirectory() as scratch:
        engine = large_engine(n_offers, Path(scratch), encoder=encoder, glossary=load_glossary())
        found = measured(engine, built_s=perf_counter() - begun)
    found.stages["HTTP, sign-in, spelling, live rows"] = np.array([http_ms])
    return found


def section(found: Sequence[Measured], hostile_section: str) -> str:
    """A part of docs/performance.md."""
    names = [f"{one.offers:,} offers" for one in found]
    lines = [
        "## One search over HTTP, stage by stage",
        "",
        "CPU ms of one thread: median, p99 and share of all. "
        + "; ".join(f"{one.firms:,} firms with {one.offers:,} offers, ready after {one.built_s:.0f} s" for one in found)
        + "; what was encoded on another day is kept.",
        "",
        "| stage | " + " | ".join(f"{name} | p99 | share" for name in names) + " |",
        "| --- |" + " ---: |" * (3 * len(found)),
    ]
    for stage in found[0].stages:
        cells = []
        for one in found:
            median, whole = one.medians[stage], sum(one.medians.values())
            far = f"{np.percentile(one.stages[stage], 99):.1f}" if len(one.stages[stage]) > 1 else ""
            cells.append(f"{median:.1f} | {far} | {median / whole:.0%}")
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    wholes = [f"{sum(one.medians.values()):.1f} | | 100%" for one in found]
    raws = [f"{np.median(one.raw):.1f} | {np.percentile(one.raw, 99):.1f} | 1 : {one.times_raw:.2f}" for one in found]
    plain = [f"{one.exhaustive_ms:.1f} | | 1 : {one.times_plain:.2f}" for one in found]
    lines += [
        f"| **all** | {' | '.join(wholes)} |",
        f"| encode and one search of the index's vectors | {' | '.join(raws)} |",
        f"| encode and plain FAISS over every row | {' | '.join(plain)} |",
        "",
        "*Text* is reading and cutting the words; dense and lexical each fetch 200 rows of every index; scoring is",
        "exact over their union. The larger catalog is made of copies of the demo's firms whose vectors and words",
        "differ, and takes what HTTP costs from the smaller, which does not depend on the size.",
        "",
        hostile_section,
    ]
    return "\n".join(lines)


def aims(found: Sequence[Measured]) -> list[Reached]:
    """What a search is held against; beside it, the index in use, which is quicker beyond a fair's size."""
    return [
        at_most(
            name,
            one.times_plain,
            1.3,
            f"{one.times_plain:.2f} at {one.offers:,}, {one.all_ms:.1f} CPU ms; {one.times_raw:.2f} × (encode + a "
            "search of the index in use)",
            missed=_slow(one),
        )
        for name, one in zip(("small search", "large search"), found, strict=False)
    ]


def _slow(one: Measured) -> str:
    """Which stages take the rest, the largest first."""
    beside = {name: value for name, value in one.medians.items() if name not in ("encoder", "dense")}
    first = sorted(beside, key=lambda name: -beside[name])[:3]
    spent = ", ".join(f"{name} {beside[name]:.1f} ms" for name in first)
    return f"an answer is more than a search of vectors; the dearest stages beside it: {spent}"


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--small", type=int, default=OFFERS, help="offers of the catalog that is served")
    given.add_argument("--large", type=int, default=0, help="offers of the one made of copies; 0: none")
    given.add_argument("--data", type=Path, default=KEPT, help="the served catalog is kept here and used again")
    asked = given.parse_args()
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    first, told = small(asked.data, n_offers=asked.small)
    found = [first]
    if asked.large:
        found.append(large(asked.large, http_ms=first.medians["HTTP, sign-in, spelling, live rows"]))
    finish(section(found, told), asked, aims=aims(found))


if __name__ == "__main__":
    main()
