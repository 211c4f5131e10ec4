from __future__ import annotations

import pytest

from matcher.errors import CatalogError
from matcher.exchange import Mapping, load_mapping, read_catalog
from matcher.exchange.fields import FIELDS
from matcher.exchange.headers import field_of
from tests.matcher.exchange.files import kinds, read_rows, write_csv, write_jsonl, write_xlsx

FLAT = {"id": "o0", "product_th": "ขนมจีน", "seller_th": "ร้านป้า", "district": "เมือง", "province": "กระบี่"}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("ชื่อบริษัท", "name_th"), ("ชื่อกิจการ", "name_th"), ("Company name", "name_en"), ("COMPANY  NAME", "name_en"),
        ("company_name", "name_en"), ("ชื่อบริษัท (ภาษาอังกฤษ)", "name_en"), ("Company Name (Thai)", "name_th"),
        ("ชื่อบริษัท / Company name", "name_th"), ("จังหวัด", "province_th"), ("จังหวัด *", "province_th"),
        ("จังหวัด (Province)", "province_th"), ("จังหวัด\nProvince", "province_th"), ("สินค้า/บริการ", "offers"),
        ("สินค้า / บริการ", "offers"), ("สิ่งที่ขาย", "offers"), ("Products", "offers"), ("สิ่งที่ต้องการ", "needs"),
        ("Looking for:", "needs"), ("ใบรับรอง", "certificates"), ("เลขทะเบียนนิติบุคคล 13 หลัก", "juristic_id"),
        ("name_th", "name_th"), ("Name TH", "name_th"), ("MOQ", "moq"), ("Lead time (days)", "lead_time_days"),
        ("ชื่อ-นามสกุล ผู้ติดต่อ", None), ("โทรศัพท์", None), ("", None), (None, None), (12.0, None), ("จังหวัด / สินค้า", None),
    ],
)  # fmt: skip
def test_headers_are_known_in_every_spelling_and_strangers_are_not(header, field):
    assert field_of(header) == field


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_label_and_spelling_of_a_field_means_that_field(field):
    said = [
        field.name,
        field.th,
        field.en,
        f"{field.th} / {field.en}",
        f"{field.en}\n{field.th}",
        *field.also,
    ]
    assert {header: field_of(header) for header in said} == dict.fromkeys(said, field.name)


@pytest.mark.parametrize("titles", [0, 1, 10])
def test_the_header_is_found_under_title_lines_and_rows_count_from_the_top(tmp_path, titles):
    lines = [["รายชื่อผู้ร่วมงาน พ.ศ. ๒๕๖๙"], ["จังหวัด", "ปลายทาง"]] * 5
    imported = read_rows(tmp_path, *lines[:titles], ["ลำดับ", "ชื่อบริษัท", "สินค้า"], [1, "ร้าน", "ปลา"], [2, None, "x"])
    assert [firm.name_th for firm in imported.firms] == ["ร้าน"]
    assert imported.problems[0].row == titles + 3


def test_a_sheet_without_a_header_is_refused(tmp_path):
    for rows in ([["ร้าน", "ปลา"]], [["จังหวัด", "ขนาด"]], [["x"]] * 11 + [["ชื่อบริษัท", "สินค้า"]]):
        with pytest.raises(CatalogError, match="no header row") as caught:
            read_catalog(write_xlsx(tmp_path / "f.xlsx", *rows))
        assert "template" in caught.value.remedy


def test_an_english_header_below_the_thai_one_is_no_firm(tmp_path):
    imported = read_rows(tmp_path, ["ชื่อบริษัท", "สินค้า"], ["Company name (Thai)", "Products"], ["ร้าน", "ปลา"])
    assert [firm.name_th for firm in imported.firms] == ["ร้าน"]
    assert imported.rows_in == 1


def test_unknown_headers_are_kept_out_and_named_once(tmp_path):
    imported = read_rows(
        tmp_path, ["ชื่อบริษัท", "สินค้า", "โทรศัพท์", "อีเมล"], ["ก", "ปลา", "081", "x"], ["ข", "ไข่", "082", "y"]
    )
    unknown = [warning for warning in imported.warnings if warning.kind == "unknown_header"]
    assert [warning.column for warning in unknown] == ["โทรศัพท์", "อีเมล"]


