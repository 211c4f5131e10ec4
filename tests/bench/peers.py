"""Other engines beside ours: the same vectors, the same filter, one thread, one query at a time.

Usage: python -m tests.bench.peers [--out FILE.json] [--rows 100000] [--limit 90] [--engines hnswlib,usearch]

Run by `.venv-peers/bin/python`, which sees what the service needs and the other engines; `make bench` makes it. Each
engine is a process of its own. One that searches roughly is asked with more and more effort until it finds 96 % of the
ten best, and that effort is what counts, for all rows and for the filter each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from indexes import Parts, Vectors
from tests.bench.engines import CONSTRUCTION, ENGINES, NEIGHBOURS, K, Opened
from tests.bench.parts import Reached, finish
from tests.paged import arguments

ROWS, QUERIES = 100_000, 100
SHARE = 0.05
ENOUGH = 0.96
PACKAGES = {
    "FAISS flat": "faiss-cpu",
    "FAISS IVF-SQ8": "faiss-cpu",
    "hnswlib": "hnswlib",
    "usearch": "usearch",
    "Qdrant Edge": "qdrant-edge-py",
    "Chroma": "chromadb",
    "LanceDB": "lancedb",
}
_THREADS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS")
_TIE = 2e-5


@dataclass(frozen=True, slots=True)
class Asked:
    """What queries gave at the least effort that was enough, or at the most there is."""

    rate: float
    recall: float
    effort: int


@dataclass(frozen=True, slots=True)
class Peer:
    """One engine.

    Attributes:
        build_s: CPU seconds until it can be searched; `rate` is of queries a CPU second.
        within: Under the filter; None where it takes none.
        problem: Why it gave nothing; empty where it did.
    """

    name: str
    what: str = ""
    build_s: float = 0.0
    mb: float = 0.0
    everywhere: Asked | None = None
    within: Asked | None = None
    problem: str = ""


def measured(name: str, folder: Path) -> Peer:
    """One engine over the vectors that stand in a folder; runs in a process of its own."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors, parts, queries = (np.load(folder / f"{what}.npy") for what in ("vectors", "parts", "queries"))
    part = _filter(parts)
    own = folder / f"engine-{list(ENGINES).index(name)}"
    own.mkdir()
    before = process_time()
    opened = ENGINES[name](vectors, parts, own)
    build_s = opened.spent_s() - before
    try:
        products = queries @ vectors.T
        everywhere = _asked(opened, queries, products, part=None)
        products[:, parts != part] = -np.inf
        within = _asked(opened, queries, products, part=part) if opened.filters else None
    finally:
        opened.close()
    return Peer(name, opened.what, build_s, opened.mb, everywhere, within)


def _asked(opened: Opened, queries: Vectors, products: Vectors, *, part: int | None) -> Asked:
    """The first rung of the ladder that finds enough."""
    least = np.partition(products, -K, axis=1)[:, -K]
    found = Asked(0.0, 0.0, 0)
    for effort in opened.efforts:
        opened.search(queries[0], effort, part)
        start = opened.spent_s()
        rows = [opened.search(query, effort, part) for query in queries]
        spent = max(opened.spent_s() - start, 1e-9)
        right = [(products[at][some[some >= 0]] >= least[at] - _TIE).sum() / K for at, some in enumerate(rows)]
        found = Asked(len(queries) / spent, float(np.mean(right)), effort)
        if found.recall >= ENOUGH:
            break
    return found


def _filter(parts: Parts) -> int:
    """The cluster and stage whose share is nearest to the one wanted."""
    return int(np.argmin(np.abs(np.bincount(parts) / len(parts) - SHARE)))


