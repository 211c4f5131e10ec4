"""The demo's real vectors, and as many more as are wanted, spread as the real ones are.

A made vector is a real one moved along the difference of two other real ones, and scaled to unit length:
its directions and their spread are those of real texts, which plain noise in 384 dimensions has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from indexes import Parts, Vectors
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import load_encoder
from matcher.encoder.vectors import unit
from matcher.exchange import read_catalog

VAR = Path("var")
MOVE = 0.35
"""How far a made vector is moved: its cosine to the real one is 0.97 on average, as of two wordings of a thing."""

_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Real:
    """Vectors of real texts.

    Attributes:
        offers: float32 (n, dim), unit rows.
        parts: int16 (n,), one number for each (cluster, stage).
        queries: float32 (m, dim): the demo's queries and needs.
    """

    offers: Vectors
    parts: Parts
    queries: Vectors


@cache
def real() -> Real:
    """The demo's, encoded once and kept."""
    demo = Path(str(files("api") / "demo_catalog"))
    firms = read_catalog(demo / "firms.jsonl").firms
    offers = [offer for firm in firms for offer in firm.offers]
    asked = [json.loads(line)["text"] for line in (demo / "queries.jsonl").read_text("utf-8").splitlines()]
    asked += [need.text for firm in firms for need in firm.needs]
    encoder, kept = load_encoder("bundled", models_dir=VAR / "models"), VectorCache(VAR / "bench" / "vectors")
    places = [(offer.cluster or "", offer.stage or "") for offer in offers]
    numbers = {place: number for number, place in enumerate(sorted(set(places)))}
    return Real(
        offers=kept.encode(encoder, [offer.text for offer in offers], prompt="passage"),
        parts=np.array([numbers[place] for place in places], np.int16),
        queries=kept.encode(encoder, asked, prompt="query"),
    )


def blocks(n_rows: int, *, seed: int = 7) -> Iterator[tuple[Vectors, Parts]]:
    """Vectors and parts, a block at a time; equal seeds give equal rows."""
    found, rng = real(), np.random.default_rng(seed)
    for start in range(0, n_rows, _BLOCK):
        size = min(_BLOCK, n_rows - start)
        base, more, less = rng.integers(0, len(found.offers), (3, size))
        moved = found.offers[base] + MOVE * (found.offers[more] - found.offers[less])
        moved += rng.normal(0, 0.003, moved.shape).astype(np.float32)  # no two are equal
        yield unit(moved), found.parts[base]


def many(n_rows: int, *, seed: int = 7) -> tuple[Vectors, Parts]:
    """float32 (n_rows, dim) and int16 (n_rows,)."""
    vectors = np.empty((n_rows, real().offers.shape[1]), np.float32)
    parts, at = np.empty(n_rows, np.int16), 0
    for some, places in blocks(n_rows, seed=seed):
        vectors[at : at + len(some)], parts[at : at + len(some)] = some, places
        at += len(some)
    return vectors, parts
