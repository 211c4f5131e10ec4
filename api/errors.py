"""Every error the service raises on purpose; web/problems.py says what each means over HTTP.

ServiceError
├── RequestError                 the caller can mend it
│   ├── MissingError             nothing has this id, or it is not the caller's to see
│   ├── IdTakenError             another firm has this id
│   ├── ChangedMeanwhileError    the firm is no longer what the caller saw
│   ├── RefusedFirmError         the profile has problems; carries each with its field
│   ├── ReusedKeyError           an idempotency key came again with another request
│   ├── BadCursorError
│   ├── BadVersionError
│   ├── UnknownValueError        a cluster or province that nobody knows
│   ├── EmptyBriefError
│   ├── FileRefusedError
│   ├── NotSignedInError
│   ├── NotAllowedError
│   ├── TooManyRequestsError
│   ├── EmptyCatalogError        nothing was imported yet
│   ├── NothingToUndoError
│   ├── TooFewAnswersError       too few to learn a fair's chances from
│   ├── NoTimetableError         a fair's meetings fit no timetable; says why
│   ├── PlaceTakenError          a meeting cannot be moved there; carries each conflict
│   ├── PublishedError           a fair that was published does not go by mistake
│   ├── LinkError                a participant's link is spent, withdrawn or not ours
│   ├── AddressRefusedError      nothing can be sent to a person's address
│   ├── WebhookRefusedError      nothing may be sent to a webhook's URL
│   ├── WebhookOffError
│   ├── NobodyError              nothing names the person
│   └── CannotSendAgainError     it was sent, or what it said is gone
├── BusyError                    come again in a moment
├── NotReadyError                the index is still being opened
└── OperatorError                whoever runs the service can mend it
    ├── DatabaseError
    ├── DatabaseNewerError
    ├── BackupRefusedError       a backup cannot be taken or restored
    ├── BackupElsewhereError     PostgreSQL has tools of its own for it
    └── PolicyError              the privacy policy's file cannot be used
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matcher.exchange import Problem
from matcher.fair.moves import Conflict


class ServiceError(Exception):
    """Root of the tree; never raised itself.

    Attributes:
        th: What is wrong and what to do, in Thai.
        en: The same in English.
        field: The field of the request that is meant, or None.
    """

    field: str | None = None

    def __init__(self, *, th: str, en: str) -> None:
        super().__init__(en)
        self.th = th
        self.en = en


class RequestError(ServiceError):
    """The caller can mend it."""


class MissingError(RequestError):
    """Nothing has this id, or it is not the caller's to see: the two look alike on purpose."""

    def __init__(self, *, kind: str, id: str) -> None:
        super().__init__(
            th=f"ไม่พบ {kind} รหัส {id} ตรวจรหัสแล้วลองใหม่", en=f"there is no {kind} with the id {id!r}: check the id"
        )
        self.kind = kind
        self.id = id


class IdTakenError(RequestError):
    """An id of a new firm, offer or need belongs to another firm."""

    def __init__(self, *, kind: str, id: str) -> None:
        super().__init__(
            th=f"รหัส {id} มีผู้ใช้แล้ว ใช้รหัสอื่น หรือแก้รายการเดิมแทน",
            en=f"the id {id!r} is taken by another {kind}: use another id, or change the one that is there",
        )
        self.field = "id"
        self.kind = kind
        self.id = id


class ChangedMeanwhileError(RequestError):
    """Somebody else changed the firm since the caller read it."""

    def __init__(self, *, id: str, seen: int, found: int) -> None:
        super().__init__(
            th=f"ข้อมูลของ {id} ถูกแก้ไขไปแล้วหลังจากที่คุณเปิดดู อ่านใหม่แล้วแก้อีกครั้ง",
            en=f"{id} was changed since you read it (version {seen}, now {found}): read it again, then change it",
        )
        self.found = found


