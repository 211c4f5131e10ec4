"""The 77 provinces, the names people give them, and the six regions."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Region = str
"""One of north, northeast, central, east, west, south."""

REGIONS: dict[Region, tuple[str, ...]] = {
    "north": ("ภาคเหนือ", "เมืองเหนือ", "ล้านนา", "northern thailand", "north of thailand"),
    "northeast": ("ภาคตะวันออกเฉียงเหนือ", "ภาคอีสาน", "อีสาน", "isan", "isaan", "northeastern thailand"),
    "central": ("ภาคกลาง", "central thailand"),
    "east": ("ภาคตะวันออก", "eastern thailand"),
    "west": ("ภาคตะวันตก", "western thailand"),
    "south": ("ภาคใต้", "ปักษ์ใต้", "southern thailand", "south of thailand"),
}
"""Names of each region; the first is its Thai label."""

NEAR_KM = 100.0
"""Between the centres of provinces that are near each other."""

_KM = 111.2
_COSINE = 0.97
"""Kilometres of a degree of latitude, and how much fewer one of longitude has at 14° north."""

_PREFIX = re.compile(r"^(?:จังหวัด|จ\.|จ\s)\s*")
_SUFFIX = re.compile(r"\s*(?:province|จังหวัด)$")


@dataclass(frozen=True, slots=True)
class Province:
    """A province; latitude and longitude of its centre in degrees."""

    code: str
    th: str
    en: str
    region: Region
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Provinces:
    """All provinces and every name that stands for one of them."""

    by_th: Mapping[str, Province]
    by_name: Mapping[str, Province]

    def english(self, th: str | None) -> str:
        """The English name of a province given by its Thai one; what is no province stays as it is."""
        found = self.by_th.get(th or "")
        return found.en if found else th or ""

    def find(self, name: str) -> Province | None:
        """The province a person means, whichever of its names is given.

        Example: `find("จ. โคราช") -> นครราชสีมา`
        """
        plain = " ".join(name.lower().replace("\u200b", "").split())
        plain = _SUFFIX.sub("", _PREFIX.sub("", plain)).strip(" .ฯ")
        return self.by_name.get(plain) or self.by_name.get(plain.replace(" ", "").replace("-", ""))


def near(province: Province, provinces: Provinces, *, within_km: float = NEAR_KM) -> frozenset[str]:
    """Thai names of the provinces whose centre is near a province's, itself among them."""
    return frozenset(
        other.th
        for other in provinces.by_th.values()
        if math.hypot((other.lat - province.lat) * _KM, (other.lon - province.lon) * _KM * _COSINE) <= within_km
    )


@cache
def load_areas() -> Mapping[str, frozenset[str]]:
    """Parts of the country by each of their names: the six regions, and those of the areas' table."""
    provinces = load_provinces()
    areas: dict[str, frozenset[str]] = {}
    for region, names in REGIONS.items():
        inside = frozenset(one.th for one in provinces.by_th.values() if one.region == region)
        areas.update(dict.fromkeys(names, inside))
    for line in (files("matcher.data") / "areas.tsv").read_text("utf-8").splitlines():
        if not line.startswith(("#", "names\t")):
            called, inside_of = line.split("\t")
            areas.update(dict.fromkeys(called.split(";"), frozenset(inside_of.split(";"))))
    return MappingProxyType(areas)


@cache
def load_provinces() -> Provinces:
    """The table that comes with the project."""
    text = (files("matcher.data") / "provinces.tsv").read_text("utf-8")
    by_th: dict[str, Province] = {}
    by_name: dict[str, Province] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        province = Province(row["code"], row["th"], row["en"], row["region"], float(row["lat"]), float(row["lon"]))
        by_th[province.th] = province
        names = [province.th, province.en.lower(), *row["also"].split(";"), province.code.lower()]
        for name in filter(None, (name.strip(" .ฯ") for name in names)):
            by_name[name] = province
            by_name.setdefault(name.replace(" ", "").replace("-", ""), province)
    return Provinces(MappingProxyType(by_th), MappingProxyType(by_name))
