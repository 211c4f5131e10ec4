from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import CatalogError
from matcher.fair import By, MeetingRules, Participant, Preference, Rule, Wish
from matcher.fair.registration import read_registration
from matcher.fair.registration.columns import COLUMNS, column_of
from matcher.fair.registration.messages import OWN
from tests.matcher.exchange.files import CITIZEN_NUMBER, JURISTIC_ID, kinds, write_csv, write_xlsx
from tests.matcher.fair.registration.sheets import FAIR, FIRMS, read_cells, read_rows


def test_a_row_says_everything_of_a_firm(tmp_path):
    read = read_rows(
        tmp_path,
        ["งานเจรจาธุรกิจ 2570"],
        ["รหัส", "ผู้แทน", "เวลาที่ว่าง", "ขั้นต่ำ", "สูงสุด", "ภาษา", "ฝั่ง", "กลุ่ม", "ต้องพบ", "ไม่ขอพบ", "เคยพบ", "อีเมล"],
        ["f1", "สมหญิง; John, B", "วันที่ 1", "๓ นัด", 8, "ไทย และ English", "ผู้ขาย", "ก 1",
         "f2; Betta Shop Four", "f3", "f2", "a@b.co"],
        ["f2"],
        ["f3"],
        ["f4"],
    )  # fmt: skip
    assert (read.problems, read.warnings, read.rows_read) == ((), (), 4)
    assert read.participants == (
        Participant(
            "f1",
            delegates=("สมหญิง", "John", "B"),
            available=frozenset(range(10)),
            min_meetings=3,
            max_meetings=8,
            languages=frozenset({"th", "en"}),
            side="seller",
            group="ก 1",
        ),
        Participant("f2"),
        Participant("f3"),
        Participant("f4"),
    )
    assert read.preferences == (
        Preference(Wish.MUST_MEET, "f1", "f2"),
        Preference(Wish.MUST_MEET, "f1", "f4"),
        Preference(Wish.NO_THANKS, "f1", "f3"),
        Preference(Wish.MET_BEFORE, "f1", "f2"),
    )
    assert read.addresses == {"f1": "a@b.co"}
    assert "a@b.co" not in repr(read)
    replace(FAIR, participants=read.participants, preferences=read.preferences)


@pytest.mark.parametrize(
    ("header", "cell", "id"),
    [
        ("รหัส", "f1", "f1"),
        ("ชื่อบริษัท", "บริษัทผ้าไหมไทย จำกัด", "f1"),
        ("Company", "THAI SILK Co Ltd", "f1"),
        ("กิจการ", "Orchid Garden", "f2"),
        ("ผู้เข้าร่วม", JURISTIC_ID, "f1"),
        ("เลขทะเบียน", int(JURISTIC_ID), "f1"),
        ("Firm ID", "=f5", "=f5"),
    ],
)
def test_a_firm_is_found_by_id_name_or_juristic_id(tmp_path, header, cell, id):
    assert [one.firm_id for one in read_rows(tmp_path, [header], [cell]).participants] == [id]


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([["id"], ["f9"]], "unknown_firm"),
        ([["name"], ["ร้านปลากัด"]], "several_firms"),
        ([["id", "name"], ["f1", "Orchid Garden"]], "other_firm"),
        ([["id", "side"], ["", "ผู้ซื้อ"]], "no_firm"),
        ([["id"], ["f2"], ["f2"]], "registered_twice"),
    ],
)
def test_a_row_whose_firm_is_not_clear_stays_out_and_the_others_go_in(tmp_path, rows, kind):
    read = read_rows(tmp_path, *rows, ["f4"])
    assert kinds(read.problems) == [kind]
    assert read.participants[-1].firm_id == "f4"
    assert read.problems[0].row == len(rows)
    assert read.rows_read == len(rows)


