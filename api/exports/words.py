"""Every word that the files for a fair say, in Thai and in English, in one table."""

from __future__ import annotations

from api.pages.words import Language

TEXTS: dict[str, tuple[str, str]] = {
    "creator": ("คู่ค้า", "Khukha"),
    # sheets
    "sheet_participants": ("ผู้ร่วมงาน", "Participants"),
    "sheet_lists": ("รายการจับคู่", "Match lists"),
    "sheet_grid": ("ตารางนัดรวม", "Timetable"),
    "sheet_by_firm": ("นัดของแต่ละกิจการ", "Meetings by firm"),
    "sheet_unmet": ("นัดไม่ครบ", "Too few meetings"),
    "sheet_manifest": ("ที่มาของผลจับคู่", "How it was made"),
    "sheet_own": ("นัดของเรา", "Our meetings"),
    # columns
    "no": ("ลำดับ", "No."),
    "id": ("รหัส", "Id"),
    "firm": ("กิจการ", "Firm"),
    "name_en": ("ชื่ออังกฤษ", "Name in English"),
    "province": ("จังหวัด", "Province"),
    "side": ("ฝั่ง", "Side"),
    "group": ("กลุ่ม", "Group"),
    "delegates": ("ผู้แทน", "Delegates"),
    "min": ("นัดขั้นต่ำ", "At least"),
    "max": ("นัดสูงสุด", "At most"),
    "listed": ("คู่ในรายการ", "Listed"),
    "timed": ("นัดที่มีเวลาแล้ว", "With a time"),
    "firm_a": ("กิจการ ก", "Firm A"),
    "firm_b": ("กิจการ ข", "Firm B"),
    "id_a": ("รหัส ก", "Id A"),
    "id_b": ("รหัส ข", "Id B"),
    "score": ("โอกาสที่ตกลงทั้งคู่", "Chance that both accept"),
    "why": ("ทำไมควรพบ", "Why to meet"),
    "ask": ("คำถามแรกที่ควรถาม", "What to ask first"),
    "day": ("วันที่", "Day"),
    "session": ("รอบ", "Session"),
    "time": ("เวลา", "Time"),
    "start": ("เริ่ม", "Start"),
    "end": ("จบ", "End"),
    "table": ("โต๊ะ", "Table"),
    "whom": ("พบกับ", "Whom"),
    "offers": ("สิ่งที่ขาย", "What they offer"),
    "needs": ("สิ่งที่มองหา", "What they need"),
    "outcome": ("ผลการเจรจา", "Outcome"),
    "unmet_why": ("สาเหตุและทางแก้", "Why, and what would help"),
    "key": ("รายการ", "Item"),
    "value": ("ค่า", "Value"),
    # values
    "unknown": ("ข้อมูลไม่พอ", "too little is known"),
    "no_time": ("ยังไม่มีเวลา", "no time yet"),
    "table_n": ("โต๊ะ {n}", "Table {n}"),
    "both": ("ทั้งสองฝั่ง", "both"),
    "buyer": ("ผู้ซื้อ", "buyer"),
    "seller": ("ผู้ขาย", "seller"),
    "with": ("{a} พบ {b}", "{a} with {b}"),
    "page": ("หน้า", "Page"),
    "of": ("จาก", "of"),
    # printed pack
    "pack_title": ("ตารางนัดเจรจาธุรกิจ", "Business meetings"),
    "days": ("วันงาน", "Days"),
    "sessions": ("รอบเจรจา", "Sessions"),
    "slots": ("ช่วงเวลา", "Slots"),
    "tables": ("โต๊ะ", "Tables"),
    "firms": ("กิจการที่ร่วมงาน", "Firms"),
    "meetings": ("นัดที่มีเวลาแล้ว", "Meetings with a time"),
    "waiting": ("คู่ที่ยังไม่มีเวลา", "Pairs without a time yet"),
    "version": ("ฉบับที่", "Version"),
    "issued": ("ออกเมื่อ", "Issued"),
    "contents": ("ในเล่มนี้", "In this pack"),
    "grid_title": ("ตารางรวม {session} · {day}", "Timetable, {session} · {day}"),
    "part": ("ส่วนที่ {n}/{of}", "part {n} of {of}"),
    "firm_list": ("รายชื่อกิจการและโต๊ะ", "Firms and their tables"),
    "where": ("เวลาและโต๊ะ", "Times and tables"),
    "notes": ("บันทึก", "Notes"),
    "no_meetings": ("ยังไม่มีนัด", "No meetings yet"),
    "empty_session": ("รอบนี้ยังไม่มีนัด", "No meetings in this session yet"),
    # calendar
    "event": ("นัดเจรจากับ {name}", "Business meeting with {name}"),
    "event_gone": ("ยกเลิก: นัดเจรจากับ {name}", "Cancelled: business meeting with {name}"),
}

MONTHS_TH = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def say(name: str, language: Language, /, **values: object) -> str:
    """A text of the table, filled in."""
    return TEXTS[name][language == "en"].format(**values)
