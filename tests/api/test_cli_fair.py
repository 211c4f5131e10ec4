"""`khukha fair` and `khukha lists` on a data directory of their own."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys

import openpyxl
import pytest

from api.cli import main
from matcher.exchange import write_catalog

FAIR = "siam"
NEW = (
    *("fair", "new", FAIR, "--name", "งานสยาม", "--name-en", "Siam fair", "--day", "2027-02-04", "--day", "2027-02-05"),
    *("--session", "09:00,3,30", "--session", "13:00,2,30", "--tables", 8),
)


@pytest.fixture(scope="module")
def khukha(tmp_path_factory, models_dir, demo_firms):
    """Run the command in a data directory with twelve firms and a planned, published fair."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "var").mkdir()
    (folder / "var" / "models").symlink_to(models_dir.resolve())

    def run(*words: object, code: int = 0, typed: str = "") -> str:
        said, wrong = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
            patch.setenv("MATCHER_DATA_DIR", str(folder / "var"))
            patch.setenv("MATCHER_PUBLIC_URL", "https://khukha.example")
            patch.setattr(sys, "argv", ["khukha", *map(str, words)])
            patch.setattr(sys, "stdin", io.StringIO(typed))
            with pytest.raises(SystemExit) as ended:
                main()
        assert (ended.value.code or 0) == code, said.getvalue() + wrong.getvalue()
        return said.getvalue() if code == 0 else wrong.getvalue()

    def data(*words: object):
        return json.loads(run(*words, "--json"))

    run.data, run.folder = data, folder
    write_catalog([*demo_firms[:12:2], *demo_firms[20:32:2]], folder / "firms.jsonl")
    run("import", folder / "firms.jsonl")
    run(*NEW)
    run("fair", "template", FAIR, folder / "who.xlsx")
    run("fair", "register", FAIR, folder / "who.xlsx")
    run("fair", "lists", FAIR)
    run("fair", "timetable", FAIR)
    run("fair", "publish", FAIR)
    return run


def meetings(khukha, *more):
    return khukha.data("fair", "timetable", FAIR, "--show", *more)["meetings"]


def test_a_fair_is_planned_and_published_from_the_shell(khukha):
    found = khukha.data("fair", "show", FAIR)
    assert (found["participants"], found["slots"], found["days"], found["tables"]) == (12, 10, 2, 8)
    assert found["held"] == found["timed"] == len(meetings(khukha)) > 0
    assert (found["planned"], found["timetable"], found["published"]) == (1, 1, 1)
    folder = khukha.folder / "var" / "files" / "fairs" / FAIR / "v1"
    assert {"organiser.xlsx", "pack.pdf", "manifest.json", "lists.json", "files.zip"} <= {
        path.name for path in folder.iterdir()
    }


@pytest.mark.parametrize(("language", "name", "word"), [("th", "งานสยาม", "นัด"), ("en", "Siam fair", "meetings")])
def test_what_is_shown_is_thai_or_english(khukha, language, name, word):
    shown = khukha("fair", "show", FAIR, "--lang", language)
    assert name in shown
    assert word in shown
    assert name in khukha("fair", "list", "--lang", language)
    assert khukha.data("fair", "list")[0]["participants"] == 12


def test_the_sheet_that_is_given_out_filled_changes_nothing(khukha, tmp_path):
    khukha("fair", "template", FAIR, tmp_path / "who.xlsx", "--filled")
    found = khukha.data("fair", "register", FAIR, tmp_path / "who.xlsx", "--preview")
    assert (found["rows"], found["same"], found["new"], found["changed"]) == (12, 12, [], [])


def test_bad_rows_are_named_with_their_remedy(khukha, tmp_path):
    khukha("fair", "template", FAIR, tmp_path / "who.xlsx", "--filled")
    book = openpyxl.load_workbook(tmp_path / "who.xlsx")
    sheet = book.worksheets[0]
    sheet.cell(2, 1, "nobody-knows")
    sheet.cell(2, 2, "ไม่มีใครรู้จัก")
    sheet.cell(2, 3, None)
    book.save(tmp_path / "who.xlsx")
    assert "nobody-knows" in khukha("fair", "register", FAIR, tmp_path / "who.xlsx", "--preview", "--lang", "en")
    sheet.delete_rows(3, sheet.max_row)
    book.save(tmp_path / "who.xlsx")
    khukha("fair", "register", FAIR, tmp_path / "who.xlsx", code=2)
    assert "no-such.xlsx" in khukha("fair", "register", FAIR, tmp_path / "no-such.xlsx", code=2)


