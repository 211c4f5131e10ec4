from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from matcher.domain import load_provinces
from matcher.domain.places import REGIONS

provinces = load_provinces()
ALL = list(provinces.by_th.values())


def test_there_are_77_provinces_each_with_its_own_code_and_labels():
    assert len(ALL) == 77
    for field in ("code", "th", "en"):
        assert len({getattr(province, field) for province in ALL}) == 77
    assert {province.region for province in ALL} == set(REGIONS)


@pytest.mark.parametrize("province", ALL, ids=lambda province: province.en)
def test_every_way_to_write_a_name_finds_its_own_province(province):
    joined = province.en.replace(" ", "")
    for name in (
        province.th, f"จังหวัด{province.th}", f"จังหวัด {province.th}", f"จ.{province.th}", f"จ. {province.th}",
        f"จ {province.th}", f" {province.th} ", province.en, province.en.upper(), joined, f"{province.en} Province",
        f"{province.en}  province", joined.lower(), province.code,
    ):  # fmt: skip
        assert provinces.find(name) is province, name


@pytest.mark.parametrize(
    ("name", "th"),
    [
        ("โคราช", "นครราชสีมา"), ("จ. โคราช", "นครราชสีมา"), ("Korat", "นครราชสีมา"), ("กทม.", "กรุงเทพมหานคร"),
        ("กทม", "กรุงเทพมหานคร"), ("กรุงเทพฯ", "กรุงเทพมหานคร"),
        ("กรุงเทพ ฯ", "กรุงเทพมหานคร"), ("BKK", "กรุงเทพมหานคร"),
        ("แปดริ้ว", "ฉะเชิงเทรา"), ("อยุธยา", "พระนครศรีอยุธยา"),
        ("Ayutthaya", "พระนครศรีอยุธยา"), ("อุบลฯ", "อุบลราชธานี"),
        ("หาดใหญ่", "สงขลา"), ("Hat Yai", "สงขลา"),
        ("พัทยา", "ชลบุรี"), ("เมืองคอน", "นครศรีธรรมราช"), ("Samui", "สุราษฎร์ธานี"),
        ("จ.เชียงใหม่", "เชียงใหม่"), ("Chiang Mai Province", "เชียงใหม่"),
        ("chiangmai", "เชียงใหม่"), ("Phang Nga", "พังงา"),
        ("ปากน้ำ", "สมุทรปราการ"), ("ปากน้ำโพ", "นครสวรรค์"),
        ("จันทบุรี", "จันทบุรี"), ("จ.จันทบุรี", "จันทบุรี"),
    ],
)  # fmt: skip
def test_the_names_people_give_find_the_province_they_mean(name, th):
    assert provinces.find(name).th == th


@pytest.mark.parametrize("name", ["", " ", ".", "ฯ", "จ.", "จังหวัด", "province", "ลาว", "Vientiane", "เชียง", "TH-99"])
def test_a_name_of_no_province_finds_none(name):
    assert provinces.find(name) is None


def test_no_two_provinces_share_a_name():
    text = (files("matcher.data") / "provinces.tsv").read_text("utf-8")
    owner = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        for name in (row["th"], row["en"], row["code"], *filter(None, row["also"].split(";"))):
            plain = "".join(name.lower().split()).strip(".ฯ").replace("-", "")
            assert owner.setdefault(plain, row["th"]) == row["th"], name
            assert provinces.find(name).th == row["th"], name


def test_every_province_lies_in_thailand_and_in_its_region():
    for province in ALL:
        assert 5.5 < province.lat < 20.5
        assert 97.3 < province.lon < 105.7
        assert province.region != "south" or province.lat < 12
        assert province.region != "northeast" or province.lon > 101.2
        assert province.region != "north" or province.lat > 14.9
