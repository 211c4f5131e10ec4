"""What a benchmark hands to the page of measured speed.

A program `tests/bench/NAME.py` is run as `python -m tests.bench.NAME [--out FILE.json]`. It measures and ends with

    finish(section, asked, aims=[at_most("query", ms, 5, f"{ms:.1f} ms", missed="why")], plots={"curve.svg": svg})

which prints the section and writes all of it where `--out` says. To stand in docs/performance.md it is named once,
in `report.PARTS`, with the arguments of its long form; what it is held against is named in `report.AIMS`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

_BEGAN = time.monotonic()


@dataclass(frozen=True, slots=True)
class Reached:
    """What was reached of an aim.

    Attributes:
        aim: Its name in `report.AIMS`.
        figure: With its unit.
        well: Whether the aim was reached; None where it was not measured.
        reason: Why not, where it was not.
    """

    aim: str
    figure: str
    well: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one program gave.

    Attributes:
        section: Of the page, in Markdown.
        aims: What it is held against.
        plots: Pictures that the section shows, as SVG by file name.
        on: The day it was measured, in UTC.
        took_s: How long that took.
        machine: The processor it ran on.
    """

    section: str
    aims: tuple[Reached, ...]
    plots: Mapping[str, str]
    on: str
    took_s: float
    machine: str


def at_most(aim: str, value: float, bound: float, figure: str, *, missed: str) -> Reached:
    """An aim that a figure is small enough; the reason is given only where it is not."""
    well = bool(value <= bound)
    return Reached(aim, figure, well, "" if well else missed)


def at_least(aim: str, value: float, bound: float, figure: str, *, missed: str) -> Reached:
    """An aim that a figure is large enough, likewise."""
    well = bool(value >= bound)
    return Reached(aim, figure, well, "" if well else missed)


def sizes(text: str) -> list[int]:
    """Row counts as a command line gives them: `10000,100000`."""
    return sorted({int(size) for size in text.split(",")})


def finish(
    section: str,
    asked: argparse.Namespace,
    *,
    aims: Sequence[Reached] = (),
    plots: Mapping[str, str] | None = None,
) -> None:
    """Print the section and the aims, and write them where `--out` says."""
    on, took_s = datetime.now(UTC).date().isoformat(), round(time.monotonic() - _BEGAN, 1)
    measured = Measured(section, tuple(aims), plots or {}, on, took_s, machine())
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(asdict(measured), ensure_ascii=False, indent=1), "utf-8")
    print(section)
    for one in aims:
        print(f"{said(one)}  {one.aim}: {one.figure}  {one.reason}")


def read(path: Path) -> Measured:
    """What `finish` wrote."""
    data = json.loads(path.read_text("utf-8"))
    return Measured(**(data | {"aims": tuple(Reached(**one) for one in data["aims"])}))


def said(one: Reached) -> str:
    """Whether an aim was reached, in words."""
    return {True: "yes", False: "**no**", None: "not measured"}[one.well]


def machine() -> str:
    """The processor, its cores, and what it multiplies; nothing else of this machine."""
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    known = set(facts.get("flags", "").split())
    wide = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in known]
    return f"{facts.get('model name', 'a processor')}, {facts.get('siblings', '?')} threads, {' '.join(wide)}"


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of something."""
    start = time.process_time()
    work()
    return time.process_time() - start
