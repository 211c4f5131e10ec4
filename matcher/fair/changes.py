"""What changed between two lists, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.engine.answer import Sentence
from matcher.fair.lists import ListedPair, MatchLists
from matcher.fair.manifest import Manifest
from matcher.fair.pairs import PairScores

_SAME = 5e-4
"""Chances closer than this are called the same."""


@dataclass(frozen=True, slots=True)
class ListRun:
    """Lists with what they were made of.

    Attributes:
        scores: Of all pairs, if kept: then a pair that is listed no more can say its score.
    """

    lists: MatchLists
    manifest: Manifest
    scores: PairScores | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One pair that came, went or changed.

    Attributes:
        kind: "added", "removed" or "score".
        why: In words.
    """

    kind: str
    first: str
    second: str
    before: float | None
    after: float | None
    why: Sentence


def diff(before: ListRun, after: ListRun) -> tuple[Change, ...]:
    """Every pair that differs, by ids, with the reason: nothing where the lists are alike."""
    old = {(pair.first, pair.second): pair for pair in before.lists.pairs}
    new = {(pair.first, pair.second): pair for pair in after.lists.pairs}
    changes = []
    for ids in sorted(old.keys() | new.keys()):
        was, now = _chance(before, ids, old.get(ids)), _chance(after, ids, new.get(ids))
        if ids not in new:
            changes.append(Change("removed", *ids, was, now, _why_removed(before, after, ids, was, now)))
        elif ids not in old:
            changes.append(Change("added", *ids, was, now, _why_added(before, after, ids, was, now)))
        elif was is not None and now is not None and abs(was - now) >= _SAME:
            changes.append(Change("score", *ids, was, now, _why_score(before, after, ids, was, now)))
    return tuple(changes)


def _chance(run: ListRun, ids: tuple[str, str], pair: ListedPair | None) -> float | None:
    if pair is not None:
        return pair.chance
    if run.scores is None or not set(ids) <= set(run.scores.firm_ids):
        return None
    chance = float(run.scores.chance[run.scores.at(ids[0]), run.scores.at(ids[1])])
    return None if chance != chance else round(chance, 6)


def _why_removed(
    before: ListRun, after: ListRun, ids: tuple[str, str], was: float | None, now: float | None
) -> Sentence:
    for id in ids:
        if id not in after.manifest.firms:
            return Sentence(f"{id} ไม่ร่วมงานแล้ว", f"{id} no longer takes part")
    if " ".join(ids) in after.manifest.no_thanks and " ".join(ids) not in before.manifest.no_thanks:
        return Sentence("มีฝ่ายหนึ่งไม่ขอพบ", "one of the two said no thanks")
    if " ".join(ids) in before.manifest.must_meet and " ".join(ids) not in after.manifest.must_meet:
        return Sentence("ไม่ได้กำหนดว่าต้องพบแล้ว", "they need no longer meet")
    return _why_moved(before, after, ids, was, now)


def _why_added(before: ListRun, after: ListRun, ids: tuple[str, str], was: float | None, now: float | None) -> Sentence:
    for id in ids:
        if id not in before.manifest.firms:
            return Sentence(f"{id} เพิ่งร่วมงาน", f"{id} is new to the fair")
    if " ".join(ids) in after.manifest.must_meet and " ".join(ids) not in before.manifest.must_meet:
        return Sentence("กำหนดให้ต้องพบ", "they must meet now")
    if " ".join(ids) in before.manifest.no_thanks and " ".join(ids) not in after.manifest.no_thanks:
        return Sentence("ถอนคำว่าไม่ขอพบแล้ว", "a no-thanks was taken back")
    return _why_moved(before, after, ids, was, now)


def _why_moved(before: ListRun, after: ListRun, ids: tuple[str, str], was: float | None, now: float | None) -> Sentence:
    """Neither people nor wishes explain it: the score, a cap, the rules, or room made or taken by others."""
    if was is not None and now is not None and abs(was - now) >= _SAME:
        return _why_score(before, after, ids, was, now)
    for id in ids:
        old, new = before.manifest.caps.get(id), after.manifest.caps.get(id)
        if old != new:
            return Sentence(f"{id} รับได้ {new} นัด เดิม {old}", f"{id} has room for {new} meetings, before {old}")
    if before.manifest.rules != after.manifest.rules:
        return Sentence("วิธีทำรายการเปลี่ยน", "the way lists are made changed")
    full = [id for id in ids if len(after.lists.of(id)) >= after.manifest.caps.get(id, 0)]
    if full:
        names = ", ".join(full)
        return Sentence(
            f"{names} มีนัดเต็มด้วยคู่ที่รวมแล้วดีกว่า", f"{names} is full with meetings that are better for all together"
        )
    return Sentence("สลับเพื่อให้ทั้งงานได้คู่ที่ดีกว่า", "exchanged for lists that are better for all together")


def _why_score(before: ListRun, after: ListRun, ids: tuple[str, str], was: float, now: float) -> Sentence:
    step = f"{was:.2f} → {now:.2f} ({now - was:+.2f})"
    th, en = _cause(before.manifest, after.manifest, ids)
    return Sentence(f"โอกาสที่ทั้งสองฝ่ายตกลง {step}: {th}", f"the chance that both accept went {step}: {en}")


def _cause(old: Manifest, new: Manifest, ids: tuple[str, str]) -> tuple[str, str]:
    """What moved a score, the nearest cause first."""
    firms = [id for id in ids if old.firms.get(id) != new.firms.get(id)]
    if texts := [text for id in firms for text in _changed(old.texts.get(id, {}), new.texts.get(id, {}))]:
        names = ", ".join(texts)
        return f"ข้อความของ {names} เปลี่ยน", f"the text of {names} changed"
    if firms:
        names = ", ".join(firms)
        return f"โปรไฟล์ของ {names} เปลี่ยน", f"the profile of {names} changed"
    if old.model != new.model:
        return "แบบจำลองภาษาเปลี่ยน", "the language model changed"
    if old.weights != new.weights:
        return "น้ำหนักของสัญญาณเปลี่ยน", "the weights changed"
    if old.day != new.day:
        return "วันที่ตรวจใบรับรองเปลี่ยน", "certificates were checked for another day"
    return "กิจการอื่นในแคตตาล็อกเปลี่ยน", "other firms of the catalog changed"


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return sorted(id for id in old.keys() | new.keys() if old.get(id) != new.get(id))
