"""Breaks the service in every way we know and writes down what held: docs/trust.md.

Usage: python -m tests.torture.report docs/trust.md [--only kill9,crowds] [--assemble] [--folder var/torture]

Each part is a program of its own that writes its rows into the folder (see `tests/torture/rows.py`); the page
is put together from all rows that stand there, so that parts may be run on different days. To add a part,
name it in `PARTS`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.paged import asked_of_page
from tests.torture.rows import Measured, Row, read, said

PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Reliability": {
        "kill9": ("--rounds", "500"),
        "powercut": ("--cuts", "50"),
        "fulldisk": ("--rounds", "20"),
        "damage": ("--ways", "10000"),
        "changed": (),
        "planted": (),
        "soak": ("--minutes", "30"),
        "machines": ("--examples", "200"),
        "crowds": (),
    },
    "Security": {
        "schema": ("--cases", "5000"),
        "hostile": (),
        "slow": (),
        "audit": ("--page", "docs/licences.md"),
        "guards": (),
    },
    "Personal data": {
        "personal": ("--rounds", "20", "--changes", "5000", "--texts", "50000"),
    },
}
"""Areas, and the programs of each with the arguments of their long form."""

HEAD = """# Trust

What the service promises, how each promise is tested, and the figure reached. `make torture` runs every program
below and rebuilds this page; `make test` runs a short form of each. `make torture PARTS=kill9,crowds` runs some of
them and keeps the other rows. One part alone: `python -m tests.torture.NAME --help`.

| Promise | How it is tested | Figure reached | |
|---|---|---|---|
"""


def run(part: str, given: tuple[str, ...], folder: Path) -> bool:
    """Run a part; whether it kept its promises."""
    out = folder / f"{part}.json"
    out.unlink(missing_ok=True)  # rows of another day do not stand for a run that failed
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", f"tests.torture.{part}", *given, "--out", str(out)], check=False)
    print(f"{part}: {'well' if ended.returncode == 0 else 'NOT WELL'}, {time.monotonic() - began:.0f} s", flush=True)
    return ended.returncode == 0 and out.is_file()


def page(folder: Path) -> str:
    """The page, from the rows in a folder."""
    lines, missing = [], []
    for area, parts in PARTS.items():
        found = {part: read(folder / f"{part}.json") for part in parts if (folder / f"{part}.json").is_file()}
        if parts:
            lines.append(f"| **{area}** | | | |\n")
        lines += [_line(row, part) for part, measured in found.items() for row in measured.rows]
        lines += [
            _line(Row(promise=f"`{part}`", tested="–", reached="no rows: run it", kept=None), part)
            for part in parts
            if part not in found
        ]
        missing += [line for part, measured in found.items() for line in _left_out(part, measured)]
    return HEAD + "".join(lines) + "\n## Not covered\n\n" + "\n".join(missing) + "\n" + _when(folder)


def _line(row: Row, part: str) -> str:
    cells = (row.promise, f"{row.tested} (`{part}`)", row.reached, said(row))
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _left_out(part: str, measured: Measured) -> Iterator[str]:
    for line in measured.not_covered:
        yield f"- {line} (`{part}`)"


def _when(folder: Path) -> str:
    """When each part was run last, and how long it took."""
    runs = [
        f"`{part}` {measured.on}, {measured.took_s / 60:.1f} min"
        for parts in PARTS.values()
        for part in parts
        if (folder / f"{part}.json").is_file()
        for measured in (read(folder / f"{part}.json"),)
    ]
    return "\n## Last run\n\n" + " · ".join(runs) + "\n"


def main() -> None:
    """Run the parts and write the page; ends with 1 where a promise was broken."""
    known = {part: words for parts in PARTS.values() for part, words in parts.items()}
    asked = asked_of_page(__doc__, parts=known, folder=Path("var/torture"))
    well = all([run(part, known[part], asked.folder) for part in asked.wanted])
    asked.out.write_text(page(asked.folder), "utf-8")
    sys.exit(not well)


if __name__ == "__main__":
    main()
