from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Certificate, load_certificates

certificates = load_certificates()
DAY = date(2026, 11, 22)


def named(text):
    return {code for code, _, _ in certificates.mentions(text)}


def held(*codes, on=DAY):
    return certificates.held([Certificate(code) for code in codes], on=on)


@pytest.mark.parametrize("code", certificates.labels)
def test_a_code_stands_for_itself_in_any_case_and_spacing(code):
    for written in (code, code.lower(), code.upper(), f" {code} ", code.replace(" ", ""), code.replace(" ", "  ")):
        assert certificates.canonical(written) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("OEKO-TEX Standard 100", "OEKO-TEX"), ("oeko tex", "OEKO-TEX"),
        ("OTOP 5 ดาว", "OTOP"), ("otop ระดับ 4 ดาว", "OTOP"),
        ("iso9001:2015", "ISO 9001"), ("ISO 9001 : 2015", "ISO 9001"),
        ("ISO-9001", "ISO 9001"), ("ISO/IEC 17025", "ISO 17025"),
        ("GHPs", "GMP"), ("GMP Codex", "GMP"),
        ("gmp", "GMP"), ("FSSC 22000", "ISO 22000"), ("HACCP/GMP", "HACCP"),
        ("อย", "อย."), ("เลข อย.", "อย."),
        ("อย. 10-1-02559", "อย."), ("Thai FDA", "อย."), ("มผช. 123/2566", "มผช."),
        ("ทบ1", "ทบ.1"), ("ท.บ.1", "ทบ.1"),
        ("ทบ. 2", "ทบ.2"), ("มกษ. 9001-2556", "GAP"), ("มกษ. 9000", "Organic Thailand"),
        ("ThaiGAP", "GAP"), ("GAP (กรมวิชาการเกษตร)", "GAP"),
        ("นกยูงทอง", "ตรานกยูงพระราชทาน"), ("ฮาลาล", "Halal"),
    ],
)  # fmt: skip
def test_an_alias_or_a_level_stands_for_its_code(written, code):
    assert certificates.canonical(written) == code


@pytest.mark.parametrize("name", ["ISO 90012", "ทบ.12", "phytochemical", "Wrapped", "Fair Trade", "tisco", "อยุธยา", ""])
def test_a_name_that_is_not_known_stands_for_itself(name):
    assert certificates.canonical(f"  {name}  ") == name


@given(st.text(max_size=40))
def test_the_code_of_a_code_is_the_code(name):
    once = certificates.canonical(name)
    assert certificates.canonical(once) == once


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("โรงงานได้ GMP/HACCP และ ISO 9001:2015", {"GMP", "HACCP", "ISO 9001"}),
        ("รับรอง iso9001:2015", {"ISO 9001"}),
        ("มี อย. แล้ว", {"อย."}), ("มีอย.", {"อย."}),
        ("ผ่านอย.แล้ว", {"อย."}), ("เครื่องหมาย อย", {"อย."}), ("อย. ครบ", {"อย."}),
        ("ได้มาตรฐานมอก. 1234", {"มอก."}), ("มอก 1234", {"มอก."}),
        ("สินค้า มผช.", {"มผช."}), ("ฟาร์ม GAP", {"GAP"}),
        ("ฟาร์มGAPส่งห้าง", {"GAP"}), ("มี ทบ.1 และ ทบ2", {"ทบ.1", "ทบ.2"}),
        ("ทบ1", {"ทบ.1"}), ("TB.1", {"ทบ.1"}),
        ("อาหารฮาลาลแท้", {"Halal"}), ("ต้องมี PC ทุกล็อต", {"PC"}),
        ("phytosanitary certificate", {"PC"}), ("(GI)", {"GI"}),
        ("T-Mark, tmark", {"T-Mark"}), ("มกษ.5502", {"มกษ. 5502"}), ("Organic Thailand", {"Organic Thailand"}),
    ],
)  # fmt: skip
def test_a_text_names_its_certificates(text, codes):
    assert named(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "อย่างดี", "ขออย่างเร็ว", "มีอย่างอื่น", "ที่มีอยู่แล้ว", "มีอยู่", "เครื่องหมายอย่างเป็นทางการ", "อยากได้", "อยุธยา", "ได้อยู่",
        "ขนมอร่อย", "ขนมอร่อย ราคาถูก", "จำนวนน้อย", "ขายหอย ปู ปลา", "ซอย 5", "หนึ่งร้อย", "บ่อย ๆ", "อร่อย...",
        "ระบบพ่นหมอก", "ระบบพ่นหมอก 5 หัว", "ดอกไม้", "gap year", "mind the gap", "SPC flooring", "spc", "pc", "ce", "gi",
        "bubble wrap", "ISO 90012", "ทบ.12", "tb12", "สอ.30", "GMPX", "orange", "",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_certificate_name_none(text):
    assert named(text) == set()


@given(st.text(alphabet="อยมกผชทบ. 1ู่ ISOGAPCE9/"))
def test_mentions_lie_inside_the_text_and_stand_for_their_code(text):
    for code, start, end in certificates.mentions(text):
        assert 0 <= start < end <= len(text)
        assert certificates.canonical(text[start:end]) == code


@pytest.mark.parametrize("code", certificates.labels)
def test_every_certificate_is_found_in_a_text_by_its_own_code(code):
    assert code in named(f"เรามี {code} แล้ว")
    assert code in certificates.covers[code]


def test_a_certificate_covers_what_it_includes_and_what_that_includes():
    assert held("FSSC 22000") == {"ISO 22000", "HACCP", "GMP"}
    assert held("HACCP") == {"HACCP", "GMP"}
    assert held("GMP") == {"GMP"}
    assert held("Fair Trade", "gmp codex") == {"Fair Trade", "GMP"}
    assert held() == frozenset()


@given(st.integers(-400, 400))
def test_a_certificate_holds_through_its_last_day(days):
    expires = DAY + timedelta(days=days)
    certificate = Certificate("HACCP", expires=expires)
    assert certificates.held([certificate], on=DAY) == ({"HACCP", "GMP"} if days >= 0 else set())
    assert certificates.held([certificate], on=expires)
    assert not certificates.held([certificate], on=expires + timedelta(days=1))


def test_one_that_has_run_out_does_not_take_away_one_that_holds():
    old, new = Certificate("GMP", expires=DAY - timedelta(days=1)), Certificate("GMP")
    assert certificates.held([old, new], on=DAY) == {"GMP"}
