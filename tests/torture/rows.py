"""What a torture program hands to the page of promises.

A program `tests/torture/NAME.py` is run as `python -m tests.torture.NAME [--out FILE.json]`. It breaks the
service, measures, and ends with

    finish([Row(promise=…, tested=…, reached=…, kept=…), …], asked, not_covered=["…"])

which prints the rows, writes them where `--out` says, and ends with 1 where a promise was broken. To stand
in docs/trust.md it is named once, in `report.PARTS`, with the arguments of its long form. Its short form is
`tests/torture/test_NAME.py`, which calls the same functions with small numbers.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

_BEGAN = time.monotonic()


@dataclass(frozen=True, slots=True)
class Row:
    """One promise.

    Attributes:
        promise: What is promised, in words an operator understands.
        tested: How it is tested.
        reached: The figure measured, with its unit; for a broken promise what broke.
        kept: Whether the promise held throughout. None where the check could not run: `reached` says why.
    """

    promise: str
    tested: str
    reached: str
    kept: bool | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What one program reached.

    Attributes:
        rows: Its promises.
        not_covered: What it does not show, a sentence each.
        on: The day it was measured, in UTC.
        took_s: How long that took.
    """

    rows: tuple[Row, ...]
    not_covered: tuple[str, ...]
    on: str
    took_s: float


def finish(rows: Sequence[Row], asked: argparse.Namespace, *, not_covered: Sequence[str] = ()) -> NoReturn:
    """Print the rows, write them where `--out` says, and end: with 1 where a promise was broken."""
    measured = Measured(
        tuple(rows), tuple(not_covered), datetime.now(UTC).date().isoformat(), round(time.monotonic() - _BEGAN, 1)
    )
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(asdict(measured), ensure_ascii=False, indent=1), "utf-8")
    for row in rows:
        print(f"{said(row)}  {row.promise}: {row.reached}")
    sys.exit(any(row.kept is False for row in rows))


def read(path: Path) -> Measured:
    """What `finish` wrote."""
    data = json.loads(path.read_text("utf-8"))
    return Measured(tuple(Row(**row) for row in data["rows"]), tuple(data["not_covered"]), data["on"], data["took_s"])


def said(row: Row) -> str:
    """Whether the promise was kept, in a word."""
    return {True: "kept", False: "BROKEN", None: "not run"}[row.kept]
