"""The disk fills up while clients write, and later there is room again.

Usage: python -m tests.torture.fulldisk [--rounds 20] [--out FILE.json]

The real service runs on a disk with a limit (disk.c answers ENOSPC, also in the middle of a write). While it is
full, reading goes on and writing is refused; what was refused must not be there afterwards, what was
acknowledged must. Every other round the service is killed while the disk is full.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from api.store.database import open_database
from api.store.keys import Role, make_key, read_pepper
from tests.paged import arguments
from tests.torture.clients import Truth, catalog, search, writers
from tests.torture.disk import COMPILER, Disk
from tests.torture.rows import Row, finish
from tests.torture.service import Service, client

REFUSED = frozenset({503, 507})
ENOUGH = 6
LONG_S = 120.0
RECOVERED_S = 30.0


@dataclass
class Outcome:
    """What the rounds showed."""

    rounds: int = 0
    acknowledged: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def run(*, rounds: int, scratch: Path, seed: int = 1) -> Outcome:
    """The rounds; see the module."""
    chance, truth, outcome = random.Random(seed), Truth(), Outcome()
    root = scratch / "var"
    root.mkdir()
    database = open_database(f"sqlite:///{root / 'khukha.sqlite'}")
    with database.writing() as session:
        key = make_key(session, role=Role.ORGANISER, name="torture", pepper=read_pepper(root / "pepper")).text
    database.close()
    disk = Disk(scratch, root)
    running = Service(root, "", environment=disk.environment)
    try:
        running.start()
        for number in range(rounds):
            _fill(running, disk, key, truth, chance, number=number)
            if number % 2:
                running.kill()
                disk.leave_room(None)
                running.start()
            _look_while_full(running, key, outcome)
            disk.leave_room(None)
            _look_after(running, key, truth, outcome, number=number)
            outcome.rounds += 1
    finally:
        running.close()
    outcome.acknowledged = truth.acknowledged
    return outcome


def _fill(running: Service, disk: Disk, key: str, truth: Truth, chance: random.Random, *, number: int) -> None:
    """Write until the disk is full, and some more."""
    until = time.monotonic() + LONG_S
    with writers(running.address, key, truth, name=str(number), seed=chance.random()):
        some = truth.acknowledged + 3
        while truth.acknowledged < some and time.monotonic() < until:
            time.sleep(0.005)
        disk.leave_room(chance.randrange(100_000))
        while len(truth.refused) < ENOUGH and time.monotonic() < until:
            time.sleep(0.005)


def _look_while_full(running: Service, key: str, outcome: Outcome) -> None:
    """Reading goes on."""
    with client(running.address, key) as http:
        for path in ("/healthz", "/readyz", "/v1/firms", "/v1/search?q=ลูกบอล"):
            answer = http.get(path)
            if answer.status_code != 200:
                outcome.wrong.append(f"{path} was {answer.status_code} while the disk was full: {answer.text[:200]}")


def _look_after(running: Service, key: str, truth: Truth, outcome: Outcome, *, number: int) -> None:
    """What was acknowledged is there, what was refused is not, and writing goes on."""
    outcome.refused.update(answer.status_code for answer in truth.refused)
    outcome.wrong += [answer.text[:200] for answer in truth.refused if answer.status_code not in REFUSED]
    truth.refused.clear()
    with client(running.address, key) as http:
        found = catalog(http)
        outcome.wrong += truth.lost(found)
        if strange := found.keys() - truth.marks.keys():
            outcome.wrong.append(f"refused, yet there: {sorted(strange)[:3]}")
        outcome.wrong += [f"ghost {id}" for id in truth.gone & set(search(http, "ลูกบอล ขอนแก่น"))]
        body = {"id": f"after-{number}", "name_th": "หลังดิสก์เต็ม", "description": "มีที่ว่างแล้ว"}
        until = time.monotonic() + RECOVERED_S
        while (answer := http.post("/v1/firms", json=body)).status_code != 201:
            if time.monotonic() > until:
                outcome.wrong.append(f"with room again, writing is still refused: {answer.text[:200]}")
                return
            time.sleep(0.2)
        http.delete(f"/v1/firms/after-{number}")


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    said = ", ".join(f"{count} × {status}" for status, count in sorted(outcome.refused.items()))
    return [
        Row(
            promise="On a full disk nothing acknowledged is lost, reading goes on, and with room writing does too",
            tested="the real service on a disk that answers ENOSPC, also in the midst of a write; killed while it is "
            "full every other round",
            reached=f"{outcome.rounds} times full, {outcome.acknowledged:,} acknowledged, refused {said}: "
            f"{len(outcome.wrong)} wrong",
            kept=not outcome.wrong and sum(outcome.refused.values()) > 0,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--rounds", type=int, default=20)
    asked = given.parse_args()
    if COMPILER is None:
        finish([Row("A full disk loses nothing", "a disk with a limit", "needs a C compiler", None)], asked)
    with TemporaryDirectory() as scratch:
        outcome = run(rounds=asked.rounds, scratch=Path(scratch))
    print(*outcome.wrong[:20], sep="\n")
    finish(rows(outcome), asked, not_covered=("A disk that fills up on PostgreSQL's own machine.",))


if __name__ == "__main__":
    main()
