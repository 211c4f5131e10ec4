"""Who may meet whom: by cluster, stage, side or group; a firm never meets itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from indexes import Mask
from matcher.domain import Firm, Offer, Position

if TYPE_CHECKING:
    from matcher.fair.fair import Participant

ANY = "*"
"""Stands for every value, also for none."""


class By(StrEnum):
    """What a rule looks at."""

    CLUSTER = "cluster"
    STAGE = "stage"
    SIDE = "side"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Rule:
    """Firms with one value, and firms with another: either way round.

    Example: `Rule(By.SIDE, "buyer", "seller")`; `Rule(By.GROUP, "investors", ANY)`.
    """

    by: By
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class MeetingRules:
    """Who may meet whom. A pair that must meet is above them, since somebody asked for it by name.

    Attributes:
        only: A pair needs one of these to hold; none allows all.
        never: A pair for which one of these holds does not meet.
        common_language: Whether two firms must share a language.
    """

    only: tuple[Rule, ...] = ()
    never: tuple[Rule, ...] = ()
    common_language: bool = False

    def allowed(self, participants: Sequence[Participant], firms: Sequence[Firm]) -> Mask:
        """Bool (n, n), symmetric, False on the diagonal.

        Args:
            participants: In any order.
            firms: Those of the catalog, in the same order.
        """
        n = len(participants)
        mask: Mask = np.full((n, n), not self.only)
        for rule in self.only:
            mask |= _holds(rule, participants, firms)
        for rule in self.never:
            mask &= ~_holds(rule, participants, firms)
        if self.common_language:
            codes = sorted(frozenset().union(*(one.languages for one in participants)))
            speaks = np.array([[code in one.languages for code in codes] for one in participants]).reshape(n, -1)
            mask &= (speaks.astype(np.float32) @ speaks.T.astype(np.float32)) > 0
        np.fill_diagonal(mask, False)
        return mask


def places(firm: Firm, by: By) -> frozenset[str]:
    """Clusters or stages a firm stands in, by its offers and positions."""
    found: list[Offer | Position] = [*firm.offers, *firm.positions]
    if by is By.CLUSTER:
        return frozenset(one.cluster for one in found if one.cluster)
    return frozenset(one.stage for one in found if one.stage)


def _values(participant: Participant, firm: Firm, by: By) -> frozenset[str]:
    if by is By.SIDE:
        return frozenset({participant.side})
    if by is By.GROUP:
        return frozenset({participant.group} if participant.group else ())
    return places(firm, by)


def _holds(rule: Rule, participants: Sequence[Participant], firms: Sequence[Firm]) -> Mask:
    values = [_values(one, firm, rule.by) for one, firm in zip(participants, firms, strict=True)]
    one = np.array([rule.one == ANY or rule.one in found for found in values], np.bool_)
    other = np.array([rule.other == ANY or rule.other in found for found in values], np.bool_)
    way = one[:, None] & other[None, :]
    mask: Mask = way | way.T
    return mask
