"""The closed vocabularies and their Thai and English labels, in one place."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where on a chain a role stands."""

    UPSTREAM = "upstream"
    MIDSTREAM = "midstream"
    DOWNSTREAM = "downstream"
    SUPPORT = "support"


class Seeking(StrEnum):
    """What a need asks for."""

    SUPPLIER = "supplier"
    BUYER = "buyer"
    PARTNER = "partner"


class Size(StrEnum):
    """Size of a firm by the ministerial rule of 2562."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


LABELS_TH: dict[str, str] = {
    Stage.UPSTREAM: "ต้นน้ำ",
    Stage.MIDSTREAM: "กลางน้ำ",
    Stage.DOWNSTREAM: "ปลายน้ำ",
    Stage.SUPPORT: "สนับสนุน",
    Seeking.SUPPLIER: "ผู้ขาย",
    Seeking.BUYER: "ผู้ซื้อ",
    Seeking.PARTNER: "พันธมิตร",
    Size.MICRO: "รายย่อย",
    Size.SMALL: "ขนาดย่อม",
    Size.MEDIUM: "ขนาดกลาง",
    Size.LARGE: "ขนาดใหญ่",
}

SPELLINGS: dict[str, tuple[str, ...]] = {
    Stage.UPSTREAM: ("ต้นน้ำ", "ต้นทาง", "up", "u"),
    Stage.MIDSTREAM: ("กลางน้ำ", "กลางทาง", "mid", "m"),
    Stage.DOWNSTREAM: ("ปลายน้ำ", "ปลายทาง", "down", "d"),
    Stage.SUPPORT: ("สนับสนุน", "หน่วยสนับสนุน", "บริการสนับสนุน", "s"),
    Seeking.SUPPLIER: ("ผู้ขาย", "ผู้ผลิต", "ซัพพลายเออร์", "seller"),
    Seeking.BUYER: ("ผู้ซื้อ", "ลูกค้า", "ตัวแทนจำหน่าย", "buyers", "distributor"),
    Seeking.PARTNER: ("พันธมิตร", "ผู้ร่วมทุน", "partners"),
    Size.MICRO: ("รายย่อย", "วิสาหกิจรายย่อย", "จิ๋ว"),
    Size.SMALL: ("ขนาดย่อม", "ย่อม", "เล็ก", "ขนาดเล็ก", "s"),
    Size.MEDIUM: ("ขนาดกลาง", "กลาง", "m"),
    Size.LARGE: ("ขนาดใหญ่", "ใหญ่", "l"),
}
"""How people write a value beside its code."""
