"""What the encoder reaches of the CPU's own matrix rate, beside the library and with the same vectors.

Usage: python -m tests.bench.encoder OUT.md

All figures are CPU time of one thread, the three ways taking turns, so that a busy machine slows all
alike; of each the best turn counts. The matrix rate is that of the model's own products, [tokens, in] ×
[in, out], in the precision that the encoder chose for this CPU.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch

from matcher.encoder import library
from matcher.encoder.bundled import unpack
from matcher.encoder.encoder import load_encoder
from matcher.encoder.packed import PackedModel
from matcher.encoder.vectors import unit

BATCH = 64
TURNS = 5
QUERY = "ผ้าไหมมัดหมี่ ขอนแก่น"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        precision: Of the arithmetic.
        products: GFLOP/s of the model's bare matrix products at a batch's tokens; `packed` and `library`
            are what a batch of passages reaches, padding not counted as work.
        query_tokens: Of the one short query.
        query_floor_ms: The bare products of its tokens; the rest of `query_ms` is everything else.
        mean_cosine: Of packed and library vectors over all texts; `least_cosine` likewise.
    """

    precision: str
    tokens: int
    products: float
    packed: float
    library: float
    query_tokens: int
    query_floor_ms: float
    query_ms: float
    query_library_ms: float
    mean_cosine: float
    least_cosine: float


def measure(models_dir: Path = Path("var/models")) -> Measured:
    """Measure; half a minute of an idle core."""
    torch.set_num_threads(1)
    model = load_encoder("bundled", models_dir=models_dir)._model
    assert isinstance(model, PackedModel)
    theirs = library.load(str(unpack(models_dir)), name="bundled")
    lines = (files("api") / "demo_catalog" / "firms.jsonl").read_text("utf-8").splitlines()
    texts = [offer["text"] for line in lines[:80] for offer in json.loads(line)["offers"]][: 2 * BATCH]
    batch = sorted(texts, key=len)[BATCH // 2 :][:BATCH]
    tokens = sum(len(model.tokens(f"passage: {text}")) + 2 for text in batch)
    few = len(model.tokens(f"query: {QUERY}")) + 2
    per_token = 2 * sum(matrix.numel() for matrix in _matrices(model))
    spent = _best(
        {
            "products": lambda: _products(model, tokens),
            "packed": lambda: model.vectors(batch, prompt="passage"),
            "library": lambda: theirs.vectors(batch, prompt="passage"),
            "floor": lambda: _products(model, few),
            "query": lambda: model.vectors([QUERY], prompt="query"),
            "library query": lambda: theirs.vectors([QUERY], prompt="query"),
        }
    )
    cosine = (unit(model.vectors(texts, prompt="passage")) * unit(theirs.vectors(texts, prompt="passage"))).sum(axis=1)
    rate = {name: tokens * per_token / spent[name] / 1e9 for name in ("products", "packed", "library")}
    return Measured(
        precision=model.facts.precision,
        tokens=tokens,
        **rate,
        query_tokens=few,
        query_floor_ms=1000 * spent["floor"],
        query_ms=1000 * spent["query"],
        query_library_ms=1000 * spent["library query"],
        mean_cosine=float(cosine.mean()),
        least_cosine=float(cosine.min()),
    )


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    share = found.packed / found.products
    return f"""## Encoder

One thread, {torch.backends.cpu.get_cpu_capability()}, {found.precision}; CPU time, in turns.

| {BATCH} passages, {found.tokens:,} tokens | GFLOP/s | of the CPU's matrix rate |
| --- | ---: | ---: |
| the model's matrix products alone | {found.products:.1f} | 100 % |
| packed, as the service encodes | {found.packed:.1f} | {share:.0%} |
| sentence-transformers, the same texts | {found.library:.1f} | {found.library / found.products:.0%} |

| one query of {found.query_tokens} tokens | ms |
| --- | ---: |
| the model's matrix products alone | {found.query_floor_ms:.1f} |
| packed | {found.query_ms:.1f} |
| sentence-transformers | {found.query_library_ms:.1f} |

Cosine of packed and library vectors: mean {found.mean_cosine:.6f}, least {found.least_cosine:.6f}.

- Passages at half the matrix rate or more: {_reached(share >= 0.5)} ({share:.2f}).
- One query in 5 ms: {_reached(found.query_ms <= 5)}; the products alone take {found.query_floor_ms:.1f} ms here: a
  query has so few tokens that every product reads its whole matrix from memory for little work.
- Mean cosine of 0.999: {_reached(found.mean_cosine >= 0.999)}.
"""


def _reached(so: bool) -> str:
    return "reached" if so else "not reached"


def _matrices(model: PackedModel) -> list[torch.Tensor]:
    return [
        linear.weight
        for layer in model._bert._layers
        for linear in (layer.projections, layer.mix, layer.widen, layer.narrow)
    ]


def _products(model: PackedModel, tokens: int) -> None:
    with torch.inference_mode():
        for matrix in _matrices(model):
            torch.nn.functional.linear(_filled(tokens, matrix.shape[1], matrix.dtype), matrix)


def _filled(tokens: int, width: int, dtype: torch.dtype) -> torch.Tensor:
    return _INPUTS.setdefault((tokens, width), torch.ones(tokens, width, dtype=dtype))


_INPUTS: dict[tuple[int, int], torch.Tensor] = {}


def _best(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Least CPU seconds of each way over some turns, after one to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, way in ways.items():
            start = time.process_time()
            way()
            if turn:
                spent[name].append(time.process_time() - start)
    return {name: float(np.min(values)) for name, values in spent.items()}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(section(measure()), "utf-8")
