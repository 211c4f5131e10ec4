from __future__ import annotations

import openpyxl
import pytest

from matcher.domain import Certificate, Seeking, Size, Stage, load_chains, load_provinces
from matcher.exchange import read_catalog, write_template
from matcher.exchange.fields import FIELDS
from matcher.exchange.headers import field_of
from tests.matcher.exchange.files import JURISTIC_ID, kinds

FILLED = {
    "juristic_id": JURISTIC_ID,
    "name_th": "สวนทดสอบ",
    "province_th": "เชียงใหม่",
    "size": "ขนาดย่อม",
    "certificates": "GAP (หมดอายุ 31/12/2569)",
    "cluster": "ปลากัด",
    "stage": "ต้นน้ำ",
    "offers": "ปลากัดหม้อ; ปลากัดจีน",
    "price_thb": 85,
    "needs": "อาหารปลา",
    "stage_sought": "สนับสนุน",
    "seeking": "ผู้ขาย",
}


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path)
    return path


def test_an_untouched_template_gives_no_firm_and_says_that_its_example_was_skipped(template):
    imported = read_catalog(template)
    assert (imported.firms, imported.rows_in, kinds(imported.warnings)) == ((), 0, ["example_row"])


def test_a_filled_template_is_imported(template):
    book = openpyxl.load_workbook(template)
    names = [field.name for field in FIELDS]
    for name, value in FILLED.items():
        book.worksheets[0].cell(3, names.index(name) + 1, value)
    book.save(template)

    imported = read_catalog(template)
    (firm,) = imported.firms
    assert (imported.problems, kinds(imported.warnings)) == ((), ["example_row"])
    assert (firm.name_th, firm.province_th, firm.size) == ("สวนทดสอบ", "เชียงใหม่", Size.SMALL)
    assert [(offer.text, offer.cluster, offer.stage) for offer in firm.offers] == [
        ("ปลากัดหม้อ", "betta", Stage.UPSTREAM),
        ("ปลากัดจีน", "betta", Stage.UPSTREAM),
    ]
    assert (firm.needs[0].stage_sought, firm.needs[0].seeking) == (Stage.SUPPORT, Seeking.SUPPLIER)
    assert firm.certificates[0] == Certificate("GAP", expires=firm.certificates[0].expires)
    assert firm.juristic_id == JURISTIC_ID


def test_the_example_itself_would_be_a_sound_firm(template):
    book = openpyxl.load_workbook(template)
    book.worksheets[0].cell(2, 1, "mine")
    book.save(template)
    imported = read_catalog(template)
    assert ([firm.id for firm in imported.firms], imported.problems, imported.warnings) == (["mine"], (), ())


def test_every_choice_a_list_offers_can_be_imported(template):
    book = openpyxl.load_workbook(template)
    sheet, lists = book.worksheets[0], book["รายการ"]
    offered = {}
    for validation in sheet.data_validations.dataValidation:
        letter = str(validation.sqref).split("3:")[0]
        cells = lists[validation.formula1.partition("!")[2].replace("$", "")]
        offered[field_of(sheet[f"{letter}1"].value)] = [cell.value for (cell,) in cells]
    assert set(offered) == {"cluster", "stage", "stage_sought", "size", "seeking", "province_th"}
    assert len(offered["province_th"]) == len(load_provinces().by_th) == 77
    assert len(offered["cluster"]) == len(load_chains().clusters)
    names = [field.name for field in FIELDS]
    for row in range(77):
        values = {name: choices[row % len(choices)] for name, choices in offered.items()}
        for name, value in (values | {"name_th": f"ร้าน {row}", "offers": "ผ้า", "needs": "ด้าย"}).items():
            sheet.cell(row + 3, names.index(name) + 1, value)
    book.save(template)
    imported = read_catalog(template)
    assert imported.problems == ()
    assert {firm.province_th for firm in imported.firms} == set(load_provinces().by_th)


def test_the_header_is_frozen_and_bilingual_and_every_column_is_explained(template):
    book = openpyxl.load_workbook(template)
    sheet, explained = book.worksheets[0], book["คำอธิบาย"]
    assert sheet.freeze_panes == "A2"
    assert [field_of(cell.value) for cell in sheet[1]] == [field.name for field in FIELDS]
    rows = list(explained.iter_rows(min_row=2, values_only=True))
    assert {row[0] for row in rows} >= {field.th for field in FIELDS}
    assert all(cell for row in rows for cell in row)
    assert all(sheet.column_dimensions[cell.column_letter].width > 10 for cell in sheet[1])
