"""Everything that can be done to store, index, requests and timetables, in random order, for longer than in the tests.

Usage: python -m tests.torture.machines [--examples 60] [--steps 30] [--out FILE.json]

Hypothesis draws the steps and, where something breaks, shrinks them to the shortest that break it; see
tests/api/store/test_machine.py and tests/api/fairs/test_machine.py for the rules and what must hold.
"""

from __future__ import annotations

import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from api.store.database import open_database
from tests.api.fairs.test_machine import AFair
from tests.api.store.test_machine import AStore
from tests.paged import arguments
from tests.torture.rows import Row, finish


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int, scratch: Path) -> tuple[int, str]:
    """Run a machine; how many examples it went through, and what broke, empty if nothing did."""
    scratch.mkdir()
    template = scratch / "khukha.sqlite"
    open_database(f"sqlite:///{template}").close()
    begun: Counter[str] = Counter()

    def counted(self: Any) -> None:
        begun["examples"] += 1
        machine.__init__(self)

    made = type(
        machine.__name__,
        (machine,),
        {"template": template, "cache_dir": scratch / "compiled", "__init__": counted},
    )
    try:
        run_state_machine_as_test(
            made,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as problem:  # whatever broke, it is said, and above it the steps that break it
        traceback.print_exception(problem)
        where = traceback.extract_tb(problem.__traceback__)[-1]
        return begun["examples"], f"{type(problem).__name__} {problem} in {where.name}, line {where.lineno}"
    return begun["examples"], ""


def rows(store: tuple[int, str], fairs: tuple[int, str], steps: int) -> list[Row]:
    """What came of it, for the page of promises."""
    return [
        Row(
            promise=promise,
            tested=tested,
            reached=f"{count} runs of up to {steps} steps: {problem or 'nothing broke'}",
            kept=not problem,
        )
        for promise, tested, (count, problem) in (
            (
                "Index and store hold together, whatever is done to them in whatever order",
                "writes, imports, deletions, taking back, backups, restores, restarts, rebuilds, damage, and two "
                "processes that follow when they like, drawn at random against a model",
                store,
            ),
            (
                "Requests and timetables hold together, whatever is done to a fair in whatever order",
                "requests, answers, taking back, expiry, pins, vetoes, making, moves, absences, mending, restoring and "
                "publishing, drawn at random; nobody twice, nobody away, no table twice, a no stands, who is settled "
                "has a place or there is no room, every version is kept, an absence moves nobody else",
                fairs,
            ),
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--examples", type=int, default=60)
    given.add_argument("--steps", type=int, default=30)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        store = run(AStore, examples=asked.examples, steps=asked.steps, scratch=Path(scratch, "store"))
        fairs = run(AFair, examples=asked.examples, steps=asked.steps, scratch=Path(scratch, "fairs"))
    finish(rows(store, fairs, asked.steps), asked, not_covered=("The machines run on SQLite, not on PostgreSQL.",))


if __name__ == "__main__":
    main()
