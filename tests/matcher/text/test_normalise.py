from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import EmptyTextError, TextTooLongError, UnreadableTextError
from matcher.text import MAX_QUERY_CHARS, normalise, normalise_query
from matcher.text.normalise import pieces, without_shouting

THAI = "กขคงนมยรสอเแโใไะาิีึืุูัำ็่้๊๋์ํฺๅๆฯ๐๑๙"
ODD = "\u200b\u200d\u200e\u00ad\ufeff\u2060\u00a0\u3000\t\n\r\x07é½ﬁ①İΣßⅧ가\u0301\u0323\u093c\u0eb8😀\ufe0f"
mixed = st.text(alphabet=st.sampled_from(THAI + ODD + "  abAB0199.,-฿"), max_size=40)
anything = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
careful = settings(deadline=None, max_examples=400)


@given(st.one_of(mixed, anything, st.lists(mixed, min_size=1, max_size=2).map(lambda units: "".join(units) * 90)))
@careful
def test_normalised_text_is_a_fixed_point(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.one_of(mixed, anything))
@careful
def test_normalised_text_holds_nothing_that_cannot_be_seen(text):
    normal = normalise(text)
    assert not {unicodedata.category(char) for char in normal} & {"Cf", "Cc", "Zl", "Zp"}
    assert not set(normal) & set("๐๑๒๓๔๕๖๗๘๙")
    assert normal == " ".join(normal.split())
    assert unicodedata.normalize("NFKC", normal).replace("\u0e4d\u0e32", "\u0e33") == normal.replace(
        "\u0e4d\u0e32", "ำ"
    )


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("เเบบ\u200b  ๒๕ กก.", "แบบ 25 กก."),
        ("ผ้า\u00adไหม\ufeff", "ผ้าไหม"),
        ("ผ้า\u00a0ไหม\u3000ไทย\r\n\tแท้", "ผ้า ไหม ไทย แท้"),
        ("น้ำ", "น้ำ"),
        ("น้\u0e4d\u0e32", "น้ำ"),
        ("น\u0e4d\u0e49า", "น้ำ"),
        ("ก่ิ", "กิ่"),
        ("มากกกกกกก", "มากกก"),
        ("ดีมาาาาก", "ดีมาก"),
        ("-----", "---"),
        ("๑๐๐๐๐ ตัว", "10000 ตัว"),
        ("1000000 บาท", "1000000 บาท"),
        ("9" * 40, "9" * 12),
        ("cafe\u0301", "café"),
        ("cafe\u200b\u0301", "café"),
        ("ＡＢＣ ①", "ABC 1"),
        ("\u202eกลับ\u202c", "กลับ"),
        ("พ ุ่มดอกไม้", "พุ่มดอกไม้"),
        ("", ""),
        (" \u200b\n", ""),
    ],
)
def test_what_a_person_sees_as_the_same_becomes_the_same(text, normal):
    assert normalise(text) == normal


@pytest.mark.parametrize("text", ["สวัสดี", "ที่นี่", "น้ำผึ้งแท้", "สินค้าไทย คุณภาพดี ", "กล่อง 5 ใบ, "])
@pytest.mark.parametrize("times", [10, 400, 1000])
def test_a_long_text_is_normalised_as_its_parts_are(text, times):
    assert normalise(text * times) == (text * times).strip()


@given(mixed)
@careful
def test_zero_width_characters_change_nothing(text):
    assert normalise("\u200b".join(text)) == normalise(text.replace("\u200b", ""))


@pytest.mark.parametrize(
    ("text", "what", "position"),
    [("\0", "NUL", 0), ("กข\0ค", "NUL", 2), ("\ud800", "surrogate", 0), ("ab\udfffc", "surrogate", 2)],
)
def test_what_no_text_should_hold_is_refused_with_its_place(text, what, position):
    for function in (normalise, normalise_query):
        with pytest.raises(UnreadableTextError, match=f"{what}.* at character {position + 1}") as refused:
            function(text)
        assert refused.value.position == position


@given(st.text(alphabet="กา b\n", max_size=200), st.integers(1, 40))
def test_pieces_joined_give_the_text_and_none_is_longer_than_asked(text, size):
    cut = pieces(text, size=size)
    assert "".join(cut) == text
    assert all(0 < len(piece) <= size for piece in cut)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b\ufeff", "😀", "👍🏽!!", "...", "-–—", "฿", "?!,", "\x07"])
def test_a_query_with_nothing_to_search_for_is_refused(text):
    with pytest.raises(EmptyTextError):
        normalise_query(text)


@pytest.mark.parametrize("text", ["ก", "5", "๕", "a!", " ผ้าไหม😀 ", "Ω"])
def test_a_query_with_one_letter_or_digit_is_enough(text):
    assert normalise_query(text) == normalise(text) != ""


def test_a_query_longer_than_anybodys_question_is_refused():
    assert normalise_query("กา " * (MAX_QUERY_CHARS // 3))
    with pytest.raises(TextTooLongError) as refused:
        normalise_query("ก" * (MAX_QUERY_CHARS + 1))
    assert (refused.value.length, refused.value.limit) == (MAX_QUERY_CHARS + 1, MAX_QUERY_CHARS)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("GLASS WHOLESALERS & MAKERS", "glass wholesalers & makers"),
        ("ต้องมี GMP และ HACCP", "ต้องมี GMP และ HACCP"),
        ("OTOP Gift SHOPPERS", "OTOP Gift SHOPPERS"),
    ],
)
def test_english_in_capitals_throughout_is_lowered_and_abbreviations_are_left(text, quiet):
    assert without_shouting(text) == quiet
    assert without_shouting(quiet) == quiet
