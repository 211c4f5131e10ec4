"""The columns of a registration sheet, how people head them, and the words they fill them with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.exchange.fields import SheetField
from matcher.exchange.report import Cell
from matcher.exchange.values import fold
from matcher.fair.fair import MAX_MEETINGS, MIN_MEETINGS, Wish

COLUMNS: tuple[SheetField, ...] = (
    SheetField(
        "id", "รหัสกิจการ", "Firm ID", 18,
        "รหัสในทะเบียนกิจการ ถ้าไม่ทราบให้เว้นว่างแล้วใส่ชื่อ หนึ่งกิจการต่อหนึ่งแถว ลบแถวของกิจการที่ไม่มางาน",
        "Code of the firm in the catalog; leave it empty and give the name where you do not know it. "
        "One row a firm; delete the rows of firms that do not come.",
        "agritech-d01",
        ("รหัส", "รหัสบริษัท", "รหัสผู้ประกอบการ", "กิจการ", "ผู้ร่วมงาน", "ผู้เข้าร่วม", "id", "code", "firm", "company id",
         "participant", "participant id", "firm code"),
    ),
    SheetField(
        "name", "ชื่อกิจการ", "Firm name", 32,
        "ชื่อไทยหรืออังกฤษตามที่อยู่ในทะเบียนกิจการ ไม่ต้องใส่ถ้ามีรหัส",
        "Thai or English name as it stands in the catalog; not needed beside a code.",
        "ฟาร์มเมล่อนตัวอย่าง",
        ("ชื่อ", "ชื่อบริษัท", "ชื่อร้าน", "ชื่อผู้ประกอบการ", "ชื่อนิติบุคคล", "บริษัท", "ผู้ประกอบการ", "ชื่อภาษาไทย",
         "name", "company", "company name", "business name", "organisation", "organization", "exhibitor", "name th",
         "name en"),
    ),
    SheetField(
        "juristic_id", "เลขทะเบียนนิติบุคคล", "Juristic ID", 18,
        "13 หลัก ใช้แทนรหัสหรือชื่อได้ ห้ามใส่เลขบัตรประชาชน",
        "13 digits, in place of code or name. Never a citizen number.",
        "0105536112014",
        ("เลขนิติบุคคล", "ทะเบียนนิติบุคคล", "เลขทะเบียน", "เลขประจำตัวผู้เสียภาษี", "เลขผู้เสียภาษี", "registration number",
         "tax id", "juristic number"),
    ),
    SheetField(
        "delegates", "ผู้แทน", "Delegates", 30,
        "ชื่อผู้มาร่วมงาน หลายคนคั่นด้วย ; , หรือขึ้นบรรทัดใหม่",
        "Who comes; separate several with ; , or a line break.",
        "สมหญิง ใจดี; สมชาย รักงาน",
        ("ชื่อผู้แทน", "ผู้เข้าร่วมประชุม", "รายชื่อผู้แทน", "ชื่อผู้มาร่วมงาน", "ตัวแทน", "ผู้ติดต่อ", "delegate", "representatives",
         "representative", "attendees", "attendee", "people"),
    ),
    SheetField(
        "available", "เวลาที่ว่าง", "Available", 34,
        "ไม่กรอกหมายถึงว่างตลอดงาน เขียนได้เช่น “วันที่ 1 เช้า” “4 ก.พ. 9:00-12:00” “2027-02-04 บ่าย” “ช่วง 1-5” หรือชื่อรอบ "
        "คั่นด้วย ; เขียน “ไม่ว่าง …” สำหรับเวลาที่ไม่ว่าง ซึ่งใช้กับทุกอย่างที่ตามหลังในช่องเดียวกัน",
        "Empty means all the time. Write “day 1 morning”, “4 Feb 9:00-12:00”, “2027-02-04 afternoon”, “slot 1-5” or "
        "the name of a session; separate with ;. “away …” names times that do not suit, and holds for all that "
        "follows in the cell.",
        "วันที่ 1 เช้า; ไม่ว่าง 10:00-10:30",
        ("ว่าง", "ช่วงเวลาที่ว่าง", "วันเวลาที่ว่าง", "วันที่สะดวก", "เวลาที่สะดวก", "ช่วงเวลา", "เวลา", "availability",
         "available times", "times", "free", "slots", "when"),
    ),
    SheetField(
        "fewest", "นัดขั้นต่ำ", "Fewest meetings", 12,
        f"อยากได้อย่างน้อยกี่นัด ไม่กรอกหมายถึง {MIN_MEETINGS}",
        f"How many meetings at least; empty means {MIN_MEETINGS}.",
        MIN_MEETINGS,
        ("นัดอย่างน้อย", "ขั้นต่ำ", "จำนวนนัดขั้นต่ำ", "อย่างน้อย", "fewest", "min", "minimum", "at least", "min meetings",
         "minimum meetings"),
    ),
    SheetField(
        "most", "นัดสูงสุด", "Most meetings", 12,
        f"รับได้มากที่สุดกี่นัด ไม่กรอกหมายถึง {MAX_MEETINGS}",
        f"How many meetings at most; empty means {MAX_MEETINGS}.",
        MAX_MEETINGS,
        ("นัดมากที่สุด", "นัดอย่างมาก", "สูงสุด", "จำนวนนัดสูงสุด", "ไม่เกิน", "most", "max", "maximum", "at most", "max meetings",
         "maximum meetings"),
    ),
    SheetField(
        "languages", "ภาษา", "Languages", 18,
        "ภาษาที่เจรจาได้ เช่น ไทย, อังกฤษ ไม่กรอกหมายถึงภาษาไทย",
        "Languages spoken, as Thai, English or th, en; empty means Thai.",
        "ไทย, อังกฤษ",
        ("ภาษาที่ใช้", "ภาษาที่พูดได้", "ภาษาที่ใช้เจรจา", "language", "languages spoken", "speaks"),
    ),
    SheetField(
        "side", "ฝั่ง", "Side", 14,
        "ผู้ซื้อ ผู้ขาย หรือทั้งสอง ไม่กรอกหมายถึงทั้งสอง",
        "buyer, seller or both; empty means both.",
        "ผู้ขาย",
        ("ฝ่าย", "บทบาทในงาน", "มาในฐานะ", "ซื้อหรือขาย", "buyer or seller", "buyer/seller"),
    ),
    SheetField(
        "group", "กลุ่ม", "Group", 18,
        "กลุ่มหรือพาวิลเลียนที่ผู้จัดงานใช้ ไม่กรอกก็ได้", "A pavilion or programme of yours; may be empty.",
        "พาวิลเลียนภาคเหนือ",
        ("กลุ่มที่", "พาวิลเลียน", "โครงการ", "โซน", "pavilion", "programme", "program", "zone"),
    ),
    SheetField(
        "must_meet", "ต้องพบ", "Must meet", 26,
        "รหัสหรือชื่อกิจการที่ต้องได้พบ คั่นด้วย ; หรือขึ้นบรรทัดใหม่",
        "Codes or names of firms to meet without fail; separate with ; or a line break.",
        "agritech-d11",
        ("อยากพบ", "ขอพบ", "กิจการที่ต้องพบ", "ต้องการพบ", "must see", "wants to meet", "requests"),
    ),
    SheetField(
        "no_thanks", "ไม่ขอพบ", "No thanks", 26,
        "รหัสหรือชื่อกิจการที่ไม่ขอพบ", "Codes or names of firms not to meet.",
        "agritech-d12",
        ("ไม่พบ", "ไม่ต้องการพบ", "ไม่อยากพบ", "must not meet", "do not meet", "avoid", "exclude"),
    ),
    SheetField(
        "met_before", "เคยพบแล้ว", "Met before", 26,
        "รหัสหรือชื่อกิจการที่เคยเจรจากันแล้ว", "Codes or names of firms met before.",
        "agritech-d13",
        ("เคยพบ", "เคยเจรจาแล้ว", "พบแล้ว", "already met", "has met"),
    ),
    SheetField(
        "email", "อีเมล", "E-mail", 28,
        "ที่อยู่สำหรับแจ้งเตือน หนึ่งที่อยู่ เป็นข้อมูลส่วนบุคคล เก็บแยกจากข้อมูลการจับคู่ ไม่กรอกก็ได้",
        "One address for notices. Personal data, kept apart from what is matched; may be empty.",
        "name@example.com",
        ("อีเมล์", "อีเมลติดต่อ", "ที่อยู่อีเมล", "e mail", "mail", "email address", "contact email"),
    ),
)  # fmt: skip
"""In the order of the template."""

COLUMN: dict[str, SheetField] = {column.name: column for column in COLUMNS}
IDENTITY = ("id", "name", "juristic_id")
"""Columns that say which firm a row speaks of."""

WISHES: dict[str, Wish] = {
    "must_meet": Wish.MUST_MEET,
    "no_thanks": Wish.NO_THANKS,
    "met_before": Wish.MET_BEFORE,
}

SIDES: dict[str, tuple[str, ...]] = {
    "buyer": ("ผู้ซื้อ", "ฝั่งผู้ซื้อ", "ซื้อ", "buyers", "buy", "b"),
    "seller": ("ผู้ขาย", "ฝั่งผู้ขาย", "ขาย", "ผู้ผลิต", "sellers", "sell", "supplier", "s"),
    "both": ("ทั้งสอง", "ทั้งสองฝั่ง", "ทั้งคู่", "ซื้อและขาย", "ผู้ซื้อและผู้ขาย", "buyer and seller", "any"),
}
"""A side and how people write it, its Thai label first."""

LANGUAGES: dict[str, tuple[str, ...]] = {
    "th": ("ไทย", "thai", "tha"),
    "en": ("อังกฤษ", "english", "eng"),
    "zh": ("จีน", "จีนกลาง", "chinese", "mandarin", "cn"),
    "ja": ("ญี่ปุ่น", "japanese", "jp"),
    "ko": ("เกาหลี", "korean", "kr"),
    "vi": ("เวียดนาม", "vietnamese"),
    "lo": ("ลาว", "lao"),
    "km": ("เขมร", "กัมพูชา", "khmer"),
    "my": ("พม่า", "เมียนมา", "burmese"),
    "ms": ("มลายู", "มาเลย์", "malay"),
    "id": ("อินโดนีเซีย", "indonesian"),
    "hi": ("ฮินดี", "hindi"),
    "ar": ("อาหรับ", "อารบิก", "arabic"),
    "ru": ("รัสเซีย", "russian"),
    "de": ("เยอรมัน", "german"),
    "fr": ("ฝรั่งเศส", "french"),
    "es": ("สเปน", "spanish"),
}
"""A language's code and how people write it, its Thai name first."""

_PARTS = re.compile(r"[/()\[\]|\n]+")
_KNOWN = {
    fold(header): column.name
    for column in reversed(COLUMNS)
    for header in (*column.also, f"{column.th} / {column.en}", column.en, column.th, column.name)
}


def column_of(header: Cell) -> str | None:
    """The column a header means, whole or from its parts as in "ฝั่ง / Side"; None where none is meant.

    Example: `column_of("E-MAIL ") -> "email"`
    """
    if not isinstance(header, str) or not fold(header):
        return None
    if found := _KNOWN.get(fold(header)):
        return found
    meant = {_KNOWN[fold(part)] for part in _PARTS.split(header) if fold(part) in _KNOWN}
    return meant.pop() if len(meant) == 1 else None


def known_headers(row: Sequence[Cell]) -> int:
    """How many cells of a row are headers that we know."""
    return sum(column_of(cell) is not None for cell in row)
