"""What the timetable reaches; writes docs/timetables.md.

    python -m tests.bench.timetables page docs/timetables.md --folder ../shared/data/b2b    all of it: half an hour
    python -m tests.bench.timetables published --folder FOLDER --only forum-14             a row an instance
    python -m tests.bench.timetables large --seconds 90                                    the large fair alone
    python -m tests.bench.timetables repairs                                               changes on the day
    python -m tests.bench.timetables write-large FILE.json                                 for `khukha timetable`

FOLDER holds the `.dzn` files and `published.csv` (Bofill et al., JAIR 2022), which are not part of the project.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from matcher.timetable import (
    Change,
    Problem,
    Progress,
    broken_rules,
    keep_compiled_in,
    late_firm,
    lost_table,
    no_show,
    problem_json,
    read_problem,
    repair,
    solve,
)
from tests.bench import lists, markets
from tests.matcher.timetable.fairs import day_fair

ROOT = Path(__file__).parents[2]
LARGE_S, MENDING_S = 60.0, 20.0
PAGE = Path(__file__).with_name("timetables.md")
"""The page's text; each name in braces is replaced by what was measured."""


class Clock:
    """Wall-clock and processor seconds since it was made, those of ended children included."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), _cpu_s()

    @property
    def wall_s(self) -> float:
        """Wall-clock seconds."""
        return time.monotonic() - self._wall

    @property
    def cpu_s(self) -> float:
        """Processor seconds."""
        return _cpu_s() - self._cpu


def large_fair(
    *, firms: int = 2_000, meetings: int = 20_000, slots: int = 32, tables: int = 680, away: float = 0.05, seed: int = 1
) -> Problem:
    """A fair with a timetable, by construction: pairs are drawn slot by slot, then the slots are forgotten.

    Args:
        firms: Half of them sell, half buy; every meeting is of one of each.
        meetings: Spread over the slots as evenly as can be.
        slots: Of the day.
        tables: Meetings at once.
        away: Chance that a firm is away at a slot at which it has no meeting in the drawing.
        seed: Of the drawing.
    """
    draw = random.Random(seed)
    sides = range(firms // 2), range(firms // 2, firms)
    busy: list[set[int]] = [set() for _ in range(firms)]
    known: dict[tuple[int, int], None] = {}
    for slot in list(range(slots)) * 4:  # from the second time on, pairs that came twice are made good
        load = sum(slot in busy[person] for person in sides[0])
        wanted = meetings // slots + (slot < meetings % slots) - load
        free = [[person for person in side if slot not in busy[person]] for side in sides]
        for pair in zip(*(draw.sample(side, wanted) for side in free), strict=True):
            if pair not in known:
                known[pair] = None
                busy[pair[0]].add(slot)
                busy[pair[1]].add(slot)
    pairs = list(known)
    draw.shuffle(pairs)
    absent = tuple(frozenset(slot for slot in range(slots) if slot not in own and draw.random() < away) for own in busy)
    return Problem(
        n_participants=firms, meetings=tuple(pairs), n_slots=slots, n_tables=tables, forbidden=absent, fairness=slots
    )


def published(folder: Path, *, seconds: float, threads: int, only: str = "") -> Iterator[str]:
    """A row for every published instance."""
    with (folder / "published.csv").open(encoding="utf-8") as file:
        known = {row["instance"]: row for row in csv.DictReader(file)}
    yield "| instance | breaks | bound | status | rules broken | wall s | CPU s | published optimum | published s |"
    yield "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for name, row in known.items():
        if only in name:
            problem = read_problem(folder / f"{name}.dzn")
            clock = Clock()
            found = solve(problem, seconds=seconds, threads=threads)
            took, cpu = clock.wall_s, clock.cpu_s
            wrong = len(broken_rules(problem, found.slots, found.tables)) if found.slots else "–"
            yield (
                f"| {name.removesuffix('.original')} | {found.objective} | {found.bound} | {found.status} | {wrong} "
                f"| {took:.1f} | {cpu:.1f} | {row['opt(d=2; -=unsat)']} | {row['maxsat_s']} |"
            )


def large(*, seconds: float) -> Iterator[str]:
    """The large fair: breaks over time on one thread, and processor seconds of everything about it."""
    problem, told = large_fair(), dict[float, int | None]()
    clock = Clock()

    def report(known: Progress) -> None:
        told[clock.cpu_s] = known.objective

    found = solve(problem, seconds=seconds, threads=1, progress=report)
    spent = clock.cpu_s
    yield "| CPU s | breaks |\n| ---: | ---: |"
    for share in (0.1, 0.25, 0.5, 0.75):
        at = min(told, key=lambda cpu: abs(cpu - share * spent))
        yield f"| {at:.0f} | {told[at]} |"
    wrong = broken_rules(problem, found.slots, found.tables) if found.slots else [found.reason.en]
    yield f"| {spent:.0f}, with tables | {found.objective} |"
    yield ""
    yield (
        f"{problem.n_participants:,} firms, {len(problem.meetings):,} meetings, {problem.n_slots} slots, "
        f"{problem.n_tables} tables: **{len(wrong)} rules broken, {found.objective} breaks**; "
        f"proven: never fewer than {found.bound}."
    )


def repairs(*, seconds: float) -> Iterator[str]:
    """Changes of a fair of 140 firms on its day, each mended on one thread."""
    fair, draw = day_fair(), random.Random(7)
    out = solve(fair, seconds=600, steps=20_000_000)
    changes: dict[str, Change] = {f"no-show {n}": no_show(fair, out, draw.randrange(140)) for n in (1, 2, 3)}
    for count in (4, 5, 6):
        meets = draw.sample([p for p, own in enumerate(fair.meetings_of()) if len(own) < 10], count)
        changes[f"late firm, {count} meetings"] = late_firm(fair, out, meets=meets)
    changes["a table is lost"] = lost_table(fair, out, 0)
    yield "| what happened | meetings moved | proven fewest | breaks before | after | rules broken | wall s | CPU s |"
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for what, change in changes.items():
        clock = Clock()
        mended = repair(change, seconds=seconds)
        took, cpu = clock.wall_s, clock.cpu_s
        table = mended.timetable
        wrong = len(broken_rules(change.problem, table.slots, table.tables)) if table.slots else "–"
        yield (
            f"| {what} | {len(mended.moved)} | {'yes' if mended.fewest else 'no'} | {out.objective} "
            f"| {table.objective} | {wrong} | {took:.1f} | {cpu:.1f} |"
        )


def page(out: Path, folder: Path, *, seconds: float, threads: int) -> None:
    """Measure everything and write the page."""
    clock = Clock()
    parts = {
        "published": _lines(published(folder, seconds=seconds, threads=threads)),
        "large": _lines(large(seconds=LARGE_S)),
        "repairs": _lines(repairs(seconds=MENDING_S)),
        "markets": _lines(markets.table()),
    }
    spent = lists.measure(lists.engine_of(2_000, ROOT / "var" / "bench"), 2_000)
    parts |= {
        "cores": str(os.cpu_count()), "load": f"{os.getloadavg()[2]:.1f}", "seconds": f"{seconds:.0f}",
        "threads": str(threads), "scores_s": f"{spent['pair scores']:.0f}",
        "lists_s": f"{spent['lists, dial 0.0']:.0f}", "minutes": f"{clock.wall_s / 60:.0f}",
    }  # fmt: skip
    text = PAGE.read_text("utf-8")
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    out.write_text(text, "utf-8")


def _lines(rows: Iterator[str]) -> str:
    found = []
    for row in rows:
        print(row, flush=True)
        found.append(row)
    return "\n".join(found)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("page", "published", "large", "repairs", "write-large"))
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "data" / "b2b")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="instances with this in their name")
    asked = parser.parse_args()
    keep_compiled_in(Path(tempfile.gettempdir()) / f"khukha-bench-{os.getuid()}")
    if asked.what == "write-large":
        asked.path.write_text(problem_json(large_fair()), encoding="utf-8")
    elif asked.what == "page":
        page(asked.path, asked.folder, seconds=asked.seconds, threads=asked.threads)
    elif asked.what == "published":
        _lines(published(asked.folder, seconds=asked.seconds, threads=asked.threads, only=asked.only))
    else:
        _lines(large(seconds=asked.seconds) if asked.what == "large" else repairs(seconds=asked.seconds))


if __name__ == "__main__":
    main()
