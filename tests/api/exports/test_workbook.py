from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from api.exports import firm_workbook, organiser_workbook
from api.exports.texts import name_of

_SHEETS = ["ผู้ร่วมงาน", "รายการจับคู่", "ตารางนัดรวม", "นัดของแต่ละกิจการ", "นัดไม่ครบ", "ที่มาของผลจับคู่"]


@pytest.fixture(scope="module")
def organiser(pack) -> bytes:
    """The organiser's workbook of the demo firms."""
    return organiser_workbook(pack)


def test_two_readers_see_the_same_sheets(pack, organiser):
    book, other = load_workbook(io.BytesIO(organiser)), CalamineWorkbook.from_filelike(io.BytesIO(organiser))
    assert book.sheetnames == other.sheet_names == _SHEETS
    for name in _SHEETS:
        seen = [["" if cell is None else cell for cell in row] for row in book[name].iter_rows(values_only=True)]
        assert other.get_sheet_by_name(name).to_python() == seen, name
    assert book["ผู้ร่วมงาน"].max_row == 1 + len(pack.firms)
    assert book["รายการจับคู่"].max_row == 1 + len(pack.meetings)
    assert book["นัดของแต่ละกิจการ"].max_row == 1 + 2 * len(pack.meetings)


def test_the_grid_holds_each_timed_meeting_once(pack, organiser):
    sheet = load_workbook(io.BytesIO(organiser))["ตารางนัดรวม"]
    for meeting in pack.meetings:
        cell = sheet.cell(2 + meeting.slot, 3 + meeting.table)
        assert all(name_of(pack.firms[id], "th") in cell.value for id in meeting.pair)
    filled = sum(cell.value is not None for row in sheet.iter_rows(min_row=2, min_col=4) for cell in row)
    assert filled == len(pack.meetings)


def test_sheets_are_made_to_be_read_and_printed(organiser):
    for sheet in load_workbook(io.BytesIO(organiser)):
        assert sheet.freeze_panes.endswith("2")
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.print_title_rows == "$1:$1"
        assert all(cell.alignment.wrap_text for cell in sheet[2])


def test_a_firm_gets_its_meetings_in_order_with_room_for_the_outcome(pack):
    id = pack.ordered[0].a
    sheet = load_workbook(io.BytesIO(firm_workbook(pack, id))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert sheet["A1"].value == name_of(pack.firms[id], "th")
    assert [row[4] for row in rows] == [name_of(pack.other(one, id), "th") for one in pack.of(id)]
    assert next(row[2] for row in rows) == "09:00–09:25"
    assert all(row[-1] is None for row in rows)
    assert sheet.cell(3, 11).value == "ผลการเจรจา"


def test_no_cell_is_ever_a_formula_or_an_error(hostile):
    books = [organiser_workbook(hostile), *(firm_workbook(hostile, id) for id in hostile.firms)]
    for data in books:
        for sheet in load_workbook(io.BytesIO(data)):
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                assert cell.data_type in {"s", "n"}
                assert not isinstance(cell.value, str) or not set(cell.value) & set("\x00\x07\x1b\t\r\n\u202e\u2066")
                assert not str(cell.value).startswith(("=", "+", "-", "@")) or cell.quotePrefix
        CalamineWorkbook.from_filelike(io.BytesIO(data))


def test_hostile_names_come_back_as_they_were_but_for_what_cannot_be_seen(hostile):
    book = CalamineWorkbook.from_filelike(io.BytesIO(organiser_workbook(hostile)))  # openpyxl reads no escapes
    names = {str(row[0]): row[1] for row in book.get_sheet_by_name("ผู้ร่วมงาน").to_python()[1:]}
    assert names == {id: name_of(firm, "th") for id, firm in hostile.firms.items()}
    assert names["escape"] == "_x0041_ _x000D_ #N/A ถาม"
    assert names["CON"] == "+1+1 -2 [31m ต้น น้ำ"
