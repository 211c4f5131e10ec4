"""What a profile says its owner does not do: "ไม่รับงานปลีก", "we do not sell finished gear".

Such words name goods and services that the firm is asked for and does not have, so they are no reason
to find it. What is praised by a no ("ไม่มีขั้นต่ำ", "ไม่มีสารเคมี", "no minimum order") is left alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from matcher.text.tokens import lower

DENIAL_VERSION = 1
"""Raise it when other words count as denied: it is part of what an index was made with."""

_DOING = (
    "รับ|มี|ทำ|ขาย|ผลิต|จำหน่าย|ปลูก|เพาะ|ซื้อ|ใช่|เปิด|ให้บริการ|บริการ|พิมพ์|ย้อม|เย็บ|แพ็ก|ส่งออก|สอน|ออก|ติดตั้ง|จัด|ซ่อม|แปรรูป|ถือ|เลี้ยง"
)
_CUE = re.compile(
    rf"(?:ยัง)?ไม่(?:ได้)?(?:{_DOING})(?:ทำ|ขาย|จ้าง|งาน|เป็น)?|ขอผ่าน|ทำ(?:ให้)?ไม่ได้|ยกเว้น|งดรับ|"
    r"เลิก(?:ทำ|ขาย|ผลิต)(?:แล้ว)?"
)
_PRAISE = re.compile(r"(?:ขั้นต่ำ|จำกัด|สาร|เคมี|ปน|พลาสติกปน|ปัญหา|กลิ่น|อั้น|หลุด|วันหยุด|มัดจำ|ค่า|ดอกเบี้ย)")
_PARTICLES = re.compile(r"นะ|น่ะ|น้า+|คะ|ค่ะ|ครับ|คับ|จ้า|จ้ะ|เน้อ|เด้อ|เอง|แล้ว|เลย|ขาย|ให้|จริง|จิง|ๆ|อีก|ได้|นัก|\.")
_CLAUSE = re.compile(r"[^\s,;()]+")
_THAI = re.compile("[\u0e00-\u0e7f]")
_ENGLISH = re.compile(
    r"\b(?:no|not|never|neither|nor|don't|doesn't|cannot|can't|except|excluding)\b"
    r"(?! (?:minimum|moq|limit|only|just))[^.;:,()–—]*"
)
_LEAST = 3
"""Characters of the shortest thing that can be denied."""


@lru_cache(maxsize=32_768)
def denied(text: str) -> tuple[tuple[int, int], ...]:
    """Parts of a text that say what is not done, in order: (start, end) each.

    Where something follows the words of denial in their clause, that is denied; where nothing does, it
    is what stands before them.

    Example: `denied("ขายต้นกล้า ไม่มีดอกขายนะคะ") -> ((11, 26),)`
    """
    small = lower(text)
    found = [match.span() for match in _ENGLISH.finditer(small)]
    for clause in _CLAUSE.finditer(small):
        cue = _CUE.search(clause.group()) if _THAI.search(clause.group()) else None
        if cue is None:
            continue
        after = clause.group()[cue.end() :]
        if _PRAISE.match(after):
            continue
        if len(_PARTICLES.sub("", after)) >= _LEAST:
            found.append((clause.start() + cue.start(), clause.end()))
        elif cue.start() >= _LEAST:
            found.append(clause.span())
    return tuple(sorted(found))


def affirmed(text: str) -> str:
    """A text without the parts that say what is not done."""
    kept, at = [], 0
    for start, end in denied(text):
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return " ".join("".join([*kept, text[at:]]).split())
