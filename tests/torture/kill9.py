"""kill −9 at random moments while the service writes; then nothing acknowledged may be lost.

Usage: python -m tests.torture.kill9 [--rounds 500] [--database-url postgresql+psycopg://…] [--out FILE.json]

Each round: writers create, change and delete firms over HTTP; at a random moment the service is killed
with SIGKILL and started again on the same data. What was answered with 2xx must be there, what was
deleted must be gone from the catalog and from the search, what was in flight may be either.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from api.store.database import open_database
from api.store.keys import Role, make_key, read_pepper
from tests.torture.rows import Row, arguments, finish

WRITERS = 3
CHECKED = 25
"""Firms of each kind that are looked for in the search after a restart."""

READY_S = 120
BUSY_S = 10
RECOVERED_S = 2.0
NOT_COVERED = (
    "Kills reach the process, not the operating system: what a power cut forgets is measured apart.",
    "Kills are measured with an encoder that takes no time; loading the real model adds its seconds to a start.",
)
GONE: str | None = None


@dataclass
class Truth:
    """What was acknowledged: the mark of each firm, None where it was deleted; and what is in doubt."""

    marks: dict[str, str | None] = field(default_factory=dict)
    doubted: dict[str, set[str | None]] = field(default_factory=dict)
    acknowledged: int = 0


@dataclass
class Outcome:
    """What the rounds showed."""

    rounds: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    lost: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    recovery_s: list[float] = field(default_factory=list)
    recovery_cpu_s: list[float] = field(default_factory=list)


class Service:
    """The service, started and killed.

    Args:
        data_dir: Its data.
        database_url: Empty for SQLite.
    """

    def __init__(self, data_dir: Path, database_url: str) -> None:
        asked = json.dumps({"data_dir": str(data_dir), "database_url": database_url})
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.serving", asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/readyz").status_code == 200:
                    return time.monotonic() - begin
            time.sleep(0.02)
        raise TimeoutError("the service did not become ready")

    def cpu_s(self) -> float:
        """Processor time it took so far: how long that is on the clock depends on who else is there."""
        spent = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

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


def run(*, rounds: int, data_dir: Path, database_url: str = "", seed: int = 1) -> Outcome:
    """The rounds; see the module."""
    chance = random.Random(seed)
    truth, outcome = Truth(), Outcome()
    with service(data_dir, database_url) as (running, key):
        running.start()
        for number in range(rounds):
            _write(running, key, truth, chance, number=number)
            outcome.recovery_s.append(running.start())
            outcome.recovery_cpu_s.append(running.cpu_s())
            outcome.in_flight += len(truth.doubted)
            _check(running, key, truth, outcome, chance)
            outcome.rounds += 1
            outcome.acknowledged = truth.acknowledged
    return outcome


def _write(running: Service, key: str, truth: Truth, chance: random.Random, *, number: int) -> None:
    """Write from several threads; somewhere in the midst of it the service is killed."""
    ended, seed = threading.Event(), chance.random()
    enough, until = truth.acknowledged + chance.randrange(1, 15), time.monotonic() + BUSY_S
    threads = [
        threading.Thread(target=_writer, args=(running.address, key, truth, f"{number}-{at}", seed + at, ended))
        for at in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    while truth.acknowledged < enough and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.05))
    running.kill()
    ended.set()
    for thread in threads:
        thread.join()


def _writer(address: str, key: str, truth: Truth, name: str, seed: float, ended: threading.Event) -> None:
    """Create firms, change and delete those of one's own and of former rounds that nobody else touches."""
    chance = random.Random(seed)
    mine: list[str] = []
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=20) as http:
        for step in range(10_000):
            if ended.is_set():
                return
            id, mark = _choose(chance, mine, name, step)
            truth.doubted[id] = {truth.marks.get(id), mark}
            try:
                answer = _send(http, id, mark, new=id not in mine)
            except httpx.TransportError:
                return  # killed in between: either may be
            assert answer.status_code in {200, 201, 204}, answer.text
            truth.marks[id] = mark
            truth.acknowledged += 1
            del truth.doubted[id]
            if id not in mine:
                mine.append(id)
            elif mark is GONE:
                mine.remove(id)


