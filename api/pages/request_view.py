"""What the pages of match requests show."""

from __future__ import annotations

import secrets
from typing import Any

from pydantic import ValidationError

from api.errors import MissingError, UnknownValueError
from api.pages.asked import Asked
from api.pages.rendering import Speech, address
from api.pages.searching import certificate_text, cluster_text, province_text, source_of
from api.pages.visiting import Visitor
from api.web.schemas import MatchRequestIn, MatchRequestOut
from matcher.domain import Seeking, Stage, load_certificates, load_provinces
from matcher.domain.places import REGIONS
from matcher.errors import TextTooLongError, UnreadableTextError

Data = dict[str, Any]

ONE = ("text", "need_id", "offer_id", "cluster", "stage", "seeking", "quantity", "budget", "needed_by", "firm_id")
"""Fields with one value."""
MANY = ("provinces", "certificates")
"""Fields with several."""

_REGIONS_EN = {
    "north": "North",
    "northeast": "Northeast",
    "central": "Central",
    "east": "East",
    "west": "West",
    "south": "South",
}


def blank(asked: Asked) -> Data:
    """A form's values, taken over from a search."""
    return {name: "" for name in ONE} | {
        "text": "" if asked.need or asked.offer else asked.q,
        "need_id": asked.need,
        "offer_id": "" if asked.need else asked.offer,
        "cluster": asked.cluster[0] if len(asked.cluster) == 1 else "",
        "stage": asked.stage[0] if len(asked.stage) == 1 else "",
        "seeking": asked.seeking,
        "provinces": list(asked.province),
        "certificates": list(asked.certificate),
    }


def form_view(visitor: Visitor, typed: Data, *, form: str) -> Data:
    """The form's values and what can be chosen.

    Args:
        visitor: Whose form it is.
        typed: A value of each field.
        form: The id of this form, kept when it comes back; empty for a new one.
    """
    t = Speech(visitor.language)
    provinces = load_provinces().by_th.values()
    regions = [
        (
            REGIONS[region][0] if visitor.language == "th" else _REGIONS_EN[region],
            [(one.th, province_text(one.th, visitor.language)) for one in provinces if one.region == region],
        )
        for region in REGIONS
    ]
    return {
        "typed": typed,
        "form": form or secrets.token_urlsafe(12),
        "source": source_or_none(visitor, Asked(need=typed["need_id"], offer=typed["offer_id"])),
        "clusters": [(code, cluster_text(visitor, code)) for code in visitor.here.chains.clusters],
        "stages": [(str(stage), t.label(stage)) for stage in Stage],
        "seekings": [(str(seeking), t.label(seeking)) for seeking in Seeking],
        "regions": regions,
        "known_certificates": [(code, certificate_text(code, visitor.language)) for code in load_certificates().labels],
    }


def wrong_fields(problem: Exception) -> dict[str, str]:
    """Fields that must be mended, each with the name of the text that says how."""
    if isinstance(problem, ValidationError):
        return {str(one["loc"][0]): _wrong(str(one["loc"][0]), one["type"]) for one in problem.errors()}
    if isinstance(problem, UnknownValueError):
        return {{"province": "provinces"}.get(problem.field or "", problem.field or "text"): "not_known"}
    if isinstance(problem, MissingError):
        return {"firm_id": "no_such_firm"} if problem.kind == "firm" else {"text": "not_known"}
    if isinstance(problem, TextTooLongError):
        return {"text": "too_long"}
    return {"text": "unreadable" if isinstance(problem, UnreadableTextError) else "say_what"}


def row_view(visitor: Visitor, one: MatchRequestOut) -> Data:
    """A request in the list."""
    again = Asked(need=one.asked.need_id or "", offer=one.asked.offer_id or "")
    source = None if one.asked.text else source_or_none(visitor, again)
    return {
        "url": address(f"/requests/{one.id}", language=visitor.language),
        "text": one.asked.text or (source["text"] if source else one.answer.query),
        "at": one.at,
        "good": one.answer.good,
        "matches": len(one.answer.matches),
    }


def stated(visitor: Visitor, asked: MatchRequestIn) -> list[tuple[str, str]]:
    """What a request states beside its words: the name of each text, and the value."""
    t = Speech(visitor.language)
    said = [
        ("cluster", cluster_text(visitor, asked.cluster) if asked.cluster else ""),
        ("stage", t.label(asked.stage) if asked.stage else ""),
        ("seeking", t.label(asked.seeking) if asked.seeking else ""),
        ("provinces_in", ", ".join(province_text(name, visitor.language) for name in asked.provinces)),
        ("must_certificates", ", ".join(certificate_text(code, visitor.language) for code in asked.certificates)),
        ("quantity", asked.quantity or ""),
        ("budget", asked.budget or ""),
        ("needed_by", t.day(asked.needed_by) if asked.needed_by else ""),
    ]
    return [(name, value) for name, value in said if value]


def source_or_none(visitor: Visitor, asked: Asked) -> Data | None:
    """The stored need or offer that is asked about; None where there is none, or none any more."""
    try:
        return source_of(visitor, asked)
    except MissingError:
        return None


def _wrong(field: str, kind: str) -> str:
    if field == "needed_by":
        return "not_a_date"
    return "too_long" if kind in {"string_too_long", "too_long"} else "not_known"
