"""Measure how long a search takes over 10,000 offers, one query at a time, and write it down.

Usage: python tests/bench/run.py OUT.md

The catalog is made from the demo's: each firm again and again, every offer joined with a phrase of
another offer, so that no two texts are equal. Read the ratios: machines differ, and are busy.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch

from matcher.domain import Firm, load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import load_encoder
from matcher.engine import Catalog, Engine, open_or_build
from matcher.engine.brief import read
from matcher.engine.texts import fields
from matcher.errors import InputError
from matcher.exchange import read_catalog
from matcher.text import load_glossary, normalise_query

OFFERS = 10_000
HOSTILE = {
    "empty": "",
    "50,000 characters": "ผ้าไหม " * 7_143,
    "4,000 × one character": "า" * 4_000,
    "NUL": "ผ้า\0ไหม",
    "lone surrogate": "\ud800ไหม",
    "right-to-left marks": "\u202eไหม\u202c" * 400,
    "emoji": "😀" * 4_000,
    "NaN": "NaN",
    "tone marks": "ก็่" * 1_300,
    "4,000 characters of one word": "ลู่วิ่ง" * 570,
}


def many_firms(firms: tuple[Firm, ...], *, n_offers: int, seed: int = 7) -> tuple[Firm, ...]:
    """Firms with at least `n_offers` different offers between them."""
    chance = random.Random(seed)
    phrases = [word for firm in firms for offer in firm.offers for word in offer.text.split()]
    made: list[Firm] = []
    count = 0
    while count < n_offers:
        for firm in firms:
            id = f"{firm.id}-{len(made)}"
            offers = tuple(
                replace(offer, id=f"{id}/o{at}", text=f"{offer.text} {' '.join(chance.sample(phrases, 3))}")
                for at, offer in enumerate(firm.offers)
            )
            needs = tuple(replace(need, id=f"{id}/n{at}") for at, need in enumerate(firm.needs))
            made.append(replace(firm, id=id, offers=offers, needs=needs))
            count += len(offers)
    return tuple(made)


def measure(engine: Engine, queries: list[str]) -> dict[str, np.ndarray]:
    """Milliseconds of each stage for every query, float64 (n,)."""
    stages: dict[str, list[float]] = {"text": [], "encoder": [], "search and score": [], "evidence": [], "all": []}
    for query in queries:
        start = perf_counter()
        normal = normalise_query(query)
        fields(normal, engine.glossary)
        read(normal, provinces=engine.provinces, certificates=engine.certificates)
        text = perf_counter() - start
        start = perf_counter()
        engine.encoder.queries([normal])
        encoder = perf_counter() - start
        brief = engine.understand.words(query)
        start = perf_counter()
        engine.rank(brief, limit=10)
        rank = perf_counter() - start
        start = perf_counter()
        answer = engine.search(query, limit=10)
        assert answer.matches or answer.near or answer.gates
        evidence = max(0.0, perf_counter() - start - encoder - rank)  # the words are cut once, above
        parts = (text, encoder, rank, evidence)
        for name, value in zip(stages, (*parts, sum(parts)), strict=True):
            stages[name].append(1000 * value)
    return {name: np.array(values) for name, values in stages.items()}


def hostile(engine: Engine) -> list[tuple[str, float, str]]:
    """What hostile input costs without the encoder, in milliseconds, and what comes of it."""
    real, engine.encoder = engine.encoder, _NoEncoder(engine.encoder.dim)
    rows = []
    try:
        for name, text in HOSTILE.items():
            start = perf_counter()
            try:
                said = f"{len(engine.search(text).matches)} matches"
            except InputError as problem:
                said = str(problem)
            rows.append((name, 1000 * (perf_counter() - start), said))
    finally:
        engine.encoder = real
    return rows


class _NoEncoder:
    def __init__(self, dim: int) -> None:
        self.dim = dim

    def queries(self, texts: list[str]) -> np.ndarray:
        return np.full((len(texts), self.dim), self.dim**-0.5, np.float32)


def report(stages: dict[str, np.ndarray], rows: list[tuple[str, float, str]], *, built: str) -> str:
    """The page."""
    machine = f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    lines = [
        "# Measured speed",
        "",
        f"`make bench` rebuilds this page. {machine}; one query at a time, model warm. Machines differ and are busy:",
        "read the ratios.",
        "",
        f"## Search over 10,000 offers\n\n{built}",
        "",
        "| stage | median ms | p99 ms | share of the median |",
        "| --- | ---: | ---: | ---: |",
    ]
    whole = float(np.median(stages["all"]))
    for name, values in stages.items():
        median = float(np.median(values))
        lines.append(f"| {name} | {median:.1f} | {np.percentile(values, 99):.1f} | {median / whole:.0%} |")
    lines += [
        "",
        "## Hostile input, without the encoder",
        "",
        "| input | ms | what comes of it |",
        "| --- | ---: | --- |",
    ]
    lines += [f"| {name} | {cost:.0f} | {said} |" for name, cost, said in rows]
    return "\n".join(lines) + "\n"


def main(out: Path) -> None:
    """Build, measure, write."""
    demo = Path(str(files("api") / "demo_catalog"))
    demo_firms = read_catalog(demo / "firms.jsonl").firms
    firms = many_firms(demo_firms, n_offers=OFFERS)
    queries = [json.loads(line)["text"] for line in (demo / "queries.jsonl").read_text("utf-8").splitlines()]
    encoder, glossary = load_encoder("bundled", models_dir=Path("var/models")), load_glossary()
    with TemporaryDirectory() as scratch:
        start = perf_counter()
        built = open_or_build(
            Catalog(firms),
            chains=load_chains(),
            encoder=encoder,
            glossary=glossary,
            root=Path(scratch) / "index",
            vectors=VectorCache(Path(scratch) / "vectors"),
            progress=lambda what, done, total: print(f"\r{what} {done:,}/{total:,} ", end="", flush=True),
        )
        seconds = perf_counter() - start
        engine = Engine(built, encoder=encoder, glossary=glossary)
        for query in queries[:20]:
            engine.search(query)
        queries += [need.text for firm in demo_firms for need in firm.needs]
        stages = measure(engine, queries)
        note = f"{len(firms):,} firms, {len(built.catalog.offers):,} offers, {len(built.catalog.needs):,} needs; "
        out.write_text(report(stages, hostile(engine), built=note + f"index made in {seconds:.0f} s."), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
