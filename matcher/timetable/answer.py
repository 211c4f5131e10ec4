"""What the search for a timetable answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in Thai and in English."""

    th: str
    en: str


class Status(StrEnum):
    """How far the search came."""

    OPTIMAL = "optimal"
    """The timetable has the fewest breaks there can be; that is proven."""
    FEASIBLE = "feasible"
    """The timetable keeps to every rule; a better one may exist."""
    INFEASIBLE = "infeasible"
    """No timetable can keep to every rule; that is proven."""
    UNKNOWN = "unknown"
    """Time ran out before a timetable was found."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """Who meets when and at which table.

    Attributes:
        slots: Of every meeting, from 0; empty where there is no timetable.
        tables: Of every meeting, from 0; empty where there is no timetable.
        objective: Break groups over all participants; None where there is no timetable.
        bound: Break groups that no timetable goes below, as far as proven.
        status: How far the search came.
        reason: Why there is no timetable, or what the figures rest on.
    """

    slots: tuple[int, ...]
    tables: tuple[int, ...]
    objective: int | None
    bound: int
    status: Status
    reason: Reason


@dataclass(frozen=True, slots=True)
class Progress:
    """What a search knows so far.

    Attributes:
        objective: Breaks of the best timetable that keeps to every rule; None while there is none.
        violations: Rules that the best attempt breaks; 0 as soon as there is a timetable.
        bound: Breaks that no timetable goes below.
        seconds: Since the search began.
    """

    objective: int | None
    violations: int
    bound: int
    seconds: float


Report = Callable[[Progress], None]