class RefusedFirmError(RequestError):
    """A profile cannot be taken.

    Attributes:
        problems: Each with column, sentence and remedy in both languages.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(th=first.brief("th"), en=first.brief("en"))
        self.field = first.column
        self.problems = problems


class ReusedKeyError(RequestError):
    """An idempotency key stands for one request only."""

    def __init__(self, *, key: str) -> None:
        super().__init__(
            th="Idempotency-Key นี้ใช้กับคำขออื่นไปแล้ว ใช้คีย์ใหม่สำหรับคำขอใหม่",
            en=f"the idempotency key {key!r} was used with another request: take a new key for a new request",
        )
        self.field = "Idempotency-Key"


class BadCursorError(RequestError):
    """A cursor was not given by this service."""

    def __init__(self) -> None:
        super().__init__(
            th="cursor ใช้ไม่ได้ ใช้ค่า next_cursor จากหน้าก่อน หรือเริ่มใหม่โดยไม่ใส่ cursor",
            en="the cursor is not one of ours: use next_cursor of the page before, or start without one",
        )
        self.field = "cursor"


class BadVersionError(RequestError):
    """An If-Match header names no version."""

    def __init__(self) -> None:
        super().__init__(
            th="If-Match ใช้ไม่ได้ ใส่เลข version ที่ได้จากการอ่านครั้งก่อน",
            en="If-Match names no version: send the `version` that you read, as “12”",
        )
        self.field = "If-Match"


class UnknownValueError(RequestError):
    """A value is not among those that are known."""

    def __init__(self, *, field: str, value: str, known: tuple[str, ...] = ()) -> None:
        options = f" ({', '.join(known)})" if known else ""
        super().__init__(
            th=f"ไม่รู้จัก {field} “{value[:80]}” เลือกจากรายการที่ /v1{options}",
            en=f"no {field} is called {value[:80]!r}: take one of those that /v1 lists{options}",
        )
        self.field = field


class EmptyBriefError(RequestError):
    """A brief says neither words nor a need nor an offer, or more than one of them."""

    def __init__(self) -> None:
        super().__init__(
            th="บอกสิ่งที่ต้องการอย่างใดอย่างหนึ่ง: text (ข้อความ) need_id หรือ offer_id",
            en="say what is wanted in one way: text, need_id or offer_id",
        )
        self.field = "text"


class FileRefusedError(RequestError):
    """An uploaded file cannot be taken at all."""

    def __init__(self, *, name: str, th: str, en: str) -> None:
        super().__init__(th=f"{name}: {th}", en=f"{name}: {en}")
        self.field = "file"


class NotSignedInError(RequestError):
    """No key came with the request, or one that is unknown, revoked or out of date."""

    def __init__(self) -> None:
        super().__init__(
            th="ต้องใช้คีย์ที่ยังใช้ได้ ส่งในหัวข้อ Authorization: Bearer <คีย์> ขอคีย์ได้จากผู้จัดงาน",
            en="a valid key is needed, sent as Authorization: Bearer <key>; the organiser gives keys out",
        )


class NotAllowedError(RequestError):
    """The key's role may not do this."""

    def __init__(self, *, role: str) -> None:
        super().__init__(
            th=f"คีย์ประเภท {role} ทำรายการนี้ไม่ได้ ใช้คีย์ของผู้จัดงาน",
            en=f"a key of the role {role} may not do this: it takes an organiser's key",
        )


