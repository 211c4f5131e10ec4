"""The service as an operator starts it, clients that search it, and what both cost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, perf_counter, sleep
from urllib.parse import quote

import httpx
import numpy as np

READY_S = 180
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """One that nobody listens at on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(
    data_dir: Path, *, workers: int, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The service on this machine; yields its port and its process, once it answers."""
    port = free_port()
    own = {"MATCHER_DATA_DIR": str(data_dir), "MATCHER_RATE": "10000000/minute"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-jobs", "--workers", str(workers)]
    process = subprocess.Popen(
        command, env=os.environ | own | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = monotonic() + READY_S
        while not _ready(port):
            if monotonic() > until or process.poll() is not None:
                raise TimeoutError("the service did not become ready")
            sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def load(port: int, key: str, queries: Sequence[str], *, clients: int, seconds: float) -> tuple[np.ndarray, int]:
    """Milliseconds of each answer on the clock, float64 (n,), and how many requests failed."""
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
            try:
                http.request("GET", f"/v1/search?q={quote(queries[at % len(queries)])}", headers=headers)
                answer = http.getresponse()
                answer.read()
                bad += answer.status != 200
            except OSError:
                http.close()  # the next request opens it again
                bad += 1
            own.append(1000 * (perf_counter() - start))
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


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds of a process and its children so far; Linux alone tells them."""
    return sum(map(own_cpu_s, family(process.pid)))


def own_cpu_s(pid: int) -> float:
    """CPU seconds of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> tuple[float, float]:
    """What a process holds in memory, and how much of it nobody shares and no file backs."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return kilobytes["Rss"] * 1.024 / 1000, kilobytes["Anonymous"] * 1.024 / 1000


def family(pid: int) -> list[int]:
    """A process and its children, whichever thread started them."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [pid, *(int(child) for thread in threads for child in (thread / "children").read_text("ascii").split())]
