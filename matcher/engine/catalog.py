"""The catalog laid out in rows and columns, so that a filter is one line of numpy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from indexes import Mask, Rows
from matcher.domain import Certificates, Firm, Need, Offer, Stage
from matcher.errors import UnknownIdError


@dataclass(frozen=True, slots=True)
class Filters:
    """What a match must be. An empty set allows everything.

    Attributes:
        clusters: Codes; the offer's cluster.
        stages: The offer's stage.
        provinces: Thai names; the firm's province.
        certificates: Canonical codes, each of which the firm must hold on the day.
        without_firm: Id of a firm that is left out, as the one that asks.
    """

    clusters: frozenset[str] = frozenset()
    stages: frozenset[Stage] = frozenset()
    provinces: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    without_firm: str | None = None


class Catalog:
    """All firms, never changed once made; rows follow the order given.

    Attributes:
        firms: By firm row.
        offers: By offer row, each with the row of its firm.
        needs: By need row, likewise.
        offer_firm: int64 (n_offers,), the firm row of each offer.
        need_firm: int64 (n_needs,).
    """

    def __init__(self, firms: Iterable[Firm]) -> None:
        self.firms: tuple[Firm, ...] = tuple(firms)
        self.offers: tuple[Offer, ...] = tuple(offer for firm in self.firms for offer in firm.offers)
        self.needs: tuple[Need, ...] = tuple(need for firm in self.firms for need in firm.needs)
        self.offer_firm: Rows = _owners([len(firm.offers) for firm in self.firms])
        self.need_firm: Rows = _owners([len(firm.needs) for firm in self.firms])
        self._firm_row = {firm.id: row for row, firm in enumerate(self.firms)}
        self._offer_row = {offer.id: row for row, offer in enumerate(self.offers)}
        self._need_row = {need.id: row for row, need in enumerate(self.needs)}
        self.offer_cluster = np.array([offer.cluster or "" for offer in self.offers], np.str_)
        self.offer_stage = np.array([offer.stage or "" for offer in self.offers], np.str_)
        self.province = np.array([firm.province_th or "" for firm in self.firms], np.str_)
        self._at_stage = {stage: np.array([stage in _stages(firm) for firm in self.firms], np.bool_) for stage in Stage}

    @property
    def digest(self) -> str:
        """Changes whenever any firm does."""
        text = json.dumps([asdict(firm) for firm in self.firms], ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def offer_row(self, id: str) -> int:
        """Row of an offer.

        Raises:
            UnknownIdError: there is none.
        """
        return _row(self._offer_row, "offer", id)

    def need_row(self, id: str) -> int:
        """Row of a need; raises as `offer_row`."""
        return _row(self._need_row, "need", id)

    def firms_at(self, stage: Stage) -> Mask:
        """Bool (n_firms,): firms with a position or an offer on a stage."""
        return self._at_stage[stage]

    def allowed_firms(self, filters: Filters, *, certificates: Certificates, on: date) -> Mask:
        """Bool (n_firms,): firms that pass what a filter says of the firm itself."""
        mask = np.ones(len(self.firms), np.bool_)
        if filters.provinces:
            mask &= np.isin(self.province, sorted(filters.provinces))
        if filters.without_firm in self._firm_row:
            mask[self._firm_row[filters.without_firm]] = False
        if filters.certificates:
            for row in np.flatnonzero(mask):
                held = certificates.held(self.firms[row].certificates, on=on)
                mask[row] = filters.certificates <= held
        return mask

    def allowed_offers(self, filters: Filters, firms: Mask) -> Mask:
        """Bool (n_offers,): offers of allowed firms that pass what a filter says of the offer."""
        mask = firms[self.offer_firm]
        if filters.clusters:
            mask &= np.isin(self.offer_cluster, sorted(filters.clusters))
        if filters.stages:
            mask &= np.isin(self.offer_stage, sorted(filters.stages))
        return mask


def _owners(counts: Sequence[int]) -> Rows:
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def _stages(firm: Firm) -> set[Stage | None]:
    return {position.stage for position in firm.positions} | {offer.stage for offer in firm.offers}


def _row(rows: dict[str, int], kind: str, id: str) -> int:
    if id not in rows:
        raise UnknownIdError(kind=kind, id=id)
    return rows[id]
