"""Everything an import can say, in Thai and English, in one place."""

from __future__ import annotations

Texts = tuple[str, str, str, str]
"""Problem in Thai and English, remedy in Thai and English; `{name}` is filled in."""

REJECTS: dict[str, Texts] = {
    "no_name": (
        "ไม่มีชื่อกิจการ", "the firm has no name",
        "ใส่ชื่อไทยหรือชื่ออังกฤษ", "give a Thai or an English name",
    ),
    "nothing_to_match": (
        "ไม่มีสินค้า ความต้องการ หรือคำอธิบาย", "no offer, no need and no description: nothing to match",
        "ใส่อย่างน้อยหนึ่งอย่าง", "give at least one of them",
    ),
    "no_text": (
        "รายการไม่มีข้อความ", "an offer or need has no text",
        "เขียนว่าขายหรือต้องการอะไร หรือลบรายการนี้", "say what is sold or wanted, or take the entry out",
    ),
    "unreadable": (
        "มีอักขระที่อ่านไม่ได้ ({what})", "holds {what}",
        "ลบอักขระนั้นแล้วพิมพ์ใหม่", "remove it and type the text again",
    ),
    "too_long": (
        "ยาว {length:,} ตัวอักษร เกิน {limit:,}", "has {length:,} characters, the most is {limit:,}",
        "ย่อให้เหลือสาระสำคัญ", "shorten it to what matters",
    ),
    "not_text": (
        "ไม่ใช่ข้อความ", "is no text",
        "ใส่เป็นข้อความ", "write it as a text",
    ),
    "not_list": (
        "ต้องเป็นรายการ [ … ]", "must be a list [ … ] of what the format says",
        "ดูรูปแบบของแฟ้ม firms.jsonl", "see the format of firms.jsonl",
    ),
    "citizen_id": (
        "รหัสเป็นเลขบัตรประชาชน จึงไม่รับ", "the id is a citizen number, which is not taken",
        "ใช้รหัสอื่น หรือเว้นว่างให้ระบบตั้งให้", "use another id, or leave it blank and one is made",
    ),
    "bad_id": (
        "รหัสมีช่องว่าง อักขระควบคุม ยาวเกิน {limit} ตัว หรือไม่มีตัวอักษร",
        "the id holds a space or control character, more than {limit} characters, or no letter or digit",
        "ใช้ตัวอักษรและตัวเลขติดกัน", "use letters and digits without spaces",
    ),
    "duplicate_id": (
        "รหัสซ้ำกับแถว {other}", "the id stands in row {other} already",
        "ให้รหัสใหม่ หรือลบแถวที่ซ้ำ", "give another id or take the double out",
    ),
    "other_name": (
        "รหัสเดียวกับแถว {other} แต่ชื่อไม่ตรงกัน", "has the id of row {other} but another name",
        "ให้รหัสใหม่ หรือแก้ชื่อให้ตรงกัน", "give another id, or the same name",
    ),
    "sibling": (
        "แถว {other} ของกิจการเดียวกันมีปัญหา", "row {other} of the same firm was rejected",
        "แก้แถวนั้นแล้วนำเข้าทุกแถวพร้อมกัน", "mend that row and import the firm's rows together",
    ),
    "unknown_province": (
        "ไม่รู้จักจังหวัดนี้", "no province has this name",
        "ใส่ชื่อจังหวัดเดียว เช่น เชียงใหม่", "write one province, as เชียงใหม่ or Chiang Mai",
    ),
    "unknown_cluster": (
        "ไม่รู้จักคลัสเตอร์นี้ หรือหมายถึงได้หลายคลัสเตอร์", "no cluster, or more than one, has this name",
        "ใช้หนึ่งใน {options}", "use one of {options}",
    ),
    "unknown_word": (
        "ไม่รู้จักคำนี้", "the word is not known",
        "ใช้หนึ่งใน {options_th}", "use one of {options_en}",
    ),
    "bad_price": (
        "อ่านราคาไม่ได้", "the price cannot be read",
        "ใส่ตัวเลขเดียวไม่ติดลบ เช่น 1,200.50", "write one number of baht, 0 or more, as 1,200.50",
    ),
    "bad_days": (
        "อ่านระยะเวลาไม่ได้", "the lead time cannot be read",
        "ใส่จำนวนวันเต็ม 0 ถึง {limit:,} เช่น 7 วัน หรือ 2 สัปดาห์",
        "write whole days from 0 to {limit:,}, as 7 days or 2 weeks",
    ),
    "bad_date": (
        "อ่านวันที่ไม่ได้", "the date cannot be read",
        "เขียนเช่น 31/12/2569 หรือ 2026-12-31 ปีสี่หลัก", "write it as 31/12/2569 or 2026-12-31, the year in full",
    ),
    "extra_cells": (
        "มีช่องข้อมูลเกินหัวตาราง", "has more cells than the header",
        "ใส่เครื่องหมายคำพูดครอบข้อความที่มีตัวคั่น", "put quotes around a text that holds the separator",
    ),
    "bad_json": (
        "ไม่ใช่ JSON ({what})", "is not JSON ({what})",
        "แก้บรรทัดนี้ให้เป็น JSON หนึ่งรายการ", "make the line one JSON object",
    ),
    "not_object": (
        "ต้องเป็นวัตถุ JSON { … }".replace("{", "{{").replace("}", "}}"), "is no JSON object",
        "เขียนหนึ่งกิจการต่อหนึ่งบรรทัด", "write one firm a line",
    ),
    "too_deep": (
        "JSON ซ้อนกันลึกเกินไป", "the JSON is nested too deeply",
        "ดูรูปแบบของแฟ้ม firms.jsonl", "see the format of firms.jsonl",
    ),
    "line_too_long": (
        "บรรทัดยาวเกิน {limit:,} ไบต์", "the line is longer than {limit:,} bytes",
        "ย่อข้อความของกิจการนี้", "shorten the texts of this firm",
    ),
    "not_utf8": (
        "ไม่ใช่ UTF-8", "is not UTF-8",
        "บันทึกแฟ้มเป็น UTF-8", "save the file as UTF-8",
    ),
    "duplicate_key": (
        "มีช่อง {key} ซ้ำในวัตถุเดียวกัน", "the field {key} stands twice in one object",
        "เหลือไว้ช่องเดียว", "leave one of them",
    ),
}  # fmt: skip
"""Kinds that reject their row."""

