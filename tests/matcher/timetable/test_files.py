"""Fairs from files, and errors that say where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from matcher.errors import TimetableError
from matcher.timetable import Problem, Session, parse_json, problem_json, read_problem
from matcher.timetable.minizinc import parse_minizinc
from tests.matcher.timetable.fairs import small_fairs

DZN = """% a small fair
nBusiness = 4;
nMeetings = 3;
nTables = 2;
nTotalSlots = 5;
nMorningSlots = 3;
requested = [|1, 2,1,
|3, 4,2, /* in the afternoon */
|1, 4,3,
|];
meetingsxBusiness = [{1,2,4}, {1,2}, {1,3}, {1,3,4}];
nMeetingsBusiness = [2,1,1,2];
forbidden = [{0}, {0,5}, {}, {1}];
fixed = [0,4,0];
precedences = [{}, {}, {1,2}];
"""


def test_a_dzn_file_is_read_with_everything_from_0() -> None:
    problem = parse_minizinc(DZN)
    assert problem == Problem(
        n_participants=4,
        meetings=((0, 1), (2, 3), (0, 3)),
        n_slots=5,
        n_tables=2,
        first_slots=3,
        sessions=(Session.FIRST, Session.SECOND, Session.EITHER),
        fixed=(None, 3, None),
        forbidden=(frozenset(), frozenset({4}), frozenset(), frozenset({0})),
        earlier=(frozenset(), frozenset(), frozenset({0, 1})),
        fairness=2,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("nTables = 2;", "nTables = many;", 4, "'many' stands where a value should"),
        ("nTables = 2;", "nTables = 2", 5, "stands where ';' should"),
        ("nTables = 2;", "nTables = #2;", 4, "'#' cannot be read"),
        ("|3, 4,2,", "|3, 4,", 7, "no 3 numbers in row 2"),
        ("|3, 4,2,", "|3, 4,7,", 7, "session 7"),
        ("fixed = [0,4,0];", "fixed = [0,4];", 14, "does not hold 3 numbers"),
        ("nBusiness = 4;\n", "", None, "nBusiness is missing"),
        ("nMeetings = 3;", "nMeetings = 4;", 7, "holds 3 meetings"),
        ("{0,5}", "{0,6}", None, "6; there are 5"),
        ("|1, 4,3,", "|1, 9,3,", None, "participants 1 and 9"),
        ("precedences = [{}, {}, {1,2}];", "precedences = [{}, {}, {1,2", 16, "the end of the file"),
        ("|1, 4,3,\n|];", "|1, 4,3,", 10, "where a value should"),
    ],
)
def test_what_is_wrong_with_a_dzn_file_is_said_with_its_line(old: str, new: str, line: int | None, words: str) -> None:
    with pytest.raises(TimetableError) as caught:
        parse_minizinc(DZN.replace(old, new))
    assert words in str(caught.value)
    assert caught.value.line == line


@settings(max_examples=100, deadline=None)
@given(problem=small_fairs())
def test_a_fair_written_as_json_is_read_back(problem: Problem) -> None:
    assert parse_json(problem_json(problem)) == problem


def test_the_form_in_the_description_is_read() -> None:
    problem = parse_json(
        """{"participants": [{"name": "บริษัท ก", "away": [3, 4], "host": true}, {"name": "บริษัท ข"}],
        "meetings": [{"of": [1, 2], "session": "first", "slot": 5, "after": [2]}, {"of": [1, 2]}],
        "slots": 12, "first_session_slots": 6, "pauses": [7], "tables": 20, "fairness": 1}"""
    )
    assert problem.names == ("บริษัท ก", "บริษัท ข")
    assert (problem.hosts, problem.fairness, problem.first_slots) == (frozenset({0}), 1, 6)
    assert (problem.fixed, problem.earlier) == ((4, None), (frozenset({1}), frozenset()))
    assert (problem.forbidden[0], problem.pauses) == ({2, 3}, {6})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "the file is no JSON object"),
        ('{"participants": 2, "meetings": [], "slots": 3}', "tables"),
        ('{"participants": 2, "meetings": [{"of": [1, 2], "sesion": 1}], "slots": 3, "tables": 1}', "'sesion'"),
        ('{"participants": 2, "meetings": [{"of": [1]}], "slots": 3, "tables": 1}', "meeting 1 has 1 participants"),
        ('{"participants": 2, "meetings": [{"of": [1, 1]}], "slots": 3, "tables": 1}', "meets itself"),
        ('{"participants": 2, "meetings": [{"of": [1, 2], "session": "noon"}], "slots": 3, "tables": 1}', "'noon'"),
        ('{"participants": 2, "meetings": [], "slots": 64, "tables": 1}', "make one for each day"),
        ('{"participants": 2, "meetings": [], "slots": 3, "tables": true}', "no whole number"),
        ('{"participants": 2, "meetings": [], "slots": 3, "tables": 1, "pauses": [4]}', "before slots: 4"),
    ],
)
def test_what_is_wrong_with_a_json_file_is_said(text: str, words: str) -> None:
    with pytest.raises(TimetableError, match=words):
        parse_json(text)


def test_a_file_is_read_by_its_ending_and_the_fairness_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.dzn").write_text(DZN, encoding="utf-8")
    problem = read_problem(tmp_path / "a.dzn")
    (tmp_path / "a.json").write_text("\ufeff" + problem_json(problem), encoding="utf-8")
    assert read_problem(tmp_path / "a.json", fairness=0) == read_problem(tmp_path / "a.dzn", fairness=0)
    with pytest.raises(TimetableError, match=r"b\.dzn: cannot be read"):
        read_problem(tmp_path / "b.dzn")


def test_every_published_instance_is_read(shared_data: Path) -> None:
    folder = shared_data / "b2b"
    if not folder.is_dir():
        pytest.skip(f"the published instances are not at {folder}")
    for path in sorted(folder.glob("*.dzn")):
        problem = read_problem(path)
        assert parse_json(problem_json(problem)) == problem