def test_two_columns_of_offers_are_added_up_but_a_second_province_is_kept_out(tmp_path):
    imported = read_rows(
        tmp_path, ["ชื่อ", "สินค้า", "บริการ", "จังหวัด", "Province"], ["ร้าน", "ปลา; ไข่", "สอน", "กระบี่", "Trang"]
    )
    assert [offer.text for offer in imported.firms[0].offers] == ["ปลา", "ไข่", "สอน"]
    assert imported.firms[0].province_th == "กระบี่"
    assert [(one.kind, one.column) for one in imported.warnings] == [("header_twice", "Province")]


def _mapping(tmp_path, text: str) -> Mapping:
    path = tmp_path / "mapping.toml"
    path.write_text(text, "utf-8")
    return load_mapping(path)


FULL = """
ignore = ["ลำดับ"]

[columns]
name_th = "ผู้ขาย"
offers = ["ของ", "แบบ"]

[defaults]
cluster = "agritech"
province_th = "ตรัง"

[values.size]
"ธุรกิจจิ๋วมาก" = "micro"
"""


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_mapping_reads_other_peoples_headers_values_and_gaps(tmp_path, ending):
    rows = [["ลำดับ", "ผู้ขาย", "ของ", "แบบ", "ขนาด", "จังหวัด"], [1, "ร้าน", "ผ้า", "ลายดอก", "ธุรกิจจิ๋วมาก", ""]]
    write = {"csv": write_csv, "xlsx": write_xlsx}[ending]
    imported = read_catalog(write(tmp_path / f"f.{ending}", *rows), mapping=_mapping(tmp_path, FULL))
    (firm,) = imported.firms
    assert (firm.offers[0].text, firm.offers[0].cluster) == ("ผ้า ลายดอก", "agritech")
    assert (firm.name_th, firm.size, firm.province_th) == ("ร้าน", "micro", "ตรัง")
    assert imported.warnings == ()


def test_a_mapping_reads_json_lines_of_flat_objects(tmp_path):
    mapping = _mapping(
        tmp_path,
        'ignore = ["district"]\n[columns]\nname_th = "seller_th"\noffers = "product_th"\n'
        'description = ["product_th", "district"]\n',
    )
    path = write_jsonl(tmp_path / "f.jsonl", FLAT, FLAT | {"id": "o1", "province": "?"}, "{", FLAT | {"id": {"a": 1}})
    imported = read_catalog(path, mapping=mapping)
    (firm,) = imported.firms
    assert (firm.id, firm.name_th, firm.province_th) == ("o0", "ร้านป้า", "กระบี่")
    assert (firm.offers[0].text, firm.description) == ("ขนมจีน", "ขนมจีน เมือง")
    assert [(one.kind, one.row) for one in imported.problems] == [
        ("unknown_province", 2),
        ("bad_json", 3),
        ("not_text", 4),
    ]
    assert imported.warnings == ()
    assert imported.rows_in == 4


def test_ignore_may_be_a_table_too(tmp_path):
    assert _mapping(tmp_path, '[ignore]\nheaders = ["A b"]').ignore == _mapping(tmp_path, 'ignore = ["ab"]').ignore


@pytest.mark.parametrize(
    "text",
    [
        'columns.telephone = "tel"', 'defaults.telephone = "x"', 'values.telephone."a" = "b"', "[colums]",
        "columns = 1", "columns.name_th = 1", "columns.name_th = []", "values.size = 1", "defaults.size = [1]",
        "ignore = 1", "[ignore]\nx = 1", "not toml",
    ],
)  # fmt: skip
def test_a_mapping_that_breaks_a_rule_is_refused_with_a_remedy(tmp_path, text):
    with pytest.raises(CatalogError) as caught:
        _mapping(tmp_path, text)
    assert caught.value.remedy


def test_a_mapping_that_names_a_header_the_file_has_not_is_refused_with_those_it_has(tmp_path):
    mapping = _mapping(tmp_path, '[columns]\nname_th = "ผู้ขาย"\noffers = "ของ"')
    path = write_csv(tmp_path / "f.csv", ["ผู้ขาย", "สินค้า"], ["ร้าน", "ปลา"])
    with pytest.raises(CatalogError, match="'ของ'") as caught:
        read_catalog(path, mapping=mapping)
    assert "สินค้า" in caught.value.remedy


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_a_default_fills_only_what_is_blank(tmp_path):
    mapping = Mapping(defaults={"cluster": "betta"})
    path = write_csv(tmp_path / "f.csv", ["ชื่อ", "สินค้า", "คลัสเตอร์"], ["ก", "ปลา", "กีฬา"], ["ข", "ปลา", "-"])
    firms = read_catalog(path, mapping=mapping).firms
    assert [firm.offers[0].cluster for firm in firms] == ["sport", "betta"]
    assert kinds(read_catalog(path).problems) == []
