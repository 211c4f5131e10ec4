"""kill −9 at random moments while the service writes; then nothing acknowledged may be lost.

Usage: python -m tests.torture.kill9 [--rounds 500] [--minutes 60] [--database-url URL] [--out FILE.json]

Each round: writers create, change and delete firms over HTTP; at a random moment the service is killed
with SIGKILL and started again on the same data. What was answered with 2xx must be there, what was
deleted must be gone from the catalog and from the search, what was in flight may be either.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.paged import arguments
from tests.torture.clients import GONE, WRITERS, Truth, catalog, search, writers
from tests.torture.rows import Row, finish
from tests.torture.service import Service, client, service

CHECKED = 5
"""Living firms that are looked for in the search after a restart; deleted ones are, all of them, in every answer."""

BUSY_S = 60
RECOVERED_S = 2.0
NOT_COVERED = (
    "Kills reach the process, not the operating system: what a power cut forgets is measured apart.",
    "Kills are measured with an encoder that takes no time; loading the real model adds its seconds to a start.",
)


@dataclass
class Outcome:
    """What the rounds showed."""

    rounds: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    lost: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    recovery_s: list[float] = field(default_factory=list)
    recovery_cpu_s: list[float] = field(default_factory=list)


def run(
    *, rounds: int, data_dir: Path, database_url: str = "", seed: int = 1, minutes: float = float("inf")
) -> Outcome:
    """The rounds, or as many as there is time for; see the module."""
    chance, until = random.Random(seed), time.monotonic() + 60 * minutes
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
            if time.monotonic() > until:
                break
    return outcome


def _write(running: Service, key: str, truth: Truth, chance: random.Random, *, number: int) -> None:
    """Write from several threads; somewhere in the midst of it the service is killed."""
    enough, until = truth.acknowledged + chance.randrange(1, 15), time.monotonic() + BUSY_S
    with writers(running.address, key, truth, name=str(number), seed=chance.random()):
        while truth.acknowledged < enough and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        running.kill()


def _check(running: Service, key: str, truth: Truth, outcome: Outcome, chance: random.Random) -> None:
    """Hold catalog and search against what was acknowledged; what was in doubt is settled by what is found."""
    with client(running.address, key) as http:
        found = catalog(http)
        outcome.lost += truth.lost(found)
        dead = truth.gone
        living = [(id, mark) for id, mark in truth.marks.items() if mark is not GONE]
        for id, mark in chance.sample(living, min(CHECKED, len(living))):
            shown = search(http, f"ลูกบอล {mark}")
            outcome.ghosts += sorted(dead & set(shown))
            if id not in shown:
                outcome.stale.append(f"{id} is not found by {mark}")
        outcome.ghosts += sorted(dead & set(search(http, "ลูกบอล ขอนแก่น")))
        outcome.refused += [answer.text for answer in truth.refused]
        truth.refused.clear()


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    wall, cpu = sorted(outcome.recovery_s), sorted(outcome.recovery_cpu_s)
    middle = len(cpu) // 2
    broken = [*outcome.lost, *outcome.ghosts, *outcome.stale, *outcome.refused]
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
            tested="processor time from the fork until /readyz says ready, libraries and glossary already loaded",
            reached=f"median {cpu[middle]:.2f} s, most {cpu[-1]:.2f} s; on the clock of a machine that had other work "
            f"too: median {wall[middle]:.1f} s, slowest {wall[-1]:.1f} s",
            kept=cpu[-1] < RECOVERED_S,
        ),
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--rounds", type=int, default=500)
    given.add_argument("--minutes", type=float, default=60, help="it ends then, with the rounds it has done")
    given.add_argument("--database-url", default="")
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(
            rounds=asked.rounds,
            data_dir=Path(scratch),
            database_url=asked.database_url,
            seed=asked.seed,
            minutes=asked.minutes,
        )
    for line in (*outcome.lost[:10], *outcome.ghosts[:10], *outcome.stale[:10], *outcome.refused[:10]):
        print(line)
    finish(rows(outcome), asked, not_covered=NOT_COVERED)


if __name__ == "__main__":
    main()
