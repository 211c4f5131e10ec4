"""Pair scores of a fair: the chance that two firms both accept to meet, for all pairs at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from indexes import Rows, Vectors
from matcher.bulk import HERE, Bulk
from matcher.domain import Firm
from matcher.engine import Engine
from matcher.engine.answer import Sentence
from matcher.errors import UnknownIdError
from matcher.fair.chance import Calibration, Readiness, both_accept, load_calibration
from matcher.fair.party import Party, answer_block
from matcher.text import words

MIN_WORDS = 5
"""Words that a firm's offers and needs must have together, for anything to be said of it."""

_BLOCK = 4_000_000
"""Needs times offers that are scored at once: 16 MB a signal."""

_NEEDS = 64
"""Needs that are scored at once: one job, so few enough for many machines."""

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PairScores:
    """Every participant against every other.

    Attributes:
        firm_ids: Of the n participants, sorted; rows and columns follow it.
        chance: float32 (n, n), symmetric: the chance that both accept, in [0, 1]; NaN where a profile is
            too thin to say, and on the diagonal.
        wants: float32 (n, n): chance that the column's firm answers what the row's firm looks for.
        raw: float32 (n, n): the engine's score behind `wants`.
        need: int32 (n, n): row in the catalog of the row firm's need that gave it, −1 where none did.
        offer: int32 (n, n): the column firm's offer likewise.
        thin: What each firm of which nothing can be said lacks, by id.
        on: The day on which certificates must hold.
        calibration: Behind `wants`; `readiness` behind `chance`.
    """

    firm_ids: tuple[str, ...]
    chance: Vectors
    wants: Vectors
    raw: Vectors
    need: Places
    offer: Places
    thin: Mapping[str, Sentence]
    on: date
    calibration: Calibration
    readiness: Readiness

    def at(self, firm_id: str) -> int:
        """Row of a firm.

        Raises:
            UnknownIdError: it does not take part.
        """
        at = int(np.searchsorted(np.array(self.firm_ids), firm_id)) if self.firm_ids else 0
        if at >= len(self.firm_ids) or self.firm_ids[at] != firm_id:
            raise UnknownIdError(kind="participant", id=firm_id)
        return at


def pair_scores(
    engine: Engine,
    firm_ids: Sequence[str],
    *,
    on: date,
    calibration: Calibration | None = None,
    readiness: Readiness | None = None,
    bulk: Bulk = HERE,
) -> PairScores:
    """Score all pairs of some firms of the catalog, both directions.

    Args:
        engine: Over the catalog.
        firm_ids: In any order; repeats count once.
        on: The day on which certificates must hold, as the first of the fair.
        calibration: None takes the project's own.
        readiness: How readily firms accept that did not ask.
        bulk: Who answers the needs.

    Raises:
        UnknownIdError: a firm is not in the catalog.
    """
    ids = tuple(sorted(set(firm_ids)))
    rows = _rows(engine, ids)
    ready = readiness or Readiness()
    calibrated = calibration or load_calibration()
    n = len(ids)
    raw, need, offer = np.zeros((n, n), np.float32), np.full((n, n), -1, np.int32), np.full((n, n), -1, np.int32)
    asked = np.zeros((n, n), np.float32)
    blocks = list(_blocks(engine, rows))
    party = Party(engine, rows, on=on, bulk=bulk)
    done = bulk.workers.each(answer_block, (needs for _, needs, _ in blocks), shared=party)
    for (firms, needs, owners), found in zip(blocks, done, strict=True):
        readies = np.array([ready.for_asked(seeking) for seeking in found.seeking], np.float32)
        for at in firms:
            own = np.flatnonzero(owners == at)
            best = found.scores[own].argmax(axis=0)
            columns = np.arange(n)
            raw[at] = found.scores[own[best], columns]
            answered = raw[at] > 0
            need[at] = np.where(answered, np.array(needs)[own[best]], -1)
            offer[at] = np.where(answered, found.offers[own[best], columns], -1)
            asked[at] = readies[own[best]]
    wants = calibrated.chance(raw)
    chance = both_accept(wants=wants, wanted=wants.T, asked_ready=asked, asking_ready=asked.T)
    thin = {firm.id: lack for row in rows.tolist() if (lack := lacking(firm := engine.built.catalog.firms[row]))}
    unsaid = np.array([id in thin for id in ids], np.bool_)
    chance[unsaid] = chance[:, unsaid] = np.nan
    np.fill_diagonal(chance, np.nan)
    return PairScores(ids, _symmetric(chance), wants, raw, need, offer, thin, on, calibrated, ready)


def lacking(firm: Firm) -> Sentence | None:
    """What a profile must say before anything can be said of it; None where it says enough."""
    if not firm.offers and not firm.needs:
        return Sentence(
            "ข้อมูลไม่พอ: ไม่มีทั้งสิ่งที่ขายและสิ่งที่ต้องการ เพิ่มอย่างน้อยอย่างละหนึ่งรายการ",
            "not enough to say: neither an offer nor a need; add one of each",
        )
    texts = [*(offer.text for offer in firm.offers), *(need.text for need in firm.needs)]
    count = sum(len(words(text)) for text in texts)
    if count < MIN_WORDS:
        return Sentence(
            f"ข้อมูลไม่พอ: สิ่งที่ขายและสิ่งที่ต้องการมีรวม {count} คำ บอกชนิด ขนาด วัสดุ และการใช้งาน",
            f"not enough to say: offers and needs have {count} words together; say what kind, size, material, use",
        )
    return None


def _rows(engine: Engine, ids: Sequence[str]) -> Rows:
    catalog = engine.built.catalog
    known = {firm.id: row for row, firm in enumerate(catalog.firms) if catalog.alive[row]}
    if missing := [id for id in ids if id not in known]:
        raise UnknownIdError(kind="firm", id=missing[0])
    return np.array([known[id] for id in ids], np.int64)


def _blocks(engine: Engine, rows: Rows) -> Iterator[tuple[list[int], list[int], npt.NDArray[np.int64]]]:
    """Participants with needs, some at a time: their places, their needs' rows, and each need's place."""
    catalog = engine.built.catalog
    by_firm: dict[int, list[int]] = {}
    for need, firm in enumerate(catalog.need_firm.tolist()):
        by_firm.setdefault(firm, []).append(need)
    width = max(1, int(np.isin(catalog.offer_firm, rows).sum()), len(rows))
    firms: list[int] = []
    needs: list[int] = []
    owners: list[int] = []
    for at, row in enumerate(rows.tolist()):
        own = by_firm.get(row, [])
        together = len(needs) + len(own)
        if own and needs and (together * width > _BLOCK or together > _NEEDS):
            yield firms, needs, np.array(owners, np.int64)
            firms, needs, owners = [], [], []
        if own:
            firms.append(at)
            needs += own
            owners += [at] * len(own)
    if needs:
        yield firms, needs, np.array(owners, np.int64)


def _symmetric(chance: Vectors) -> Vectors:
    """Both halves alike to the last bit, rounded to six places."""
    upper = np.triu(np.round(chance, 6))
    return np.asarray(upper + np.triu(upper, 1).T, np.float32)
