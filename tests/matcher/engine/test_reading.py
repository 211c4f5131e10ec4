from datetime import date

import pytest

from matcher.domain import Seeking, load_certificates, load_provinces
from matcher.engine.brief import read
from matcher.text import normalise


def reading(text: str):
    return read(normalise(text), provinces=load_provinces(), certificates=load_certificates())


@pytest.mark.parametrize(
    ("text", "provinces"),
    [
        ("ร้านขายส่งอุปกรณ์กีฬา ขอในสงขลา", {"สงขลา"}),
        ("เส้นไหม ขอนแก่น", {"ขอนแก่น"}),
        ("สวนกล้วยไม้ตัดดอกในนครปฐม จะขับรถไปรับเองถึงโรงเรือน", {"นครปฐม"}),
        ("โรงงานเย็บผ้าแถวโคราช", {"นครราชสีมา"}),
        ("orchid growers in Nakhon Pathom", {"นครปฐม"}),
        ("ผ้าไหม กทม.", {"กรุงเทพมหานคร"}),
    ],
)
def test_a_province_the_other_firm_must_be_in_is_a_condition(text, provinces):
    assert reading(text).provinces == provinces


@pytest.mark.parametrize(
    "text",
    [
        "รีสอร์ตในภูเก็ตหาผู้ผลิตสบู่และแชมพูแบรนด์ตัวเอง จำนวน 2,000 ขวดต่อเดือน ส่งทุกสองสัปดาห์",
        "ส่งของถึงเชียงใหม่ทุกอาทิตย์ ต้องการกล่องกระดาษลูกฟูกและถุงซิปล็อกจำนวนมากสำหรับใส่ชา",
        "อุทยานแห่งชาติต้องการป้ายไม้",
        "เลยอยากได้ผ้าทอ",
    ],
)
def test_where_the_buyer_is_or_a_word_that_only_looks_like_a_province_is_no_condition(text):
    assert not reading(text).provinces


def test_a_region_stands_for_its_provinces():
    found = reading("ผักอินทรีย์ ขอในภาคใต้").provinces
    assert {"สงขลา", "ตรัง", "ภูเก็ต"} <= found
    assert "เชียงใหม่" not in found


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("โรงงานเย็บเสื้อแถวอีสานใต้", {"สุรินทร์", "บุรีรัมย์"}, {"อุดรธานี", "กรุงเทพมหานคร"}),
        ("ผู้ผลิตในปริมณฑล", {"ปทุมธานี", "นนทบุรี"}, {"ชลบุรี"}),
        ("หาโรงงานใกล้กรุงเทพ", {"กรุงเทพมหานคร", "สมุทรปราการ"}, {"เชียงใหม่", "ระยอง"}),
        ("drone repair near Khon Kaen", {"ขอนแก่น", "มหาสารคาม"}, {"อุบลราชธานี"}),
    ],
)
def test_part_of_the_country_and_what_is_near_a_province_stand_for_provinces(text, inside, outside):
    found = reading(text).provinces
    assert inside <= found
    assert not outside & found


@pytest.mark.parametrize(
    ("text", "selling", "thing"),
    [
        ("ใครรับซื้อรังไหม", True, "รังไหม"),
        ("who buys dried butterfly pea flowers", True, "dried butterfly pea flowers"),
        ("หาตัวแทนจำหน่ายภาคเหนือ", False, "หาตัวแทนจำหน่าย"),
        ("รับซื้อเศษผ้าทุกชนิด", False, "รับซื้อเศษผ้าทุกชนิด"),
    ],
)
def test_goods_are_told_from_the_words_that_ask_who_buys_them(text, selling, thing):
    found = reading(text)
    assert found.selling is selling
    assert found.thing == thing


@pytest.mark.parametrize(
    ("text", "must", "welcome"),
    [
        ("โรงงานแปรรูปผลไม้ที่มี GMP", {"GMP"}, set()),
        ("ต้องมี อย. และฮาลาล", {"อย.", "Halal"}, set()),
        ("ขอฟาร์มที่ถือ ทบ 1", {"ทบ.1"}, set()),
        ("โรงงานเย็บผ้า ไม่จำเป็นต้องมี BSCI", set(), set()),
        ("โรงงานเย็บผ้า ถ้ามี BSCI ยิ่งดี", set(), {"BSCI"}),
        ("อย่างน้อย 500 ตัว", set(), set()),
        ("iso9001:2015 certified foam maker", {"ISO 9001"}, set()),
    ],
)
def test_certificates_are_read_as_musts_or_as_welcome(text, must, welcome):
    found = reading(text)
    assert found.certificates == must
    assert found.certificates_wanted == welcome


@pytest.mark.parametrize(
    ("text", "seeking"),
    [
        ("ใครรับซื้อรังไหมบ้าง", Seeking.BUYER),
        ("อยากขายผ้าทอของหมู่บ้าน", Seeking.BUYER),
        ("หาตัวแทนจำหน่ายภาคเหนือ", Seeking.BUYER),
        ("looking for distributors in the Gulf", Seeking.BUYER),
        ("หาพันธมิตรร่วมพัฒนาสูตร", Seeking.PARTNER),
        ("หาคนขายเส้นไหม", None),
        ("รับซื้อเศษผ้าทุกชนิด", None),
        ("need a supplier of coco peat", None),
    ],
)
def test_words_that_look_for_buyers_are_told_from_words_that_look_for_sellers(text, seeking):
    assert reading(text).seeking is seeking


def test_the_day_of_expiry_still_counts(demo):
    firm = next(firm for firm in demo.built.catalog.firms for one in firm.certificates if one.expires is not None)
    certificate = next(one for one in firm.certificates if one.expires)
    assert certificate.holds_on(certificate.expires)
    assert not certificate.holds_on(date.fromordinal(certificate.expires.toordinal() + 1))
