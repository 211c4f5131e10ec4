"""Answers as plain data, the same for the command line, the API and the store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from matcher.domain import Role
from matcher.engine import Answer, Match

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
    chain = match.evidence.chain
    evidence = asdict(match.evidence)
    evidence["chain"] = {
        "kind": chain.kind,
        "seller": _role(chain.seller),
        "buyer": _role(chain.buyer),
        "value": chain.value,
    }
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
        "evidence": evidence,
    }


def _role(role: Role | None) -> Data | None:
    if role is None:
        return None
    return {"cluster": role.cluster, "code": role.code, "stage": role.stage, "th": role.th, "en": role.en}
