"""schemathesis against a real server, role by role: no 5xx, no undocumented status, every check it has.

Usage: python -m tests.torture.schema [--cases 5000] [--roles anonymous,reader] [--out schema.json]

Each role gets at least that many cases: examples, coverage of the description's edges, fuzzing, and chains of
calls along the description's links. Ids of the standing fairs and firms are mixed in, so that calls find something.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.store.keys import Role
from tests.paged import arguments
from tests.torture.rows import Row, finish
from tests.torture.standing import FAIR, OTHER_FAIR, Standing, set_up, standing

ANONYMOUS = "anonymous"
ROLES = (ANONYMOUS, *Role)
STARTED_OVER = 8
"""Runs of one role at most, to reach the cases asked for."""

ALLOWED_REFUSALS = ["2xx", "401", "403", "404", "409", "412", "422", "503"]
"""For values that fit the description: whether a province, an id or a fair's plan exists no schema can say."""

NOT_COVERED = (
    "The API is tried with a model that hashes words: what the real one answers is measured in docs/quality.md.",
    "A refusal for reasons that no schema can say (an unknown province, a fair without a timetable) counts as right.",
)


@dataclass
class Found:
    """What one role's runs showed.

    Attributes:
        failures: A line for each kind, with the calls that showed it.
        errors: What kept a call from being tried.
    """

    role: str
    cases: int = 0
    runs: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


PHASES = "examples,coverage,fuzzing,stateful"


def attack(
    service: Standing,
    role: str,
    *,
    cases: int,
    folder: Path,
    per_call: int | None = None,
    phases: str = PHASES,
    only: str | None = None,
) -> Found:
    """Run schemathesis as one role until it has made its cases.

    Args:
        service: Stands.
        role: One of `ROLES`.
        cases: How many at least.
        folder: For settings and reports.
        per_call: Cases per call and phase in a run; None derives it from `cases`.
        phases: Of schemathesis.
        only: The one path to try.
    """
    found, begin = Found(role), time.monotonic()
    calls = sum(len(one) for one in service.ask("GET", "/openapi.json").json()["paths"].values())
    while found.cases < cases and found.runs < STARTED_OVER and not found.failures:
        set_up(service)
        wanted = per_call or max(1, (cases - found.cases) // calls // 10)  # the edges of the description are most
        more = ["--phases", phases, *(["--include-path", only] if only else [])]
        report = _run(service, role, *more, folder=folder, per_call=wanted, seed=found.runs + 1)
        _count(found, report)
        found.runs += 1
    found.seconds = round(time.monotonic() - begin, 1)
    return found


def _run(service: Standing, role: str, *more: str, folder: Path, per_call: int, seed: int) -> dict[str, Any]:
    """One run; its report."""
    settings, report = folder / f"{role}.toml", folder / f"{role}-{seed}.json"
    settings.write_text(_settings(service), "utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", f"{service.url}/openapi.json"),
        *("--checks", "all", "--max-examples", per_call, "--seed", seed, "--continue-on-failure", "--no-color"),
        *("--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", 240, "--no-shrink"),
        *("--warnings", "off", "--report", "json", "--report-json-path", report, *more),
    ]
    if role != ANONYMOUS:
        command += ["-H", f"Authorization: Bearer {service.keys[Role(role)]}"]
    log = report.with_suffix(".log")
    with log.open("w") as out:
        subprocess.run(
            list(map(str, command)), stdout=out, stderr=out, env=os.environ | {"COLUMNS": "200"}, check=False
        )
    if not report.is_file():
        raise RuntimeError(log.read_text()[-2_000:])
    return dict(json.loads(report.read_text("utf-8")))


def _settings(service: Standing) -> str:
    """Settings of schemathesis: real ids among the made-up ones, and refusals that no schema can foresee."""
    firm, *others = service.firms
    words = {
        "ids": [FAIR, OTHER_FAIR, firm.id, others[0].id, firm.offers[0].id, firm.needs[0].id],
        "firms": [one.id for one in service.firms],
    }
    lines = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in words.items()]
    bound = {"path.id": "ids", "path.firm_id": "firms"}
    bound |= {f"{where}.{name}": "firms" for where in ("query", "body") for name in ("firm_id", "other_id")}
    bound |= {"body.by": "firms", "body.other": "firms"}
    lines += ["[parameters]"]
    lines += [f'"{name}" = {{ dictionary = "{words_}", probability = 0.7 }}' for name, words_ in bound.items()]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(ALLOWED_REFUSALS)}"]
    return "\n".join(lines)


def _count(found: Found, report: dict[str, Any]) -> None:
    """Add a run's report to what was found."""
    found.cases += report["test_cases"]["generated"]
    found.failures += [f"{one['title']}: {', '.join(one['operations'])}" for one in report["failures"]]
    found.errors += [json.dumps(one, ensure_ascii=False)[:500] for one in report["errors"]]
    if not report["complete"]:
        found.errors.append(f"the run broke off: {report['stop_reason']}")


def rows(found: Sequence[Found], *, cases: int) -> list[Row]:
    """What the page of promises says."""
    tried = sum(one.cases for one in found)
    each = ", ".join(f"{one.role} {one.cases:,}" for one in found)
    broken = [line for one in found for line in (*one.failures, *one.errors)]
    few = [one.role for one in found if one.cases < cases]
    reached = f"{tried:,} cases ({each}): none" if not broken else f"{len(broken)} kinds: {'; '.join(broken[:5])}"
    return [
        Row(
            promise="No request, right or wrong, makes the API fail, or answer with what its description does not say",
            tested="schemathesis against a real server on loopback, all its checks, links followed, as each role",
            reached=reached + (f"; too few cases: {', '.join(few)}" if few else ""),
            kept=not broken and not few,
        )
    ]


def main() -> None:
    """Attack as each role; say what was found."""
    given = arguments(__doc__)
    given.add_argument("--cases", type=int, default=5_000, help="of each role, at least")
    given.add_argument("--roles", default=",".join(ROLES))
    asked = given.parse_args()
    with TemporaryDirectory() as data, TemporaryDirectory() as reports, standing(Path(data)) as service:
        found = [attack(service, role, cases=asked.cases, folder=Path(reports)) for role in asked.roles.split(",")]
    finish(rows(found, cases=asked.cases), asked, not_covered=NOT_COVERED)


if __name__ == "__main__":
    main()
