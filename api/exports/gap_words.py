"""Every word on the picture of a chain, in Thai and in English."""

from __future__ import annotations

from api.pages.words import Language

TEXTS: dict[str, tuple[str, str]] = {
    "title": (
        "ห่วงโซ่{cluster}: ใครเสนอ ใครมองหา และขาดอะไร",
        "{cluster}: who offers, who looks for what, and what is missing",
    ),
    "sums": (
        "ขาดผู้ขาย {missing} บทบาท · ยังไม่มีผู้ซื้อ {unsought} บทบาท · ความต้องการที่รออยู่ตามเส้น {needs} รายการ",
        "Roles without a seller: {missing} · without a buyer: {unsought} · needs that wait along the lines: {needs}",
    ),
    "missing_are": ("ขาดผู้ขาย: {names}", "No seller: {names}"),
    "none_missing": ("ทุกบทบาทที่มีผู้มองหามีผู้ขาย", "Every role that is sought has a seller"),
    "missing": ("ขาดผู้ขาย", "no seller"),
    "unsought": ("ยังไม่มีผู้ซื้อ", "no buyer yet"),
    "empty": ("ยังไม่มีใครเสนอหรือมองหา", "nobody offers or seeks it yet"),
    "offer": ("เสนอ", "offer"),
    "seek": ("มองหา", "seek"),
    "support": ("สนับสนุน", "Support"),
    "support_note": (
        "ตัวเลขของบทบาทที่มีในทุกคลัสเตอร์นับรวมทุกคลัสเตอร์",
        "figures of roles that exist in every cluster are those of all clusters",
    ),
    "waiting": ("รออยู่: {who}", "waiting: {who}"),
    "legend_offer": ("จำนวนกิจการที่เสนอ", "firms that offer it"),
    "legend_seek": ("จำนวนกิจการที่มองหา", "firms that look for it"),
    "legend_line": ("ความต้องการที่รออยู่ ยิ่งหนายิ่งมาก", "needs that wait: the more, the wider"),
    "legend_other": ("ข้ามขั้น ขั้นเดียวกัน หรือย้อนกลับ", "skips a stage, stays in it, or flows back"),
    "legend_chain": ("เส้นทางที่ยังไม่มีความต้องการ", "a way on which nothing waits"),
    "legend_missing": ("ขาดผู้ขาย", "no seller"),
    "legend_unsought": ("มีผู้ขาย ยังไม่มีผู้ซื้อ", "offered, no buyer yet"),
    "legend_empty": ("ยังไม่มีใครเสนอหรือมองหา", "nobody offers or seeks it"),
    "off_chain": (
        "ความต้องการอีก {n} รายการอยู่นอกเส้นทางนี้ หรือข้ามไปคลัสเตอร์อื่น · ปลายห่วงโซ่ขายให้ผู้บริโภค จึงไม่นับว่ายังไม่มีผู้ซื้อ",
        "{n} more needs lie off these ways or cross to another cluster · the chain's last roles sell to consumers, "
        "so that none of them lacks a buyer",
    ),
}


def say(name: str, language: Language, /, **values: object) -> str:
    """A text of the table, filled in."""
    return TEXTS[name][language == "en"].format(**values)
