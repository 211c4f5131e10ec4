"""Sixty-four clients search the service over 10,000 offers; beside it a plain loop, in the same run.

Usage: python -m tests.bench.load [--out FILE.json] [--clients 64] [--seconds 60] [--workers 1] [--data FOLDER]

The plain loop is what the service is held against: one encode and one FAISS search, one query after
another, no HTTP, no scoring, no evidence. Loop and service take turns, so that both meet the same machine.
Clients and service share its cores, so the CPU time of each request is told beside what the clients saw.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time

import numpy as np

from api.workspace import Workspace
from tests.bench.catalogs import KEPT, OFFERS, demo_queries, prepare
from tests.bench.parts import Reached, at_least, at_most, finish
from tests.bench.serving import cpu_s, load, serving
from tests.paged import arguments

TURNS = 2
WARM_S = 3.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        loop_ms: Of each query of the plain loop, float64 (n,); `answer_ms` of each request as a client saw it.
        rate: Requests a second.
        service_ms: CPU time of the service a request; `client_ms` of the clients, `loop_cpu_ms` of the loop.
    """

    offers: int
    clients: int
    workers: int
    seconds: float
    loop_ms: np.ndarray
    answer_ms: np.ndarray
    failed: int
    rate: float
    service_ms: float
    client_ms: float
    loop_cpu_ms: float


def measure(data: Path, *, n_offers: int, clients: int, seconds: float, workers: int) -> Measured:
    """Measure over the catalog in a folder, which is made where there is none."""
    key, space = prepare(data, n_offers=n_offers)
    queries = demo_queries()
    loops, answers, failed = [], [], 0
    loop_s = service_s = client_s = 0.0
    for _ in range(TURNS):
        start = process_time()
        loops.append(_plain_loop(space, queries, seconds=max(5, seconds / 10)))
        loop_s += process_time() - start
        with serving(data, workers=workers) as (port, process):
            load(port, key, queries, clients=clients, seconds=WARM_S)
            before, start = cpu_s(process), process_time()
            took, bad = load(port, key, queries, clients=clients, seconds=seconds / TURNS)
            service_s += cpu_s(process) - before
            client_s += process_time() - start
        answers.append(took)
        failed += bad
    loop_ms, answer_ms = np.concatenate(loops), np.concatenate(answers)
    return Measured(
        offers=space.engine().built.catalog.n_offers,
        clients=clients,
        workers=workers,
        seconds=seconds,
        loop_ms=loop_ms,
        answer_ms=answer_ms,
        failed=failed,
        rate=len(answer_ms) / seconds,
        service_ms=1000 * service_s / len(answer_ms),
        client_ms=1000 * client_s / len(answer_ms),
        loop_cpu_ms=1000 * loop_s / len(loop_ms),
    )


def _plain_loop(space: Workspace, queries: list[str], *, seconds: float) -> np.ndarray:
    """Milliseconds of each encode and FAISS search, one after another: float64 (n,)."""
    offers = space.engine().built.offers
    took, until, at = [], monotonic() + seconds, 0
    while monotonic() < until:
        start = perf_counter()
        offers.search(space.encoder.queries([queries[at % len(queries)]]), k=10)
        took.append(1000 * (perf_counter() - start))
        at += 1
    return np.array(took)


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    plain = 1000 / found.loop_ms.mean()
    return f"""## {found.clients} clients

{found.clients} clients on this machine search {found.offers:,} offers over HTTP for {found.seconds:.0f} s, \
{found.workers} worker. They share
the machine's {os.cpu_count()} cores with the service, and both with whatever else runs there.

| | queries/s | p50 ms | p99 ms | errors | CPU ms a query |
| --- | ---: | ---: | ---: | ---: | ---: |
| plain loop: one encode, one FAISS search | {plain:.1f} | {np.median(found.loop_ms):.1f} | \
{np.percentile(found.loop_ms, 99):.1f} | 0 | {found.loop_cpu_ms:.1f} |
| service | {found.rate:.1f} | {np.median(found.answer_ms):.1f} | {np.percentile(found.answer_ms, 99):.1f} | \
{found.failed} | {found.service_ms:.1f} + {found.client_ms:.1f} of the clients |

The loop finds vectors and stops there; an answer of the service is scored over the chain, counted in facets and
explained with evidence."""


def aims(found: Measured) -> list[Reached]:
    """What the service is held against."""
    plain, p99 = 1000 / found.loop_ms.mean(), float(np.percentile(found.answer_ms, 99))
    by_cpu = found.loop_cpu_ms / found.service_ms
    waits = 1000 * found.clients / found.rate
    return [
        at_least(
            "throughput",
            found.rate,
            3 * plain,
            f"{found.rate:.0f}/s, {found.rate / plain:.2f} × the loop ({by_cpu:.2f} by CPU)",
            missed=f"a query takes {found.service_ms:.0f} CPU ms of the service, {found.client_ms:.1f} of the clients, "
            f"{found.loop_cpu_ms:.0f} of the loop: batches save on the encoder alone, which is a part of an answer",
        ),
        at_most(
            "p99",
            p99,
            300,
            f"{p99:.0f} ms",
            missed=f"{found.clients} clients that never rest wait {waits:.0f} ms on average at {found.rate:.0f}/s, "
            "however fair the queue",
        ),
        at_most(
            "errors", found.failed, 0, f"{found.failed} of {len(found.answer_ms):,}", missed="requests were refused"
        ),
    ]


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--clients", type=int, default=64)
    given.add_argument("--seconds", type=float, default=60)
    given.add_argument("--workers", type=int, default=1)
    given.add_argument("--offers", type=int, default=OFFERS)
    given.add_argument("--data", type=Path, default=KEPT, help="the catalog is kept here and used again")
    asked = given.parse_args()
    found = measure(
        asked.data, n_offers=asked.offers, clients=asked.clients, seconds=asked.seconds, workers=asked.workers
    )
    finish(section(found), asked, aims=aims(found))


if __name__ == "__main__":
    main()
