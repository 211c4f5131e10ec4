from __future__ import annotations

import re
from pathlib import Path

import pytest

import matcher.exchange
from matcher.exchange import Problem, read_catalog
from matcher.exchange.messages import MESSAGES, REJECTS, WARNINGS
from matcher.exchange.report import make_problem
from tests.matcher.exchange.files import CITIZEN_NUMBER, write_jsonl

DATA = {
    name: 3 for name in ("length", "limit", "other", "count")
} | {name: "x" for name in ("what", "options", "options_th", "options_en", "key", "letter")}  # fmt: skip
THAI = re.compile("[ก-๛]")


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_says_problem_and_remedy_in_thai_and_in_english(kind):
    problem = make_problem(kind, file="f.csv", row=7, column="ราคา", value="แพง", **DATA)
    assert THAI.search(problem.problem_th)
    assert THAI.search(problem.remedy_th)
    assert problem.problem_en
    assert problem.remedy_en
    for language in ("th", "en"):
        said = problem.say(language)
        assert all(part in said for part in ("f.csv", "7", "ราคา", "แพง"))
        assert "\n" not in said
        assert not re.search(r"[{}]", said.replace("{ … }", ""))


def test_a_problem_is_said_in_one_line():
    problem = make_problem("bad_price", file="firms.csv", row=5, column="ราคา", value="แพง")
    assert str(problem) == (
        "firms.csv, row 5, ราคา: the price cannot be read (แพง); write one number of baht, 0 or more, as 1,200.50"
    )
    assert problem.say("th").startswith("firms.csv, แถว 5, ราคา: อ่านราคาไม่ได้ (แพง); ใส่ตัวเลข")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 200, "x" * 79 + "…"),
        ("a\nb\0c\ud800d", "a b c d"),
        (f"เลข {CITIZEN_NUMBER} ครับ", "เลข X-XXXX-XXXXX-XX-X ครับ"),
        ("1-2345-67890-12-3", "1-2345-67890-12-3"),
        ("x" * 75 + CITIZEN_NUMBER, "x" * 75 + "X-XX…"),
        (None, ""),
        (12, "12"),
    ],
)
def test_a_value_is_shown_short_readable_and_without_citizen_numbers(value, shown):
    assert make_problem("bad_date", file="f", row=1, value=value).value == shown


def test_every_kind_of_message_is_used_and_stands_in_one_table():
    folder = Path(matcher.exchange.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "messages.py")
    assert [kind for kind in MESSAGES if f'"{kind}"' not in code] == []
    assert set(REJECTS) & set(WARNINGS) == set()


def test_counts_and_rows_of_a_report_agree(tmp_path):
    lines = ["{", '{"name_th": "ก", "offers": [{"text": "ผ้า"}]}', '{"size": "?"}']
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", *lines))
    assert imported.rows_in == 3
    assert imported.rows_rejected == len(imported.rejected) == imported.rows_in - len(imported.firms)
    assert [row.row for row in imported.rejected] == sorted({problem.row for problem in imported.problems})
    assert all(isinstance(problem, Problem) and problem.file == "f.jsonl" for problem in imported.problems)


def test_the_package_gives_out_what_it_says():
    assert all(hasattr(matcher.exchange, name) for name in matcher.exchange.__all__)
    assert matcher.exchange.__all__ == sorted(matcher.exchange.__all__)
