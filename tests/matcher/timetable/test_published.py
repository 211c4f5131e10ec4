"""The published instances of Bofill et al. (JAIR 2022); docs/timetables.md has all twenty."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.timetable import Status, broken_rules, read_problem, solve

EASY = ("tic-12", "tic-12crafc", "tic-13crafb", "forumt-14crafd")


@pytest.fixture(scope="module")
def optima(shared_data: Path) -> dict[str, int]:
    """The published optimum of every instance at d = 2."""
    path = shared_data / "b2b" / "published.csv"
    if not path.is_file():
        pytest.skip(f"the published instances are not at {path.parent}")
    with path.open(encoding="utf-8") as file:
        return {row["instance"]: int(row["opt(d=2; -=unsat)"]) for row in csv.DictReader(file)}


def _reaches(shared_data: Path, name: str, optimum: int, seconds: float) -> None:
    problem = read_problem(shared_data / "b2b" / f"{name}.dzn")
    found = solve(problem, seconds=seconds, threads=2)
    assert broken_rules(problem, found.slots, found.tables) == []
    assert (found.objective, found.bound, found.status) == (optimum, optimum, Status.OPTIMAL)


@pytest.mark.parametrize("name", EASY)
def test_an_easy_published_instance_is_solved_and_proven(shared_data: Path, optima: dict[str, int], name: str) -> None:
    _reaches(shared_data, f"{name}.original", optima[f"{name}.original"], seconds=30)
