from __future__ import annotations

import csv
import json

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain import Certificate, Firm, Need, Offer, Position, Stage
from matcher.errors import CatalogError
from matcher.exchange import read_catalog, write_catalog, write_rejected
from matcher.exchange.fields import PROBLEM_HEADER
from tests.matcher.exchange.files import CITIZEN_NUMBER, HEADER, kinds, write_csv, write_jsonl, write_xlsx

DANGER = ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "＝1"]


@pytest.mark.parametrize("text", DANGER)
def test_no_cell_of_a_workbook_is_a_formula(tmp_path, text):
    firm = Firm("=id", text, text, description=text, offers=(Offer("=id/o1", text, role=text, moq=text),))
    write_catalog([firm], tmp_path / "f.xlsx")
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0] for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert [cell.value for cell in cells].count(text) >= 5
    assert read_catalog(tmp_path / "f.xlsx").firms[0].offers[0].text == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text("=+-@\t\r\n' ก1", min_size=1).filter(lambda text: "ก" in text))
def test_no_cell_of_a_csv_starts_like_a_formula(tmp_path, text):
    write_catalog([Firm("a", text, description=text)], tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not any(cell[:1] in set("=+-@\t\r") for row in csv.reader(file) for cell in row if cell)
    assert read_catalog(tmp_path / "f.csv").firms[0].name_th == " ".join(text.split())


def test_a_csv_opens_in_excel_with_its_thai(tmp_path):
    write_catalog([Firm("a", "ร้าน", description="ผ้า")], tmp_path / "f.csv")
    assert (tmp_path / "f.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_firm_is_one_row_and_further_ones_only_for_other_places(tmp_path):
    here, there = ("betta", Stage.UPSTREAM, None), ("sport", Stage.MIDSTREAM, None)
    firm = Firm(
        "a",
        "ร้าน",
        positions=(Position(*here), Position(*there)),
        offers=(Offer("a/o1", "ปลา", *here), Offer("a/o2", "ไข่", *here), Offer("a/o3", "เสื้อ", *there)),
        needs=(Need("a/n1", "อาหาร", "betta"), Need("a/n2", "ผ้า", "sport")),
        certificates=(Certificate("GMP"),),
    )
    write_catalog([firm], tmp_path / "f.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + 2
    assert read_catalog(tmp_path / "f.xlsx").firms == (firm,)


def test_more_than_a_cell_holds_goes_on_in_further_rows_and_comes_back_whole(tmp_path):
    offers = tuple(Offer(f"a/o{number}", f"{number} " + "ผ" * 9_000) for number in range(1, 11))
    held = tuple(Certificate(f"C{number} " + "x" * 5_000) for number in range(20))
    firm = Firm("a", "ร้าน", certificates=held, offers=offers)
    write_catalog([firm], tmp_path / "f.xlsx")
    assert read_catalog(tmp_path / "f.xlsx").firms == (firm,)


def test_a_text_no_cell_can_hold_is_refused_rather_than_cut(tmp_path):
    with pytest.raises(CatalogError, match="jsonl"):
        write_catalog([Firm("a", "ร้าน", offers=(Offer("a/o1", ";" * 20_000),))], tmp_path / "f.xlsx")


def test_control_characters_do_not_stop_a_workbook(tmp_path):
    write_catalog([Firm("a", "ร้าน\x01ค้า", description="ผ้า")], tmp_path / "f.xlsx")
    assert read_catalog(tmp_path / "f.xlsx").firms[0].name_th == "ร้าน ค้า"


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="unknown kind"):
        write_catalog([], tmp_path / "f.pdf")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_rejected_rows_of_a_sheet_are_mended_and_imported_again(tmp_path, ending):
    write = {"csv": write_csv, "xlsx": write_xlsx}[ending]
    header = ["ลำดับ", *HEADER, "ราคา"]
    rows = [["รายชื่อ"], header, [1, "f1", "ร้าน", "กระบี่", "ปลา", 5], [2, "f2", "=อื่น", "ตรังง", "ผ้า\nไหม", "-5"]]
    imported = read_catalog(write(tmp_path / f"f.{ending}", *rows))
    path = tmp_path / f"rejected.{ending}"
    write_rejected(imported, path)

    again = read_catalog(path)
    assert kinds(again.problems) == kinds(imported.problems) == ["unknown_province", "bad_price"]
    assert again.header == (*header, PROBLEM_HEADER)
    told = again.rejected[0].cells[-1]
    assert all(problem.brief(language) in told for problem in imported.problems for language in ("th", "en"))

    write_rejected(again, path)
    cells = list(read_catalog(path).rejected[0].cells)
    assert len(cells) == len(header) + 1
    cells[3], cells[5] = "ตรัง", 7
    mended = read_catalog(write(tmp_path / f"mended.{ending}", list(again.header), cells))
    assert (mended.problems, kinds(mended.warnings)) == ((), ["unknown_header"])
    assert [(firm.id, firm.name_th, firm.offers[1].text) for firm in mended.firms] == [("f2", "=อื่น", "ไหม")]


def test_rejected_lines_are_mended_and_imported_again(tmp_path):
    bad = {
        "id": "a",
        "name_th": "ร้าน",
        "size": "ยักษ์",
        "offers": [{"text": "ผ้า"}],
        "juristic_id": int(CITIZEN_NUMBER),
    }
    lines = [
        bad,
        '{"id": "b", ',
        '["x"]',
        '{"id": "c", "name_th": "\\ud800"}',
        '{"price": 1e400, "name_th": "x"}',
    ]
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", *lines))
    path = tmp_path / "rejected.jsonl"
    write_rejected(imported, path)
    written = path.read_text("utf-8").splitlines()
    assert len(written) == imported.rows_rejected == 5
    assert written[1:3] == lines[1:3]
    assert CITIZEN_NUMBER not in path.read_text("utf-8")
    assert "ยักษ์" in json.loads(written[0])[PROBLEM_HEADER]
    assert kinds(read_catalog(path).problems) == kinds(imported.problems)

    mended = json.loads(written[0]) | {"size": "small"}
    again = read_catalog(write_jsonl(tmp_path / "mended.jsonl", mended))
    assert [firm.id for firm in again.firms] == ["a"]
    assert PROBLEM_HEADER not in str(again.warnings)


def test_rejected_rows_go_into_a_file_of_their_kind(tmp_path):
    lines = read_catalog(write_jsonl(tmp_path / "f.jsonl", "{"))
    sheet = read_catalog(write_csv(tmp_path / "f.csv", HEADER, ["f1", "", "", "ปลา"]))
    for imported, name in ((lines, "r.csv"), (sheet, "r.jsonl")):
        with pytest.raises(CatalogError, match="another kind"):
            write_rejected(imported, tmp_path / name)


def test_no_rejected_rows_make_a_file_with_nothing_but_the_header(tmp_path):
    imported = read_catalog(write_csv(tmp_path / "f.csv", HEADER, ["f1", "ร้าน", "", "ปลา"]))
    write_rejected(imported, tmp_path / "r.csv")
    assert read_catalog(tmp_path / "r.csv").rows_in == 0
