"""What came of a fair, and what the chains of its firms lack."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.web.schemas.base import Id, Model, Sentence, Text
from matcher.domain import EdgeKind, Stage
from matcher.fair.outcomes import Outcome
from matcher.fair.outcomes.told import MAX_THB

Baht = Annotated[int, Field(ge=0, le=MAX_THB, description="Whole baht.")]

_OUTCOME: Any = {
    "firm_id": "agritech-d01",
    "other_id": "agritech-d11",
    "outcome": "cooperation_possible",
    "expected_thb": 250000,
    "actual_thb": None,
    "note": None,
}


class OutcomeIn(Model):
    """What came of a meeting; it replaces what the same teller said before."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OUTCOME]})

    firm_id: Id
    other_id: Id
    by: Id | None = Field(
        default=None, description="For an organiser: the firm that told it; null is the organiser itself."
    )
    outcome: Outcome
    expected_thb: Baht | None = Field(default=None, description="Value expected over one year, whole baht.")
    actual_thb: Baht | None = Field(default=None, description="Value traded, whole baht.")
    note: Text | None = None


class OutcomeOut(Model):
    """What one teller says of a meeting."""

    first: str
    second: str
    by: str | None = Field(description="The firm that tells; null is the organiser.")
    outcome: Outcome
    expected_thb: int | None
    actual_thb: int | None
    note: str | None
    at: datetime


class SumsOut(Model):
    """What a number of meetings came to."""

    meetings: int
    answered: int
    share_answered: float
    met: int = Field(description="คู่เจรจา")
    outcomes: dict[str, int]
    expected_thb: int = Field(description="มูลค่าคาดการณ์ 1 ปี")
    actual_thb: int = Field(description="มูลค่าซื้อขายจริง")


class GroupOut(Model):
    """Meetings that have something in common."""

    id: str
    name: Sentence
    sums: SumsOut


class DifferenceOut(Model):
    """A pair whose two firms do not say the same."""

    first: str
    second: str
    about: list[str]
    first_says: OutcomeOut
    second_says: OutcomeOut
    counted_expected_thb: int
    counted_actual_thb: int


class OutcomeReportOut(Model):
    """What came of a fair; groups add up to more than the total, since a pair counts on each side."""

    fair_id: str
    rule: Sentence = Field(description="How a pair's figures are taken.")
    total: SumsOut
    clusters: list[GroupOut]
    provinces: list[GroupOut]
    days: list[GroupOut]
    firms: list[GroupOut]
    differences: list[DifferenceOut]
    without_meeting: list[list[str]]


class RoleGapOut(Model):
    """A role of a chain among some firms."""

    cluster: str
    role: str
    stage: Stage
    th: str
    en: str
    offers: list[str]
    needs: list[str]
    firms_offering: int
    firms_seeking: int
    sureness: float
    regions_offering: dict[str, int]
    regions_seeking: dict[str, int]
    provinces_offering: dict[str, int]
    provinces_seeking: dict[str, int]
    missing: bool = Field(description="Sought, and nobody offers it.")
    unsought: bool = Field(description="Offered, and nobody looks for it.")


class EdgeGapOut(Model):
    """Demand that waits on an edge of a chain."""

    cluster: str
    seller: str
    buyer: str
    kind: EdgeKind
    needs: list[str]
    supply: int
    seller_cluster: str
    buyer_cluster: str


class ProvinceGapOut(Model):
    """A role among the firms of one province."""

    cluster: str
    province: str
    role: str
    seeking: int
    offering: int
    elsewhere: int
    missing: bool


class GapsOut(Model):
    """What the chains of some firms lack."""

    roles: list[RoleGapOut]
    edges: list[EdgeGapOut]
    provinces: list[ProvinceGapOut]
    missing_links: list[Sentence]
    regional: list[Sentence]
    unplaced: int = Field(description="Offers and needs that are placed nowhere.")
