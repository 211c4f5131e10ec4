"""What the two firms of a meeting and the organiser tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from matcher.engine.answer import Sentence
from matcher.fair.errors import FairError
from matcher.fair.fair import Pair

MAX_THB = 10**12


class Outcome(StrEnum):
    """What came of a meeting, from least to most."""

    DID_NOT_TAKE_PLACE = "did_not_take_place"
    INSUFFICIENT_INTEREST = "insufficient_interest"
    INFORMATIVE = "informative"
    COOPERATION_POSSIBLE = "cooperation_possible"


OUTCOME_LABELS: dict[Outcome, Sentence] = {
    Outcome.DID_NOT_TAKE_PLACE: Sentence("ไม่ได้เจรจา", "did not take place"),
    Outcome.INSUFFICIENT_INTEREST: Sentence("ความสนใจไม่เพียงพอ", "insufficient interest"),
    Outcome.INFORMATIVE: Sentence("ได้ข้อมูล", "informative"),
    Outcome.COOPERATION_POSSIBLE: Sentence("มีโอกาสร่วมมือ", "cooperation possible"),
}
WORTH: dict[Outcome, int] = {outcome: number for number, outcome in enumerate(Outcome)}
"""The order of outcomes, from least to most."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one teller says of a meeting; a later record replaces an earlier one of the same teller.

    Attributes:
        first: Id of a firm; `second` of the other, in any order.
        by: Id of the firm that tells; None for the organiser.
        at: When it was told, with its time zone.
        expected_thb: Value expected over one year, whole baht; None where nothing is said.
        actual_thb: Value traded, likewise.

    Raises:
        FairError: the teller is not of the pair, or a value is no number of baht.
    """

    first: str
    second: str
    by: str | None
    outcome: Outcome
    at: datetime
    expected_thb: int | None = None
    actual_thb: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at needs a time zone")
        if problems := list(_wrong(self)):
            raise FairError(problems)

    @property
    def pair(self) -> Pair:
        """Both ids, the smaller first."""
        return min(self.first, self.second), max(self.first, self.second)


def latest_of(told: Iterable[Told]) -> dict[Pair, dict[str | None, Told]]:
    """The last record of each teller, by pair; of two of the same moment the one that says less."""
    latest: dict[Pair, dict[str | None, Told]] = {}
    for one in sorted(told, key=_moment):
        latest.setdefault(one.pair, {})[one.by] = one
    return latest


def _moment(one: Told) -> tuple[Any, ...]:
    figures = (one.expected_thb, one.actual_thb)
    return (
        one.at,
        -WORTH[one.outcome],
        *(0 if value is None else -value for value in figures),
        *(value is None for value in figures),
        one.note,
        one.first,
    )


def _wrong(told: Told) -> Iterator[Sentence]:
    if told.first == told.second:
        yield Sentence(f"กิจการ {told.first} พบตัวเองไม่ได้", f"firm {told.first} cannot meet itself")
    if told.by not in (None, told.first, told.second):
        yield Sentence(
            f"{told.by} ไม่ใช่คู่เจรจาของนัด {told.first}–{told.second}",
            f"{told.by} is not one of {told.first} and {told.second}: only they and the organiser tell of it",
        )
    for value in (told.expected_thb, told.actual_thb):
        if value is not None and (type(value) is not int or not 0 <= value <= MAX_THB):
            yield Sentence(
                f"มูลค่า {value} ต้องเป็นจำนวนเต็มบาท 0 ถึง {MAX_THB:,}",
                f"the value {value} must be whole baht from 0 to {MAX_THB:,}",
            )
