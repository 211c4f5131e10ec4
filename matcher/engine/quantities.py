"""How much: numbers with a unit, in requests and in what firms state as least or most."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher.text import normalise
from matcher.text.tokens import lower

_UNITS = {
    "piece": ("ชิ้น", "ตัว", "อัน", "pieces", "piece", "pcs", "pc", "units", "unit"),
    "cloth": ("ผืน",),
    "metre": ("เมตร", "ม.", "metres", "meters", "metre", "meter", "m"),
    "kilogram": ("กิโลกรัม", "กิโล", "กก.", "กก", "โล", "kilograms", "kilos", "kilo", "kg"),
    "tonne": ("ตัน", "tonnes", "tons", "tonne", "ton"),
    "bottle": ("ขวด", "bottles", "bottle"),
    "box": ("กล่อง", "boxes", "box"),
    "carton": ("ลัง", "cartons", "carton"),
    "pair": ("คู่", "pairs", "pair"),
    "leaf": ("ใบ",),
    "plant": ("ต้น", "plants", "plant"),
    "set": ("ชุด", "sets", "set"),
    "roll": ("ม้วน", "rolls", "roll"),
    "dozen": ("โหล", "dozens", "dozen"),
    "sachet": ("ซอง", "sachets", "sachet"),
    "rai": ("ไร่", "rai"),
}
_UNIT_OF = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings}
_SPELLINGS = "|".join(sorted(map(re.escape, _UNIT_OF), key=len, reverse=True))
_TIMES = {"ร้อย": 100, "พัน": 1_000, "หมื่น": 10_000, "แสน": 100_000}
_QUANTITY = re.compile(
    rf"(?<![\d.,])(\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})\s?({'|'.join(_TIMES)})?\s?({_SPELLINGS})(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many of a unit, as `text` says it."""

    amount: int
    unit: str
    text: str


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number with a unit that is counted, in order.

    Example: `quantities("เริ่ม 2 พันขวด") -> (Quantity(2000, "bottle", "2 พันขวด"),)`
    """
    small = lower(normalise(text))
    return tuple(
        Quantity(int(found[1].replace(",", "")) * _TIMES.get(found[2] or "", 1), _UNIT_OF[found[3]], found[0])
        for found in _QUANTITY.finditer(small)
    )


def below_minimum(asked: str, minimum: str) -> tuple[Quantity, Quantity] | None:
    """The amount asked and the least amount sold, where the same unit shows that the first is too small.

    Args:
        asked: A request; the most it names of the unit counts.
        minimum: What a firm states as its minimum order.
    """
    wanted = quantities(asked)
    for least in quantities(minimum):
        same = [one for one in wanted if one.unit == least.unit]
        if same and (most := max(same, key=lambda one: one.amount)).amount < least.amount:
            return most, least
    return None
