from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import moa

from matcher.domain import Seeking, Size, Stage, load_chains
from matcher.exchange.dates import day
from matcher.exchange.numbers import juristic_id, lead_time_days, price_thb
from matcher.exchange.values import ValueProblem, choice, cluster, identifier, province, text
from tests.matcher.exchange.files import CITIZEN_NUMBER, JURISTIC_ID

NEW_YEARS_EVE = date(2026, 12, 31)
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
MONTHS = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
SHORT = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]


@pytest.mark.parametrize(
    "written",
    [
        "31/12/2569", "31-12-2569", "31.12.2026", "31 ธันวาคม 2569", "๓๑ ธ.ค. ๖๙", "31 ธ.ค.69", "2026-12-31",
        "2569-12-31", "วันที่ 31 ธันวาคม พ.ศ. ๒๕๖๙", "31 Dec 2026", "December 31, 2026", "2026-12-31 00:00:00",
        datetime(2026, 12, 31), date(2026, 12, 31), date(2569, 12, 31),
    ],
)  # fmt: skip
def test_every_way_to_write_a_date_gives_the_same_day(written):
    assert day(written) == NEW_YEARS_EVE


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_date_in_the_buddhist_era_is_543_years_ahead_in_every_spelling(when):
    year = when.year + 543
    for month in (f"/{when.month}/", f" {MONTHS[when.month - 1]} ", f" {SHORT[when.month - 1]} "):
        assert day(f"{when.day}{month}{year}") == when
        assert day(f"{when.day}{month}{year}".translate(THAI)) == when


@pytest.mark.parametrize(
    "written",
    ["30/2/2569", "12/31/2026", "31/12/26", "เร็ว ๆ นี้", "1/1/0001", "1/1/9999", 45_000, "2026", "31 foo 2569"],
)
def test_what_is_no_day_or_hardly_meant_is_no_date(written):
    with pytest.raises(ValueProblem, match="bad_date"):
        day(written)


@pytest.mark.parametrize(
    ("written", "baht"),
    [
        ("1,200.50 บาท", 1200.5), ("๑,๒๐๐ บาท", 1200), ("฿35", 35), ("35.-", 35), ("THB 99", 99), (85, 85), (0, 0),
        ("1200", 1200), (12.25, 12.25), ("0.5 baht", 0.5),
    ],
)  # fmt: skip
def test_prices_are_read_as_people_write_them(written, baht):
    assert price_thb(written) == baht


@pytest.mark.parametrize("written", [float("nan"), float("inf"), -1, "-5", "1,5", 10**400, 1e13, True, "1e400", [1]])
def test_a_price_that_no_price_can_be_is_refused(written):
    with pytest.raises(ValueProblem):
        price_thb(written)


@pytest.mark.parametrize(
    ("written", "days"),
    [("7 วัน", 7), ("2 สัปดาห์", 14), ("14 days", 14), ("๑ เดือน", 30), ("ภายใน 3 วัน", 3), (7.0, 7), ("10", 10),
     ("1.5 เดือน", 45), (0, 0)],
)  # fmt: skip
def test_lead_times_are_read_in_days_weeks_and_months(written, days):
    assert lead_time_days(written) == days


@pytest.mark.parametrize("written", ["100-200", "ถามราคา", "68–95 บาท/ผืน", "12,34 บาท", "from 1,500 per shipment"])
def test_a_price_that_is_no_single_number_stays_in_the_firms_own_words(written):
    assert price_thb(written) == written


@pytest.mark.parametrize("written", ["7-14 วัน", "เร็ว", "3 โหล", "ตามฤดูกาล"])
def test_a_lead_time_that_is_no_single_number_stays_in_the_firms_own_words(written):
    assert lead_time_days(written) == written


@pytest.mark.parametrize("written", [7.5, -1, 10**400, float("nan"), "99999", True])
def test_what_is_no_number_of_days_is_refused(written):
    with pytest.raises(ValueProblem, match="bad_days"):
        lead_time_days(written)


@pytest.mark.parametrize(
    "written",
    [JURISTIC_ID, "0-1055-36112-01-4", "0 1055 36112 01 4", "๐๑๐๕๕๓๖๑๑๒๐๑๔", 105536112014, 105536112014.0],
)
def test_a_juristic_id_is_read_with_dashes_thai_digits_or_its_zero_lost(written):
    assert juristic_id(written) == JURISTIC_ID


