"""Why a firm has fewer meetings than its floor, in words it can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.domain import Seeking
from matcher.engine import Engine
from matcher.engine.answer import Sentence
from matcher.fair.fair import Participant
from matcher.fair.pairs import PairScores
from matcher.fair.problem import Floats, Ints, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What keeps pairs apart, each bool (n, n), symmetric.

    Attributes:
        by_rules: The rules let them meet.
        wanted: Nobody said no thanks.
        together: They share a free slot.
        chance: float64 (n, n), NaN where nothing can be said.
        worthwhile: The chance is known and not pointless.
        must: They meet all the same.
        met_before: They have.
        floor: int64 (n,), as wished.
        cap: int64 (n,).
    """

    by_rules: Mask
    wanted: Mask
    together: Mask
    chance: Floats
    worthwhile: Mask
    must: Mask
    met_before: Mask
    floor: Ints
    cap: Ints

    @property
    def allowed(self) -> Mask:
        """Pairs that can be listed."""
        mask: Mask = (self.by_rules & self.wanted & self.together & self.worthwhile) | self.must
        np.fill_diagonal(mask, False)
        return mask


def why_unmet(
    people: Sequence[Participant], meetings: Ints, limits: Limits, scores: PairScores, engine: Engine
) -> dict[str, Sentence]:
    """A sentence for each firm under its floor, by id.

    Args:
        people: By id.
        meetings: int64 (n,), how many each has.
        limits: Of the same firms.
        scores: Name the thin profiles.
        engine: Knows the chain.
    """
    short = np.flatnonzero(meetings < limits.floor).tolist()
    return {
        people[row].firm_id: _why(row, people[row].firm_id, int(meetings[row]), limits, scores, engine) for row in short
    }


def _why(row: int, firm_id: str, meetings: int, limits: Limits, scores: PairScores, engine: Engine) -> Sentence:
    floor = int(limits.floor[row])
    head = Sentence(f"ได้ {meetings} จาก {floor} นัด: ", f"{meetings} of {floor} meetings: ")
    if firm_id in scores.thin:
        return _joined(head, scores.thin[firm_id])
    if (cap := int(limits.cap[row])) < floor and meetings >= cap:
        return _joined(head, Sentence(f"มีเวลาว่างเพียง {cap} ช่วง", f"only {cap} free slots"))
    wished, left = min(floor, cap), limits.by_rules[row]
    steps = (
        (left, "กติกาผู้ร่วมงานเปิดให้พบได้เพียง {n} ราย", "the rules leave only {n} firms to meet"),
        (left & limits.wanted[row], "หลังหักรายที่ไม่ขอพบเหลือ {n} ราย", "no-thanks leave only {n} firms to meet"),
        (
            left & limits.wanted[row] & limits.together[row],
            "มีเวลาว่างตรงกับเพียง {n} ราย",
            "only {n} firms share a free slot",
        ),
    )
    for mask, th, en in steps:
        if (n := int(mask.sum())) < wished:
            return _joined(head, Sentence(th.format(n=n), en.format(n=n)))
    if (n := int(limits.allowed[row].sum())) < wished:
        return _joined(head, _chain_lacks(firm_id, n, engine))
    return _joined(
        head,
        Sentence(
            f"คู่ที่เหมาะ {n} รายมีนัดเต็มหรือโต๊ะเต็ม เพิ่มจำนวนนัดสูงสุดหรือโต๊ะ",
            f"its {n} fitting firms, or the tables, are full: raise their most meetings, or add tables",
        ),
    )


def _chain_lacks(firm_id: str, n: int, engine: Engine) -> Sentence:
    """Nobody, or too few, on the other side of a firm's chain."""
    catalog, roles = engine.built.catalog, engine.built.roles.all
    firm = next(firm for firm in catalog.living if firm.id == firm_id)
    briefs = [engine.understand.need(catalog.need_row(need.id)) for need in firm.needs]
    sought = [roles[int(brief.roles.argmax())] for brief in briefs if brief.seeking is Seeking.SUPPLIER]
    sold = [roles[int(engine.built.offer_roles[catalog.offer_row(offer.id)].argmax())] for offer in firm.offers]
    th, en = [f"ในงานมีคู่ที่เหมาะเพียง {n} ราย"], [f"only {n} firms at the fair fit"]
    if sought:
        th.append("มองหา " + ", ".join(dict.fromkeys(role.th for role in sought)))
        en.append("it looks for " + ", ".join(dict.fromkeys(role.en for role in sought)))
    if sold:
        th.append("ขายในฐานะ " + ", ".join(dict.fromkeys(role.th for role in sold)))
        en.append("it sells as " + ", ".join(dict.fromkeys(role.en for role in sold)))
    if not firm.needs:
        th.append("โปรไฟล์ยังไม่บอกสิ่งที่ต้องการ")
        en.append("its profile states no need")
    if not firm.offers:
        th.append("โปรไฟล์ยังไม่บอกสิ่งที่ขาย")
        en.append("its profile states no offer")
    return Sentence("; ".join(th), "; ".join(en))


def _joined(head: Sentence, rest: Sentence) -> Sentence:
    return Sentence(head.th + rest.th, head.en + rest.en)
