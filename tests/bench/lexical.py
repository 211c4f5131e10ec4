"""The lexical index at several sizes: cost of a query, under masks, of updates and of opening.

Usage: python -m tests.bench.lexical [--out FILE.json] [--sizes 10000,100000,1000000]

A text is a demo offer joined with the words of two others. CPU time, tantivy's own threads included.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from indexes import Fields, LexicalIndex, open_snapshot, write_snapshot
from matcher.engine.texts import FIELDS, fields
from matcher.exchange import read_catalog
from matcher.text import load_glossary
from tests.bench.parts import Reached, finish, sizes
from tests.paged import arguments

SHARES = (0.001, 0.01, 0.1, 0.5, 0.9, 1.0)
QUERIES = 100
MILLION = 1_000_000
WEIGHTS = {"words": 1.0, "grams": 0.5, "concepts": 0.5}
_FOR = {"bench": "lexical"}


@dataclass(frozen=True, slots=True)
class Size:
    """What one size gave, in CPU seconds.

    Attributes:
        costs_s: Of a query without a mask, then under masks of `SHARES`.
        first_change_s: Until a hundred rows added and fifty deleted are seen, the first time after opening;
            `change_s` of the next such change, `change_wall_s` on the clock.
    """

    n_rows: int
    costs_s: tuple[float, ...]
    mb: float
    build_s: float
    open_s: float
    first_change_s: float
    change_s: float
    change_wall_s: float


def measure(n_rows: int) -> Size:
    """Build, search, change."""
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
    return Size(n_rows, tuple(costs), size, build_s, open_s, first, later, later_wall)


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


def section(found: Sequence[Size]) -> str:
    """A part of docs/performance.md."""
    shares = " | ".join(f"{share:.1%}" for share in SHARES)
    lines = [
        "## Lexical retrieval by size",
        "",
        "BM25 over words, sub-words and concepts, 200 best of each of a hundred demo queries; CPU ms of a query",
        "without a mask and under masks that allow a share of the rows.",
        "",
        f"| rows | no mask | {shares} | MB | build s | open s | first change s | 100 rows changed, CPU s (wall) |",
        f"|{' ---: |' * (7 + len(SHARES))}",
    ]
    for size in found:
        cells = " | ".join(f"{1000 * cost:.2f}" for cost in size.costs_s)
        lines.append(
            f"| {size.n_rows:,} | {cells} | {size.mb:.0f} | {size.build_s:.1f} | {size.open_s:.2f} "
            f"| {size.first_change_s:.2f} | {size.change_s:.3f} ({size.change_wall_s:.2f}) |"
        )
    if len(found) > 1:
        slope = np.polyfit(*(np.log([one.n_rows for one in found]), np.log([one.costs_s[0] for one in found])), 1)[0]
        lines += ["", f"A query costs as n^{slope:.2f}."]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--sizes", default="10000,100000,1000000")
    asked = given.parse_args()
    found = [measure(size) for size in sizes(asked.sizes)]
    last = found[-1]
    slowest = max(last.costs_s[1:])
    figure = (
        f"{', '.join(f'{one.n_rows:,}' for one in found)} rows; at {last.n_rows:,} {1000 * last.costs_s[0]:.1f} CPU ms "
        f"a query, at most {1000 * slowest:.1f} filtered, a change seen after {last.change_wall_s:.2f} s"
    )
    whole = last.n_rows >= MILLION
    reason = "" if whole else f"{MILLION:,} rows were not run"
    finish(section(found), asked, aims=[Reached("lexical", figure, True if whole else None, reason)])


if __name__ == "__main__":
    main()