@given(st.from_regex(r"\A0[0-9]{11}\Z"))
def test_a_juristic_id_is_taken_exactly_when_its_check_digit_is_right(first):
    for last in "0123456789":
        number = first + last
        if moa.is_valid(number):
            assert juristic_id(number) == number
        else:
            with pytest.raises(ValueProblem, match="bad_juristic_id") as caught:
                juristic_id(number)
            assert caught.value.leaves_out


def test_a_citizen_number_is_left_out_and_not_shown_even_with_a_slip():
    with pytest.raises(ValueProblem, match="citizen_number") as caught:
        juristic_id("3-1006-00445-63-5")
    assert caught.value.leaves_out
    assert CITIZEN_NUMBER not in str(caught.value.shown)
    with pytest.raises(ValueProblem, match="bad_juristic_id") as caught:
        juristic_id("3100600445636")
    assert caught.value.shown == "X" * 13


@pytest.mark.parametrize(
    ("written", "code"),
    [("sport", "sport"), ("กีฬา", "sport"), ("ปลากัด", "betta"), ("Betta fish", "betta"), ("ผ้าไทย", "thai_textile"),
     ("BCG Fashion Lifestyle", "bcg_fashion"), ("ปลากัด / Betta fish", "betta"), ("FLOWERS", "flowers"),
     ("เทคโนโลยีเพื่อการเกษตร", "agritech"), ("แฟชั่น", "bcg_fashion"), ("สุขภาพ", "health")],
)  # fmt: skip
def test_a_cluster_is_found_by_code_by_name_or_by_part_of_a_name(written, code):
    assert cluster(written, clusters=load_chains().clusters) == code


@pytest.mark.parametrize("written", ["อวกาศ", "ผ้าไทย ปลากัด", "x", "และ", "!!"])
def test_a_cluster_that_is_unknown_or_not_one_is_refused_with_all_that_there_are(written):
    with pytest.raises(ValueProblem, match="unknown_cluster") as caught:
        cluster(written, clusters=load_chains().clusters)
    assert all(code in caught.value.data["options"] for code in load_chains().clusters)


@pytest.mark.parametrize(
    ("kind", "written", "word"),
    [(Stage, "กลางน้ำ", Stage.MIDSTREAM), (Stage, "Up", Stage.UPSTREAM), (Stage, "s", Stage.SUPPORT),
     (Size, "s", Size.SMALL), (Size, "เล็ก", Size.SMALL), (Stage, "ปลายน้ำ (downstream)", Stage.DOWNSTREAM),
     (Seeking, "ผู้ซื้อ", Seeking.BUYER), (Size, " LARGE ", Size.LARGE)],
)  # fmt: skip
def test_words_are_read_by_code_label_and_spelling(kind, written, word):
    assert choice(kind, written) is word


@pytest.mark.parametrize("written", ["ยักษ์", "small/large", "?"])
def test_a_word_that_is_unknown_or_two_words_is_refused(written):
    with pytest.raises(ValueProblem, match="unknown_word"):
        choice(Size, written)


@pytest.mark.parametrize(
    ("written", "name"),
    [("โคราช", "นครราชสีมา"), ("กทม.", "กรุงเทพมหานคร"), ("จ. แปดริ้ว", "ฉะเชิงเทรา"), ("Krabi", "กระบี่")],
)
def test_a_province_is_found_by_any_of_its_names(written, name):
    assert province(written) == name


@pytest.mark.parametrize("written", ["a b", "a\tb", "a\u200bb", "x" * 81, "a\nb", "a\u00a0b", "-"])
def test_an_id_with_a_space_or_an_invisible_character_or_too_long_or_bare_is_refused(written):
    with pytest.raises(ValueProblem, match="bad_id"):
        identifier(written)


@pytest.mark.parametrize(("value", "said"), [(12.0, "12"), (12, "12"), (1.5, "1.5"), (date(2026, 1, 2), "2026-01-02")])
def test_a_number_or_date_in_a_text_column_reads_as_it_looks(value, said):
    assert text(value) == said


@pytest.mark.parametrize(
    ("value", "kind"),
    [("a\0", "unreadable"), ("\ud800", "unreadable"), ("x" * 20_001, "too_long"), ([], "not_text"), (True, "not_text"),
     (float("nan"), "not_text")],
)  # fmt: skip
def test_what_no_text_should_be_is_refused(value, kind):
    with pytest.raises(ValueProblem, match=kind):
        text(value)
