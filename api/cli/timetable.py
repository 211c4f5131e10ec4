"""`khukha timetable`: who meets whom when, from a fair's file."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.shared import AsJson, Language, ShownLanguage, console, errors, print_json
from api.settings import Settings
from matcher.timetable import (
    Problem,
    Progress,
    Report,
    Status,
    Timetable,
    broken_rules,
    keep_compiled_in,
    read_problem,
    solve,
)

_STATUS_TH = {
    Status.OPTIMAL: "ดีที่สุดแล้ว (พิสูจน์แล้ว)",
    Status.FEASIBLE: "ใช้ได้",
    Status.INFEASIBLE: "จัดไม่ได้",
    Status.UNKNOWN: "ยังไม่ทราบ",
}
_SHOWN_EVERY_S = 0.5
_CORES = min(os.cpu_count() or 1, 8)

Seconds = Annotated[float, typer.Option("--seconds", min=0.1, help="เวลาที่ให้ค้นหา / time to search.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="จำนวนเธรด / cores to use.")]
Fairness = Annotated[int | None, typer.Option("--fairness", min=0, help="ผลต่างช่วงรอสูงสุดระหว่างสองราย / bound d.")]
Seed = Annotated[int, typer.Option("--seed", help="เลขตั้งต้น / seed of the random choices.")]
Steps = Annotated[int | None, typer.Option("--steps", min=1, help="Search so many steps, prove nothing: repeatable.")]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command(help="จัดตารางนัดพบของงาน / make a fair's timetable from a .dzn or .json file.")(timetable)


def timetable(
    instance: Path,
    seconds: Seconds = 60.0,
    threads: Threads = _CORES,
    fairness: Fairness = None,
    seed: Seed = 0,
    steps: Steps = None,
    language: Language = ShownLanguage.TH,
    as_json: AsJson = False,
) -> None:
    """Make the timetable of a fair."""
    began = time.monotonic()
    keep_compiled_in(Settings().data_dir / "compiled")
    problem = read_problem(instance, fairness=fairness)
    report = _reporter(language)
    found = solve(problem, seconds=seconds, threads=threads, seed=seed, steps=steps, progress=report)
    wrong = broken_rules(problem, found.slots, found.tables) if found.slots else []
    if wrong:
        raise AssertionError(f"the timetable breaks a rule, which is a mistake in khukha: {wrong[0]}")
    figures = {"cpu_s": round(_cpu_s(), 2), "wall_s": round(time.monotonic() - began, 2)}
    if as_json:
        print_json(_data(found, language) | figures | {"meetings": _meetings(found)})
    else:
        _print(problem, found, language)


def _cpu_s() -> float:
    """Processor time of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _data(found: Timetable, language: ShownLanguage) -> dict[str, object]:
    return {
        "objective": found.objective,
        "bound": found.bound,
        "status": str(found.status),
        "reason": found.reason.th if language is ShownLanguage.TH else found.reason.en,
    }


def _meetings(found: Timetable) -> list[dict[str, int]]:
    placed = zip(found.slots, found.tables, strict=True)
    return [{"meeting": n, "slot": slot + 1, "table": table + 1} for n, (slot, table) in enumerate(placed, 1)]


def _reporter(language: ShownLanguage) -> Report | None:
    """A line on standard error while it searches, where that is a terminal."""
    if not errors.is_terminal:
        return None
    shown = [0.0]
    words = "ดีที่สุด {} · ไม่ต่ำกว่า {} · {:.0f} วินาที" if language is ShownLanguage.TH else "best {} · bound {} · {:.0f} s"

    def report(known: Progress) -> None:
        if known.seconds - shown[0] >= _SHOWN_EVERY_S:
            shown[0] = known.seconds
            best = "–" if known.objective is None else known.objective
            errors.print(words.format(best, known.bound, known.seconds), end="\r")

    return report


def _print(problem: Problem, found: Timetable, language: ShownLanguage) -> None:
    thai = language is ShownLanguage.TH
    status = _STATUS_TH[found.status] if thai else str(found.status)
    console.print(f"[bold]{status}[/]: {found.reason.th if thai else found.reason.en}")
    if not found.slots:
        return
    table = Table()
    for name in ("ช่วง", "โต๊ะ", "การพบ", "ระหว่าง", "กับ") if thai else ("Slot", "Table", "Meeting", "Of", "And"):
        table.add_column(name, justify="left" if name in ("ระหว่าง", "กับ", "Of", "And") else "right")
    for meeting in sorted(range(len(found.slots)), key=lambda m: (found.slots[m], found.tables[m])):
        one, other = (problem.name(person) for person in problem.meetings[meeting])
        table.add_row(str(found.slots[meeting] + 1), str(found.tables[meeting] + 1), str(meeting + 1), one, other)
    console.print(table)
