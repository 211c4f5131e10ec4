"""The real service as a process of its own, started and killed at will."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx

from api.store.database import open_database
from api.store.keys import Role, make_key, read_pepper

READY_S = 900


class Service:
    """The service, started and killed.

    Args:
        data_dir: Its data.
        database_url: Empty for SQLite.
        environment: Of its process; None is this one's.
    """

    def __init__(self, data_dir: Path, database_url: str, *, environment: Mapping[str, str] | None = None) -> None:
        asked = json.dumps({"data_dir": str(data_dir), "database_url": database_url})
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.serving", asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._pid = 0
        self.address = ""

    def start(self) -> float:
        """Start it; seconds until it was ready."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{port}\n")
        self._parent.stdin.flush()
        self._pid = int(self._parent.stdout.readline())  # the first time, once all libraries are loaded
        begin = time.monotonic()
        self.address = f"http://127.0.0.1:{port}"
        while time.monotonic() - begin < READY_S:
            with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=60)) as asking:
                asking.request("GET", "/readyz")
                if asking.getresponse().status == 200:
                    return time.monotonic() - begin
            time.sleep(0.02)
        raise TimeoutError("the service did not become ready")

    def cpu_s(self) -> float:
        """Processor time it took so far: how long that is on the clock depends on who else is there."""
        spent = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """What it holds in memory."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, closed or said."""
        os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """End it and its parent."""
        with suppress(ProcessLookupError):
            if self._pid:
                self.kill()
        self._parent.kill()
        self._parent.communicate()


@contextmanager
def service(data_dir: Path, database_url: str) -> Iterator[tuple[Service, str]]:
    """The service and an organiser's key for it."""
    database = open_database(database_url or f"sqlite:///{data_dir / 'khukha.sqlite'}")
    with database.writing() as session:
        key = make_key(session, role=Role.ORGANISER, name="torture", pepper=read_pepper(data_dir / "pepper")).text
    database.close()
    running = Service(data_dir, database_url)
    try:
        yield running, key
    finally:
        running.close()


def client(address: str, key: str) -> httpx.Client:
    """A client that is patient, since the machine may be busy, and loads no certificates, which takes long."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=address, headers=headers, timeout=300, verify=False, trust_env=False)
