"""Where on the chains the offers and needs of some firms stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.domain import Firm, Seeking
from matcher.engine import Engine
from matcher.engine.understand import EDGE_FLOOR


@dataclass(frozen=True, slots=True)
class Placed:
    """An offer or a need on a role.

    Attributes:
        role: Row of the likeliest role in `engine.built.roles.all`.
        chance: Of that role, in [0, 1].
        own: Row of the asking firm's role; -1 for an offer, or where the firm has none.
    """

    id: str
    firm: Firm
    role: int
    chance: float
    own: int = -1


def placed_offers(engine: Engine, rows: Sequence[int]) -> list[Placed]:
    """The offers of the firms in these rows of the catalog."""
    built, chosen = engine.built, set(rows)
    return [
        Placed(offer.id, built.catalog.firms[firm], int(chances.argmax()), float(chances.max()))
        for offer, firm, chances in zip(
            built.catalog.offers, built.catalog.offer_firm.tolist(), built.offer_roles, strict=True
        )
        if firm in chosen
    ]


def placed_needs(engine: Engine, rows: Sequence[int]) -> list[Placed]:
    """Needs for suppliers and partners, each with the role that asks: the own one that fits best."""
    built, chosen, found = engine.built, set(rows), []
    for row, firm in enumerate(built.catalog.need_firm.tolist()):
        brief = engine.understand.need(row) if firm in chosen else None
        if brief is None or brief.seeking is Seeking.BUYER:
            continue
        role = int(brief.roles.argmax())
        fits = built.firm_roles[firm] * (EDGE_FLOOR + built.roles.edges[role])
        own = int(fits.argmax()) if fits.any() else -1
        need = built.catalog.needs[row]
        found.append(Placed(need.id, built.catalog.firms[firm], role, float(brief.roles.max()), own))
    return found
