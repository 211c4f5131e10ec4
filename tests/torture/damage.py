"""The index on disk is damaged, in thousands of ways: it is refused before anything reads it, and made anew.

Usage: python -m tests.torture.damage [--ways 10000] [--opened 40] [--out FILE.json]

Each way harms one file of a snapshot, its manifest or `CURRENT`. Every one of them has to be refused by the
checksums; some of them are also opened by the live index as at a start, whose answers must then be those of
the undamaged one.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from api.live import Live
from api.store.changes import new_batch
from api.store.database import Database, open_database
from api.store.firms import Change
from api.writing import import_firms
from indexes import SnapshotError, open_snapshot
from matcher.domain import load_chains
from matcher.text import load_glossary
from tests.api.fakes import some_firms
from tests.paged import arguments
from tests.torture.rows import Row, finish
from tests.torture.serving import WordEncoder

FIRMS = 24
ASKED = ("ผ้าไหมลาย f003", "เส้นไหม", "ขอนแก่น")

Harm = Callable[[bytes, random.Random], bytes]


@dataclass
class Outcome:
    """What the harm did.

    Attributes:
        ways: How often each kind of harm was done.
        accepted: Harmed snapshots that were not refused.
        opened: How many were opened by the live index too.
        wrong: Those whose answers were not those of the undamaged one.
        slowest_ms: The longest it took to refuse one.
    """

    ways: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    opened: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _blank(data: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((1, 16, 512, 4096))
    return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]


def _noise(data: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(data)), chance.choice((2, 16, 512))
    return data[:at] + chance.randbytes(len(data[at : at + size])) + data[at + size :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _grow(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 64))


def _shift(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[at:] + data[:at]


def _double(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + 512] + data[at:]


HARMS: dict[str, Harm] = {
    "a bit flipped": _flip,
    "a block of zeros": _blank,
    "noise": _noise,
    "cut short": _cut,
    "grown": _grow,
    "turned round": _shift,
    "a block twice": _double,
    "empty": lambda _data, _chance: b"",
}


def run(*, ways: int, opened: int, scratch: Path, seed: int = 1) -> Outcome:
    """Harm, and look; see the module."""
    chance, outcome = random.Random(seed), Outcome()
    database = open_database(f"sqlite:///{scratch / 'khukha.sqlite'}")
    try:
        import_firms(database, WordEncoder(), some_firms(FIRMS), Change(new_batch(), "torture"))
        root = scratch / "index"
        right = _answers(database, root)
        built_for = json.loads(next(root.glob("*/manifest.json")).read_text())["built_for"]
        snapshot = next(path.parent for path in root.glob("*/manifest.json"))
        files = [*_named(snapshot), snapshot / "manifest.json", root / "CURRENT"]
        for number in range(ways):
            kind, path = chance.choice(list(HARMS)), chance.choice(files)
            whole = path.read_bytes()
            if not whole or (harmed := HARMS[kind](whole, chance)) == whole:
                continue
            if path.name == "CURRENT" and harmed.strip() == whole.strip():
                continue  # white space behind the name says nothing
            path.write_bytes(harmed)
            outcome.ways[kind] += 1
            _refused(root, built_for, f"{kind}: {path.name}", outcome)
            if outcome.opened < opened and number % max(1, ways // opened) == 0:
                outcome.opened += 1
                _open_copy(database, root, scratch / "copy", right, f"{kind}: {path.name}", outcome)
            path.write_bytes(whole)
    finally:
        database.close()
    return outcome


def _named(snapshot: Path) -> list[Path]:
    return [snapshot / name for name in json.loads((snapshot / "manifest.json").read_text())["files"]]


def _refused(root: Path, built_for: dict[str, str], what: str, outcome: Outcome) -> None:
    began = time.perf_counter()
    with suppress(SnapshotError):
        open_snapshot(root, built_for=built_for)
        outcome.accepted.append(what)
    outcome.slowest_ms = max(outcome.slowest_ms, 1000 * (time.perf_counter() - began))


def _open_copy(
    database: Database, root: Path, copy: Path, right: list[list[tuple[str, float]]], what: str, outcome: Outcome
) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    if _answers(database, copy) != right:
        outcome.wrong.append(what)


def _answers(database: Database, root: Path) -> list[list[tuple[str, float]]]:
    """What an index, opened as at a start, finds."""
    live = Live(database, chains=load_chains(), glossary=load_glossary(), encoder=WordEncoder(), root=root)
    live.open()
    return [
        [(match.firm.id, round(match.score, 5)) for match in live.engine.search(words, limit=20).matches]
        for words in ASKED
    ]


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    ways = sum(outcome.ways.values())
    return [
        Row(
            promise="A damaged index is refused before it is read, and made anew from the database",
            tested=f"files of a snapshot, its manifest and CURRENT harmed in {len(outcome.ways)} kinds of ways; some "
            "opened as at a start, and searched",
            reached=f"{ways:,} ways: {len(outcome.accepted)} accepted, slowest refusal {outcome.slowest_ms:.0f} ms; "
            f"{outcome.opened} opened: {len(outcome.wrong)} answered otherwise than the undamaged one",
            kept=ways > 0 and not outcome.accepted and not outcome.wrong,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--ways", type=int, default=10_000)
    given.add_argument("--opened", type=int, default=40)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(ways=asked.ways, opened=asked.opened, scratch=Path(scratch))
    print(*outcome.accepted[:20], *outcome.wrong[:20], sep="\n")
    finish(
        rows(outcome),
        asked,
        not_covered=("Somebody who changes a snapshot and its manifest together: checksums are no signature.",),
    )


if __name__ == "__main__":
    main()
