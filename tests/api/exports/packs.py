"""Packs with made-up meetings over the demo firms, and firms whose texts want to do harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from api.exports import Pack, PackMeeting
from matcher.domain import Firm, Need, Offer
from matcher.engine.answer import Sentence
from matcher.fair import Fair, Participant, Session

ISSUED = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
TABLES = 40
EACH = 6
"""Meetings of a firm."""

HOSTILE = {
    "=HYPERLINK(\"http://x\",\"y\")": "=HYPERLINK(\"http://evil.example\",\"กดที่นี่\")",
    "../../etc/passwd": "@SUM(1+1)*cmd|' /C calc'!A0",
    "CON": "\t+1+1\r\n-2\x00\x07\x1b[31m ต้น\x85น้ำ",
    "A b/ค": "\u202eกลับ\u2066ด้าน\u200f <script>alert(1)</script> & \"อัญประกาศ\" 'x'",
    "a": "#panic() $x^2$ *b* _i_ `c` \\n @ref <label> [ก] #{1+1} // /* ~ -- --- = หัวข้อ",
    "A": "ยาว" * 100,
    "long": "W" * 300,
    "escape": "_x0041_ _x000D_ #N/A \ud800 \ufffe ถาม",
    "-": "－1 ＝1 ＋ ＠",
}  # fmt: skip
"""Ids and names."""


def a_fair(ids: Sequence[str], *, tables: int = TABLES) -> Fair:
    """Two days, four sessions, 20 slots."""
    sessions = [
        Session.even(
            f"{name} {day}", day=date(2026, 12, day), start=time(hour), slots=5, slot_minutes=25, pause_minutes=5
        )
        for day in (5, 6)
        for name, hour in (("เช้า", 9), ("บ่าย", 13))
    ]
    people = tuple(Participant(id, delegates=("สมชาย ใจดี",)) for id in ids)
    return Fair(
        "expo-2569", Sentence("งานจับคู่ธุรกิจ SME ไทย 2569", "Thai SME Matching Fair 2026"), tuple(sessions), tables, people
    )


def a_pack(firms: Sequence[Firm], **changes: object) -> Pack:
    """Each firm meets the next few of the list; rounds of a circle fill slots so that nobody is in two places."""
    ids, meetings, n = [firm.id for firm in firms], [], len(firms)
    slot = 0
    for step in range(1, EACH // 2 + 1):
        busy: list[tuple[int, set[int]]] = []
        for at in range(n):
            pair = {at, (at + step) % n}
            place = next((i for i, (_, seen) in enumerate(busy) if not seen & pair and len(seen) < 2 * TABLES), None)
            if place is None:
                busy.append((slot + len(busy), set()))
                place = len(busy) - 1
            number, seen = busy[place]
            table = len(seen) // 2 + 1
            seen |= pair
            a, b = firms[at], firms[(at + step) % n]
            meetings.append(_meeting(a, b, number if number < 20 else None, table if number < 20 else None, at))
        slot += len(busy)
    pack = Pack(
        fair=a_fair(ids),
        firms={firm.id: firm for firm in firms},
        meetings=tuple(meetings),
        issued=ISSUED,
        unmet={ids[0]: Sentence("ยังไม่ได้บอกสิ่งที่มองหา เพิ่มในโปรไฟล์", "says nothing about what it looks for: add it")},
        manifest={"seed": 7, "libraries": {"numpy": "2.4.6"}, "must_meet": ["a b"]},
    )
    return replace(pack, **changes)


def hostile_firms() -> tuple[Firm, ...]:
    """Firms with texts that a spreadsheet, a typesetter or a file system would act on."""
    return tuple(
        Firm(
            id,
            name,
            name_en=name,
            province_th=name[:40],
            offers=(Offer("o", name),),
            needs=(Need("n", name),),
        )
        for id, name in HOSTILE.items()
    )


def _meeting(a: Firm, b: Firm, slot: int | None, table: int | None, at: int) -> PackMeeting:
    need = next(iter(a.needs), None)
    offer = next(iter(b.offers), None)
    wanted, sold = (need.text if need else "ของใหม่"), (offer.text if offer else "ของเดิม")
    return PackMeeting(
        a.id,
        b.id,
        None if at % 17 == 0 else 0.42,
        Sentence(
            f"{a.name_th} มองหา “{wanted}” ส่วน {b.name_th} ขาย “{sold}”",
            f"{a.name_en} looks for “{wanted}”, {b.name_en} sells “{sold}”",
        ),
        Sentence("สั่งขั้นต่ำเท่าไร และส่งได้เมื่อไร", "What is the minimum order, and when can you deliver?"),
        slot,
        table,
    )
