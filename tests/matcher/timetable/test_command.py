"""`khukha timetable`: what other programs read from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from matcher.errors import TimetableError
from matcher.timetable import Problem, broken_rules, problem_json

FAIR = Problem(n_participants=4, meetings=((0, 1), (1, 2), (2, 3), (3, 0)), n_slots=4, n_tables=2)


@pytest.fixture
def instance(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small fair's file."""
    monkeypatch.chdir(models_dir.parents[1])
    path = tmp_path / "fair.json"
    path.write_text(problem_json(FAIR), encoding="utf-8")
    return path


def test_json_has_what_the_formats_promise(instance: Path) -> None:
    ran = CliRunner().invoke(app, ["timetable", str(instance), "--seconds", "20", "--threads", "1", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert set(told) == {"objective", "bound", "status", "reason", "cpu_s", "wall_s", "meetings"}
    assert (told["objective"], told["bound"], told["status"]) == (0, 0, "optimal")
    assert [one["meeting"] for one in told["meetings"]] == [1, 2, 3, 4]
    placed = ([one[what] - 1 for one in told["meetings"]] for what in ("slot", "table"))
    assert broken_rules(FAIR, *placed) == []


def test_an_infeasible_fair_says_why_and_lists_no_meeting(instance: Path) -> None:
    instance.write_text(problem_json(FAIR).replace('"slots": 4', '"slots": 1'))
    instance.write_text(instance.read_text().replace('"first_session_slots": 4', '"first_session_slots": 1'))
    ran = CliRunner().invoke(app, ["timetable", str(instance), "--json", "--lang", "en"])
    told = json.loads(ran.stdout)
    assert (told["status"], told["objective"], told["meetings"]) == ("infeasible", None, [])
    assert "more meetings than free slots: 1 (2 meetings, 1 free slots)" in told["reason"]


def test_the_summary_is_thai_unless_english_is_asked_for(instance: Path) -> None:
    thai = CliRunner().invoke(app, ["timetable", str(instance), "--seconds", "20"])
    english = CliRunner().invoke(app, ["timetable", str(instance), "--seconds", "20", "--lang", "en"])
    assert "พิสูจน์แล้ว" in thai.stdout
    assert "optimal: proven" in english.stdout


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["timetable", str(tmp_path / "none.dzn")])
    assert isinstance(ran.exception, TimetableError)
    assert "none.dzn" in str(ran.exception)
