from __future__ import annotations

from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from matcher.domain import Certificate, Need, Offer, Position, Seeking, Size, Stage
from matcher.errors import CatalogError
from matcher.exchange import read_catalog, write_catalog
from tests.matcher.exchange.files import (
    HEADER,
    JURISTIC_ID,
    kinds,
    read_fields,
    read_rows,
    sheet_catalogs,
    write_csv,
    write_xlsx,
)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(firms=sheet_catalogs())
def test_a_sheet_written_and_read_again_is_the_same_firms(tmp_path, ending, firms):
    path = tmp_path / f"firms.{ending}"
    write_catalog(firms, path)
    imported = read_catalog(path)
    assert list(imported.firms) == firms
    assert imported.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp874"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_thai_csv_is_read_in_every_encoding_and_with_every_delimiter(tmp_path, encoding, delimiter):
    rows = [HEADER, ["f1", "ร้านน้ำผึ้ง", "กระบี่", "น้ำผึ้ง, ไขผึ้ง\nเทียน"]]
    imported = read_catalog(write_csv(tmp_path / "f.csv", *rows, encoding=encoding, delimiter=delimiter))
    (firm,) = imported.firms
    assert (firm.id, firm.name_th, firm.province_th) == ("f1", "ร้านน้ำผึ้ง", "กระบี่")
    assert [offer.text for offer in firm.offers] == ["น้ำผึ้ง, ไขผึ้ง", "เทียน"]


def test_a_semicolon_in_a_list_is_not_taken_for_the_delimiter(tmp_path):
    path = write_csv(tmp_path / "f.csv", ["ชื่อบริษัท", "สินค้า"], ["ร้าน", "a;b;c;d;e"])
    assert [offer.text for offer in read_catalog(path).firms[0].offers] == list("abcde")


def test_every_field_of_a_sheet_reaches_the_firm(tmp_path):
    imported = read_fields(
        tmp_path,
        id="f1",
        juristic_id="0-1055-36112-01-4",
        name_en="Test Shop",
        province_th="โคราช",
        size="เล็ก",
        description="ทำมานาน\nมาก",
        certificates="GMP, GAP",
        certificate_expires="๓๑ ธ.ค. ๖๙",
        cluster="ปลากัด",
        stage="ต้นน้ำ",
        role="ฟาร์ม",
        offers="ปลา; ไข่",
        capacity="100 ตัว",
        moq=10,
        price_thb="๑,๒๐๐.๕๐ บาท",
        lead_time_days="2 สัปดาห์",
        needs="อาหารปลา",
        stage_sought="สนับสนุน",
        seeking="ผู้ขาย",
    )
    (firm,) = imported.firms
    assert (imported.problems, imported.warnings) == ((), ())
    facts = ("betta", Stage.UPSTREAM, "ฟาร์ม", "100 ตัว", "10", 1200.5, 14)
    assert firm.offers == (Offer("f1/o1", "ปลา", *facts), Offer("f1/o2", "ไข่", *facts))
    assert firm.needs == (Need("f1/n1", "อาหารปลา", "betta", Stage.SUPPORT, seeking=Seeking.SUPPLIER),)
    assert firm.positions == (Position("betta", Stage.UPSTREAM, "ฟาร์ม"),)
    assert firm.certificates == tuple(Certificate(code, None, date(2026, 12, 31)) for code in ("GMP", "GAP"))
    assert (firm.juristic_id, firm.name_en, firm.province_th) == (JURISTIC_ID, "Test Shop", "นครราชสีมา")
    assert (firm.size, firm.description) == (Size.SMALL, "ทำมานาน\nมาก")


@pytest.mark.parametrize("cell", [datetime(2026, 12, 31), date(2026, 12, 31), datetime(2569, 12, 31)])
def test_a_date_cell_of_a_workbook_is_read_in_either_era(tmp_path, cell):
    (firm,) = read_fields(tmp_path, certificates="GMP", certificate_expires=cell).firms
    assert firm.certificates[0].expires == date(2026, 12, 31)


def test_rows_with_one_id_are_one_firm_with_offers_numbered_through(tmp_path):
    imported = read_rows(
        tmp_path,
        [*HEADER, "คลัสเตอร์", "ขั้น", "สิ่งที่ต้องการ"],
        ["f1", "ร้าน", "กระบี่", "ปลา", "ปลากัด", "ต้นน้ำ", None],
        ["f2", "อื่น", "กระบี่", "ผ้า", None, None, None],
        ["f1", None, None, "เสื้อ; หมวก", "กีฬา", "กลางน้ำ", "ผ้ายืด"],
        ["f1", "ร้าน", "กระบี่", None, "health", "support", None],
    )
    firm = imported.firms[0]
    assert [one.id for one in imported.firms] == ["f1", "f2"]
    assert [(offer.id, offer.text, offer.cluster) for offer in firm.offers] == [
        ("f1/o1", "ปลา", "betta"),
        ("f1/o2", "เสื้อ", "sport"),
        ("f1/o3", "หมวก", "sport"),
    ]
    assert [(need.id, need.cluster) for need in firm.needs] == [("f1/n1", "sport")]
    assert [one.cluster for one in firm.positions] == ["betta", "sport", "health"]
    assert imported.problems == ()


def test_the_later_row_with_an_id_but_another_name_is_rejected(tmp_path):
    imported = read_rows(
        tmp_path, HEADER, ["f1", "ร้าน เอ", "", "ปลา"], ["f1", "ร้านบี", "", "ผ้า"], ["f1", "ร้านเอ", "", "ไข่"]
    )
    assert [len(firm.offers) for firm in imported.firms] == [2]
    assert [(one.kind, one.row) for one in imported.problems] == [("other_name", 3)]


