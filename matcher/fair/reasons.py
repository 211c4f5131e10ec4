"""Reasons for listed pairs: the engine's own evidence, from each side that looks for something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matcher.engine import Engine, Match
from matcher.fair.lists import ListedPair

Progress = Callable[[int, int], None]
"""Called with needs looked at and needs there are."""


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
    def matches(self) -> tuple[Match, ...]:
        """Those there are."""
        return tuple(match for match in (self.for_first, self.for_second) if match is not None)


def reasons(engine: Engine, pairs: Sequence[ListedPair], *, progress: Progress | None = None) -> list[Reasons]:
    """The evidence for each pair, in their order; a need is read once for all whom it meets."""
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        for need, firm in ((pair.first_need, pair.second), (pair.second_need, pair.first)):
            if need is not None:
                wanted.setdefault(need, []).append(firm)
    found: dict[tuple[str | None, str], Match] = {}
    for done, (need, firms) in enumerate(wanted.items(), 1):
        found |= {(need, id): match for id, match in engine.answers_of(need, firms).items()}
        if progress:
            progress(done, len(wanted))
    return [
        Reasons(found.get((pair.first_need, pair.second)), found.get((pair.second_need, pair.first))) for pair in pairs
    ]