def test_an_organisers_own_numbers_give_way_to_the_name_and_an_old_name_to_the_id(tmp_path):
    read = read_rows(tmp_path, ["รหัส", "ชื่อ"], ["1", "Orchid Garden"], ["f1", "ชื่อเก่า"], ["f3", "ร้านปลากัด"])
    assert [one.firm_id for one in read.participants] == ["f2", "f1", "f3"]
    assert kinds(read.warnings) == ["unknown_id", "other_name"]


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("available", "วันที่ 9", "bad_time"),
        ("fewest", "หลายนัด", "bad_count"),
        ("most", -1, "bad_count"),
        ("most", 2.5, "bad_count"),
        ("languages", "ภาษาดาวอังคาร", "unknown_language"),
        ("side", "ผู้ชม", "unknown_side"),
        ("must_meet", "f2; f99", "unknown_firm"),
        ("no_thanks", "ร้านปลากัด", "several_firms"),
        ("delegates", "ก" * 30_000, "too_long"),
        ("group", "ก\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "x" * 30_000, "too_long"),
    ],
)
def test_a_cell_that_cannot_be_read_keeps_its_row_out_and_says_where_and_what_to_do(tmp_path, column, value, kind):
    path = write_csv(tmp_path / "sheet.csv", ["id", column], ["f1", value], ["f2", ""])
    read = read_registration(path, fair=FAIR, firms=FIRMS)
    (problem,) = read.problems
    assert (problem.kind, problem.row, problem.column) == (kind, 2, column)
    assert [one.firm_id for one in read.participants] == ["f2"]
    assert all((problem.problem_th, problem.problem_en, problem.remedy_th, problem.remedy_en))
    assert len(problem.value) <= 80


def test_a_cell_that_cannot_be_read_is_not_made_good_by_another(tmp_path):
    path = write_csv(tmp_path / "sheet.csv", ["id", "name"], ["f\0", "Orchid Garden"])
    assert kinds(read_registration(path, fair=FAIR, firms=FIRMS).problems) == ["unreadable"]


def test_every_problem_of_a_row_is_told_at_once(tmp_path):
    read = read_cells(tmp_path, available="วันที่ 9", fewest=9, most=2, side="x")
    assert kinds(read.problems) == ["fewest_above_most", "bad_time", "unknown_side"]


@pytest.mark.parametrize(
    ("cells", "both"),
    [({"most": 2}, (2, 2)), ({"fewest": 12}, (12, 12)), ({"fewest": 0}, (0, 10)), ({"most": 0}, (0, 0))],
)
def test_one_number_of_meetings_draws_the_other_along(tmp_path, cells, both):
    one = read_cells(tmp_path, **cells).participants[0]
    assert (one.min_meetings, one.max_meetings) == both


def test_wishes_of_absent_firms_and_of_the_firm_itself_are_left_out_with_a_warning(tmp_path):
    read = read_rows(tmp_path, ["id", "must_meet"], ["f1", "f1, f2, f3"], ["f2", ""])
    assert read.preferences == (Preference(Wish.MUST_MEET, "f1", "f2"),)
    assert kinds(read.warnings) == ["itself", "not_registered"]


def test_a_wish_may_name_a_firm_that_took_part_before_the_sheet(tmp_path):
    path = write_xlsx(tmp_path / "s.xlsx", ["id", "must_meet"], ["f1", "f2; f3"])
    read = read_registration(path, fair=replace(FAIR, participants=(Participant("f3"),)), firms=FIRMS)
    assert read.preferences == (Preference(Wish.MUST_MEET, "f1", "f3"),)
    assert kinds(read.warnings) == ["not_registered"]


def test_no_thanks_stands_above_must_meet_and_a_wish_of_both_sides_is_one(tmp_path):
    read = read_rows(
        tmp_path,
        ["id", "must meet", "no thanks", "met before"],
        ["f1", "f2", "", "f3"],
        ["f2", "", "f1", ""],
        ["f3", "f4", "", "f1"],
        ["f4", "f3", "", ""],
    )
    assert read.preferences == (
        Preference(Wish.MET_BEFORE, "f1", "f3"),
        Preference(Wish.NO_THANKS, "f2", "f1"),
        Preference(Wish.MUST_MEET, "f3", "f4"),
    )
    assert kinds(read.warnings) == ["must_and_no_thanks"]
    assert "3" in read.warnings[0].problem_en


def test_names_with_commas_are_whole_before_they_are_lists(tmp_path):
    read = read_cells(tmp_path, met_before="f2, f3\nOrchid Garden")
    assert [one.other_id for one in read.preferences] == ["f2", "f3"]
    path = write_xlsx(tmp_path / "other.xlsx", ["id", "met before"], ["f2", "Thai Silk Co., Ltd."], ["f1"])
    assert read_registration(path, fair=FAIR, firms=FIRMS).preferences == (Preference(Wish.MET_BEFORE, "f2", "f1"),)


@pytest.mark.parametrize(
    "said", ["not an address", "a@b", "a@b.co; c@d.co", "a@b.co\nBcc: x@y.z", "ก@b.co", "a" * 300 + "@b.co"]
)
def test_what_is_not_one_address_is_left_out_and_not_shown(tmp_path, said):
    read = read_cells(tmp_path, email=said)
    assert (read.addresses, kinds(read.warnings), len(read.participants)) == ({}, ["bad_address"], 4)
    assert "a@" not in read.warnings[0].value


