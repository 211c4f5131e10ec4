"""Sixty-four clients search the service over 10,000 offers; beside it a plain loop, in the same run.

Usage: python -m tests.bench.load OUT.md [--clients 64] [--seconds 300] [--workers 1] [--data FOLDER]

The plain loop is what the service is held against: one encode and one FAISS search, one query after
another, no HTTP, no scoring, no evidence. Loop and service take turns, so that both meet the same machine.
Clients and service share its cores, so the CPU time of each request is told beside what the clients saw.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, process_time, sleep
from urllib.parse import quote

import httpx
import numpy as np

from api.settings import Settings
from api.store.keys import Role, make_key, read_pepper
from api.workspace import Workspace
from matcher.exchange import read_catalog
from tests.bench.run import OFFERS, many_firms

TURNS = 2
READY_S = 180
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        loop_ms: Of each query of the plain loop, float64 (n,); `answer_ms` of each request as a client saw it.
        rate: Requests a second.
        service_ms: CPU time of the service a request; `client_ms` of the clients, `loop_cpu_ms` of the loop.
        start_s: Seconds from starting the service to its first answer; `start_cpu_s` its CPU time until then.
        resident_mb: Of the service at the end, its libraries' files counted.
    """

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
    start_s: float
    start_cpu_s: float
    resident_mb: float


def prepare(settings: Settings) -> tuple[str, list[str], Workspace]:
    """A catalog of 10,000 offers with its index; a key for it, queries, and the workspace."""
    folder = files("api") / "demo_catalog"
    firms = many_firms(read_catalog(str(folder / "firms.jsonl")).firms, n_offers=OFFERS)
    space = Workspace(settings)
    space.put(firms, progress=lambda _what, done, total: print(f"\r{done}/{total}", end="", file=sys.stderr))
    space.engine()
    with space.database.writing() as session:
        key = make_key(session, role=Role.READER, name="load", pepper=read_pepper(settings.pepper_path)).text
    lines = (folder / "queries.jsonl").read_text("utf-8").splitlines()
    return key, [json.loads(line)["text"] for line in lines], space


def plain_loop(space: Workspace, queries: list[str], *, seconds: float) -> np.ndarray:
    """Milliseconds of each encode and FAISS search, one after another: float64 (n,)."""
    offers = space.engine().built.offers
    took, until, at = [], monotonic() + seconds, 0
    while monotonic() < until:
        start = perf_counter()
        offers.search(space.encoder.queries([queries[at % len(queries)]]), k=10)
        took.append(1000 * (perf_counter() - start))
        at += 1
    return np.array(took)


@contextmanager
def serving(data_dir: Path, *, workers: int):
    """The service as an operator starts it; yields its port on this machine and its process, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"MATCHER_DATA_DIR": str(data_dir), "MATCHER_RATE": "10000000/minute"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-jobs", "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        until = monotonic() + READY_S
        while monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            sleep(0.2)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def load(port: int, key: str, queries: list[str], *, clients: int, seconds: float) -> tuple[np.ndarray, int]:
    """Milliseconds of each answer, float64 (n,), and how many requests failed."""
    took: list[float] = []
    failed = 0
    until = monotonic() + seconds
    lock = threading.Lock()
    headers = {"Authorization": f"Bearer {key}"}

    def client(number: int) -> None:
        nonlocal failed
        own, bad, at = [], 0, number * 7
        http = HTTPConnection("127.0.0.1", port, timeout=60)  # the cheapest client: it shares the machine
        while monotonic() < until:
            start = perf_counter()
            http.request("GET", f"/v1/search?q={quote(queries[at % len(queries)])}", headers=headers)
            answer = http.getresponse()
            answer.read()
            own.append(1000 * (perf_counter() - start))
            bad += answer.status != 200
            at += 1
        http.close()
        with lock:
            took.extend(own)
            failed += bad

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.array(took), failed


def cpu_s(process: subprocess.Popen) -> float:
    """CPU seconds of a process and its children so far; Linux alone tells them."""
    total = 0.0
    for one in family(process.pid):
        fields = Path(f"/proc/{one}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def resident_mb(process: subprocess.Popen) -> float:
    """Memory of the largest of a process and its children: one worker's."""
    sizes = [Path(f"/proc/{one}/statm").read_text("ascii").split()[1] for one in family(process.pid)]
    return max(map(int, sizes)) * os.sysconf("SC_PAGE_SIZE") / 1e6


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *map(int, children)]


