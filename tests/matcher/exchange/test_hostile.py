"""Files that were made to do harm, or that were damaged on the way."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import CatalogError
from matcher.exchange import guard, read_catalog
from tests.matcher.exchange.files import HEADER, kinds, write_csv, write_jsonl, write_xlsx

GOOD = '{"id": "good", "name_th": "ร้าน", "province_th": "ตรัง", "offers": [{"text": "ผ้า"}]}'


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("{", "bad_json"),
        ("x", "bad_json"),
        ('{"a": ' + "1" * 5_000 + "}", "bad_json"),
        ("[]", "not_object"),
        ("null", "not_object"),
        ('"text"', "not_object"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ('{"id": "a", "name_th": "\\u0000", "description": "x"}', "unreadable"),
        ('{"id": "a", "name_th": "\\ud83d", "description": "x"}', "unreadable"),
        ('{"id": "a\\u0000", "name_th": "ร้าน", "description": "x"}', "bad_id"),
        ('{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": 1e400}]}', "bad_price"),
        ('{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": NaN}]}', "bad_price"),
        ('{"name_th": "ร้าน", "offers": [{"text": "x", "price_thb": ' + "9" * 400 + "}]}", "bad_price"),
        ('{"name_th": "ร้าน", "offers": [{"text": "x", "lead_time_days": ' + "9" * 400 + "}]}", "bad_days"),
        ('{"name_th": "ร้าน", "description": "' + "x" * 1_000_000 + '"}', "line_too_long"),
        ('{"name_th": Infinity, "description": "x"}', "not_text"),
    ],
    ids=lambda value: value[:30],
)
def test_a_hostile_line_is_a_rejected_row_and_the_others_go_in(tmp_path, line, kind):
    imported = read_catalog(write_jsonl(tmp_path / "f.jsonl", line, GOOD))
    assert [firm.id for firm in imported.firms] == ["good"]
    assert imported.rows_rejected == 1
    assert kind in {kinds(imported.problems)[0], "bad_id"}
    for problem in imported.problems:
        str(problem).encode("utf-8")
        assert len(problem.value) <= 80


def test_a_line_that_is_not_utf8_is_a_rejected_row(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + GOOD.encode("cp874") + b"\n")
    imported = read_catalog(path)
    assert kinds(imported.problems) == ["not_utf8"]
    assert len(imported.firms) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")))
@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_any_bytes_are_read_reported_or_refused_but_never_crash(tmp_path, ending, content):
    path = tmp_path / f"f.{ending}"
    path.write_bytes(content)
    try:
        imported = read_catalog(path)
    except CatalogError as refused:
        assert refused.remedy  # noqa: PT017 -- refusing is one of two right answers
    else:
        assert imported.rows_in >= imported.rows_rejected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    cells=st.lists(
        st.lists(st.text(max_size=15) | st.sampled_from(["31/12/2569", "1e400", "โคราช", "=1", ";;"]), max_size=6),
        max_size=5,
    )
)
def test_any_cells_under_a_header_are_firms_or_problems(tmp_path, cells):
    header = ["id", "name_th", "offers", "price_thb", "certificates", "province_th"]
    imported = read_catalog(write_csv(tmp_path / "f.csv", header, *cells))
    assert len(imported.firms) <= imported.rows_in - imported.rows_rejected
    assert bool(imported.firms) == (imported.rows_in > imported.rows_rejected)
    assert {one.row for one in imported.rejected} == {one.row for one in imported.problems}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 an old workbook", b"name,offers\n"])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    (tmp_path / "f.xlsx").write_bytes(content)
    with pytest.raises(CatalogError, match="XLSX") as caught:
        read_catalog(tmp_path / "f.xlsx")
    assert "save it as .xlsx" in caught.value.remedy


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, ending, content):
    (tmp_path / f"f.{ending}").write_bytes(content)
    with pytest.raises(CatalogError, match=r"empty|no header"):
        read_catalog(tmp_path / f"f.{ending}")


def _workbook(path: Path, **entries: bytes) -> Path:
    """A workbook with further entries, or with entries replaced."""
    write_xlsx(path, HEADER, ["f1", "ร้าน", "ตรัง", "ผ้า"])
    with zipfile.ZipFile(path) as packed:
        content = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in (content | {key.replace("__", "/"): value for key, value in entries.items()}).items():
            packed.writestr(name, data)
    return path


def test_the_workbook_of_these_tests_is_sound(tmp_path):
    assert len(read_catalog(_workbook(tmp_path / "f.xlsx", note=b"x" * 1_000)).firms) == 1


def test_a_zip_bomb_is_refused(tmp_path):
    path = _workbook(tmp_path / "f.xlsx", xl__bomb=b"\0" * 30_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(CatalogError, match="unpacks to more than"):
        read_catalog(path)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path):
    path = _workbook(tmp_path / "f.xlsx", xl__bomb=b"\0" * 30_000_000)
    content = path.read_bytes()
    assert content.count(struct.pack("<L", 30_000_000)) == 2
    path.write_bytes(content.replace(struct.pack("<L", 30_000_000), struct.pack("<L", 10)))
    with pytest.raises(CatalogError, match="unpacks to more than"):
        read_catalog(path)


def test_a_zip_of_too_many_files_is_refused(tmp_path):
    path = _workbook(tmp_path / "f.xlsx", **{f"e{number}": b"" for number in range(guard.MAX_ENTRIES)})
    with pytest.raises(CatalogError, match="files"):
        read_catalog(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "f.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("content.xml", "<ods/>")
    with pytest.raises(CatalogError, match="no XLSX workbook"):
        read_catalog(path)


@pytest.mark.parametrize("cell", ["XFD1", "A1048576", "GS100", "A200001", "XFD1048576"])
def test_a_cell_far_out_is_refused_before_a_rectangle_is_made_of_it(tmp_path, cell):
    path = write_xlsx(tmp_path / "f.xlsx", HEADER)
    book = openpyxl.load_workbook(path)
    book.worksheets[0][cell] = "x"
    book.save(path)
    with pytest.raises(CatalogError, match="reaches to row"):
        read_catalog(path)


@pytest.mark.parametrize(
    ("sheet", "problem"),
    [
        (b'<c r="&#88;FD1048576"/>', "hides"),
        ('<c r="XFD1048576"/>'.encode("utf-16"), "UTF-16"),
        (b"<c r = 'xfd1048576' />", "reaches"),
        (b" " * (guard.CHUNK_BYTES - 8) + b'<c r="XFD1048576"/>', "reaches"),
    ],
    ids=["entity", "utf-16", "spaces", "across chunks"],
)
def test_no_way_to_write_a_far_cell_hides_it(tmp_path, sheet, problem):
    path = _workbook(tmp_path / "f.xlsx", xl__worksheets__sheet1=b"")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as packed:
        packed.writestr("xl/worksheets/other.bin", sheet)
    with pytest.raises(CatalogError, match=problem):
        read_catalog(path)


def test_a_damaged_or_locked_workbook_is_refused(tmp_path):
    path = _workbook(tmp_path / "f.xlsx")
    whole = path.read_bytes()
    for content in (whole[:-30], whole[:100] + b"\xff" * 200 + whole[300:]):
        path.write_bytes(content)
        with pytest.raises(CatalogError, match="XLSX"):
            read_catalog(path)


def test_too_many_rows_or_columns_are_refused(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("name_th,offers\n" + "a,b\n" * (guard.MAX_ROWS + 1), "utf-8")
    with pytest.raises(CatalogError, match="more than 200,000 rows"):
        read_catalog(path)
    path.write_text("name_th,offers" + "," * 200 + "\n", "utf-8")
    with pytest.raises(CatalogError, match="200 columns"):
        read_catalog(path)


def test_a_quote_that_is_never_closed_is_named_with_its_row(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text('name_th,offers\nก,ผ้า\nข,"ผ้า\n' + "ค,ผ้า\n" * 50_000, "utf-8")
    with pytest.raises(CatalogError, match="row 3"):
        read_catalog(path)


def test_a_csv_with_a_nul_rejects_the_row_only(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("name_th,offers\nก\0,ผ้า\nข,ผ้า\n", "utf-8")
    imported = read_catalog(path)
    assert (kinds(imported.problems), [firm.name_th for firm in imported.firms]) == (["unreadable"], ["ข"])


@pytest.mark.parametrize("content", ["name_th,offers\nก,ผ้า\n".encode("utf-16"), b"\xff\xfd\x90\xdb" * 10])
def test_text_in_no_known_encoding_is_refused(tmp_path, content):
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(CatalogError, match=r"UTF-16|neither UTF-8"):
        read_catalog(tmp_path / "f.csv")


def test_many_rows_of_one_firm_are_read_in_time(tmp_path):
    rows = [["f1", f"ร้าน {number % 2}", "ตรัง", "ผ้า"] for number in range(5_000)]
    imported = read_catalog(write_csv(tmp_path / "f.csv", HEADER, *rows))
    assert len(imported.firms[0].offers) == 2_500
    assert set(kinds(imported.problems)) == {"other_name"}


def test_a_file_over_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "MAX_FILE_BYTES", 10)
    with pytest.raises(CatalogError, match="larger than"):
        read_catalog(write_jsonl(tmp_path / "f.jsonl", GOOD))