def run(name: str, folder: Path, *, limit_s: float) -> Peer:
    """An engine in a process of its own, or why it gave nothing."""
    command = [sys.executable, "-m", "tests.bench.peers", "--engine", name, "--folder", str(folder)]
    environment = os.environ | dict.fromkeys(_THREADS, "1")
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return Peer(name, problem=f"not done after {limit_s:.0f} s")
    if ended.returncode == 0:
        return peer_of(json.loads(ended.stdout.splitlines()[-1]))
    last = (ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"])[-1]
    missing = "ModuleNotFoundError" in last
    return Peer(name, problem="cannot be had here: " * missing + last[:160].replace(str(folder), "…"))


def peer_of(data: Mapping[str, object]) -> Peer:
    """What a process said."""
    asked = {name: Asked(**data[name]) if data[name] else None for name in ("everywhere", "within")}  # type: ignore[arg-type]
    return Peer(**(dict(data) | asked))


def section(peers: Sequence[Peer], parts: Parts) -> str:
    """A part of docs/performance.md."""
    share = float((parts == _filter(parts)).mean())
    lines = [
        "## Beside other engines",
        "",
        f"{len(parts):,} vectors spread as the demo's are, {QUERIES} real queries, the {K} best, one thread, one query",
        f"at a time; the filter is one cluster and stage, which keeps {share:.1%} of the rows. Graphs have",
        f"{NEIGHBOURS} edges a row and are built with {CONSTRUCTION} candidates; each engine searches with the least",
        f"effort that finds {ENOUGH:.0%}, or the most it was given.",
        "",
        "| engine | index | built, CPU s | MB saved | q/s of CPU | recall | filtered, q/s of CPU | recall |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_row(peer) for peer in peers),
        "",
        _verdict(peers),
    ]
    return "\n".join(lines)


def _row(peer: Peer) -> str:
    name = f"**{peer.name}**" if _is_ours(peer) else f"{peer.name} {_version(peer.name)}".strip()
    if peer.problem or peer.everywhere is None:
        return f"| {name} | {peer.problem.replace('|', ' ')} | | | | | | |"
    cells = [
        f"{asked.rate:,.0f} | {asked.recall:.3f}" if asked else "takes none | "
        for asked in (peer.everywhere, peer.within)
    ]
    return f"| {name} | {peer.what} | {peer.build_s:.1f} | {peer.mb:.0f} | {cells[0]} | {cells[1]} |"


def _verdict(peers: Sequence[Peer]) -> str:
    """Where we lose, in words."""
    lines = [_best(peers, "everywhere", "Over all rows"), _best(peers, "within", "Under the filter")]
    return "\n".join(f"- {line}" for line in lines if line)


def _best(peers: Sequence[Peer], field: str, where: str) -> str:
    rates = {peer.name: getattr(peer, field) for peer in peers if getattr(peer, field)}
    enough = {name: asked.rate for name, asked in rates.items() if asked.recall >= ENOUGH}
    ours = max((rate for name, rate in enough.items() if name.startswith("Khukha")), default=0.0)
    if not ours:
        return ""
    better = {name: rate for name, rate in enough.items() if rate > ours}
    if not better:
        return f"{where} none that finds as much is quicker than ours."
    said = ", ".join(f"{name} {rate / ours:.1f} ×" for name, rate in sorted(better.items(), key=lambda one: -one[1]))
    return f"{where} ours loses to {said}."


def aim(peers: Sequence[Peer]) -> Reached:
    """Whether all were measured, and where ours stands."""
    lost = [peer.name for peer in peers if peer.problem]
    figure = f"{len(peers) - len(lost)} of {len(peers)} measured. {' '.join(_verdict(peers).replace('- ', '').split())}"
    return Reached("vector peers", figure, not lost, f"no figures: {', '.join(lost)}" if lost else "")


def _is_ours(peer: Peer) -> bool:
    return peer.name.startswith("Khukha")


def _version(name: str) -> str:
    try:
        return version(PACKAGES[name])
    except (KeyError, PackageNotFoundError):
        return ""


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--rows", type=int, default=ROWS)
    given.add_argument("--limit", type=float, default=90, help="seconds on the clock an engine may take")
    given.add_argument("--engines", default="", help="some of them, with commas between")
    given.add_argument("--engine", help="measure one alone over what stands in --folder, and say it as JSON")
    given.add_argument("--folder", type=Path)
    asked = given.parse_args()
    if asked.engine:
        print(json.dumps(asdict(measured(asked.engine, asked.folder))))
        return
    from tests.bench.vectors import many, real  # loads the encoder, which the engines need not

    vectors, parts = many(asked.rows)
    queries = real().queries[:: len(real().queries) // QUERIES][:QUERIES]
    names = [name for name in asked.engines.split(",") if name] or list(ENGINES)
    with TemporaryDirectory(prefix="peers") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)  # the database server is another user
        for name, array in {"vectors": vectors, "parts": parts, "queries": queries}.items():
            np.save(folder / f"{name}.npy", array)
        peers = []
        for name in names:
            peers.append(run(name, folder, limit_s=asked.limit))
            print(peers[-1], file=sys.stderr, flush=True)
    finish(section(peers, parts), asked, aims=[aim(peers)])


if __name__ == "__main__":
    main()