def test_a_meeting_moves_and_comes_back(khukha):
    before = meetings(khukha)
    one = before[0]
    pair = (one["first"], one["second"])
    free = khukha.data("fair", "move", FAIR, *pair)
    number = khukha.data("fair", "move", FAIR, *pair, free[0]["slot"], free[0]["table"])["timetable"]
    moved = next(row for row in meetings(khukha) if (row["first"], row["second"]) == pair)
    assert (moved["slot"], moved["time"], moved["table"]) == (free[0]["slot"], free[0]["time"], free[0]["table"])
    busy = next(row for row in before if set(pair) & {row["first"], row["second"]} and row != one)
    refused = khukha("fair", "move", FAIR, *pair, busy["slot"], busy["table"], code=2)
    assert "cannot be there" in refused
    khukha("fair", "move", FAIR, *pair, "--out")
    assert len(meetings(khukha)) == len(before) - 1
    khukha("fair", "undo", FAIR, "--to", number - 1)
    assert meetings(khukha) == before
    assert meetings(khukha, "--version", 1) == before
    own = meetings(khukha, "--firm", pair[0])
    assert own == [row for row in before if pair[0] in (row["first"], row["second"])]


def test_the_timetable_is_printed_with_times_and_names(khukha, demo_firms):
    shown = khukha("fair", "timetable", FAIR, "--show", "--lang", "en")
    assert meetings(khukha)[0]["time"] in shown
    first = meetings(khukha)[0]["first"]
    firm = next(firm for firm in demo_firms if firm.id == first)
    assert (firm.name_en or firm.name_th)[:10] in shown


def test_a_firm_asks_another_answers_and_the_organiser_settles(khukha):
    ids = sorted({id for row in meetings(khukha) for id in (row["first"], row["second"])})
    known = {(row["first"], row["second"]) for row in meetings(khukha)}
    a, b = next((a, b) for a in ids for b in ids if a < b and (a, b) not in known)
    assert "requested" in khukha("fair", "ask", FAIR, a, b, "--message", "สนใจ")
    waiting = khukha.data("fair", "requests", FAIR)
    assert [(one["first"], one["second"], one["asked_by"], one["message"]) for one in waiting] == [(a, b, a, "สนใจ")]
    assert a in khukha("fair", "requests", FAIR)
    assert "declined" in khukha("fair", "answer", FAIR, b, a, "--no")
    assert khukha.data("fair", "requests", FAIR) == []
    assert khukha.data("fair", "requests", FAIR, "--state", "declined", "--firm", b)[0]["second_said"] is False
    assert "no thanks" in khukha("fair", "ask", FAIR, a, b, code=2)
    khukha("fair", "pin", FAIR, a, b)
    assert (a, b) in {(row["first"], row["second"]) for row in meetings(khukha)}
    khukha("fair", "veto", FAIR, a, b)
    assert (a, b) not in {(row["first"], row["second"]) for row in meetings(khukha)}
    mended = khukha.data("fair", "mend", FAIR, "--preview")
    assert (mended["moved"], mended["new"], mended["timetable"]) == ([], [], None)


def test_lists_made_anew_are_compared_from_the_database_and_from_folders(khukha, tmp_path):
    folder = khukha.folder / "var" / "files" / "fairs" / FAIR / "v1"
    number = khukha.data("fair", "lists", FAIR, "--keep")["lists"]
    assert khukha.data("lists", "diff", folder, f"{FAIR}#1") == []
    assert "no pair differs" in khukha("lists", "diff", f"{FAIR}#1", folder / "lists.json", "--lang", "en")
    changes = khukha.data("lists", "diff", f"{FAIR}#1", f"{FAIR}#{number}")
    assert all(one["why"]["th"] and one["why"]["en"] for one in changes)
    shutil.copytree(folder, tmp_path / "other")
    lists = json.loads((folder / "lists.json").read_bytes())
    gone = lists["pairs"].pop()
    (tmp_path / "other" / "lists.json").write_text(json.dumps(lists), "utf-8")
    removed = khukha.data("lists", "diff", folder, tmp_path / "other")
    assert [(one["kind"], one["first"], one["second"]) for one in removed] == [
        ("removed", gone["first"], gone["second"])
    ]
    assert gone["first"] in khukha("lists", "diff", folder, tmp_path / "other")
    (tmp_path / "other" / "lists.json").write_text("[]", "utf-8")
    assert "holds no lists" in khukha("lists", "diff", folder, tmp_path / "other", code=2)
    assert "FAIR#NUMBER" in khukha("lists", "diff", folder, "nowhere", code=2)
    assert "99" in khukha("lists", "diff", folder, f"{FAIR}#99", code=2)