def test_sides_that_the_fairs_rules_name_are_known(tmp_path):
    fair = replace(FAIR, rules=MeetingRules(only=(Rule(By.SIDE, "Thai", "foreign"), Rule(By.SIDE, "*", "both"))))
    path = write_xlsx(
        tmp_path / "s.xlsx", ["id", "side"], ["f1", "thai"], ["f2", "Foreign"], ["f3", "ผู้ซื้อ"], ["f4", "*"]
    )
    read = read_registration(path, fair=fair, firms=FIRMS)
    assert [one.side for one in read.participants] == ["Thai", "foreign", "buyer"]
    assert "Thai" in read.problems[0].remedy_en


def test_a_citizen_number_is_never_kept_or_shown(tmp_path):
    read = read_rows(
        tmp_path, ["id", "juristic id", "delegates"], ["f1", "", f"สมชาย {CITIZEN_NUMBER}"], ["", CITIZEN_NUMBER, ""]
    )
    assert CITIZEN_NUMBER not in repr(read)
    assert kinds(read.problems) == ["unknown_firm"]


def test_columns_that_are_not_read_are_named(tmp_path):
    read = read_rows(
        tmp_path,
        ["ลำดับ", "รหัส", "บูธ", "ชื่อ", "ชื่อบริษัท", None],
        ["No.", "Firm ID", None, "Company"],
        [1, "f1", "A1", "", "", "x"],
    )
    assert kinds(read.warnings) == ["unknown_header", "unknown_header", "header_twice", "no_header"]
    read = read_rows(tmp_path, ["รหัส", "ชื่อ"], ["Firm ID", "Name"], ["f1", ""])
    assert (read.rows_read, read.problems) == (1, ())


def test_every_header_means_its_own_column_and_no_other():
    for column in COLUMNS:
        for header in (column.name, column.th, column.en, f"{column.th} / {column.en}", *column.also):
            assert column_of(f" {header.upper()} ") == column.name, header


def test_every_message_is_in_both_languages_with_the_same_places():
    for kind, texts in OWN.items():
        assert len(texts) == 4, kind
        assert all(texts), kind


@pytest.mark.parametrize("rows", [[["x", "y"], ["1", "2"]], [["ฝั่ง", "ภาษา"], ["ผู้ซื้อ", "ไทย"]]])
def test_a_sheet_that_names_no_firm_is_refused_with_a_remedy(tmp_path, rows):
    with pytest.raises(CatalogError, match="no header row") as caught:
        read_rows(tmp_path, *rows)
    assert "รหัสกิจการ" in caught.value.remedy


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="unknown kind"):
        read_registration(tmp_path / "sheet.ods", fair=FAIR, firms=FIRMS)


def test_a_row_with_more_cells_than_headers_stays_out(tmp_path):
    path = write_csv(tmp_path / "s.csv", ["id", "delegates"], ["f1", "ก", "ข"], ["f2", "ค"])
    read = read_registration(path, fair=FAIR, firms=FIRMS)
    assert (kinds(read.problems), len(read.participants), read.rows_read) == (["extra_cells"], 1, 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_any_bytes_are_read_or_refused_but_never_crash(tmp_path, ending, content):
    path = tmp_path / f"f.{ending}"
    path.write_bytes(content)
    with pytest.raises(CatalogError) as refused:
        read_registration(path, fair=FAIR, firms=FIRMS)
    assert refused.value.remedy


_CELLS = st.text(max_size=12) | st.sampled_from(
    ["f1", "f2", "ร้านปลากัด", "วันที่ 1", "ไม่ว่าง", "=1", ";;", "1e400", "\\;", "a@b.co", "ผู้ซื้อ", "{x}", "f1,f2"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(rows=st.lists(st.lists(_CELLS, max_size=len(COLUMNS)), max_size=5))
def test_any_cells_under_the_header_are_participants_or_problems(tmp_path, rows):
    path = write_csv(tmp_path / "f.csv", [column.name for column in COLUMNS], *rows)
    read = read_registration(path, fair=FAIR, firms=FIRMS)
    assert len(read.participants) + len({problem.row for problem in read.problems}) == read.rows_read
    ids = {one.firm_id for one in read.participants}
    assert {id for one in read.preferences for id in one.pair} <= ids
    assert set(read.addresses) <= ids
    replace(FAIR, participants=read.participants)