WARNINGS: dict[str, Texts] = {
    "no_province": (
        "ไม่มีจังหวัด", "no province",
        "ใส่จังหวัดเพื่อให้ค้นตามพื้นที่ได้", "give one, so that searches by place find the firm",
    ),
    "no_offers": (
        "ไม่มีสินค้าหรือบริการ", "no offer",
        "ใส่สิ่งที่ขายเพื่อให้ผู้ซื้อค้นพบ", "say what the firm sells, so that buyers find it",
    ),
    "citizen_number": (
        "เป็นเลขบัตรประชาชน จึงไม่เก็บ", "is a citizen number: personal data, left out",
        "ใส่เลขนิติบุคคล หรือเว้นว่าง", "give the juristic ID or leave it empty",
    ),
    "bad_juristic_id": (
        "ไม่ใช่เลขทะเบียนนิติบุคคลที่ถูกต้อง จึงไม่เก็บ", "is no valid juristic ID: left out",
        "ตรวจเลข 13 หลักที่ขึ้นต้นด้วย 0", "check the 13 digits; the first is 0",
    ),
    "unknown_field": (
        "ไม่รู้จักช่องนี้ จึงไม่นำเข้า {count:,} แถว", "unknown field, kept out in {count:,} rows",
        "ดูชื่อช่องในรูปแบบของ firms.jsonl", "see the field names in the format of firms.jsonl",
    ),
    "unknown_header": (
        "ไม่รู้จักหัวตารางนี้ จึงไม่นำเข้าคอลัมน์", "unknown header, the column is kept out",
        "ใช้หัวตารางของแบบฟอร์ม หรือระบุในแฟ้มจับคู่หัวตาราง",
        "use a header of the template, or name it in a mapping file (or under its ignore)",
    ),
    "no_header": (
        "คอลัมน์ {letter} ไม่มีหัวตาราง จึงไม่นำเข้า", "column {letter} has no header and is kept out",
        "ใส่หัวตาราง", "give it a header",
    ),
    "header_twice": (
        "หัวตารางซ้ำกับ {other} จึงไม่นำเข้าคอลัมน์", "means the same as {other}: the column is kept out",
        "เหลือไว้คอลัมน์เดียว หรือรวมด้วยแฟ้มจับคู่หัวตาราง", "leave one of them, or join them in a mapping file",
    ),
    "example_row": (
        "เป็นแถวตัวอย่างของแบบฟอร์ม จึงข้ามไป", "the template's example is skipped",
        "ลบแถวนี้ได้", "the row may be deleted",
    ),
    "same_name": (
        "ไม่มีรหัส ชื่อและจังหวัดตรงกับแถว {other} จึงถือเป็นกิจการเดียวกัน",
        "no id, but name and province of row {other}: taken as the same firm",
        "ถ้าเป็นคนละกิจการให้ใส่รหัส", "if it is another firm, give each an id",
    ),
    "other_value": (
        "ไม่ตรงกับแถว {other} ของกิจการเดียวกัน จึงใช้ค่าเดิม",
        "differs from row {other} of the same firm: the earlier value stays",
        "แก้ให้ตรงกัน", "write the same in both",
    ),
    "expiry_alone": (
        "มีวันหมดอายุแต่ไม่มีใบรับรอง จึงไม่นำเข้า", "a date without a certificate, left out",
        "ใส่ใบรับรองในแถวเดียวกัน", "name the certificate in the same row",
    ),
    "contact_in_text": (
        "มีเบอร์โทร อีเมล หรือ LINE ปนในข้อความ จึงตัดออก", "held a phone number, e-mail or LINE id: it was left out",
        "ใส่เป็นผู้ติดต่อของกิจการ ซึ่งแสดงเมื่อสองฝ่ายตกลงพบกันแล้ว",
        "add it as a contact of the firm, which is shown once both sides agree to meet",
    ),
    "citizen_in_text": (
        "มีเลขบัตรประชาชนปนในข้อความ จึงปิดไว้", "held a citizen number: it was masked",
        "ไม่ต้องใส่เลขนี้", "leave the number out",
    ),
    "facts_alone": (
        "ไม่มีสินค้าหรือความต้องการในแถวให้ค่านี้ จึงไม่นำเข้า",
        "the row has no offer or need it could speak of: left out",
        "ใส่สินค้าหรือความต้องการในแถวเดียวกัน", "name the offer or need in the same row",
    ),
}  # fmt: skip
"""Kinds that leave their row in."""

MESSAGES: dict[str, Texts] = REJECTS | WARNINGS