class TooManyRequestsError(RequestError):
    """The caller asks faster than the service allows."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(
            th=f"ขอถี่เกินไป รอ {retry_after_s} วินาทีแล้วลองใหม่",
            en=f"too many requests: wait {retry_after_s} s and try again",
        )
        self.retry_after_s = retry_after_s


class EmptyCatalogError(RequestError):
    """There is no firm yet."""

    def __init__(self) -> None:
        super().__init__(
            th="ยังไม่มีแคตตาล็อก นำเข้าด้วย `khukha import FILE` หรือลอง `khukha demo`",
            en="there is no catalog yet: import one with `khukha import FILE`, or try `khukha demo`",
        )


class NothingToUndoError(RequestError):
    """Nothing was changed yet."""

    def __init__(self) -> None:
        super().__init__(th="ยังไม่มีการเปลี่ยนแปลงให้ย้อน", en="there is nothing to undo: nothing was changed yet")


class TooFewAnswersError(RequestError):
    """Chances are not learned from so few answers."""

    def __init__(self, *, answers: int, yes: int, least: int, of_each: int) -> None:
        super().__init__(
            th=f"คำตอบยังน้อยเกินไป มี {answers} คำตอบ (ตกลง {yes}) ต้องมีอย่างน้อย {least} "
            f"โดยมีทั้งตกลงและไม่ตกลงอย่างละ {of_each} รอให้ตอบเพิ่ม หรือเรียนรู้จากงานก่อนร่วมด้วย",
            en=f"{answers} answers, {yes} of them yes, are too few: it takes {least}, with {of_each} of yes and of no. "
            "Wait for more, or learn from a former fair too",
        )
        self.answers = answers


class AddressRefusedError(RequestError):
    """Nothing can, or should, be sent to a person's address."""

    def __init__(self, *, services: tuple[str, ...]) -> None:
        known = ", ".join(f"{one}://" for one in services) or "-"
        super().__init__(
            th=f"ที่อยู่สำหรับแจ้งใช้ไม่ได้ ใส่อีเมลหนึ่งที่อยู่ หรือ URL ของ Apprise ที่ขึ้นต้นด้วย {known} โดยไม่มีส่วนหลัง ?",
            en=f"no message can be sent there: give one e-mail address, or an Apprise URL of {known} without a ? part",
        )
        self.field = "address"


class WebhookRefusedError(RequestError):
    """Nothing may be sent to a webhook's URL."""

    def __init__(self, *, th: str, en: str) -> None:
        super().__init__(th=th, en=en)
        self.field = "url"


class WebhookOffError(RequestError):
    """A webhook that is off is told nothing."""

    def __init__(self, *, id: str) -> None:
        super().__init__(
            th=f"เว็บฮุก {id} ปิดอยู่ เปิดก่อนด้วย active: true",
            en=f"the webhook {id!r} is off: switch it on first, with active: true",
        )


class CannotSendAgainError(RequestError):
    """A delivery cannot be sent again."""

    def __init__(self, *, id: str, state: str) -> None:
        super().__init__(
            th=f"ส่ง {id} อีกครั้งไม่ได้ (สถานะ {state}) เพราะส่งแล้ว กำลังส่ง หรือลบเนื้อความแล้ว",
            en=f"{id!r} cannot be sent again ({state}): it was sent, is being sent, or its contents are gone",
        )


class NobodyError(RequestError):
    """Nothing names the person who is looked for."""

    def __init__(self) -> None:
        super().__init__(
            th="ไม่พบข้อมูลของบุคคลนี้ ตรวจตัวสะกด หรือลองด้วยอีเมลหรือโทรศัพท์",
            en="nothing is held on this person: check the spelling, or try an e-mail address or a phone number",
        )