def _choose(chance: random.Random, mine: list[str], name: str, step: int) -> tuple[str, str | None]:
    what = chance.random()
    if len(mine) < 3 or what < 0.5:
        return f"f{name}-{step}", f"mark{name}x{step}".replace("-", "q")
    id = chance.choice(mine)
    return id, GONE if what > 0.75 else f"mark{name}y{step}".replace("-", "q")


def _send(http: httpx.Client, id: str, mark: str | None, *, new: bool) -> httpx.Response:
    if mark is GONE:
        return http.delete(f"/v1/firms/{id}")
    offer = {"id": f"{id}/o1", "cluster": "sport", "stage": "midstream", "text": f"ลูกบอล {mark}"}
    body = {"id": id, "name_th": f"ร้าน {id}", "province_th": "ขอนแก่น", "offers": [offer]}
    return http.post("/v1/firms", json=body) if new else http.put(f"/v1/firms/{id}", json=body)


def _check(running: Service, key: str, truth: Truth, outcome: Outcome, chance: random.Random) -> None:
    """Hold catalog and search against what was acknowledged; what was in doubt is settled by what is found."""
    with httpx.Client(base_url=running.address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        found = _catalog(http)
        for id, may_be in truth.doubted.items():
            if found.get(id) not in may_be:
                outcome.lost.append(f"{id}: {found.get(id)} is neither of {may_be}")
            truth.marks[id] = found.get(id)
        truth.doubted.clear()
        outcome.lost += [
            f"{id}: {found.get(id)}, not {mark}" for id, mark in truth.marks.items() if found.get(id) != mark
        ]
        living = [(id, mark) for id, mark in truth.marks.items() if mark is not GONE]
        for id, mark in chance.sample(living, min(CHECKED, len(living))):
            if id not in _search(http, f"ลูกบอล {mark}"):
                outcome.stale.append(f"{id} is not found by {mark}")
        dead = {id for id, mark in truth.marks.items() if mark is GONE}
        for _ in range(3):
            outcome.ghosts += sorted(dead & set(_search(http, "ลูกบอล ขอนแก่น")))


def _catalog(http: httpx.Client) -> dict[str, str]:
    """The mark of every firm of the catalog, by id."""
    marks, cursor = {}, None
    while True:
        page = http.get("/v1/firms", params={"limit": 100} | ({"cursor": cursor} if cursor else {})).json()
        marks.update({firm["id"]: firm["offers"][0]["text"].split()[-1] for firm in page["items"]})
        cursor = page["next_cursor"]
        if cursor is None:
            return marks


def _search(http: httpx.Client, words: str) -> list[str]:
    answer = http.get("/v1/search", params={"q": words, "limit": 50})
    assert answer.status_code == 200, answer.text
    return [match["firm"]["id"] for match in answer.json()["answer"]["matches"]]


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    wall, cpu = sorted(outcome.recovery_s), sorted(outcome.recovery_cpu_s)
    middle = len(cpu) // 2
    broken = [*outcome.lost, *outcome.ghosts, *outcome.stale]
    return [
        Row(
            promise="A killed service has lost nothing it acknowledged and finds nobody who was deleted",
            tested=f"kill −9 at random moments while {WRITERS} clients create, change and delete firms; catalog and "
            "search held against every acknowledgement after each restart",
            reached=f"{outcome.rounds} kills, {outcome.acknowledged:,} acknowledged, {outcome.in_flight:,} in flight: "
            f"{len(outcome.lost)} lost, {len(outcome.ghosts)} ghosts, {len(outcome.stale)} stale",
            kept=not broken and outcome.acknowledged > 0,
        ),
        Row(
            promise=f"It is ready again with under {RECOVERED_S:.0f} s of computing, whatever moment it was killed at",
            tested="processor time from the fork until /readyz says ready, libraries already loaded",
            reached=f"median {cpu[middle]:.2f} s, most {cpu[-1]:.2f} s; on the clock of a machine that had other work "
            f"too: median {wall[middle]:.1f} s, slowest {wall[-1]:.1f} s",
            kept=cpu[-1] < RECOVERED_S,
        ),
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--rounds", type=int, default=500)
    given.add_argument("--database-url", default="")
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(rounds=asked.rounds, data_dir=Path(scratch), database_url=asked.database_url, seed=asked.seed)
    for line in (*outcome.lost[:10], *outcome.ghosts[:10], *outcome.stale[:10]):
        print(line)
    finish(rows(outcome), asked, not_covered=NOT_COVERED)


if __name__ == "__main__":
    main()
