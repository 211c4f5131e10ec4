"""The power goes, again and again: what was not synced is forgotten, what was acknowledged must be there.

Usage: python -m tests.torture.powercut [--cuts 50] [--seconds 20] [--out FILE.json]

The real service runs on a disk that writes down every call (disk.c) while clients create, change and delete
firms. Then, for moments of that record: what a power cut at that moment leaves is put together, and the
service is opened on it. Half of the cuts forget all that was not synced; the others keep some of it, torn and
out of order.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.errors import NotSignedInError
from api.settings import Settings
from api.store.database import open_database
from api.store.keys import caller_of, read_pepper
from api.web.running import Running
from api.writing import all_firms
from tests.paged import arguments
from tests.torture.clients import GONE, Told, Truth, writers
from tests.torture.disk import COMPILER, Disk, Record, after_cut
from tests.torture.rows import Row, finish
from tests.torture.service import Service
from tests.torture.serving import WordEncoder

AT_THE_KEY = 2
"""So many cuts come right after a key was made, the rest whenever."""

NOT_COVERED = (
    "Power cuts are simulated below libc: what a disk does that lies about having synced is not covered.",
    "PostgreSQL's own durability is PostgreSQL's; cuts are made on SQLite.",
)


@dataclass
class Outcome:
    """What the cuts showed."""

    cuts: int = 0
    acknowledged: int = 0
    records: int = 0
    wrong: list[str] = field(default_factory=list)


def run(*, cuts: int, seconds: float, scratch: Path, seed: int = 1) -> Outcome:
    """Record, cut, look; see the module."""
    chance = random.Random(seed)
    root, before = scratch / "var", scratch / "before"
    root.mkdir()
    disk = Disk(scratch, root)
    shutil.copytree(root, before)
    key, since_ns, told = _record(disk, seconds=seconds)
    records = disk.records()
    outcome = Outcome(acknowledged=sum(one.said_ns is not None for one in told), records=len(records))
    first = next(at for at, record in enumerate(records) if record.at_ns > since_ns)
    for number in range(cuts):
        at = first + (number if number < AT_THE_KEY else chance.randrange(len(records) - first)) - 1
        problem = _cut(records[: at + 1], disk, before, scratch / "after", told, key, chance if number % 2 else None)
        outcome.wrong += [f"cut {number} after {at}: {line}" for line in problem]
        outcome.cuts += 1
    return outcome


def _record(disk: Disk, *, seconds: float) -> tuple[str, int, list[Told]]:
    """Make a key and let clients write to the service on the disk; key, when it was there, what they were told."""
    command = [sys.executable, "-m", "api.cli", "keys", "new", "torture"]
    environment = disk.environment | {"MATCHER_DATA_DIR": str(disk.root)}
    key = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    since_ns = time.monotonic_ns()
    truth = Truth()
    running = Service(disk.root, "", environment=disk.environment)
    try:
        running.start()
        with writers(running.address, key, truth, name="w", seed=1):
            time.sleep(seconds)
    finally:
        running.close()
    return key, since_ns, truth.told


def _cut(
    records: list[Record],
    disk: Disk,
    before: Path,
    target: Path,
    told: list[Told],
    key: str,
    chance: random.Random | None,
) -> list[str]:
    """What is wrong after a cut."""
    after_cut(records, before=before, root=disk.root, target=target, chance=chance)
    at_ns = records[-1].at_ns
    database = open_database(f"sqlite:///{target / 'khukha.sqlite'}")
    try:
        wrong = list(_wrong({firm.id: firm.offers[0].text.split()[-1] for firm in all_firms(database)}, told, at_ns))
        with database.reading() as session:
            caller_of(session, key, pepper=read_pepper(target / "pepper"))
    except NotSignedInError:
        wrong.append("a key that was made opens nothing")
    finally:
        database.close()
    running = Running.open(Settings(data_dir=target), encoder=WordEncoder())
    try:
        running.wait()
        with running.database.reading():
            there = {firm.id for firm in all_firms(running.database)}
        found = {match.firm.id for match in running.live.engine.search("ลูกบอล ขอนแก่น", limit=50).matches}
        if running.live.state.versions.keys() != there or not found <= there:
            wrong.append("the index holds other firms than the database")
    finally:
        running.close()
    return wrong


def _wrong(found: Mapping[str, str], told: list[Told], at_ns: int) -> Any:
    """Firms that are not as they were said to be at a moment, nor as what was under way then would make them."""
    may_be: dict[str, set[str | None]] = {}
    for one in told:
        if one.sent_ns > at_ns:
            continue
        if one.said_ns is not None and one.said_ns <= at_ns:
            may_be[one.id] = {one.mark}
        else:
            may_be.setdefault(one.id, {GONE}).add(one.mark)
    for id, marks in may_be.items():
        if found.get(id) not in marks:
            yield f"{id} is {found.get(id)}, not one of {marks}"
    for id in found.keys() - may_be.keys():
        yield f"{id} was never written"


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    return [
        Row(
            promise="A power cut loses nothing that was acknowledged, and the service starts after it",
            tested="the real service on a disk that records every call; cuts at random moments, half of them forget "
            "all that was not synced, half keep some of it, torn and out of order; database, key and index opened then",
            reached=f"{outcome.cuts} cuts in {outcome.records:,} calls, {outcome.acknowledged:,} acknowledged: "
            f"{len(outcome.wrong)} lost or wrong",
            kept=not outcome.wrong and outcome.acknowledged > 0,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--cuts", type=int, default=50)
    given.add_argument("--seconds", type=float, default=20)
    asked = given.parse_args()
    if COMPILER is None:
        finish([Row("A power cut loses nothing", "a disk that records", "needs a C compiler", None)], asked)
    with TemporaryDirectory() as scratch:
        outcome = run(cuts=asked.cuts, seconds=asked.seconds, scratch=Path(scratch))
    print(*outcome.wrong[:20], sep="\n")
    finish(rows(outcome), asked, not_covered=NOT_COVERED)


if __name__ == "__main__":
    main()
