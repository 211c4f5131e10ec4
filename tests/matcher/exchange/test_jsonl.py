from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from matcher.domain import Certificate, Firm, Need, Offer, Position, Size, Stage
from matcher.exchange import read_catalog, write_catalog
from tests.matcher.exchange.files import catalogs, kinds, write_jsonl

PLAIN = {
    "id": "a",
    "name_th": "ร้านเอ",
    "province_th": "กระบี่",
    "description": "ขายผ้า",
    "offers": [{"text": "ผ้า"}],
}
FIELDS = [
    "id",
    "name_th",
    "name_en",
    "province_th",
    "size",
    "description",
    "certificates",
    "positions",
    "offers",
    "needs",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(firms=catalogs())
def test_a_catalog_written_and_read_again_is_the_same_firms(tmp_path, firms):
    write_catalog(firms, tmp_path / "firms.jsonl")

    if not firms:
        return
    imported = read_catalog(tmp_path / "firms.jsonl")
    assert list(imported.firms) == firms
    assert imported.problems == ()


def test_a_line_has_the_fields_of_the_format_in_its_order_and_further_ones_only_where_told(tmp_path):
    firm = Firm(
        "a",
        "ร้านเอ",
        size=Size.MICRO,
        certificates=(Certificate("GMP"), Certificate("GAP", expires=date(2026, 12, 31))),
        offers=(Offer("a/o1", "ผ้า", "thai_textile", Stage.UPSTREAM, price_thb=5.0),),
        needs=(Need("a/n1", "กล่อง"),),
    )
    write_catalog([firm], tmp_path / "firms.jsonl")

    line = json.loads((tmp_path / "firms.jsonl").read_text("utf-8"))
    assert list(line) == FIELDS
    assert line["certificates"] == ["GMP", {"code": "GAP", "expires": "2026-12-31"}]
    assert list(line["offers"][0]) == ["id", "cluster", "stage", "role", "text", "price_thb"]
    assert list(line["needs"][0]) == ["id", "cluster", "stage_sought", "role_sought", "text"]
    assert "ร้านเอ" in (tmp_path / "firms.jsonl").read_text("utf-8")


def test_absent_null_and_blank_optional_fields_are_the_same(tmp_path):
    null = PLAIN | {"name_en": None, "size": None, "certificates": None, "needs": None, "juristic_id": None}
    blank = PLAIN | {"name_en": " ", "size": "", "positions": []}
    firms = [read_catalog(write_jsonl(tmp_path / "f.jsonl", one)).firms for one in (PLAIN, null, blank)]
    assert firms[0] == firms[1] == firms[2] != ()


def test_values_of_a_line_are_cleaned_as_those_of_a_sheet(tmp_path):
    said = PLAIN | {
        "province_th": "โคราช",
        "size": "เล็ก",
        "juristic_id": "0-1055-36112-01-4",
        "certificates": [{"code": "GMP", "expires": "๓๑ ธ.ค. ๖๙"}],
        "positions": [{"cluster": "ปลากัด", "stage": "ต้นน้ำ", "role": "ฟาร์ม"}],
        "offers": [{"text": "ปลา", "price_thb": "๑,๒๐๐ บาท", "lead_time_days": "2 สัปดาห์", "moq": 10}],
    }
    (firm,) = read_catalog(write_jsonl(tmp_path / "f.jsonl", said)).firms
    assert (firm.province_th, firm.size, firm.juristic_id) == ("นครราชสีมา", Size.SMALL, "0105536112014")
    assert firm.certificates == (Certificate("GMP", expires=date(2026, 12, 31)),)
    assert firm.positions == (Position("betta", Stage.UPSTREAM, "ฟาร์ม"),)
    assert firm.offers == (Offer("a/o1", "ปลา", moq="10", price_thb=1200.0, lead_time_days=14),)


def test_a_firm_without_ids_gets_the_same_ones_in_every_file(tmp_path):
    nameless = {key: value for key, value in PLAIN.items() if key != "id"}
    (first,) = read_catalog(write_jsonl(tmp_path / "f.jsonl", nameless)).firms
    (second,) = read_catalog(write_jsonl(tmp_path / "g.jsonl", nameless | {"description": "อื่น"})).firms
    assert first.id == second.id
    assert first.offers[0].id == f"{first.id}/o1"


@pytest.mark.parametrize(
    ("change", "kind", "column"),
    [
        ({"name_th": None}, "no_name", "name_th"),
        ({"name_th": "ร้าน\0"}, "unreadable", "name_th"),
        ({"name_th": {"th": "x"}}, "not_text", "name_th"),
        ({"description": "x" * 20_001}, "too_long", "description"),
        ({"province_th": "อตแลนติส"}, "unknown_province", "province_th"),
        ({"size": "ยักษ์"}, "unknown_word", "size"),
        ({"id": "a b"}, "bad_id", "id"),
        ({"id": "x" * 81}, "bad_id", "id"),
        ({"offers": "ผ้า"}, "not_list", "offers"),
        ({"offers": ["ผ้า"]}, "not_list", "offers"),
        ({"offers": [{"id": "a/o1"}]}, "no_text", "offers.text"),
        ({"offers": [{"text": "ผ้า", "cluster": "space"}]}, "unknown_cluster", "offers.cluster"),
        ({"offers": [{"text": "ผ้า", "price_thb": -1}]}, "bad_price", "offers.price_thb"),
        ({"offers": [{"text": "ผ้า", "lead_time_days": 1.5}]}, "bad_days", "offers.lead_time_days"),
        ({"needs": [{"text": "ผ้า", "seeking": "เพื่อน"}]}, "unknown_word", "needs.seeking"),
        ({"needs": [{"text": "ผ้า", "must_certificates": [["GMP"]]}]}, "not_text", "needs.must_certificates"),
        ({"positions": [{"stage": "ข้างน้ำ"}]}, "unknown_word", "positions.stage"),
        ({"certificates": [{"code": "GMP", "expires": "ปีหน้า"}]}, "bad_date", "certificates.expires"),
        ({"certificates": [{"number": "1"}]}, "no_text", "certificates.code"),
        ({"offers": [], "description": " "}, "nothing_to_match", None),
        ({"offers": [{"id": "x", "text": "a"}, {"id": "x", "text": "b"}]}, "duplicate_id", "offers.id"),
    ],
)
def test_a_bad_field_rejects_its_row_and_is_named(tmp_path, change, kind, column):
    good = {"id": "good", "name_th": "ร้านดี", "province_th": "กระบี่", "offers": [{"text": "ผ้า"}]}
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", good, PLAIN | change))

    assert [firm.id for firm in imported.firms] == ["good"]
    assert [(one.kind, one.column, one.row) for one in imported.problems] == [(kind, column, 2)]
    assert (imported.rows_in, imported.rows_rejected) == (2, 1)


def test_several_problems_of_one_row_are_all_told(tmp_path):
    bad = PLAIN | {
        "size": "ยักษ์",
        "province_th": "x",
        "offers": [{"text": "", "stage": "?"}, {"text": "a", "price_thb": "?"}],
    }
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", bad))
    assert sorted(kinds(imported.problems)) == [
        "bad_price", "no_text", "unknown_province", "unknown_word", "unknown_word",
    ]  # fmt: skip
    assert imported.rejected[0].reasons == imported.problems


def test_the_later_of_two_rows_with_one_id_is_rejected_whatever_is_doubled(tmp_path):
    other = PLAIN | {"id": "b", "offers": [{"id": "a/o1", "text": "ไม้"}]}
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", PLAIN, PLAIN | {"name_th": "ร้านบี"}, other))
    assert [firm.name_th for firm in imported.firms] == ["ร้านเอ"]
    assert [(one.row, one.column) for one in imported.problems] == [
        (2, "id"),
        (2, "offers.id"),
        (3, "offers.id"),
    ]
    assert "row 1" in imported.problems[0].problem_en


def test_a_rejected_row_takes_no_id(tmp_path):
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", PLAIN | {"size": "ยักษ์"}, PLAIN))
    assert [firm.id for firm in imported.firms] == ["a"]
    assert [one.row for one in imported.rejected] == [1]


def test_unknown_fields_are_kept_out_and_named_once_with_their_number(tmp_path):
    odd = PLAIN | {
        "phone": "081",
        "offers": [{"text": "ผ้า", "colour": "แดง"}, {"text": "ด้าย", "colour": "ดำ"}],
    }
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", odd, odd | {"id": "b"}))
    assert [(one.kind, one.column) for one in imported.warnings] == [
        ("unknown_field", "offers.colour"),
        ("unknown_field", "phone"),
    ]
    assert all("2 rows" in one.problem_en and "2 แถว" in one.problem_th for one in imported.warnings)
    assert len(imported.firms) == 2


def test_a_firm_without_province_or_offers_goes_in_with_a_warning(tmp_path):
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", {"id": "a", "name_en": "Shop", "description": "x"}))
    assert kinds(imported.warnings) == ["no_province", "no_offers"]
    assert imported.firms[0].name_th == "Shop"


def test_blank_lines_and_a_byte_order_mark_are_no_rows_but_lines_are_counted_with_them(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + json.dumps(PLAIN).encode() + b"\r\n\n{bad\n")
    imported = read_catalog(path)
    assert (len(imported.firms), imported.rows_in, imported.problems[0].row) == (1, 2, 4)


def test_progress_is_told_every_hundred_rows_and_at_the_end(tmp_path):
    told = []
    lines = [PLAIN | {"id": f"f{number}", "offers": [{"text": "ผ้า"}]} for number in range(250)]
    read_catalog(write_jsonl(tmp_path / "f.jsonl", *lines), progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 250), (200, 250), (250, 250)]
