from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec

import pytest

from tests.paged import arguments
from tests.torture import report
from tests.torture.rows import Measured, Row, finish, read

KEPT = Row(promise="Nothing is lost", tested="by breaking it", reached="0 of 10 | lost", kept=True)
BROKEN = Row(promise="Nobody is found", tested="by looking", reached="1 ghost", kept=False)


def test_every_part_is_a_program_with_a_short_form():
    for parts in report.PARTS.values():
        for part in parts:
            assert find_spec(f"tests.torture.{part}")
            assert find_spec(f"tests.torture.test_{part}")


@pytest.mark.parametrize(("rows", "code"), [([KEPT], 0), ([KEPT, BROKEN], 1)])
def test_a_program_ends_with_1_where_a_promise_was_broken_and_its_rows_can_be_read_again(tmp_path, rows, code):
    asked = arguments("").parse_args(["--out", str(tmp_path / "deep" / "some.json")])
    with pytest.raises(SystemExit) as ended:
        finish(rows, asked, not_covered=["The moon."])
    assert ended.value.code == code
    assert read(asked.out).rows == tuple(rows)


def test_the_page_shows_every_row_once_says_what_is_missing_and_what_is_not_covered(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PARTS", {"Reliability": {"one": (), "two": ()}})
    measured = Measured((KEPT, BROKEN), ("The moon.",), "2026-12-01", 90.0)
    (tmp_path / "one.json").write_text(json.dumps(asdict(measured)), "utf-8")
    page = report.page(tmp_path)
    assert "| Nothing is lost | by breaking it (`one`) | 0 of 10 \\| lost | kept |" in page
    assert "| Nobody is found | by looking (`one`) | 1 ghost | BROKEN |" in page
    assert "| `two` | – (`two`) | no rows: run it | not run |" in page
    assert "- The moon. (`one`)" in page
    assert "`one` 2026-12-01, 1.5 min" in page


def test_a_part_that_does_not_end_well_leaves_no_rows_of_another_day(tmp_path):
    (tmp_path / "nothing_of_this_name.json").write_text("{}")
    assert not report.run("nothing_of_this_name", (), tmp_path)
    assert list(tmp_path.iterdir()) == []
