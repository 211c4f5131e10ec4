"""The dense indexes from 10,000 rows up: cost, recall under filters, updates, opening, beside plain FAISS.

Usage: python -m tests.bench.retrieval [--out FILE.json] [--sizes 10000,100000,1000000] [--queries 100]

Vectors are the demo's and as many more, spread as those are (`tests.bench.vectors`). Every figure is CPU time of
one thread, and plain FAISS reads the same rows in the same run. What each size gave is kept in var/bench and stays
on the page, so that 3,200,000, which takes ten minutes and 5 GB, may be run on another day.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import faiss
import numpy as np

from indexes import DenseIndex, FlatIndex, QuantisedIndex, Vectors, load_dense, open_snapshot, write_snapshot
from indexes.tiers import FLAT_ROWS
from tests.bench.parts import cpu_s, finish, sizes
from tests.bench.vectors import VAR, blocks, many, real
from tests.paged import arguments

SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
K = 10
_FOR = {"bench": "retrieval"}
_KEPT = VAR / "bench" / "retrieval"
_TIE = 2e-5


@dataclass(frozen=True, slots=True)
class Size:
    """What one size gave; times are CPU seconds of one thread.

    Attributes:
        kind: Class of the index.
        flat_s: Of one query that FAISS answers by reading all rows.
        one_s: Of one query alone; `batch_s` of one of a hundred, `part_s` of one within one part.
        recall: Share of the ten best found, by what filters.
        masked_s: Of one query of a hundred, by the share of rows that a mask allows.
    """

    n_rows: int
    kind: str
    build_s: float
    index_mb: float
    vectors_mb: float
    open_s: float
    open_wall_s: float
    flat_s: float
    one_s: float
    batch_s: float
    part_s: float
    recall: dict[str, float]
    masked_s: dict[str, float]
    add_s: float
    add_wall_s: float
    fold_s: float
    take_out_s: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One query alone through each kind of index, of all rows and of a tenth of them; CPU seconds.

    Attributes:
        recall: Of the cells; reading all is exact.
    """

    n_rows: int
    flat_s: float
    flat_masked_s: float
    cells_s: float
    cells_masked_s: float
    recall: float


def measure(n_rows: int, *, n_queries: int) -> Size:
    """Build an index of so many rows, ask it and change it."""
    root = _KEPT / str(n_rows)
    shutil.rmtree(root, ignore_errors=True)
    queries = _queries(n_queries)
    build_s = cpu_s(lambda: _build(root, n_rows))
    wall = time.perf_counter()
    opened: list[DenseIndex] = []
    open_s = cpu_s(lambda: opened.append(load_dense(open_snapshot(root, built_for=_FOR) / "index")))
    open_wall_s, index = time.perf_counter() - wall, opened[0]
    flat_s, products = _exhaustive(n_rows, queries)
    recall, costs = _asked(index, queries, products)
    folder = open_snapshot(root, built_for=_FOR) / "index"
    on_disk = {path.name: path.stat().st_size / 1e6 for path in folder.iterdir()}
    vectors_mb = on_disk.pop("vectors.f16", 0.0)
    found = Size(
        n_rows=n_rows, kind=type(index).__name__, build_s=build_s,
        index_mb=sum(on_disk.values()), vectors_mb=vectors_mb,
        open_s=open_s, open_wall_s=open_wall_s, flat_s=flat_s, one_s=costs.pop("one"), batch_s=costs.pop("batch"),
        part_s=costs.pop("part"), recall=recall, masked_s=costs, **_changed(index),
    )  # fmt: skip
    shutil.rmtree(root)
    (_KEPT / f"{n_rows}.json").write_text(json.dumps(asdict(found)), "utf-8")
    return found


