"""What each error means over HTTP: one table, one shape (RFC 9457, problem+json), two languages."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from api import errors as service
from indexes import errors as indexes
from matcher import errors as matcher
from matcher.fair import errors as fair

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Status and code of an error; the Thai sentence of one that knows only English."""

    status: int
    code: str
    th: str | None = None


MEANINGS: Mapping[type[Exception], Meaning] = {
    service.MissingError: Meaning(404, "not_found"),
    service.IdTakenError: Meaning(409, "id_taken"),
    service.ChangedMeanwhileError: Meaning(412, "changed_meanwhile"),
    service.RefusedFirmError: Meaning(422, "refused"),
    service.ReusedKeyError: Meaning(409, "idempotency_key_reused"),
    service.BadCursorError: Meaning(422, "bad_cursor"),
    service.BadVersionError: Meaning(422, "bad_version"),
    service.UnknownValueError: Meaning(422, "unknown_value"),
    service.EmptyBriefError: Meaning(422, "empty_brief"),
    service.FileRefusedError: Meaning(422, "file_refused"),
    service.NotSignedInError: Meaning(401, "not_signed_in"),
    service.NotAllowedError: Meaning(403, "not_allowed"),
    service.TooManyRequestsError: Meaning(429, "too_many_requests"),
    service.EmptyCatalogError: Meaning(409, "empty_catalog"),
    service.NothingToUndoError: Meaning(409, "nothing_to_undo"),
    service.TooFewAnswersError: Meaning(409, "too_few_answers"),
    service.AddressRefusedError: Meaning(422, "address_refused"),
    service.WebhookRefusedError: Meaning(422, "webhook_refused"),
    service.WebhookOffError: Meaning(409, "webhook_off"),
    service.CannotSendAgainError: Meaning(409, "cannot_send_again"),
    service.NobodyError: Meaning(404, "nobody"),
    service.NoTimetableError: Meaning(409, "no_timetable"),
    service.PlaceTakenError: Meaning(409, "place_taken"),
    service.PublishedError: Meaning(409, "published"),
    service.LinkError: Meaning(404, "link"),
    service.BusyError: Meaning(503, "busy"),
    service.NotReadyError: Meaning(503, "not_ready"),
    service.DatabaseError: Meaning(503, "database"),
    service.DatabaseNewerError: Meaning(503, "database_newer"),
    service.BackupRefusedError: Meaning(503, "backup"),
    service.BackupElsewhereError: Meaning(503, "backup"),
    service.PolicyError: Meaning(503, "privacy_policy"),
    matcher.EmptyTextError: Meaning(422, "empty_text", "ข้อความว่าง เขียนว่าขายหรือต้องการอะไร ภาษาไทยหรืออังกฤษก็ได้"),
    matcher.TextTooLongError: Meaning(422, "text_too_long", "ข้อความยาวเกินไป ย่อให้เหลือสาระสำคัญ"),
    matcher.UnreadableTextError: Meaning(422, "unreadable_text", "ข้อความมีอักขระที่อ่านไม่ได้ ลบออกแล้วพิมพ์ใหม่"),
    matcher.UnknownIdError: Meaning(404, "not_found", "ไม่พบรหัสนี้ในแคตตาล็อก ตรวจรหัสแล้วลองใหม่"),
    matcher.ChainError: Meaning(500, "chains_file", "แฟ้มห่วงโซ่มีข้อผิดพลาด แจ้งผู้ดูแลระบบ"),
    matcher.CatalogError: Meaning(422, "unreadable_file", "อ่านแฟ้มไม่ได้ ใช้แฟ้ม .jsonl .csv หรือ .xlsx ที่เปิดได้ปกติ"),
    matcher.TimetableError: Meaning(422, "unreadable_file", "อ่านโจทย์ตารางนัดไม่ได้ ดูรูปแบบใน docs"),
    matcher.TopicsError: Meaning(422, "unreadable_file", "อ่านแฟ้มชุดทดสอบไม่ได้"),
    fair.FairError: Meaning(422, "fair"),
    fair.MeetingRefusedError: Meaning(409, "meeting_refused"),
    matcher.ModelNotFoundError: Meaning(503, "model", "โหลดแบบจำลองภาษาไม่ได้ แจ้งผู้ดูแลระบบ"),
    matcher.ModelDamagedError: Meaning(503, "model", "แบบจำลองภาษาเสียหาย แจ้งผู้ดูแลระบบ"),
    matcher.ModelCannotReadThaiError: Meaning(503, "model", "แบบจำลองภาษาอ่านภาษาไทยไม่ได้ แจ้งผู้ดูแลระบบ"),
    matcher.RayMissingError: Meaning(503, "workers", "ตั้ง MATCHER_RAY ไว้แต่ยังไม่ได้ติดตั้ง khukha[ray] แจ้งผู้ดูแลระบบ"),
    matcher.WorkersLostError: Meaning(503, "workers", "เครื่องที่ช่วยประมวลผลไม่ตอบ แจ้งผู้ดูแลระบบ"),
    indexes.ExtraMissingError: Meaning(503, "index", "ตั้ง MATCHER_MILVUS_URL ไว้แต่ยังไม่ได้ติดตั้ง khukha[milvus] แจ้งผู้ดูแลระบบ"),
    indexes.RemoteError: Meaning(503, "index", "เซิร์ฟเวอร์ดัชนีไม่ตอบ ลองใหม่ในอีกสักครู่"),
    indexes.VectorsError: Meaning(500, "index", "ดัชนีมีปัญหา แจ้งผู้ดูแลระบบ"),
    indexes.IndexOutgrownError: Meaning(503, "index", "ดัชนีกำลังสร้างใหม่ ลองใหม่ในอีกสักครู่"),
    indexes.SnapshotMissingError: Meaning(503, "index", "ยังไม่มีดัชนี แจ้งผู้ดูแลระบบ"),
    indexes.SnapshotDamagedError: Meaning(503, "index", "ดัชนีเสียหาย แจ้งผู้ดูแลระบบ"),
    indexes.SnapshotMismatchError: Meaning(503, "index", "ดัชนีไม่ตรงกับแบบจำลอง แจ้งผู้ดูแลระบบ"),
}

