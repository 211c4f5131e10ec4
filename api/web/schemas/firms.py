"""Firms, offers, needs and contacts. Profiles have the shape of the catalog format (docs/integrator.md).

Lengths and kinds are checked here; what a profile means (provinces, clusters, certificates, prices) is
checked by `matcher.exchange`, so that a file and a request are read by the same rules.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.web.schemas.base import Amount, Days, Id, Line, Model, Str, Text
from matcher.domain import Seeking, Size, Stage


class CertificateIO(Model):
    """A certificate as the firm states it."""

    code: Line
    number: Line | None = None
    expires: date | None = Field(default=None, description="Last day on which it holds.")


class PositionIO(Model):
    """Where on a chain a firm stands."""

    cluster: Line | None = None
    stage: Stage | None = None
    role: Line | None = Field(default=None, description="A role's code, or the firm's own words.")


class OfferIO(Model):
    """สิ่งที่ขาย: one thing a firm sells."""

    id: Id | None = Field(default=None, description="Given by the service where it is absent.")
    cluster: Line | None = None
    stage: Stage | None = None
    role: Line | None = None
    text: Text
    capacity: Line | None = None
    moq: Line | None = None
    price_thb: Amount | None = Field(default=None, description="Baht, or words as “68–95 บาท/ผืน”.")
    lead_time_days: Days | None = None


class NeedIO(Model):
    """สิ่งที่ต้องการ: one thing a firm looks for."""

    id: Id | None = Field(default=None, description="Given by the service where it is absent.")
    cluster: Line | None = None
    stage_sought: Stage | None = None
    role_sought: Line | None = None
    text: Text
    seeking: Seeking | None = Field(default=None, description="Read from the text where it is absent.")
    must_certificates: list[Line] = Field(default=[], max_length=20)
    volume: Line | None = None
    deliver_to: Line | None = None
    partnership: Line | None = None


_FIRM: Any = {
    "name_th": "กลุ่มทอผ้าไหมบ้านหนองบัว",
    "name_en": "Nong Bua Silk Weavers",
    "province_th": "ขอนแก่น",
    "size": "micro",
    "description": "วิสาหกิจชุมชนทอผ้าไหมมัดหมี่ย้อมครามธรรมชาติ สมาชิก 24 คน",
    "certificates": [{"code": "ตรานกยูงพระราชทาน", "expires": "2027-12-31"}],
    "positions": [{"cluster": "thai_textile", "stage": "midstream"}],
    "offers": [
        {"cluster": "thai_textile", "stage": "midstream", "text": "ผ้าไหมมัดหมี่ย้อมคราม", "price_thb": 2500, "moq": "10 ผืน"}
    ],
    "needs": [{"cluster": "thai_textile", "stage_sought": "upstream", "text": "เส้นไหมพุ่งและไหมยืน เดือนละ 40 กิโล"}],
}


_STORED: Any = _FIRM | {"id": "r4be0643f1d", "version": 12, "updated_at": "2026-11-22T03:15:00Z"}


class _Firm(Model):
    """What a firm has, written or stored."""

    name_en: Line | None = None
    province_th: Line | None = Field(default=None, description="Any usual name of a Thai province.")
    size: Size | None = None
    description: Text = ""
    juristic_id: Annotated[Str, Field(max_length=20)] | None = Field(
        default=None, description="13 digits of a registered company; never a citizen number."
    )
    positions: list[PositionIO] = Field(default=[], max_length=50)
    offers: list[OfferIO] = Field(default=[], max_length=200)
    needs: list[NeedIO] = Field(default=[], max_length=200)


class FirmIn(_Firm):
    """A firm as it is written. Contacts are kept apart: see /v1/contacts."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FIRM]})

    id: Id | None = Field(default=None, description="Made from name and province where it is absent.")
    name_th: Line | None = Field(default=None, description="A Thai or an English name is needed.")
    certificates: list[CertificateIO | Line] = Field(default=[], max_length=100)


class FirmOut(_Firm):
    """A firm as it is stored."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STORED]})

    id: Id
    name_th: str
    certificates: list[CertificateIO]
    version: int = Field(description="Send it as If-Match to change only what you saw.")
    updated_at: datetime


class OfferIn(OfferIO):
    """An offer of a firm."""

    firm_id: Id


class OfferOut(OfferIO):
    """An offer as it is stored."""

    id: Id
    firm_id: Id


class NeedIn(NeedIO):
    """A need of a firm."""

    firm_id: Id


class NeedOut(NeedIO):
    """A need as it is stored."""

    id: Id
    firm_id: Id


class ContactIn(Model):
    """A person to talk to. Personal data: shown to the firm itself and to the organiser only."""

    firm_id: Id
    name: Annotated[Line, Field(min_length=1)]
    position: Line | None = None
    email: Annotated[Str, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    phone: Annotated[Str, Field(max_length=40, pattern=r"^[0-9+()\-. ]+$")] | None = None
    line_id: Annotated[Str, Field(max_length=80)] | None = None


class ContactOut(ContactIn):
    """A contact as it is stored."""

    id: Id
    updated_at: datetime