def test_links_begin_with_the_services_address_and_can_be_withdrawn(khukha):
    links = {one["firm_id"]: one["url"] for one in khukha.data("fair", "links", FAIR)}
    assert len(links) == 12
    assert all(url.startswith("https://khukha.example/p/") for url in links.values())
    one = sorted(links)[0]
    assert khukha("fair", "links", FAIR, one).split() == [one, links[one]]
    new = khukha.data("fair", "links", FAIR, one, "--withdraw")[0]["url"]
    assert new != links[one]
    khukha("fair", "links", FAIR, "--withdraw", code=2)


def test_outcomes_are_told_listed_and_reported(khukha, tmp_path):
    row = meetings(khukha)[0]
    pair = (row["first"], row["second"])
    khukha("fair", "tell", FAIR, *pair, "informative", "--by", pair[0], "--expected", 70_000)
    khukha("fair", "tell", FAIR, *pair, "cooperation_possible", "--expected", 50_000, "--actual", 20_000)
    told = khukha.data("fair", "outcomes", FAIR)
    assert [(one["by"], one["expected_thb"]) for one in told] == [(pair[0], 70_000), (None, 50_000)]
    assert "50,000" in khukha("fair", "outcomes", FAIR, "--lang", "en")
    total = khukha.data("fair", "report", FAIR)["total"]
    assert (total["met"], total["expected_thb"], total["actual_thb"]) == (1, 50_000, 20_000)
    assert "20,000" in khukha("fair", "report", FAIR)
    khukha("fair", "report", FAIR, tmp_path / "report.xlsx")
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").worksheets
    khukha("fair", "report", FAIR, tmp_path / "report.csv", "--lang", "en")
    assert "Pairs that met" in (tmp_path / "report.csv").read_text("utf-8-sig")
    khukha("fair", "report", FAIR, tmp_path / "report.pdf", code=2)
    assert "only they" in khukha("fair", "tell", FAIR, *pair, "informative", "--by", "nobody", code=2)


def test_who_stays_away_is_looked_at_first(khukha):
    before = meetings(khukha)
    gone = before[0]["first"]
    look = khukha.data("fair", "absent", FAIR, gone, "--preview")
    assert look["timetable"] is None
    assert len(look["gone"]) == sum(gone in (row["first"], row["second"]) for row in before)
    assert meetings(khukha) == before
    late = khukha.data("fair", "absent", FAIR, gone, "--from", 10, "--preview")
    assert len(late["gone"]) <= len(look["gone"])
    assert "meetings" in khukha("fair", "absent", FAIR, gone, "--preview", "--lang", "en")


@pytest.mark.parametrize(
    "words",
    [
        ("fair", "show", "nothing"),
        ("fair", "lists", "nothing"),
        ("fair", "timetable", "nothing"),
        ("fair", "timetable", FAIR, "--show", "--version", 999),
        ("fair", "move", FAIR, "a", "b", 1, 1),
        ("fair", "undo", FAIR, "--to", 999),
        ("fair", "publish", "nothing"),
        ("fair", "requests", "nothing"),
        ("fair", "outcomes", "nothing"),
        ("fair", "remove", "nothing", "--yes"),
        NEW,
        (*NEW[:2], "other", *NEW[3:8], "4 Feb", *NEW[9:]),
        (*NEW[:2], "other", *NEW[3:12], "9-12", *NEW[13:]),
    ],
    ids=lambda words: " ".join(map(str, words))[:40],
)
def test_what_cannot_be_ends_with_two_and_a_sentence(khukha, words):
    assert re.search("[a-z]{3}", khukha(*words, code=2))


def test_a_fair_is_deleted_after_asking_and_a_published_one_on_purpose_only(khukha):
    khukha(*(word if word != FAIR else "gone" for word in NEW))
    khukha("fair", "remove", "gone", typed="n\n", code=1)
    assert "gone" in {one["id"] for one in khukha.data("fair", "list")}
    khukha("fair", "remove", "gone", "--yes")
    assert "gone" not in {one["id"] for one in khukha.data("fair", "list")}
    assert "even_if_published" in khukha("fair", "remove", FAIR, "--yes", code=2)
    assert FAIR in {one["id"] for one in khukha.data("fair", "list")}


def test_what_a_fair_would_learn_is_shown_and_too_little_is_refused(khukha):
    found = khukha.data("fair", "learn", FAIR)
    assert found["in_force"] == found["usual"]
    assert found["applied"] == 0
    assert not found["enough"]
    assert "too few answers" in khukha("fair", "learn", FAIR, "--lang", "en")
    assert "คำตอบยังน้อยเกินไป" in khukha("fair", "learn", FAIR)
    assert "too few" in khukha("fair", "learn", FAIR, "--apply", code=2)
    assert "nothing to undo" in khukha("fair", "learn", FAIR, "--undo", code=2)
    assert "no-such" in khukha("fair", "learn", FAIR, "--from", "no-such", code=2)
