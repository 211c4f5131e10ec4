"""Searches, answers with their evidence, and match requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.web.schemas.base import Id, Line, Model, Sentence, Str
from matcher.domain import EdgeKind, Seeking, Stage


class SpanOut(Model):
    """A part of somebody's own words: `text == whole[start:end]`, counted in code points."""

    start: int
    end: int
    text: str


class RoleOut(Model):
    """A role of a cluster's chain."""

    cluster: str
    code: str
    stage: Stage
    th: str
    en: str


class ChainOut(Model):
    """The edge a deal would use; roles are null where they are not known."""

    kind: EdgeKind
    seller: RoleOut | None
    buyer: RoleOut | None
    value: float


class EvidenceOut(Model):
    """Why these two should meet."""

    asked: list[SpanOut] = Field(description="Spans of the request.")
    offered: list[SpanOut] = Field(description="Spans of the offer or need shown.")
    described: list[SpanOut] = Field(description="Spans of the firm's description.")
    chain: ChainOut
    reason: Sentence
    matched: list[Sentence]
    assumed: list[Sentence]
    missing: list[Sentence]
    next_question: Sentence


class FirmCard(Model):
    """A firm in an answer."""

    id: str
    name_th: str
    name_en: str | None
    province_th: str | None


class Shown(Model):
    """The offer or need a firm was found by."""

    id: str
    text: str


class MatchOut(Model):
    """A firm that should be met, by its best pair."""

    firm: FirmCard
    offer: Shown | None
    need: Shown | None
    score: float = Field(description="In [0, 1], higher is better.")
    signals: dict[str, float]
    evidence: EvidenceOut


class GateOut(Model):
    """A hard condition and how many firms pass it."""

    condition: Sentence
    passing: int


class AnswerOut(Model):
    """A ranked, explained answer."""

    query: str
    seeking: Seeking
    good: bool = Field(description="False: say `advice`, for none of the matches is a good answer.")
    advice: Sentence | None
    gates: list[GateOut]
    matches: list[MatchOut]
    near: list[MatchOut] = Field(description="The best that fail a condition, where few pass.")
    fingerprint: str = Field(description="Of the index that answered.")


class FacetOut(Model):
    """How many relevant firms have a value."""

    value: str
    count: int


class FacetsOut(Model):
    """Counts for each facet, each under the other facets chosen."""

    cluster: list[FacetOut]
    stage: list[FacetOut]
    province: list[FacetOut]
    certificate: list[FacetOut]


class SearchOut(Model):
    """An answer with what may narrow it and how else to ask."""

    answer: AnswerOut
    facets: FacetsOut
    did_you_mean: str | None


class SuggestionOut(Model):
    """A way to go on typing."""

    text: str
    kind: str
    count: int


class MatchRequestIn(Model):
    """A buying brief: words, or a stored need or offer; what is stated beside them counts as stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "หาโรงงานเย็บชุดกีฬาในภาคใต้ ขั้นต่ำไม่เกิน 100 ตัว ต้องมี GMP"},
                {"text": "organic cotton tote bags", "certificates": ["GOTS"], "limit": 5},
                {"need_id": "sport-d01/n1"},
            ]
        }
    )

    text: Annotated[Str, Field(max_length=4_000)] | None = Field(default=None, description="Thai or English.")
    need_id: Id | None = Field(default=None, description="A stored need instead of words.")
    offer_id: Id | None = Field(default=None, description="A stored offer instead of words: who would buy it?")
    firm_id: Id | None = Field(default=None, description="The firm that asks; it is left out of its own answer.")
    cluster: Line | None = Field(default=None, description="Beside `text`; a stored need or offer has its own.")
    stage: Stage | None = Field(default=None, description="Beside `text`, likewise.")
    seeking: Seeking | None = Field(default=None, description="Beside `text`, likewise.")
    provinces: list[Line] = Field(default=[], max_length=77, description="The other firm must be in one of them.")
    certificates: list[Line] = Field(default=[], max_length=20, description="The other firm must hold each today.")
    quantity: Line | None = Field(default=None, description="Kept with the brief for the meeting.")
    budget: Line | None = Field(default=None, description="Kept with the brief for the meeting.")
    needed_by: date | None = Field(default=None, description="Kept with the brief for the meeting.")
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class MatchRequestOut(Model):
    """A filed request with its answer as it was given, less firms that were deleted since."""

    id: str
    at: datetime
    asked: MatchRequestIn
    answer: AnswerOut
    index_fingerprint: str
    model_fingerprint: str
