"""The lexical index at several sizes: cost of a query, under masks, of updates and of opening.

Usage: python -m tests.bench.lexical OUT.md [--sizes 10000,100000]

A text is a demo offer joined with the words of two others. CPU time, tantivy's own threads included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from indexes import Fields, LexicalIndex, open_snapshot, write_snapshot
from matcher.engine.texts import FIELDS, fields
from matcher.exchange import read_catalog
from matcher.text import load_glossary

SHARES = (0.001, 0.01, 0.1, 0.5, 0.9, 1.0)
QUERIES = 100
WEIGHTS = {"words": 1.0, "grams": 0.5, "concepts": 0.5}
_FOR = {"bench": "lexical"}


def measure(n_rows: int) -> str:
    """A row of the table."""
    demo = Path(str(files("api") / "demo_catalog"))
    glossary = load_glossary()
    texts = [offer.text for firm in read_catalog(demo / "firms.jsonl").firms for offer in firm.offers]
    known = [fields(text, glossary) for text in texts]
    asked = [json.loads(line)["text"] for line in (demo / "queries.jsonl").read_text("utf-8").splitlines()]
    queries = [fields(text, glossary) for text in asked[:QUERIES]]
    rng = np.random.default_rng(1)
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        start = time.process_time()
        with write_snapshot(root, built_for=_FOR) as folder:
            LexicalIndex.build(_rows(known, n_rows), fields=FIELDS, folder=folder / "words")
        build_s = time.process_time() - start
        start = time.process_time()
        folder = open_snapshot(root, built_for=_FOR) / "words"
        index = LexicalIndex.load(folder)
        open_s = time.process_time() - start
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        costs = [_each(queries, lambda query: index.search(query, k=200, weights=WEIGHTS))]
        for share in SHARES:
            mask = rng.random(n_rows) < share
            costs.append(
                _each(queries, lambda query, mask=mask: index.search(query, k=200, allowed=mask, weights=WEIGHTS))
            )
        some = list(_rows(known, 100))
        start = time.process_time()
        grown = index.extended(some, without=np.arange(50))
        first = time.process_time() - start
        start, wall = time.process_time(), time.perf_counter()
        grown = grown.extended(some, without=np.arange(50, 100))
        assert grown.n_rows == n_rows + 200
        later, later_wall = time.process_time() - start, time.perf_counter() - wall
    cells = " | ".join(f"{1000 * cost:.2f}" for cost in costs)
    changes = f"{first:.2f} | {later:.3f} ({later_wall:.2f})"
    return f"| {n_rows:,} | {cells} | {size:.0f} | {build_s:.1f} | {open_s:.2f} | {changes} |"


def _rows(known: list[Fields], n_rows: int) -> Iterator[Fields]:
    rng = np.random.default_rng(2)
    for first, second, third in rng.integers(0, len(known), (n_rows, 3)).tolist():
        more, other = known[second], known[third]
        yield {name: [*known[first][name], *more[name][:4], *other[name][:4]] for name in FIELDS}


def _each(queries: list[Fields], search: Callable[[Fields], object]) -> float:
    """CPU seconds of a query, after two to warm up."""
    for query in queries[:2]:
        search(query)
    start = time.process_time()
    for query in queries:
        search(query)
    return (time.process_time() - start) / len(queries)


def main() -> None:
    """Measure and write."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("out", type=Path)
    given.add_argument("--sizes", default="10000,100000")
    asked = given.parse_args()
    rows = [measure(int(size)) for size in asked.sizes.split(",")]
    shares = " | ".join(f"{share:.1%}" for share in SHARES)
    asked.out.write_text(
        "## Lexical retrieval by size\n\n"
        "BM25 over words, sub-words and concepts, 200 best of each of a hundred demo queries; CPU ms of a query\n"
        "without a mask and under masks that allow a share of the rows.\n\n"
        f"| rows | no mask | {shares} | MB | build s | open s | first change s | 100 rows changed, CPU s (wall) |\n"
        f"|{' ---: |' * (7 + len(SHARES))}\n" + "\n".join(rows) + "\n",
        "utf-8",
    )


if __name__ == "__main__":
    main()
