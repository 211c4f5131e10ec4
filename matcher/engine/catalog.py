"""The catalog laid out in rows and columns, so that a filter is one line of numpy.

Rows are never taken out or changed: a firm that goes leaves a dead row behind, and a firm that changes
a dead row and a new one at the end. So an index need only add rows to follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import numpy as np

from indexes import Mask, Rows
from matcher.domain import Certificate, Firm, Need, Offer, Position, Seeking, Stage
from matcher.engine.layout import Labels, Owned
from matcher.engine.seeking import need_seeking
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


def firm_digest(firm: Firm) -> str:
    """32 hex digits that change whenever anything of the firm does."""
    text = json.dumps(firm, default=_plain, sort_keys=True, separators=(",", ":"))  # ASCII: lone surrogates too
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


class Catalog:
    """All firms, never changed once made; rows follow the order given.

    Args:
        firms: No two alive with the same id.
        digests: `firm_digest` of each firm where it is known already; else it is computed when asked for.
        alive: bool (n_rows,), False for rows that cannot be found; None where all can.

    Attributes:
        firms: By firm row, the dead too.
        offers: By offer row, each with the row of its firm.
        needs: By need row, likewise.
        offers_of: Offer rows by firm row; `needs_of` likewise.
        need_sells: bool (n_need_rows,), needs that look for buyers, and so are no demand for goods.
        alive: bool (n_rows,), the firm rows that can be found; read-only.
    """

    def __init__(
        self, firms: Iterable[Firm], digests: Sequence[str] | None = None, *, alive: Mask | None = None
    ) -> None:
        self.firms: tuple[Firm, ...] = tuple(firms)
        self.offers: tuple[Offer, ...] = tuple(offer for firm in self.firms for offer in firm.offers)
        self.needs: tuple[Need, ...] = tuple(need for firm in self.firms for need in firm.needs)
        self.offers_of = Owned.counted(len(firm.offers) for firm in self.firms)
        self.needs_of = Owned.counted(len(firm.needs) for firm in self.firms)
        self.need_sells: Mask = np.array(
            [need_seeking(need, firm.offers) is Seeking.BUYER for firm in self.firms for need in firm.needs], np.bool_
        )
        self.offer_cluster = Labels.of(offer.cluster for offer in self.offers)
        self.offer_stage = Labels.of(offer.stage for offer in self.offers)
        self.province = Labels.of(firm.province_th for firm in self.firms)
        self._at_stage = {stage: np.array([stage in _stages(firm) for firm in self.firms], np.bool_) for stage in Stage}
        self._set_alive(np.ones(len(self.firms), np.bool_) if alive is None else alive.copy())
        self._firm_row = _rows((firm.id for firm in self.firms), self.alive)
        self._offer_row = _rows((offer.id for offer in self.offers), self.alive[self.offer_firm])
        self._need_row = _rows((need.id for need in self.needs), self.alive[self.need_firm])
        if digests is not None:
            known = zip(self.firms, digests, self.alive.tolist(), strict=True)
            self.digests = {firm.id: digest for firm, digest, lives in known if lives}

    @cached_property
    def digests(self) -> dict[str, str]:
        """`firm_digest` of every living firm by id; not to be changed."""
        return {firm.id: firm_digest(firm) for firm in self.living}

    @cached_property
    def living(self) -> tuple[Firm, ...]:
        """The firms that can be found, in the order of their rows."""
        return tuple(self.firms[row] for row in np.flatnonzero(self.alive).tolist())

    @cached_property
    def _sum(self) -> int:
        return sum(_part(*item) for item in self.digests.items()) % _PARTS

    @property
    def digest(self) -> str:
        """Changes whenever any living firm does, whatever their order: 32 hex digits.

        Source: the sum of hashes of Bellare and Micciancio, "A new paradigm for collision-free hashing:
        incrementality at reduced cost", EUROCRYPT 1997; at 128 bits it finds changes, it stops no forger.
        """
        return f"{self._sum:032x}"

    @property
    def offer_firm(self) -> Rows:
        """int64 (n_offer_rows,), the firm row of each offer."""
        return self.offers_of.owner

    @property
    def need_firm(self) -> Rows:
        """int64 (n_need_rows,), the firm row of each need."""
        return self.needs_of.owner

    @property
    def n_firms(self) -> int:
        """How many firms can be found."""
        return len(self._firm_row)

    @property
    def n_offers(self) -> int:
        """How many offers can be found."""
        return len(self._offer_row)

    @property
    def n_needs(self) -> int:
        """How many needs can be found."""
        return len(self._need_row)

    def amended(self, put: Sequence[Firm], gone: Collection[str], digests: Mapping[str, str] | None = None) -> Catalog:
        """Another catalog with some firms new, changed or gone; this one stays as it is.

        Args:
            put: New firms, and firms that take the place of those with their ids; one that is as it
                stands already changes nothing.
            gone: Ids of firms to take out; ids that name nothing, or are put too, are left out.
            digests: `firm_digest` of the firms put, by id, where it is known already.

        Returns:
            All rows of this one, with the same numbers, and a new row for each firm that was put.
        """
        known = digests or {}
        given = {firm.id: (firm, known.get(firm.id) or firm_digest(firm)) for firm in put}
        new = {id: found for id, found in given.items() if self.digests.get(id) != found[1]}
        leaving = ({*gone} - given.keys() | new.keys()) & self._firm_row.keys()
        if not new and not leaving:
            return self
        tail = Catalog([firm for firm, _ in new.values()], [digest for _, digest in new.values()])
        return self._followed_by(tail, leaving)

    def compacted(self) -> Catalog:
        """The living firms alone, their rows numbered anew; itself where no row is dead."""
        if self.alive.all():
            return self
        return Catalog(self.living, [self.digests[firm.id] for firm in self.living])

    def _followed_by(self, tail: Catalog, leaving: Collection[str]) -> Catalog:
        """The rows of both, those of the leaving firms dead; nothing is computed twice."""
        n_rows, dead = len(self.firms), [self._firm_row[id] for id in leaving]
        both = Catalog.__new__(Catalog)
        both.firms, both.offers, both.needs = (
            self.firms + tail.firms,
            self.offers + tail.offers,
            self.needs + tail.needs,
        )
        both.offers_of = self.offers_of.followed_by(tail.offers_of)
        both.needs_of = self.needs_of.followed_by(tail.needs_of)
        both.need_sells = np.concatenate([self.need_sells, tail.need_sells])
        both.offer_cluster = self.offer_cluster.followed_by(tail.offer_cluster)
        both.offer_stage = self.offer_stage.followed_by(tail.offer_stage)
        both.province = self.province.followed_by(tail.province)
        both._at_stage = {stage: np.concatenate([self._at_stage[stage], tail._at_stage[stage]]) for stage in Stage}
        alive = np.concatenate([self.alive, tail.alive])
        alive[dead] = False
        both._set_alive(alive)
        offers = [offer.id for row in dead for offer in self.firms[row].offers]
        needs = [need.id for row in dead for need in self.firms[row].needs]
        both._firm_row = _amended_rows(self._firm_row, leaving, tail._firm_row, n_rows)
        both._offer_row = _amended_rows(self._offer_row, offers, tail._offer_row, len(self.offers))
        both._need_row = _amended_rows(self._need_row, needs, tail._need_row, len(self.needs))
        left = {id: digest for id, digest in self.digests.items() if id not in leaving}
        both.digests = left | tail.digests
        both._sum = (self._sum - sum(_part(id, self.digests[id]) for id in leaving) + tail._sum) % _PARTS
        return both

    def _set_alive(self, alive: Mask) -> None:
        self.alive = alive
        self.alive.flags.writeable = False

    def firm_row(self, id: str) -> int:
        """Row of a living firm; raises as `offer_row`."""
        return _row(self._firm_row, "firm", id)

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
        """Bool (n_rows,): firms with a position or an offer on a stage."""
        return self._at_stage[stage]

    def allowed_firms(self, filters: Filters) -> Mask:
        """Bool (n_rows,): living firms that pass what a filter says of province and firm.

        Certificates and places on a chain are laid out in `FacetTable`, which knows all conditions.
        """
        mask = self.alive.copy()
        if filters.provinces:
            mask &= self.province.among(filters.provinces)
        if filters.without_firm in self._firm_row:
            mask[self._firm_row[filters.without_firm]] = False
        return mask

    def allowed_offers(self, filters: Filters, firms: Mask) -> Mask:
        """Bool (n_offer_rows,): offers of allowed firms that pass what a filter says of the offer."""
        mask = firms[self.offer_firm]
        if filters.clusters:
            mask &= self.offer_cluster.among(filters.clusters)
        if filters.stages:
            mask &= self.offer_stage.among(filters.stages)
        return mask


_PARTS = 2**128


def _part(id: str, digest: str) -> int:
    """A firm's part of the catalog's digest."""
    whole = hashlib.sha256(f"{id}\0{digest}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(whole[:16], "big")


def _plain(value: date | Certificate | Position | Offer | Need) -> str | dict[str, object]:
    """What JSON does not know: a day, or a dataclass as its fields."""
    if isinstance(value, date):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _rows(ids: Iterable[str], alive: Mask) -> dict[str, int]:
    return {id: row for row, (id, lives) in enumerate(zip(ids, alive.tolist(), strict=True)) if lives}


def _amended_rows(rows: dict[str, int], leaving: Iterable[str], more: dict[str, int], first: int) -> dict[str, int]:
    """A copy without some ids and with others, whose rows are counted from `first`."""
    left = rows.copy()
    for id in leaving:
        left.pop(id, None)
    left.update((id, row + first) for id, row in more.items())
    return left


def _stages(firm: Firm) -> set[Stage | None]:
    return {position.stage for position in firm.positions} | {offer.stage for offer in firm.offers}


def _row(rows: dict[str, int], kind: str, id: str) -> int:
    if id not in rows:
        raise UnknownIdError(kind=kind, id=id)
    return rows[id]
