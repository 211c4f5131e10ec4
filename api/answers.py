"""Answers as plain data, the same for the command line, the API and the store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from matcher.domain import ChainFit, Role
from matcher.engine import Answer, Match
from matcher.engine.answer import Sentence, Span

Data = dict[str, Any]


def answer_data(answer: Answer) -> Data:
    """An answer as plain data for JSON."""
    return {
        "query": answer.text,
        "seeking": answer.seeking,
        "good": answer.good,
        "advice": asdict(answer.advice) if answer.advice else None,
        "gates": [asdict(gate) for gate in answer.gates],
        "matches": [match_data(match) for match in answer.matches],
        "near": [match_data(match) for match in answer.near],
        "fingerprint": answer.fingerprint,
    }


def match_data(match: Match) -> Data:
    """A match with its evidence as plain data."""
    return {
        "firm": {
            "id": match.firm.id,
            "name_th": match.firm.name_th,
            "name_en": match.firm.name_en,
            "province_th": match.firm.province_th,
        },
        "offer": {"id": match.offer.id, "text": match.offer.text} if match.offer else None,
        "need": {"id": match.need.id, "text": match.need.text} if match.need else None,
        "score": match.score,
        "signals": dict(match.signals),
        "evidence": {name: _told(getattr(match.evidence, name)) for name in match.evidence.__slots__},
    }


def _told(part: Span | Sentence | ChainFit | tuple[Span | Sentence, ...]) -> Data | list[Data]:
    """A part of the evidence; `asdict` looks into everything and is slow."""
    if isinstance(part, tuple):
        return [{name: getattr(one, name) for name in one.__slots__} for one in part]
    if isinstance(part, ChainFit):
        return {"kind": part.kind, "seller": _role(part.seller), "buyer": _role(part.buyer), "value": part.value}
    return {name: getattr(part, name) for name in part.__slots__}


def _role(role: Role | None) -> Data | None:
    if role is None:
        return None
    return {"cluster": role.cluster, "code": role.code, "stage": role.stage, "th": role.th, "en": role.en}
