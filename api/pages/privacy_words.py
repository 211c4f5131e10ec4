"""Every word of the pages about personal data, in Thai and in English; `words` joins them to its table."""

from __future__ import annotations

# name: (Thai, English); {…} is filled in
PRIVACY_TEXTS: dict[str, tuple[str, str]] = {
    "nav_privacy": ("ข้อมูลส่วนบุคคล", "Personal data"),
    # a participant's own
    "own_privacy": ("ข้อมูลส่วนบุคคลของท่าน", "Your personal data"),
    "own_privacy_lead": (
        "เลือกได้ว่าจะให้ใช้ข้อมูลทำอะไร เปลี่ยนใจได้ทุกเมื่อ มีผลทันที",
        "Choose what your data may be used for. You can change your mind at any time; it holds at once.",
    ),
    "own_saved": ("บันทึกแล้ว มีผลทันที", "Saved. It holds from now on."),
    "agree": ("ให้ใช้", "Allow"),
    "withdraw": ("ไม่ให้ใช้", "Do not allow"),
    "agree_on": ("ให้ใช้อยู่", "Allowed"),
    "agree_off": ("ไม่ให้ใช้", "Not allowed"),
    "own_held": ("ข้อมูลที่ผู้จัดงานเก็บไว้ในชื่อกิจการของท่าน", "What the organiser holds under your firm"),
    "own_held_none": ("ไม่มีชื่อ เบอร์โทร หรือที่อยู่ที่เก็บไว้", "No name, phone or address is held."),
    "own_rights": (
        "ขอสำเนา แก้ไข หรือลบข้อมูลของท่านได้ (PDPA ม.30–36) แจ้งผู้จัดงาน ผู้จัดงานลบให้จากทุกที่ รวมถึงไฟล์และประวัติ",
        "You may ask for a copy, a correction or erasure (PDPA s. 30–36). Tell the organiser, who erases "
        "everywhere, files and history too.",
    ),
    "own_copy": ("ดาวน์โหลดสำเนาข้อมูล (JSON)", "Download a copy (JSON)"),
    "back_to_page": ("กลับหน้าของฉัน", "Back to my page"),
    "met_contacts": ("ข้อมูลติดต่อของคู่นัด", "Contacts of those you meet"),
    "met_contacts_lead": (
        "แสดงเมื่อทั้งสองฝ่ายตกลงพบกัน และเจ้าของข้อมูลยินยอม",
        "Shown once both sides have agreed to meet and the person allows it.",
    ),
    "held_name": ("ชื่อ", "Name"),
    "held_position": ("ตำแหน่ง", "Position"),
    "held_email": ("อีเมล", "E-mail"),
    "held_phone": ("โทรศัพท์", "Phone"),
    "held_line_id": ("ไลน์", "LINE"),
    "held_delegates": ("ผู้แทน", "Delegates"),
    "held_address": ("ที่อยู่สำหรับแจ้ง", "Told at"),
    # the organiser's
    "privacy_title": ("ข้อมูลส่วนบุคคล (PDPA)", "Personal data (PDPA)"),
    "privacy_lead": (
        "ค้นว่าถือข้อมูลอะไรของใคร ลบเมื่อเจ้าของขอ และตอบได้ว่าใครเห็นอะไรเมื่อไร",
        "Find what is held on somebody, erase it when they ask, and tell who saw what and when.",
    ),
    "privacy_find": ("ค้นบุคคล", "Find a person"),
    "privacy_find_hint": ("ใส่อย่างน้อยหนึ่งช่อง การค้นถูกบันทึกไว้", "Fill in at least one; the search is put on record."),
    "privacy_email": ("อีเมล", "E-mail"),
    "privacy_phone": ("โทรศัพท์", "Phone"),
    "privacy_name": ("ชื่อ-นามสกุล", "Full name"),
    "privacy_contact": ("รหัสผู้ติดต่อ", "Contact id"),
    "privacy_firm": ("รหัสกิจการ (ผู้ประกอบการคนเดียว)", "Firm id (a sole trader)"),
    "privacy_nobody": (
        "ไม่พบข้อมูลของบุคคลนี้ ตรวจตัวสะกด หรือลองด้วยอีเมลหรือโทรศัพท์",
        "Nothing is held on this person. Check the spelling, or try an e-mail address or a phone number.",
    ),
    "privacy_held": ("ข้อมูลที่ถืออยู่", "What is held"),
    "privacy_none": ("ไม่มี", "None"),
    "privacy_erase": ("ลบบุคคลนี้จากทุกที่", "Erase this person everywhere"),
    "privacy_erase_note": (
        "ลบจากฐานข้อมูล ประวัติการแก้ไข ดัชนี ไฟล์ และข้อความที่รอส่ง ย้อนกลับไม่ได้ "
        "ชุดสำรองที่คัดลอกออกจากเครื่องนี้ไปแล้วลบไม่ถึง แต่เมื่อกู้คืน ระบบจะลบซ้ำให้",
        "Goes from the database, its history, the index, files and waiting messages; it cannot be taken back. "
        "A backup that was copied off this machine is out of reach, but what it brings back is erased again.",
    ),
    "privacy_erase_sure": (
        "เจ้าของข้อมูลขอให้ลบ หรือไม่มีเหตุให้เก็บแล้ว",
        "The person asked for it, or there is no reason left to keep it",
    ),
    "privacy_erased": (
        "ลบแล้ว: ข้อความ {texts} แห่ง ข้อมูลกิจการ {profiles} ราย ไฟล์ {files} ไฟล์",
        "Erased: {texts} texts, {profiles} profiles, {files} files",
    ),
    "privacy_left": ("ยังมีในรหัสที่แก้ไม่ได้: {what}", "Still in keys that cannot be changed: {what}"),
    "privacy_kept": ("เป็นของผู้อื่นด้วย จึงคงไว้: {n} รายการ", "Somebody else's too, so kept: {n}"),
    "privacy_short": (
        "ชื่อสั้นเกินกว่าจะค้นในข้อความอิสระ: {n} ชื่อ ตรวจเองในข้อมูลกิจการ",
        "Names too short to be sought in free texts: {n}. Look through the profiles yourself.",
    ),
    "privacy_trail": ("ใครเห็นอะไรล่าสุด", "Who saw what, latest first"),
    "privacy_trail_whole": ("บันทึก {n} บรรทัดครบและไม่ถูกแก้", "The trail's {n} lines are whole and unchanged"),
    "privacy_trail_broken": (
        "บันทึกถูกแก้หรือหาย ตั้งแต่บรรทัด {n} แจ้งผู้ดูแลระบบทันที",
        "The trail was changed or cut from line {n} on. Tell whoever runs the service at once.",
    ),
    "privacy_when": ("เมื่อ", "When"),
    "privacy_who": ("ใคร", "Who"),
    "privacy_act": ("ทำอะไร", "What"),
    "privacy_whose": ("ของใคร", "Whose"),
    "act_read": ("ดู", "read"),
    "act_change": ("แก้ไข", "change"),
    "act_export": ("ส่งออก", "export"),
    "act_consent": ("ความยินยอม", "consent"),
    "act_erase": ("ลบ", "erase"),
    "act_forget": ("ลบตามกำหนด", "forget"),
    "privacy_retention": ("ครบกำหนดเก็บ", "Kept for long enough"),
    "privacy_retention_note": ("ระบบลบให้เองวันละครั้ง", "It goes by itself, once a day."),
    "privacy_kind": ("ข้อมูล", "Data"),
    "privacy_days": ("เก็บ", "Kept"),
    "privacy_due": ("จะลบ", "Due"),
    "privacy_record": ("บันทึกรายการ ม.39 (ROPA)", "Record of processing (s. 39)"),
    "record_controller": ("ผู้ควบคุมข้อมูลส่วนบุคคล", "Controller"),
    "record_purposes": ("วัตถุประสงค์และฐานทางกฎหมาย", "Purposes and legal basis"),
    "record_kinds": ("ข้อมูล ระยะเวลาเก็บ และผู้เห็น", "Data, how long it is kept, who sees it"),
    "record_seen": ("ผู้เห็น", "Seen by"),
    "record_for": ("เพื่อ", "For"),
    "record_recipients": ("ผู้รับข้อมูล", "Recipients"),
    "record_measures": ("มาตรการรักษาความมั่นคงปลอดภัย (ม.37)", "Security measures (s. 37)"),
}  # fmt: skip
