"""Reasons for a listed pair: the engine's own evidence, from each side that looks for something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.engine import Engine, Match
from matcher.engine.catalog import Filters
from matcher.engine.score import score
from matcher.fair.lists import ListedPair


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why two firms should meet.

    Attributes:
        for_first: How the second answers the first's need; None where it answers none.
        for_second: How the first answers the second's.
    """

    for_first: Match | None
    for_second: Match | None

    @property
    def count(self) -> int:
        """Sides with evidence, 0 to 2."""
        return (self.for_first is not None) + (self.for_second is not None)


def reasons(engine: Engine, pair: ListedPair) -> Reasons:
    """The evidence for a pair, made when it is asked for."""
    return Reasons(
        for_first=_answers(engine, pair.first_need, pair.second),
        for_second=_answers(engine, pair.second_need, pair.first),
    )


def _answers(engine: Engine, need_id: str | None, firm_id: str) -> Match | None:
    """One firm as the answer to one need, as the engine would show it."""
    if need_id is None:
        return None
    catalog = engine.built.catalog
    need = catalog.need_row(need_id)
    brief = engine.understand.need(need)
    rows = np.array([row for row, firm in enumerate(catalog.firms) if firm.id == firm_id and catalog.alive[row]])
    offers = catalog.allowed_offers(Filters(), catalog.alive)
    scored = score(brief, engine.built, rows, allowed_offers=offers, weights=engine.weights)
    # the engine shows matches of a ranking; here the ranking is the one firm
    return engine._matches(brief, scored, catalog.needs[need].text)[0]
