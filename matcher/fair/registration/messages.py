"""Everything reading a registration sheet can say, and the notebook in which it is noted."""

from __future__ import annotations

from matcher.exchange.messages import MESSAGES, Texts
from matcher.exchange.report import Problem, shown
from matcher.exchange.values import ValueProblem

OWN: dict[str, Texts] = {
    # these keep their row out
    "no_firm": (
        "ไม่ได้บอกว่าเป็นกิจการใด", "does not say which firm it speaks of",
        "ใส่รหัส ชื่อ หรือเลขทะเบียนนิติบุคคล", "give the firm's id, name or juristic ID",
    ),
    "unknown_firm": (
        "ไม่มีกิจการนี้ในทะเบียน", "no firm of the catalog has this id or name",
        "คัดลอกรหัสหรือชื่อจากทะเบียนกิจการ หรือนำเข้ากิจการนี้ก่อน",
        "copy id or name from the catalog, or import the firm first",
    ),
    "several_firms": (
        "มีหลายกิจการใช้ชื่อนี้: {ids}", "several firms have this name: {ids}",
        "ใส่รหัสแทนชื่อ", "give the id in place of the name",
    ),
    "other_firm": (
        "หมายถึง {other} แต่ช่องอื่นของแถวหมายถึง {id}", "means {other}, but the row's other cells mean {id}",
        "แก้ให้เป็นกิจการเดียวกัน", "make both the same firm",
    ),
    "registered_twice": (
        "กิจการ {id} ลงทะเบียนแล้วในแถว {other}", "firm {id} is registered in row {other} already",
        "รวมเป็นแถวเดียว", "join the rows into one",
    ),
    "bad_time": (
        "อ่านเวลานี้ไม่ได้ หรือไม่ใช่วันของงาน", "no time of this fair can be read here",
        "วันของงานคือ {days} เขียนเช่น “วันที่ 1 เช้า” หรือ “{day} 09:00-12:00”",
        "the days are {days}; write “day 1 morning” or “{day} 09:00-12:00”",
    ),
    "two_days": (
        "อ่านได้ทั้ง {a} และ {b}", "may mean {a} or {b}",
        "เขียนวันและเดือน เช่น {a}", "write the date in full, as {a}",
    ),
    "no_slot_then": (
        "งานไม่มีช่วงเวลาเจรจาตอนนั้น", "the fair has no slot then",
        "ดูช่วงเวลาของงานในแผ่น “คำอธิบาย” (ช่วง 1–{slots})", "see the fair's slots (1 to {slots}) in the template",
    ),
    "never_free": (
        "ไม่เหลือช่วงเวลาที่ว่างเลย", "leaves no slot at all",
        "เหลือเวลาไว้อย่างน้อยหนึ่งช่วง หรือลบแถวนี้", "leave at least one slot free, or delete the row",
    ),
    "bad_count": (
        "ไม่ใช่จำนวนนัด", "is no number of meetings",
        "ใส่จำนวนเต็ม 0 ถึง {limit:,}", "write a whole number from 0 to {limit:,}",
    ),
    "fewest_above_most": (
        "นัดขั้นต่ำ {fewest} มากกว่านัดสูงสุด {most}", "at least {fewest} and at most {most} meetings cannot be",
        "แก้ตัวเลขใดตัวเลขหนึ่ง", "change one of the two",
    ),
    "unknown_language": (
        "ไม่รู้จักภาษานี้", "is no language we know",
        "เขียนเช่น ไทย, อังกฤษ หรือรหัสสองตัว เช่น th, en", "write Thai, English or a code of two letters, as th, en",
    ),
    "unknown_side": (
        "ไม่รู้จักฝั่งนี้", "is no side of this fair",
        "ใช้หนึ่งใน {options}", "use one of {options}",
    ),
    # these leave their row in
    "unknown_id": (
        "ไม่มีรหัสนี้ในทะเบียน จึงใช้ชื่อหรือเลขนิติบุคคลแทน ซึ่งคือ {id}",
        "no firm has this id: the name or juristic ID was taken, which is that of {id}",
        "แก้รหัสเป็น {id}", "write {id}",
    ),
    "other_name": (
        "ไม่ตรงกับชื่อในทะเบียน จึงใช้รหัส {id}", "is not the name in the catalog: the id {id} was taken",
        "ตรวจว่าใช่กิจการนี้", "check that it is this firm",
    ),
    "not_registered": (
        "ไม่ได้ลงทะเบียนร่วมงาน จึงไม่ใช้ความประสงค์นี้", "does not take part: the wish is left out",
        "เพิ่มกิจการนี้ในแผ่น หรือลบออกจากช่อง", "add the firm to the sheet, or take it out of the cell",
    ),
    "itself": (
        "เป็นกิจการเดียวกับแถวนี้ จึงข้ามไป", "is the row's own firm: left out",
        "ลบออกจากช่อง", "take it out of the cell",
    ),
    "must_and_no_thanks": (
        "แถว {other} บอกว่าไม่ขอพบ จึงไม่นับเป็นต้องพบ", "row {other} says no thanks, which counts",
        "ตกลงกันแล้วลบออกหนึ่งอย่าง", "settle it and take one of the two out",
    ),
    "bad_address": (
        "ไม่ใช่ที่อยู่อีเมลหนึ่งที่อยู่ จึงไม่เก็บ", "is not one e-mail address: left out",
        "ใส่ที่อยู่เดียว เช่น name@example.com", "give one address, as name@example.com",
    ),
    "unknown_header": (
        "ไม่รู้จักหัวตารางนี้ จึงไม่อ่านคอลัมน์", "unknown header, the column is not read",
        "ใช้หัวตารางของแบบฟอร์ม", "use a header of the template",
    ),
    "header_twice": (
        "หัวตารางซ้ำกับ {other} จึงไม่อ่านคอลัมน์", "means the same as {other}: the column is not read",
        "เหลือไว้คอลัมน์เดียว", "leave one of them",
    ),
}  # fmt: skip

TEXTS: dict[str, Texts] = MESSAGES | OWN


class Notes:
    """What is wrong with the rows of one sheet, as it is met."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._rejected: set[int] = set()

    def reject(self, kind: str, *, row: int, column: str | None = None, value: object = "", **data: object) -> None:
        """Note a problem that keeps its row out."""
        self.problems.append(self._problem(kind, row, column, value, data))
        self._rejected.add(row)

    def warn(self, kind: str, *, row: int, column: str | None = None, value: object = "", **data: object) -> None:
        """Note something that leaves its row in."""
        self.warnings.append(self._problem(kind, row, column, value, data))

    def note(self, problem: ValueProblem, *, row: int, column: str, value: object) -> None:
        """Note that a value could not be taken."""
        say = self.warn if problem.leaves_out else self.reject
        say(
            problem.kind,
            row=row,
            column=column,
            value=value if problem.shown is None else problem.shown,
            **problem.data,
        )

    def rejects(self, row: int) -> bool:
        """Whether the row is kept out."""
        return row in self._rejected

    def _problem(self, kind: str, row: int, column: str | None, value: object, data: dict[str, object]) -> Problem:
        texts = (text.format(**data) for text in TEXTS[kind])
        return Problem(kind, self.file, row, shown(column) or None, shown(value), *texts)
