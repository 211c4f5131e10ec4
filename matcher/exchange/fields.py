"""The columns of a sheet: one table of their labels, what they mean and how people head them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetField:
    """A column of a sheet.

    Attributes:
        name: Our name for it.
        th: Label of the template, Thai.
        en: Label of the template, English.
        width: Of the template's column, in characters.
        help_th: What to write, Thai.
        help_en: What to write, English.
        example: As in the template's worked example.
        also: Other headers people give it; case, spaces and punctuation do not matter.
    """

    name: str
    th: str
    en: str
    width: int
    help_th: str
    help_en: str
    example: str | float | int
    also: tuple[str, ...] = ()


PROBLEM_HEADER = "ปัญหา / problem"
"""Last column of a file of rejected rows; it is left out when such a file is read again."""

EXAMPLE_ID = "ตัวอย่าง / example"
"""Id of the template's worked example, which is never imported."""

FIELDS: tuple[SheetField, ...] = (
    SheetField(
        "id", "รหัส", "ID", 18,
        "รหัสกิจการ ไม่เว้นวรรค ว่างได้ ใช้รหัสเดียวกันหลายแถวเมื่อมีสินค้าหรือความต้องการหลายรายการ",
        "Code of the firm, no spaces; may be empty. Repeat it on further rows for further offers or needs.",
        EXAMPLE_ID,
        ("รหัสกิจการ", "รหัสบริษัท", "รหัสผู้ประกอบการ", "firm id", "company id", "code", "firm code"),
    ),
    SheetField(
        "juristic_id", "เลขทะเบียนนิติบุคคล", "Juristic ID", 20,
        "13 หลัก ขึ้นต้นด้วย 0 ว่างได้ ห้ามใส่เลขบัตรประชาชน",
        "13 digits, the first is 0; may be empty. Never a citizen number.",
        "0105536112014",
        (
            "เลขนิติบุคคล", "ทะเบียนนิติบุคคล", "เลขทะเบียน", "เลขประจำตัวผู้เสียภาษี", "เลขผู้เสียภาษี",
            "เลขประจำตัวผู้เสียภาษีอากร", "เลขทะเบียนนิติบุคคล 13 หลัก", "juristic number", "juristic person id",
            "company registration number", "registration number", "registration no", "tax id", "tax no",
        ),
    ),
    SheetField(
        "name_th", "ชื่อกิจการ", "Firm name (Thai)", 30,
        "ชื่อนิติบุคคลหรือชื่อการค้า ต้องมีชื่อไทยหรืออังกฤษอย่างน้อยหนึ่งชื่อ",
        "Legal or trade name; a Thai or an English name is needed.",
        "สวนเมล่อนตัวอย่าง",
        (
            "ชื่อ", "ชื่อบริษัท", "ชื่อร้าน", "ชื่อร้านค้า", "ชื่อผู้ประกอบการ", "ชื่อสถานประกอบการ", "ชื่อนิติบุคคล",
            "ชื่อการค้า", "ชื่อหน่วยงาน", "ชื่อองค์กร", "ชื่อธุรกิจ", "ชื่อกลุ่ม", "บริษัท", "ผู้ประกอบการ", "กิจการ",
            "สถานประกอบการ", "ชื่อกิจการ/บริษัท", "ชื่อผู้ออกบูธ", "ชื่อผู้ผลิต",
        ),
    ),
    SheetField(
        "name_en", "ชื่อภาษาอังกฤษ", "Firm name (English)", 30,
        "ชื่อภาษาอังกฤษ ว่างได้ถ้ามีชื่อไทย",
        "English name; may be empty where there is a Thai one.",
        "Example Melon Farm",
        (
            "name", "company", "company name", "firm", "firm name", "business name", "trade name",
            "legal name",
            "exhibitor", "exhibitor name", "organisation", "organization", "supplier name", "english name",
        ),
    ),
    SheetField(
        "province_th", "จังหวัด", "Province", 18,
        "ชื่อจังหวัด ชื่อย่อหรือชื่อเรียกก็ได้ เช่น กทม. โคราช", "Province; short and everyday names are read too.",
        "เชียงใหม่",
        ("จังหวัดที่ตั้ง", "ที่ตั้งจังหวัด", "จว.", "จ.", "changwat", "province name", "province/city"),
    ),
    SheetField(
        "size", "ขนาดกิจการ", "Size", 14,
        "รายย่อย ขนาดย่อม ขนาดกลาง หรือขนาดใหญ่", "micro, small, medium or large", "ขนาดย่อม",
        ("ขนาด", "ขนาดธุรกิจ", "ขนาดวิสาหกิจ", "ขนาดบริษัท", "firm size", "company size", "business size"),
    ),
    SheetField(
        "description", "คำอธิบายกิจการ", "Description", 40,
        "เล่าสั้น ๆ ว่าทำอะไร จุดเด่นคืออะไร", "A few sentences: what the firm does and does well.",
        "ปลูกเมล่อนในโรงเรือน 12 หลัง ส่งห้างและโรงแรม",
        (
            "คำอธิบาย", "รายละเอียด", "รายละเอียดกิจการ", "รายละเอียดบริษัท", "ข้อมูลบริษัท", "เกี่ยวกับกิจการ",
            "ลักษณะธุรกิจ", "profile", "company profile", "about", "details", "company description",
        ),
    ),
    SheetField(
        "certificates", "ใบรับรอง", "Certificates", 26,
        "คั่นด้วย , หรือ ; หรือขึ้นบรรทัดใหม่ ใส่วันหมดอายุต่อท้ายได้ เช่น GMP (หมดอายุ 31/12/2569)",
        "Separate with , or ; or a line break; each may end in a date, as GMP (exp 2026-12-31).",
        "GAP (หมดอายุ 31/12/2569), Organic Thailand",
        (
            "ใบรับรองมาตรฐาน", "มาตรฐาน", "มาตรฐานที่ได้รับ", "มาตรฐานสินค้า", "การรับรอง", "การรับรองมาตรฐาน",
            "ใบอนุญาต", "certificate", "certifications", "certification", "standards", "standard",
        ),
    ),
    SheetField(
        "certificate_expires", "วันหมดอายุใบรับรอง", "Certificates expire", 18,
        "ใช้กับใบรับรองในแถวนี้ที่ไม่ได้ระบุวัน เช่น 31/12/2569",
        "For the certificates of this row that have no date of their own; 31/12/2569 or 2026-12-31.",
        "",
        (
            "หมดอายุ", "วันหมดอายุ", "วันที่หมดอายุ", "expiry", "expiry date", "expires", "certificate expiry",
            "valid until",
        ),
    ),
    SheetField(
        "cluster", "คลัสเตอร์", "Cluster", 24,
        "เลือกจากรายการ หนึ่งคลัสเตอร์ต่อแถว", "Choose from the list; one cluster a row.", "เทคโนโลยีเพื่อการเกษตร",
        ("กลุ่มอุตสาหกรรม", "กลุ่มคลัสเตอร์", "กลุ่มธุรกิจ", "อุตสาหกรรม", "industry", "industry cluster", "sector"),
    ),
    SheetField(
        "stage", "ขั้นในห่วงโซ่", "Stage", 14,
        "ต้นน้ำ กลางน้ำ ปลายน้ำ หรือสนับสนุน", "upstream, midstream, downstream or support", "ต้นน้ำ",
        ("ขั้น", "ตำแหน่งในห่วงโซ่", "ระดับห่วงโซ่", "ห่วงโซ่", "ห่วงโซ่คุณค่า", "chain stage", "value chain", "tier"),
    ),
    SheetField(
        "role", "บทบาท", "Role", 22,
        "ทำหน้าที่ใดในห่วงโซ่ เขียนเองหรือใส่รหัสบทบาท", "What the firm is on the chain: own words or a role's code.",
        "เกษตรกรผู้ปลูกผัก ผลไม้",
        ("บทบาทในห่วงโซ่", "ประเภทผู้ประกอบการ", "ประเภทธุรกิจ", "ประเภทกิจการ", "business type", "chain role"),
    ),
    SheetField(
        "offers", "สินค้า/บริการ", "Products / services", 44,
        "สิ่งที่ขาย หลายรายการคั่นด้วย ; หรือขึ้นบรรทัดใหม่ (ไม่ใช่จุลภาค)",
        "What you sell; separate several with ; or a line break, not with a comma.",
        "เมล่อนญี่ปุ่นเกรด A ลูกละ 1.5-2 กก.; เมล่อนตัดแต่งพร้อมทาน",
        (
            "สิ่งที่ขาย", "สินค้า", "บริการ", "สินค้าและบริการ", "สินค้าหรือบริการ", "ผลิตภัณฑ์", "ชื่อสินค้า", "ชื่อผลิตภัณฑ์",
            "สินค้าที่ขาย", "สินค้าที่จำหน่าย", "สินค้าหลัก", "offer", "offers", "products", "product", "services",
            "products and services", "product/service", "products or services", "product name", "we sell",
            "selling",
        ),
    ),
    SheetField(
        "capacity", "กำลังการผลิต", "Capacity", 18, "เช่น 2 ตันต่อเดือน", "As 2 tonnes a month", "2 ตันต่อเดือน",
        ("กำลังผลิต", "กำลังการผลิตต่อเดือน", "กำลังการผลิต/เดือน", "production capacity", "capacity per month"),
    ),
    SheetField(
        "moq", "ขั้นต่ำ", "MOQ", 14, "จำนวนสั่งซื้อขั้นต่ำ", "Smallest order", "100 กก.",
        ("สั่งซื้อขั้นต่ำ", "จำนวนสั่งซื้อขั้นต่ำ", "จำนวนขั้นต่ำ", "ยอดสั่งขั้นต่ำ", "minimum order", "minimum order quantity"),
    ),
    SheetField(
        "price_thb", "ราคา (บาท)", "Price (THB)", 14, "ตัวเลขเดียว เช่น 1,200.50", "One number, as 1,200.50", 85,
        ("ราคา", "ราคาบาท", "ราคาขาย", "ราคาต่อหน่วย", "price", "price baht", "unit price"),
    ),
    SheetField(
        "lead_time_days", "ระยะเวลาส่งมอบ (วัน)", "Lead time (days)", 16,
        "จำนวนวัน หรือ 2 สัปดาห์", "Days, or as 2 weeks", 7,
        ("ระยะเวลาส่งมอบ", "เวลาส่งมอบ", "ระยะเวลาผลิต", "ส่งมอบภายใน", "lead time", "delivery time"),
    ),
    SheetField(
        "needs", "สิ่งที่ต้องการ", "Looking for", 44,
        "สิ่งที่อยากซื้อหรือคู่ค้าที่อยากพบ หลายรายการคั่นด้วย ; หรือขึ้นบรรทัดใหม่",
        "What you want to buy or whom you want to meet; separate several with ; or a line break.",
        "กล่องกระดาษลูกฟูกพิมพ์ลาย 2,000 ใบต่อเดือน",
        (
            "สิ่งที่ต้องการซื้อ", "ความต้องการ", "สินค้าที่ต้องการ", "ต้องการ", "ต้องการซื้อ", "สิ่งที่มองหา", "มองหา",
            "คู่ค้าที่ต้องการ", "need", "needs", "wants", "we buy", "buying", "sourcing", "looking to buy",
            "requirements",
        ),
    ),
    SheetField(
        "stage_sought", "ขั้นที่มองหา", "Stage sought", 14,
        "คู่ค้าที่มองหาอยู่ขั้นใด", "Stage of the partner you look for", "สนับสนุน",
        ("ขั้นที่ต้องการ", "ขั้นของคู่ค้าที่ต้องการ", "stage wanted", "partner stage", "looking for stage"),
    ),
    SheetField(
        "seeking", "มองหาใคร", "Seeking", 14,
        "ผู้ขาย ผู้ซื้อ หรือพันธมิตร ว่างได้", "supplier, buyer or partner; may be empty", "ผู้ขาย",
        ("ประเภทคู่ค้า", "ประเภทคู่ค้าที่ต้องการ", "ต้องการพบ", "seeking type", "partner type", "type of partner"),
    ),
)  # fmt: skip
"""In the order of the template and of every sheet that is written."""

FIELD: dict[str, SheetField] = {field.name: field for field in FIELDS}

LIST_FIELDS = frozenset({"offers", "needs", "certificates"})
"""Columns that several headers may feed: their cells are added up."""