class BusyError(ServiceError):
    """The queue before the model is full."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(
            th=f"ระบบกำลังรับคำขอเต็มที่ ลองใหม่ใน {retry_after_s} วินาที",
            en=f"the service has all it can take: try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class NotReadyError(ServiceError):
    """The index is still being opened."""

    def __init__(self) -> None:
        super().__init__(
            th="ระบบกำลังเปิดดัชนี ลองใหม่ในอีกสักครู่", en="the index is still being opened: try again in a moment"
        )
        self.retry_after_s = 3


class OperatorError(ServiceError):
    """Whoever runs the service can mend it."""


class DatabaseError(OperatorError):
    """The database cannot be reached or used."""

    def __init__(self, *, url: str, problem: str) -> None:
        super().__init__(
            th=f"เปิดฐานข้อมูล {url} ไม่ได้ ({problem}) ตรวจ MATCHER_DATABASE_URL และสิทธิ์ของโฟลเดอร์",
            en=f"the database {url} cannot be used ({problem}): check MATCHER_DATABASE_URL and the folder's rights",
        )


class DatabaseNewerError(OperatorError):
    """A later version of Khukha wrote the database."""

    def __init__(self, *, revision: str) -> None:
        super().__init__(
            th=f"ฐานข้อมูลนี้เขียนโดย Khukha รุ่นใหม่กว่า ({revision}) ติดตั้งรุ่นนั้น หรือกู้ข้อมูลสำรองของรุ่นนี้",
            en=f"a later version of Khukha wrote this database ({revision}): install that one, or restore a backup",
        )


class BackupRefusedError(OperatorError):
    """A backup cannot be taken, or what is given as one cannot be restored."""

    def __init__(self, *, path: Path, th: str, en: str) -> None:
        super().__init__(th=f"{path}: {th}", en=f"{path} {en}")
        self.path = path


class BackupElsewhereError(OperatorError):
    """A PostgreSQL database is backed up by PostgreSQL's own tools."""

    def __init__(self) -> None:
        super().__init__(
            th="ฐานข้อมูลเป็น PostgreSQL สำรองด้วย `pg_dump -Fc -f FILE DATABASE` และกู้ขณะปิดบริการด้วย "
            "`pg_restore --clean --if-exists -d DATABASE FILE` เก็บแฟ้ม pepper และ erased.jsonl แยกไว้ แล้วเปิดบริการ",
            en="the database is PostgreSQL: back it up with `pg_dump -Fc -f FILE DATABASE`; to restore, stop the "
            "service, run `pg_restore --clean --if-exists -d DATABASE FILE` and start it again; keep the files pepper "
            "and erased.jsonl of the data directory",
        )


class PolicyError(OperatorError):
    """The privacy policy's file cannot be used."""

    def __init__(self, *, path: Path, problem: str) -> None:
        super().__init__(
            th=f"ใช้นโยบายข้อมูลส่วนบุคคล {path} ไม่ได้ ({problem}) แก้แฟ้ม หรือเอา MATCHER_PRIVACY_POLICY ออก",
            en=f"the privacy policy {path} cannot be used ({problem}): mend it, or take MATCHER_PRIVACY_POLICY out",
        )


class NoTimetableError(RequestError):
    """A fair's meetings fit no timetable."""


class PlaceTakenError(RequestError):
    """A meeting cannot be where somebody wants to move it.

    Attributes:
        conflicts: All that stands in the way.
    """

    def __init__(self, *, conflicts: Sequence[Conflict]) -> None:
        super().__init__(
            th="ย้ายไปที่นั่นไม่ได้: " + " · ".join(one.what.th for one in conflicts),
            en="the meeting cannot be there: " + "; ".join(one.what.en for one in conflicts),
        )
        self.conflicts = tuple(conflicts)


class PublishedError(RequestError):
    """A fair that was published is deleted on purpose only: people hold its timetable."""

    def __init__(self, *, id: str, version: int) -> None:
        super().__init__(
            th=f"งาน {id} เผยแพร่ตารางไปแล้ว (รุ่นที่ {version}) ถ้าต้องการลบจริง ให้ยืนยันด้วย even_if_published",
            en=f"the fair {id!r} was published (version {version}): confirm with even_if_published that it shall go",
        )


class LinkError(RequestError):
    """A participant's link opens nothing."""

    def __init__(self) -> None:
        super().__init__(
            th="ลิงก์นี้หมดอายุหรือถูกยกเลิกแล้ว ขอลิงก์ใหม่จากผู้จัดงาน",
            en="this link has expired or was withdrawn: ask the organiser for a new one",
        )