def measure(data: Path, *, clients: int = 64, seconds: float = 300, workers: int = 1) -> Measured:
    """Measure over the catalog in a folder, which is made where there is none."""
    settings = Settings(data_dir=data)
    key, queries, space = prepare(settings)
    loops, answers, failed, spent = [], [], 0, np.zeros(5)
    for _ in range(TURNS):
        start = process_time()
        loops.append(plain_loop(space, queries, seconds=max(5, seconds / 10)))
        spent[2] += process_time() - start
        begun = monotonic()
        with serving(data, workers=workers) as (port, process):
            load(port, key, queries[:1], clients=1, seconds=0.01)
            spent[3], spent[4] = monotonic() - begun, cpu_s(process)
            load(port, key, queries, clients=clients, seconds=3)  # warm
            before, start = cpu_s(process), process_time()
            took, bad = load(port, key, queries, clients=clients, seconds=seconds / TURNS)
            spent[:2] += cpu_s(process) - before, process_time() - start
            resident = resident_mb(process)
        answers.append(took)
        failed += bad
    loop_ms, answer_ms = np.concatenate(loops), np.concatenate(answers)
    return Measured(
        clients=clients,
        workers=workers,
        seconds=seconds,
        loop_ms=loop_ms,
        answer_ms=answer_ms,
        failed=failed,
        rate=len(answer_ms) / seconds,
        service_ms=1000 * spent[0] / len(answer_ms),
        client_ms=1000 * spent[1] / len(answer_ms),
        loop_cpu_ms=1000 * spent[2] / len(loop_ms),
        start_s=float(spent[3]),
        start_cpu_s=float(spent[4]),
        resident_mb=resident,
    )


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    plain, p99 = 1000 / found.loop_ms.mean(), float(np.percentile(found.answer_ms, 99))
    return f"""## {found.clients} clients

{found.clients} clients on this machine search {OFFERS:,} offers over HTTP for {found.seconds:.0f} s, {found.workers}
worker. They share the machine's {os.cpu_count()} cores with the service, and both with whatever else runs there.

| | queries/s | p50 ms | p99 ms | errors | CPU ms a query |
| --- | ---: | ---: | ---: | ---: | ---: |
| plain loop: one encode, one FAISS search | {plain:.1f} | {np.median(found.loop_ms):.1f} | \
{np.percentile(found.loop_ms, 99):.1f} | 0 | {found.loop_cpu_ms:.1f} |
| service | {found.rate:.1f} | {np.median(found.answer_ms):.1f} | {p99:.1f} | {found.failed} | \
{found.service_ms:.1f} + {found.client_ms:.1f} of the clients |

From the start to the first answer {found.start_s:.1f} s ({found.start_cpu_s:.1f} s of CPU); resident memory of a \
worker at the end {found.resident_mb:.0f} MB.

- Three times the loop: {_reached(found.rate >= 3 * plain)} ({found.rate / plain:.2f}; {
        found.loop_cpu_ms / found.service_ms:.2f} by CPU time). The loop finds vectors and stops there; an answer of
  the service is scored over the chain, counted in facets and explained with evidence.
- p99 under 300 ms: {_reached(p99 < 300)}.
- First answer in 8 s: {_reached(found.start_s <= 8)}; memory of 600 MB: {_reached(found.resident_mb <= 600)}.
"""


def _reached(so: bool) -> str:
    return "reached" if so else "not reached"


def main() -> None:
    """Measure and write the page."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("out", type=Path)
    given.add_argument("--clients", type=int, default=64)
    given.add_argument("--seconds", type=float, default=300)
    given.add_argument("--workers", type=int, default=1)
    given.add_argument("--data", type=Path, help="Keep the catalog here and use it again.")
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        found = measure(
            asked.data or Path(scratch), clients=asked.clients, seconds=asked.seconds, workers=asked.workers
        )
    asked.out.write_text(f"# Load\n\n{section(found)}", "utf-8")
    print(asked.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