def test_a_firm_goes_in_whole_or_not_at_all(tmp_path):
    header = [*HEADER, "ราคา"]
    imported = read_rows(
        tmp_path,
        header,
        ["f1", "ร้าน", "", "ปลา", 5],
        ["f1", "ร้าน", "", "ไข่", "-5"],
        ["f2", "อื่น", "", "ผ้า", 1],
    )
    assert [firm.id for firm in imported.firms] == ["f2"]
    assert [(one.kind, one.row) for one in imported.problems] == [("sibling", 2), ("bad_price", 3)]
    assert imported.rows_rejected == 2


def test_rows_without_id_but_with_one_name_and_province_are_one_firm_and_that_is_said(tmp_path):
    header = HEADER[1:]
    imported = read_rows(tmp_path, header, ["ร้าน", "กระบี่", "ปลา"], ["ร้าน", "Krabi", "ไข่"], ["ร้าน", "ตรัง", "ผ้า"])
    assert [len(firm.offers) for firm in imported.firms] == [2, 1]
    assert kinds(imported.warnings) == ["same_name"]
    again = read_rows(tmp_path, header, ["ร้าน", "ตรัง", "ใหม่"])
    assert again.firms[0].id == imported.firms[1].id


def test_what_a_later_row_says_otherwise_of_the_firm_is_warned_of(tmp_path):
    imported = read_rows(
        tmp_path, [*HEADER, "ขนาด"], ["f1", "ร้าน", "กระบี่", "ปลา", "เล็ก"], ["f1", "", "ตรัง", "ไข่", "small"]
    )
    assert imported.firms[0].province_th == "กระบี่"
    assert [(one.kind, one.column, one.row) for one in imported.warnings] == [("other_value", "province_th", 3)]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"name_th": None}, "no_name"),
        ({"name_th": "-"}, "no_name"),
        ({"offers": None}, "nothing_to_match"),
        ({"province_th": "อตแลนติส"}, "unknown_province"),
        ({"cluster": "อวกาศ"}, "unknown_cluster"),
        ({"stage": "ข้างน้ำ"}, "unknown_word"),
        ({"size": "ยักษ์"}, "unknown_word"),
        ({"price_thb": "-5"}, "bad_price"),
        ({"price_thb": "1e400"}, "bad_price"),
        ({"lead_time_days": "99999"}, "bad_days"),
        ({"certificates": "GMP", "certificate_expires": "31/31/2569"}, "bad_date"),
        ({"description": "x" * 20_001}, "too_long"),
        ({"id": "a b"}, "bad_id"),
        ({"name_th": True}, "not_text"),
    ],
)
def test_a_bad_cell_rejects_its_row_under_the_header_as_it_stands(tmp_path, fields, kind):
    imported = read_fields(tmp_path, **fields)
    assert imported.firms == ()
    assert kinds(imported.problems) == [kind]
    assert imported.problems[0].row == 2
    assert imported.problems[0].column in {*fields, None}


@pytest.mark.parametrize(
    "fields",
    [{"province_th": "-"}, {"province_th": "ไม่ระบุ", "price_thb": "n/a", "size": "–"}, {"province_th": None}],
)
def test_a_dash_in_a_cell_means_that_it_is_empty(tmp_path, fields):
    imported = read_fields(tmp_path, **fields)
    assert len(imported.firms) == 1
    assert kinds(imported.warnings) == ["no_province"]


def test_values_that_speak_of_no_offer_need_or_certificate_are_warned_of(tmp_path):
    imported = read_fields(
        tmp_path, offers=None, description="ร้าน", price_thb=5, seeking="ผู้ซื้อ", certificate_expires="31/12/2569"
    )
    assert sorted(kinds(imported.warnings)) == ["expiry_alone", "facts_alone", "facts_alone", "no_offers"]


def test_a_row_with_more_cells_than_the_header_is_rejected(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("name_th,offers\nร้าน,ปลา, ไข่\nร้านดี,ปลา,,\n", "utf-8")
    imported = read_catalog(path)
    assert [(one.kind, one.row) for one in imported.problems] == [("extra_cells", 2)]
    assert [firm.name_th for firm in imported.firms] == ["ร้านดี"]


def test_a_column_without_header_is_warned_of_once_by_its_letter(tmp_path):
    imported = read_rows(tmp_path, ["name_th", None, "offers"], ["a", "x", "ปลา"], ["b", "y", "ไข่"])
    assert [(one.kind, "column B" in one.problem_en) for one in imported.warnings[:1]] == [("no_header", True)]
    assert kinds(imported.warnings).count("no_header") == 1


def test_only_the_first_sheet_is_read(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", ["name_th", "offers"], ["ร้าน", "ปลา"])
    book = openpyxl.load_workbook(path)
    book.create_sheet("second").append(["name_th", "offers"])
    book["second"].append(["ร้านสอง", "ผ้า"])
    book.save(path)
    assert [firm.name_th for firm in read_catalog(path).firms] == ["ร้าน"]


def test_a_thai_name_under_the_english_header_is_the_thai_name(tmp_path):
    (firm,) = read_rows(tmp_path, ["Company", "Products"], ["ร้านไทย", "ปลา"]).firms
    assert (firm.name_th, firm.name_en) == ("ร้านไทย", None)


def test_a_file_of_another_kind_or_none_is_refused(tmp_path):
    for name in ("f.doc", "missing.csv", "missing.xlsx", "missing.jsonl"):
        with pytest.raises(CatalogError) as caught:
            read_catalog(tmp_path / name)
        assert caught.value.remedy
