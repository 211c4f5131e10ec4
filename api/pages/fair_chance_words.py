"""Every word of the page on which a fair learns its chances."""

from __future__ import annotations

# name: (Thai, English); {…} is filled in
CHANCE_TEXTS: dict[str, tuple[str, str]] = {
    "chn_title": ("เรียนรู้จากคำตอบและผลจริง", "Learn from answers and outcomes"),
    "chn_lead": (
        "โอกาสที่ทั้งสองฝ่ายตกลงคิดจากค่าเริ่มต้นของระบบ เมื่อมีคำตอบและผลการเจรจาของงานนี้ "
        "ระบบปรับให้ตรงกับงานได้ ดูก่อนแล้วจึงเลือกใช้ ถอนคืนได้",
        "The chance that both accept begins with the usual numbers. Answers and outcomes of this fair can move it. "
        "Look first, then use it; it can be taken back.",
    ),
    "chn_usual": ("ตอนนี้งานนี้ใช้ค่าเริ่มต้น", "This fair uses the usual numbers."),
    "chn_in_force": ("ตอนนี้งานนี้ใช้ค่าที่เรียนรู้", "This fair uses what was learned."),
    "chn_answers": ("คำตอบ", "Answers"),
    "chn_yes": ("ตกลง", "Yes"),
    "chn_firms": ("กิจการที่ตอบ", "Firms that answered"),
    "chn_left_out": ("ไม่ได้ใช้:", "Left out:"),
    "chn_out_silent": ("ยังไม่ตอบ {n}", "{n} have not said"),
    "chn_out_unlisted": ("ระบบไม่ได้เสนอเพราะโอกาส {n}", "{n} not proposed for their chance"),
    "chn_out_own_wish": ("ขอนัดเอง {n}", "{n} asked for it themselves"),
    "chn_out_gone": ("สิ่งที่ต้องการถูกลบแล้ว {n}", "{n} whose need is gone"),
    "chn_beware": (
        "มีคำตอบเฉพาะคู่ที่ระบบเสนอ จึงไม่รู้อะไรเพิ่มเรื่องคู่ที่ไม่ได้เสนอและกิจการที่ไม่ตอบ",
        "Only proposed pairs have answers: nothing is learned of pairs that were not proposed, nor of silent firms.",
    ),
    "chn_table_usual": ("ค่าเริ่มต้นเทียบกับคำตอบ", "Usual chances against the answers"),
    "chn_table_learnt": (
        "ค่าที่เรียนรู้เทียบกับคำตอบของกิจการที่ไม่ได้ใช้เรียน",
        "Learned chances against answers of firms not learned from",
    ),
    "chn_range": ("โอกาส", "Chance"),
    "chn_said": ("ที่บอก", "Said"),
    "chn_found": ("ตกลงจริง", "Said yes"),
    "chn_error": (
        "คลาดเคลื่อนเฉลี่ย {error} จุด · Brier {brier} (ยิ่งน้อยยิ่งดี)",
        "off by {error} points on average · Brier {brier} (less is better)",
    ),
    "chn_numbers": ("ตัวเลขที่ใช้คิด", "The numbers behind it"),
    "chn_number": ("ตัวเลข", "Number"),
    "chn_now": ("ตอนนี้", "Now"),
    "chn_then": ("ที่เรียนรู้", "Learned"),
    "chn_scale": ("น้ำหนักของคะแนน", "Weight of the score"),
    "chn_shift": ("ยกขึ้นหรือลดลงทั้งหมด", "All raised or lowered"),
    "chn_to_sell": ("ความพร้อมเมื่อถูกขอให้ขาย", "Readiness when asked to sell"),
    "chn_to_buy": ("ความพร้อมเมื่อถูกขอให้ซื้อ", "Readiness when asked to buy"),
    "chn_to_join": ("ความพร้อมเมื่อถูกขอให้ร่วมมือ", "Readiness when asked to be a partner"),
    "chn_too_few": (
        "คำตอบยังน้อยเกินไป ต้องมีอย่างน้อย {n} โดยมีทั้งตกลงและไม่ตกลงอย่างละ {of_each}",
        "Too few answers: it takes {n}, with {of_each} of yes and of no.",
    ),
    "chn_no_better": (
        "ค่าที่เรียนรู้ยังไม่ตรงกว่าค่าเริ่มต้น แนะนำให้รอคำตอบเพิ่ม",
        "What is learned is no nearer to the answers yet: better wait for more.",
    ),
    "chn_use": ("ใช้กับรายชื่อครั้งต่อไป", "Use it from the next lists on"),
    "chn_undo": ("ถอนที่เรียนรู้ครั้งล่าสุด", "Take back what was learned last"),
    "did_chances_learnt": ("จะใช้ค่าที่เรียนรู้เมื่อทำรายชื่อครั้งต่อไป", "The next match lists will use what was learned"),
    "did_chances_taken_back": ("ถอนที่เรียนรู้ครั้งล่าสุดแล้ว", "What was learned last is taken back"),
    "event_chances_learnt": ("ปรับโอกาสตามคำตอบ {n} คำตอบ", "Chances learned from {n} answers"),
    "event_chances_taken_back": ("ถอนการปรับโอกาส", "Learned chances taken back"),
}
