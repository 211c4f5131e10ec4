import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.text import affirmed, denied


def parts(text):
    return [text[start:end].strip() for start, end in denied(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ขายต้นกล้า ไม่มีดอกขายนะคะ", ["ไม่มีดอกขายนะคะ"]),
        ("ทำท่อพีอี แต่ขุดร่องวางท่อเราไม่ทำ", ["แต่ขุดร่องวางท่อเราไม่ทำ"]),
        ("โรงเรือนทุกขนาด เล้าไก่เล้าหมูขอผ่านค่ะ", ["เล้าไก่เล้าหมูขอผ่านค่ะ"]),
        ("รับจัดงานวิ่งทุกแบบ ยกเว้นวิ่งเทรล", ["ยกเว้นวิ่งเทรล"]),
        ("We supply foam. We do not sell finished gear, ask for samples", ["not sell finished gear"]),
    ],
)
def test_what_a_firm_says_it_does_not_do_is_found(text, said):
    assert parts(text) == said


@pytest.mark.parametrize(
    "text",
    ["ไม่มีขั้นต่ำ สั่งชิ้นเดียวก็ทำ", "ไม่ใช้สารเคมี ไม่มีสารตกค้าง", "ผ้าไม่ทอสำหรับถุง", "no minimum order", "รับทำทุกแบบ", ""],
)
def test_a_no_that_praises_or_names_a_thing_denies_nothing(text):
    assert parts(text) == []


def test_what_is_affirmed_is_all_the_rest():
    assert affirmed("ขายต้นกล้า ไม่มีดอกขายนะคะ ส่งทั่วไทย") == "ขายต้นกล้า ส่งทั่วไทย"


@given(
    st.lists(st.sampled_from(["ไม่มี", "ขาย", "ดอกไม้", " ", ",", "no", "ไม่ทำ", "ค่ะ", "İ", "."]), max_size=20).map("".join)
)
@settings(deadline=None)
def test_parts_lie_in_the_text_in_order_and_what_is_left_was_there(text):
    found = denied(text)
    assert list(found) == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert set(affirmed(text)) <= set(text) | {" "}
