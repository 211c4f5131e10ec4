"""What words look for: suppliers, buyers or partners."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matcher.domain import Need, Offer, Seeking, Stage
from matcher.text.tokens import lower

_BUYERS_EN = "buyers?|distributors?|importers?|retailers?|stockists?|resellers?|agents?|dealers?"
_OF_GOODS = re.compile(
    r"(?:มี)?(?:ใคร|ที่ไหน|เจ้าไหน|ร้านไหน|โรงงานไหน|บริษัทไหน)(?:บ้าง)?(?:ที่)?(?:ยัง)?รับซื้อ|"
    r"หา(?:คน|ผู้|ที่|ร้าน|โรงงาน|บริษัท|พ่อค้า|แม่ค้า)?(?:รับ)?ซื้อ|"
    r"อยาก(?:ขาย|ส่งขาย|วางขาย|ฝากขาย|ปล่อยขาย)|"
    r"(?:we |i )?want to sell|who (?:buys|will buy|wants to buy)|"
    rf"(?:look(?:ing)? for|seek(?:ing)?) (?:\w+ ){{0,2}}(?:{_BUYERS_EN}) (?:for|of)"
)
_BUYER = re.compile(
    r"หา(?:กลุ่ม)?ลูกค้า|หาตลาด|หาช่องทาง|"
    r"(?:หา|อยากได้|รับสมัคร|ต้องการ|มองหา)(?:ผู้แทน|ตัวแทน|ดีลเลอร์|คู่ค้าที่รับ|ผู้จัดจำหน่าย|ร้านที่รับ|คนรับไป)|"
    r"อยาก(?:ได้ลูกค้า|ได้คนซื้อ|ได้ผู้ซื้อ|ส่งออก)|รับไป(?:ขาย|จำหน่าย|วาง|แจก|ใช้)|"
    r"รับซื้อ(?:ประจำ|ของเรา|จากเรา|ถึงที่|หน้าสวน|หน้าฟาร์ม)|"
    rf"(?:look(?:ing)? for|seek(?:ing)?) (?:\w+ ){{0,3}}(?:{_BUYERS_EN})|(?:{_BUYERS_EN}) wanted"
)
_PARTNER = re.compile(
    r"(?:หา|อยากได้|ต้องการ|มองหา)(?:พันธมิตร|หุ้นส่วน|ผู้ร่วมทุน|คู่คิด|เพื่อนร่วม)|ร่วมทุน|ร่วมพัฒนา|ร่วมวิจัย|"
    r"joint venture|co-?develop|look(?:ing)? for (?:\w+ ){0,3}partners?"
)
_ORDER = {Stage.UPSTREAM: 0, Stage.MIDSTREAM: 1, Stage.DOWNSTREAM: 2}


def seeking_of(text: str) -> Seeking | None:
    """What the words of a text look for, where they say so."""
    small = lower(text)
    if _OF_GOODS.search(small) or _BUYER.search(small):
        return Seeking.BUYER
    return Seeking.PARTNER if _PARTNER.search(small) else None


def buyers_asked_for(text: str) -> tuple[int, int] | None:
    """Where a text asks who buys the goods that it names otherwise: (start, end) of the asking words.

    Example: `buyers_asked_for("ใครรับซื้อรังไหม") -> (0, 10)`
    """
    found = _OF_GOODS.search(lower(text))
    return found.span() if found else None


def need_seeking(need: Need, own: Iterable[Offer]) -> Seeking:
    """What a need seeks: as stated, as its words say, else by whether it looks down the chain.

    Args:
        need: The need.
        own: The offers of the firm behind it.
    """
    if said := need.seeking or seeking_of(need.text):
        return said
    stages = [_ORDER[offer.stage] for offer in own if offer.stage in _ORDER]
    if need.stage_sought in _ORDER and stages and max(stages) < _ORDER[need.stage_sought]:
        return Seeking.BUYER
    return Seeking.SUPPLIER