BY_STATUS = {
    400: (
        "unreadable_body",
        "อ่านข้อมูลที่ส่งมาไม่ได้ ส่งเป็น JSON หรือแบบฟอร์มตามที่ /docs บอก",
        "the body cannot be read: send it as /docs shows",
    ),
    404: ("not_found", "ไม่พบหน้านี้", "there is nothing at this address"),
    405: ("method_not_allowed", "ที่อยู่นี้ใช้วิธีเรียกแบบนี้ไม่ได้", "this address does not take this method"),
    413: ("too_large", "ข้อมูลที่ส่งมาใหญ่เกินไป แบ่งเป็นหลายครั้ง", "the body is too large: send it in parts"),
}
_WRONG = "ค่าไม่ถูกต้อง"
_WRONG_TH = {
    "missing": "ต้องใส่ค่านี้",
    "extra_forbidden": "ไม่รู้จักช่องนี้ ลบออก หรือดูชื่อที่ถูกต้อง",
    "json_invalid": "ไม่ใช่ JSON ที่ถูกต้อง",
    "string_type": "ต้องเป็นข้อความ",
    "string_too_long": "ยาวเกินไป",
    "string_too_short": "สั้นเกินไปหรือว่าง",
    "string_pattern_mismatch": "รูปแบบไม่ถูกต้อง",
    "string_unicode": "มีอักขระที่อ่านไม่ได้ ลบออกแล้วพิมพ์ใหม่",
    "unreadable": "มีอักขระที่อ่านไม่ได้ ลบออกแล้วพิมพ์ใหม่",
    "too_long": "มีหลายรายการเกินไป",
    "enum": "ไม่ใช่ค่าที่เลือกได้",
    "greater_than_equal": "น้อยเกินไป",
    "less_than_equal": "มากเกินไป",
    "session_times": "บอกเวลาอย่างใดอย่างหนึ่ง: times หรือ start slots และ slot_minutes",
    "whose_consent": "บอก contact_id หรือ fair_id กับ firm_id อย่างใดอย่างหนึ่ง",
    "who": "บอกว่าหาใคร: contact_id email phone name หรือ firm_id",
    "whose_links": "บอก firm_ids หรือ all อย่างใดอย่างหนึ่ง",
    "firm_and_role": "คีย์ของกิจการต้องระบุกิจการ คีย์อื่นห้ามระบุ",
}
"""What pydantic's commonest findings say in Thai."""