def _queries(count: int) -> Vectors:
    """Some of the real ones, drawn evenly: float32 (count, dim)."""
    every = max(1, len(real().queries) // count)
    return np.ascontiguousarray(real().queries[::every][:count])


def _build(root: Path, n_rows: int) -> None:
    with write_snapshot(root, built_for=_FOR) as folder:
        if n_rows <= FLAT_ROWS:
            vectors, parts = many(n_rows)
            FlatIndex(vectors, parts=parts).save(folder / "index")
        else:
            QuantisedIndex.build(blocks(n_rows), folder=folder / "index")


def _exhaustive(n_rows: int, queries: Vectors) -> tuple[float, Vectors]:
    """CPU seconds of a query that FAISS answers by reading all rows; all inner products, float32 (n_rows, n)."""
    few, spent, products = queries[:5], 0.0, []
    for vectors, _ in blocks(n_rows):
        start = time.process_time()
        for at in range(len(few)):
            faiss.knn(few[at : at + 1], vectors, K, metric=faiss.METRIC_INNER_PRODUCT)
        spent += time.process_time() - start
        products.append(vectors @ queries.T)
    return spent / len(few), np.concatenate(products)


def _asked(index: DenseIndex, queries: Vectors, products: Vectors) -> tuple[dict[str, float], dict[str, float]]:
    """Recall by filter, and CPU seconds of a query."""
    rng, n_rows = np.random.default_rng(3), len(index.alive)
    part = int(np.argsort(np.bincount(index.parts))[-len(np.unique(index.parts)) // 2])
    recall, costs = {}, {}
    index.search(queries[:2], k=K)
    costs["batch"] = cpu_s(lambda: index.search(queries, k=K)) / len(queries)
    recall["all rows"] = _recall(index.search(queries, k=K).scores, products)
    costs["one"] = cpu_s(lambda: [index.search(query[None], k=K) for query in queries]) / len(queries)
    inside = np.flatnonzero(index.parts == part)
    costs["part"] = cpu_s(lambda: index.search(queries, k=K, within=[part])) / len(queries)
    recall["one part"] = _recall(index.search(queries, k=K, within=[part]).scores, products[inside])
    for share in SHARES:
        mask = rng.random(n_rows) < share
        index.search(queries[:2], k=K, allowed=mask)
        costs[f"{share:.1%}"] = cpu_s(lambda mask=mask: index.search(queries, k=K, allowed=mask)) / len(queries)
        recall[f"{share:.1%}"] = _recall(index.search(queries, k=K, allowed=mask).scores, products[mask])
    return recall, costs


def _recall(scores: Vectors, products: Vectors) -> float:
    """Share of the K best that were found, ties for either."""
    k = min(K, len(products))
    least = np.partition(products, len(products) - k, axis=0)[len(products) - k]
    return float((scores[:, :k] >= least[:, None] - _TIE).mean())


def _changed(index: DenseIndex) -> dict[str, float]:
    """CPU seconds until 100 rows added, or taken out, are seen so; and until rows beside the cells are put in."""
    vectors, parts = many(5_000, seed=99)
    some, places = vectors[:100], parts[:100]
    grown: list[DenseIndex] = []
    wall = time.perf_counter()
    add_s = cpu_s(lambda: grown.append(index.extended(some, parts=places)))
    assert (grown[0].search(some, k=1).rows[:, 0] >= len(index.alive)).mean() > 0.95
    add_wall_s = time.perf_counter() - wall
    gone = np.unique(index.search(some, k=1).rows)
    take_out_s = cpu_s(lambda: grown.append(index.extended(some[:0], parts=places[:0], without=gone)))
    assert not np.isin(grown[1].search(some, k=K).rows, gone).any()
    fold_s = cpu_s(lambda: index.extended(vectors, parts=parts))
    return {"add_s": add_s, "add_wall_s": add_wall_s, "take_out_s": take_out_s, "fold_s": fold_s}


def choice(n_rows: int, *, n_queries: int) -> Choice:
    """Both kinds of index over the same rows, whichever a collection of that size gets."""
    vectors, parts = many(n_rows)
    queries = _queries(n_queries)
    exact = FlatIndex(vectors, parts=parts)
    with TemporaryDirectory() as scratch:
        cells = QuantisedIndex.build([(vectors, parts)], folder=Path(scratch) / "index")
        mask = np.random.default_rng(3).random(n_rows) < 0.1
        products = vectors @ queries.T
        costs = {}
        for name, index in (("flat", exact), ("cells", cells)):
            index.search(queries[:2], k=K)
            alone = cpu_s(lambda index=index: [index.search(query[None], k=K) for query in queries])
            masked = cpu_s(lambda index=index: [index.search(query[None], k=K, allowed=mask) for query in queries])
            costs[name] = (alone / len(queries), masked / len(queries))
        found = _recall(cells.search(queries, k=K).scores, products)
    return Choice(n_rows, *costs["flat"], *costs["cells"], found)


def main() -> None:
    """Measure and write; the page shows every size that was ever measured here."""
    given = arguments(__doc__)
    given.add_argument("--sizes", default="10000,100000,1000000")
    given.add_argument("--queries", type=int, default=100)
    given.add_argument("--line", default="10000,25000,50000,100000", help="sizes at which both kinds are held together")
    asked = given.parse_args()
    faiss.omp_set_num_threads(1)
    _KEPT.mkdir(parents=True, exist_ok=True)
    for size in sizes(asked.sizes):
        print(measure(size, n_queries=asked.queries), flush=True)
    choices = [choice(size, n_queries=asked.queries) for size in sizes(asked.line)]
    found = sorted(
        (Size(**json.loads(path.read_text("utf-8"))) for path in _KEPT.glob("*.json")), key=lambda size: size.n_rows
    )
    from tests.bench import retrieval_page as page

    finish(page.section(found, choices), asked, aims=page.aims(found, choices), plots={page.PLOT: page.plot(found)})


if __name__ == "__main__":
    main()
