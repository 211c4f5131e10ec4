"""The record of processing (ROPA, ม.39), made of the policy and of what the service holds now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from api.privacy.policy import KindRule, Policy
from api.store.fair_tables import ParticipantRow
from api.store.privacy_tables import AuditRow, ConsentRow, ErasureRow
from api.store.tables import ContactRow
from matcher.engine.answer import Sentence

_FIGURES = {
    "contacts": ContactRow,
    "participants": ParticipantRow,
    "consents": ConsentRow,
    "reads": AuditRow,
    "erasures": ErasureRow,
}

_TITLES = Sentence("บันทึกรายการกิจกรรมการประมวลผลข้อมูลส่วนบุคคล (ม.39)", "Record of processing activities (PDPA s. 39)")
_HEADS = {
    "controller": Sentence("ผู้ควบคุมข้อมูลส่วนบุคคล", "Controller"),
    "purposes": Sentence("วัตถุประสงค์และฐานทางกฎหมาย", "Purposes and legal basis"),
    "kinds": Sentence("ข้อมูล ระยะเวลาเก็บ และผู้เห็น", "Data, how long it is kept, and who sees it"),
    "recipients": Sentence("ผู้รับข้อมูล", "Recipients"),
    "measures": Sentence("มาตรการรักษาความมั่นคงปลอดภัย (ม.37)", "Security measures (s. 37)"),
    "figures": Sentence("ที่ถืออยู่ขณะนี้", "Held now"),
}
FIGURE_NAMES = {
    "contacts": Sentence("ผู้ติดต่อ", "contacts"),
    "participants": Sentence("ผู้ร่วมงาน", "participants of fairs"),
    "consents": Sentence("รายการความยินยอม", "lines of the consent ledger"),
    "reads": Sentence("รายการในบันทึกการเข้าถึง", "lines of the trail"),
    "erasures": Sentence("การลบตามคำขอ", "erasures"),
}


def kept_for(rule: KindRule) -> Sentence:
    """How long a kind is kept, in words."""
    if not rule.days:
        return Sentence("ไม่ลบตามเวลา", "not deleted by time")
    if rule.after == "fair":
        return Sentence(f"{rule.days:,} วันหลังงานสุดท้าย", f"{rule.days:,} days after the last fair")
    return Sentence(f"{rule.days:,} วันหลังแก้ไขล่าสุด", f"{rule.days:,} days after the last change")


def record(session: Session, policy: Policy) -> dict[str, Any]:
    """The record as plain data, in both languages.

    Args:
        session: Of a reading.
        policy: In force.
    """
    figures = {
        name: int(session.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in _FIGURES.items()
    }
    return {
        "controller": _both(policy.controller),
        "purposes": [
            {
                "name": one.name,
                "label": _both(one.label),
                "basis": _both(one.basis),
                "unless_said": one.unless_said,
                "wording": _both(one.wording) if one.wording else None,
                "effect": _both(one.effect) if one.effect else None,
            }
            for one in policy.purposes.values()
        ],
        "kinds": [
            {
                "kind": str(one.kind),
                "label": _both(one.label),
                "purpose": _both(policy.purposes[one.purpose].label),
                "seen_by": _both(one.seen_by),
                "days": one.days,
                "after": one.after,
                "kept": _both(kept_for(one)),
            }
            for one in policy.kinds.values()
        ],
        "recipients": [_both(one) for one in policy.recipients],
        "measures": [_both(one) for one in policy.measures],
        "figures": figures,
    }


def as_markdown(found: dict[str, Any], language: str) -> str:
    """The record as a text to print or to keep, in one language."""
    heads = {name: _both(one)[language] for name, one in _HEADS.items()}
    said = _both(_TITLES)[language]
    lines = [f"# {said}", "", f"## {heads['controller']}", found["controller"][language], "", f"## {heads['purposes']}"]
    for one in found["purposes"]:
        lines.append(f"- **{one['label'][language]}** — {one['basis'][language]}")
        if one["wording"]:
            lines.append(f"  “{one['wording'][language]}” {one['effect'][language]}")
    lines += ["", f"## {heads['kinds']}"]
    for one in found["kinds"]:
        told = (one["purpose"][language], one["kept"][language], one["seen_by"][language])
        lines.append(f"- **{one['label'][language]}** — {' · '.join(told)}")
    for name in ("recipients", "measures"):
        lines += ["", f"## {heads[name]}", *(f"- {one[language]}" for one in found[name])]
    lines += ["", f"## {heads['figures']}"]
    lines += [f"- {_both(FIGURE_NAMES[name])[language]}: {count:,}" for name, count in found["figures"].items()]
    return "\n".join(lines) + "\n"


def _both(sentence: Sentence) -> dict[str, str]:
    return {"th": sentence.th, "en": sentence.en}