_MOST = 50
"""Mistakes that a problem lists: a body of a million wrong fields is answered as shortly as it deserves."""


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    for kind in MEANINGS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (OperationalError, PoolTimeoutError):
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _unknown)


def problem(
    status: int,
    code: str,
    *,
    th: str,
    en: str,
    field: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response."""
    body = {
        "type": f"urn:khukha:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail_th": th,
        "detail_en": en,
        "field": field,
        "errors": errors or [],
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def problem_of(error: Exception) -> Response:
    """A known error as a response."""
    meaning = MEANINGS[type(error)]
    headers: dict[str, str] = {}
    if isinstance(error, (service.BusyError, service.NotReadyError, service.TooManyRequestsError)):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, service.NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        meaning.status,
        meaning.code,
        th=meaning.th or str(getattr(error, "th", _WRONG)),
        en=getattr(error, "en", str(error)),
        field=getattr(error, "field", None),
        errors=_several(error)[:_MOST],
        headers=headers,
    )


def _several(error: Exception) -> list[dict[str, Any]]:
    """Each of several things that an error names."""
    if isinstance(error, service.RefusedFirmError):
        return [
            {"field": one.column, "code": one.kind, "detail_th": one.brief("th"), "detail_en": one.brief("en")}
            for one in error.problems
        ]
    if isinstance(error, service.PlaceTakenError):
        return [
            {"field": None, "code": one.kind, "detail_th": one.what.th, "detail_en": one.what.en}
            for one in error.conflicts
        ]
    if isinstance(error, fair.FairError):
        return [{"field": None, "code": "fair", "detail_th": one.th, "detail_en": one.en} for one in error.problems]
    return []


async def _known(_request: Request, error: Exception) -> Response:
    return problem_of(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        {
            "field": _printable(".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0])),
            "code": one["type"],
            "detail_th": _WRONG_TH.get(one["type"], f"{_WRONG} ({one['type']})"),
            "detail_en": _printable(one["msg"]),
        }
        for one in error.errors()[:_MOST]
    ]
    first = found[0]
    return problem(
        422,
        "invalid",
        th=f"{first['field']}: {first['detail_th']} ดูรูปแบบที่ /docs",
        en=f"{first['field']}: {first['detail_en']}; /docs shows the format",
        field=first["field"],
        errors=found,
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, th, en = BY_STATUS.get(error.status_code, ("http", _WRONG, str(error.detail)))
    headers = {"Allow": _methods(request)} if error.status_code == 405 else error.headers
    return problem(error.status_code, code, th=th, en=en, headers=headers)


async def _database(_request: Request, error: Exception) -> Response:
    log.error("the database cannot be used: %s", getattr(error, "orig", None) or type(error).__name__)
    return problem(
        503,
        "database",
        th="ฐานข้อมูลใช้ไม่ได้ชั่วคราว ลองใหม่ในอีกสักครู่ ถ้ายังเป็นอยู่ แจ้งผู้ดูแลระบบ",
        en="the database cannot be used just now: try again in a moment, and tell its operator if it stays",
        headers={"Retry-After": "5"},
    )


async def _unknown(_request: Request, _error: Exception) -> Response:
    return problem(
        500,
        "internal",
        th="เกิดข้อผิดพลาดในระบบ ลองใหม่ ถ้ายังเป็นอยู่ แจ้งผู้ดูแลระบบ",
        en="something went wrong in the service: try again, and tell its operator if it stays",
    )


def _methods(request: Request) -> str:
    """Every method that an address takes; Starlette names those of the first route that has it."""
    found: set[str] = set()
    for one in iter_route_contexts(request.app.routes):
        if one.methods and one.path_regex.match(request.scope["path"]):
            found |= one.methods
    return ", ".join(sorted(found))


def _printable(text: str) -> str:
    """A caller's own text as an answer may hold it: short, and without half characters."""
    return text[:200].encode("utf-8", "replace").decode()
