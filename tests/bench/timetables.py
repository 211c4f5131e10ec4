"""What the timetable reaches: the published instances, and a large fair.

    python tests/bench/timetables.py published FOLDER --seconds 60 --threads 2    a row an instance
    python tests/bench/timetables.py large --seconds 60 --threads 2               2,000 firms, 20,000 meetings
    python tests/bench/timetables.py write-large FILE.json                        the same, for `khukha timetable`

Both print Markdown. FOLDER holds the `.dzn` files and `published.csv` (Bofill et al., JAIR 2022), which are
not part of the project.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import tempfile
import time
from pathlib import Path

from matcher.timetable import (
    Problem,
    Progress,
    broken_rules,
    keep_compiled_in,
    problem_json,
    read_problem,
    solve,
)


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


def published(folder: Path, *, seconds: float, threads: int, only: str) -> None:
    """A row for every published instance."""
    with (folder / "published.csv").open(encoding="utf-8") as file:
        known = {row["instance"]: row for row in csv.DictReader(file)}
    print("| instance | objective | bound | status | published | wall s | CPU s | rules broken |")
    print("|---|---:|---:|---|---:|---:|---:|---:|")
    for name, row in known.items():
        if only not in name:
            continue
        problem = read_problem(folder / f"{name}.dzn")
        began, spent = time.monotonic(), _cpu_s()
        found = solve(problem, seconds=seconds, threads=threads)
        took, cpu = time.monotonic() - began, _cpu_s() - spent
        wrong = len(broken_rules(problem, found.slots, found.tables)) if found.slots else "–"
        optimum = row["opt(d=2; -=unsat)"]
        print(
            f"| {name.removesuffix('.original')} | {found.objective} | {found.bound} | {found.status} "
            f"| {optimum} | {took:.1f} | {cpu:.1f} | {wrong} |",
            flush=True,
        )


def large(*, seconds: float, threads: int, steps: int | None) -> None:
    """The large fair: breaks over time."""
    problem = large_fair()
    shown = [0.0]

    def report(known: Progress) -> None:
        if known.seconds >= shown[0]:
            shown[0] = known.seconds + seconds / 10
            print(f"| {known.seconds:.1f} | {known.violations} | {known.objective} |", flush=True)

    print("| s | rules broken | breaks |\n|---:|---:|---:|")
    began, spent = time.monotonic(), _cpu_s()
    found = solve(problem, seconds=seconds, threads=threads, steps=steps, progress=report)
    took, cpu = time.monotonic() - began, _cpu_s() - spent
    wrong = broken_rules(problem, found.slots, found.tables) if found.slots else [found.reason.en]
    print(
        f"\n{problem.n_participants:,} firms, {len(problem.meetings):,} meetings, {problem.n_slots} slots, "
        f"{problem.n_tables} tables: {found.objective} breaks, bound {found.bound}, {found.status}, "
        f"{took:.1f} s, {cpu:.1f} CPU s with tables, {len(wrong)} rules broken."
    )


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("published", "large", "write-large"))
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--only", default="", help="instances with this in their name")
    asked = parser.parse_args()
    keep_compiled_in(Path(tempfile.gettempdir()) / f"khukha-bench-{os.getuid()}")
    if asked.what == "write-large":
        asked.path.write_text(problem_json(large_fair()), encoding="utf-8")
        return
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start; {asked.threads} threads.\n")
    if asked.what == "published":
        published(asked.path, seconds=asked.seconds, threads=asked.threads, only=asked.only)
    else:
        large(seconds=asked.seconds, threads=asked.threads, steps=asked.steps)


if __name__ == "__main__":
    main()
