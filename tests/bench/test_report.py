from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec

from tests.bench import report
from tests.bench.parts import Measured, Reached, at_least, at_most, finish, read
from tests.paged import arguments


def test_every_part_is_a_program_and_no_aim_has_two_names():
    for part in report.PARTS:
        assert find_spec(f"tests.bench.{part}")
    names = [name for aims in report.AIMS.values() for name in aims]
    assert len(names) == len(set(names))


def test_an_aim_gives_its_reason_only_where_it_was_missed():
    assert at_most("query", 4, 5, "4 ms", missed="slow") == Reached("query", "4 ms", True)
    assert at_most("query", 6, 5, "6 ms", missed="slow") == Reached("query", "6 ms", False, "slow")
    assert at_least("rate", 6, 5, "6/s", missed="slow") == Reached("rate", "6/s", True)
    assert at_least("rate", 4, 5, "4/s", missed="slow") == Reached("rate", "4/s", False, "slow")


def test_what_a_part_gave_can_be_read_again(tmp_path):
    asked = arguments("").parse_args(["--out", str(tmp_path / "deep" / "some.json")])
    finish("## Some", asked, aims=[Reached("query", "4 ms", True)], plots={"some.svg": "<svg/>"})
    found = read(asked.out)
    assert (found.section, found.aims) == ("## Some", (Reached("query", "4 ms", True),))
    assert report.plots(tmp_path) == {}


def test_the_page_shows_every_section_and_every_aim_and_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PARTS", {"one": (), "two": ()})
    aims = (Reached("query", "9 ms", False, "busy"), Reached("memory", "500 MB", True))
    measured = Measured("## One\n\nIt is quick.", aims, {"one.svg": "<svg/>"}, "2026-12-01", 90.0, "a processor")
    (tmp_path / "one.json").write_text(json.dumps(asdict(measured)), "utf-8")
    page = report.page(tmp_path)
    assert "It is quick." in page
    assert "## `two`\n\nNot measured" in page
    assert "| one query in 5 ms on one thread | 9 ms | **no** | busy |" in page
    assert "| a worker in 600 MB | 500 MB | yes |  |" in page
    for aims_of_area in report.AIMS.values():
        for aim in aims_of_area.values():
            assert f"| {aim} | " in page
    assert report.plots(tmp_path) == {"one.svg": "<svg/>"}
    assert "`one` 2026-12-01, 1.5 min" in page


def test_a_part_that_does_not_end_well_leaves_nothing_of_another_day(tmp_path):
    (tmp_path / "nothing_of_this_name.json").write_text("{}")
    assert not report.run("nothing_of_this_name", (), tmp_path)
    assert list(tmp_path.iterdir()) == []
