"""Forty clients search the service over 10,000 offers; beside it a plain loop, in the same run.

Usage: python tests/bench/load.py OUT.md [--clients 40] [--seconds 20] [--workers 1]

The plain loop is what the service is held against: one encode and one FAISS search, one query after
another, no HTTP, no scoring, no evidence. Loop and service take turns, so that both meet the same machine.
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
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from urllib.parse import quote

import httpx
import numpy as np
from run import OFFERS, many_firms

from api.settings import Settings
from api.store.keys import Role, make_key, read_pepper
from api.workspace import Workspace
from matcher.exchange import read_catalog

TURNS = 2
READY_S = 180


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
    """The service as an operator starts it; yields its port on this machine."""
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
        yield port
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


def main() -> None:
    """Measure and write the page."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("out", type=Path)
    given.add_argument("--clients", type=int, default=40)
    given.add_argument("--seconds", type=float, default=20)
    given.add_argument("--workers", type=int, default=1)
    given.add_argument("--data", type=Path, help="Keep the catalog here and use it again.")
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        data = asked.data or Path(scratch)
        (data / "models").parent.mkdir(parents=True, exist_ok=True)
        settings = Settings(data_dir=data)
        key, queries, space = prepare(settings)
        loops, answers, failed = [], [], 0
        for _ in range(TURNS):
            loops.append(plain_loop(space, queries, seconds=asked.seconds / 2))
            with serving(data, workers=asked.workers) as port:
                load(port, key, queries, clients=asked.clients, seconds=3)  # warm
                took, bad = load(port, key, queries, clients=asked.clients, seconds=asked.seconds)
            answers.append(took)
            failed += bad
    loop, all_answers = np.concatenate(loops), np.concatenate(answers)
    rate = len(all_answers) / (TURNS * asked.seconds)
    plain = 1000 / loop.mean()
    asked.out.write_text(
        "# Forty clients\n\n"
        f"`python tests/bench/load.py OUT.md --workers {asked.workers}` rebuilds this page: {asked.clients} clients "
        f"on this machine search 10,000 offers over HTTP, {TURNS} × {asked.seconds:.0f} s.\n\n"
        "| | queries/s | p50 ms | p99 ms | errors |\n| --- | ---: | ---: | ---: | ---: |\n"
        f"| plain loop: one encode, one FAISS search | {plain:.1f} | {np.median(loop):.1f} | "
        f"{np.percentile(loop, 99):.1f} | 0 |\n"
        f"| service, {asked.clients} clients | {rate:.1f} | {np.median(all_answers):.1f} | "
        f"{np.percentile(all_answers, 99):.1f} | {failed} |\n"
        f"| ratio | {rate / plain:.2f} | | | |\n",
        "utf-8",
    )
    print(asked.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
