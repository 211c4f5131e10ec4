"""Contacts and citizen numbers written into profiles never get further than the import's warning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.th import pin

from matcher.domain import load_chains
from matcher.engine.build import texts_of
from matcher.exchange import as_object, read_catalog, read_object, write_catalog
from matcher.exchange.personal import LEFT_OUT, without_contacts

CHAINS = load_chains()


def citizen(digits: str) -> str:
    """A valid citizen number that begins with these twelve digits."""
    return next(digits + str(last) for last in range(10) if pin.is_valid(digits + str(last)))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("โทร 081-234-5678 ได้ทุกวัน", "โทร ••• ได้ทุกวัน"),
        ("โทร ๐๘๑ ๒๓๔ ๕๖๗๘", "โทร •••"),
        ("โทร.0812345678,อีเมล a.b@c.co.th", "โทร.•••,อีเมล •••"),
        ("call +66 (0)81 234 5678", "call •••"),
        ("+66-2-123-4567 ต่อ 5", "••• ต่อ 5"),
        ("+66 88 839 6675 24 ชม.", "••• 24 ชม."),
        ("02 123 4567 หรือ 053-123-456", "••• หรือ •••"),
        ("ไลน์: shop.silk และ Line ID: @silkshop", "••• และ •••"),
        ("Line @silkshop", "•••"),
        ("ไลน์ผลิต CNC 3 ไลน์ แจ้งเตือน LINE ได้", "ไลน์ผลิต CNC 3 ไลน์ แจ้งเตือน LINE ได้"),
        ("ราคา 1,250 บาท มอก. 2301-2556 ISO 9001:2015", "ราคา 1,250 บาท มอก. 2301-2556 ISO 9001:2015"),
        ("บาร์โค้ด 8850123456789 ขนาด 0.812345678", "บาร์โค้ด 8850123456789 ขนาด 0.812345678"),
        ("ล็อต 100 200 300 ชิ้น ปี 2566-2567", "ล็อต 100 200 300 ชิ้น ปี 2566-2567"),
    ],
)
def test_contacts_are_left_out_and_figures_stay(text, kept):
    assert without_contacts(text) == kept


PHONE = st.tuples(
    st.sampled_from(["06", "08", "09"]), st.from_regex(r"[0-9]{8}", fullmatch=True), st.sampled_from(["", "-", " "])
).map(lambda one: one[2].join([one[0] + one[1][0], one[1][1:4], one[1][4:]]))
EMAIL = st.from_regex(r"[a-z][a-z0-9._]{0,20}@[a-z]{2,12}\.(com|co\.th|or\.th)", fullmatch=True)
CITIZEN = st.from_regex(r"[1-8][0-9]{11}", fullmatch=True).map(citizen)
WORDS = st.text(st.sampled_from("กขคงา่้ ิุabc ()"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(before=WORDS, after=WORDS, secret=st.one_of(PHONE, EMAIL, CITIZEN), field=st.sampled_from(range(9)))
def test_no_contact_or_citizen_number_gets_past_the_import_of_any_field(before, after, secret, field):
    texts = ["ผ้าไหม"] * 9
    texts[field] = f"{before} {secret} {after}"
    data = {
        "id": "f1",
        "name_th": texts[0],
        "name_en": texts[1],
        "description": texts[2],
        "certificates": [{"code": texts[3], "number": texts[4]}],
        "offers": [{"text": texts[5], "moq": texts[6]}],
        "needs": [{"text": texts[7], "volume": texts[8]}],
    }
    found = read_object(data, name="x", chains=CHAINS)
    firm = found.firms[0]
    assert secret not in json.dumps(as_object(firm), ensure_ascii=False)
    assert not [text for _, text in texts_of(firm) if secret in text], "nothing of it reaches the encoder"
    warned = [one for one in found.warnings if one.kind in {"contact_in_text", "citizen_in_text"}]
    assert len(warned) == 1
    assert secret not in repr(warned)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_files_are_cleaned_of_contacts_and_what_is_written_again_holds_none(tmp_path, ending):
    number = citizen("310060044563")
    data = {
        "id": "f1",
        "name_th": "ร้านป้าไหม",
        "province_th": "ขอนแก่น",
        "description": f"โทร 081-234-5678 เลขบัตร {number}",
        "juristic_id": number,
        "offers": [{"text": "ผ้าไหม silk@shop.example"}],
    }
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(data, ensure_ascii=False) + "\n", "utf-8")
    firms = read_catalog(source, chains=CHAINS).firms
    out = tmp_path / f"out.{ending}"
    write_catalog(firms, out)
    again = read_catalog(out, chains=CHAINS)
    said = json.dumps([as_object(one) for one in again.firms], ensure_ascii=False)
    assert LEFT_OUT in said
    assert not [one for one in ("081-234-5678", number, "silk@shop.example") if one in said]
    assert not [one for one in (*again.warnings,) if one.kind in {"contact_in_text", "citizen_in_text"}], "said once"


def test_an_id_that_is_a_citizen_number_is_refused_and_not_shown():
    number = citizen("110170023456")
    found = read_object({"id": number, "name_th": "ร้าน", "description": "ผ้า"}, name="x", chains=CHAINS)
    assert [one.kind for one in found.problems] == ["citizen_id"]
    assert number not in repr(found.problems) + repr(found.rejected)
