"""What a fair's timetable has to keep to: who meets whom, when, and at how many tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

from matcher.errors import TimetableError

MOST_SLOTS = 63
"""Slots that fit the bits of a signed machine word."""

FAIRNESS = 2
"""How far two participants' numbers of breaks may lie apart unless a fair says otherwise."""


class Session(IntEnum):
    """Which part of the day a meeting is bound to; the numbers are those of the published instances."""

    FIRST = 1
    SECOND = 2
    EITHER = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """A fair to be given a timetable.

    Participants, meetings and slots are counted from 0 here and from 1 in files and in what people read.
    The problem is that of Bofill et al., "Constraint Solving Approaches to the Business-to-Business
    Meeting Scheduling Problem", JAIR 74 (2022), 263-301.

    Attributes:
        n_participants: How many firms come.
        meetings: The two participants of every meeting; a pair may meet twice.
        n_slots: Slots of the day, at most `MOST_SLOTS`.
        n_tables: Meetings that can be held at once.
        first_slots: How many of the slots belong to the first session; the rest are the second's.
        sessions: Of every meeting; empty where all may be in either.
        fixed: The slot every meeting is bound to, or None; empty where none is.
        forbidden: Slots at which each participant is away; empty where all are always there.
        earlier: For every meeting those that must come strictly earlier; empty where there are none.
        fairness: The most by which two participants' numbers of breaks may differ.
        pauses: Slots before which everybody pauses, as the first of a day or of the afternoon: who is idle over
            one has no break by that. 0 may be among them and says nothing. The published problem has none.
        hosts: Participants who keep one table all day, as far as there are tables for them.
        names: Of the participants, for messages; empty where numbers will do.

    Raises:
        TimetableError: something contradicts itself; it names what.
    """

    n_participants: int
    meetings: tuple[tuple[int, int], ...]
    n_slots: int
    n_tables: int
    first_slots: int = -1
    sessions: tuple[Session, ...] = ()
    fixed: tuple[int | None, ...] = ()
    forbidden: tuple[frozenset[int], ...] = ()
    earlier: tuple[frozenset[int], ...] = ()
    fairness: int = FAIRNESS
    pauses: frozenset[int] = frozenset()
    hosts: frozenset[int] = frozenset()
    names: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Fill what was left out and check the rest."""
        meetings, people = len(self.meetings), self.n_participants
        defaults = {
            "first_slots": self.n_slots if self.first_slots == -1 else self.first_slots,
            "sessions": self.sessions or (Session.EITHER,) * meetings,
            "fixed": self.fixed or (None,) * meetings,
            "forbidden": self.forbidden or (frozenset(),) * people,
            "earlier": self.earlier or (frozenset(),) * meetings,
        }
        for name, value in defaults.items():
            object.__setattr__(self, name, value)
        _check_sizes(self)
        _check_numbers(self)

    def name(self, participant: int) -> str:
        """What people call a participant: its name, or its number from 1."""
        return self.names[participant] if self.names else str(participant + 1)

    def meetings_of(self) -> tuple[tuple[int, ...], ...]:
        """The meetings of every participant."""
        lists: list[list[int]] = [[] for _ in range(self.n_participants)]
        for meeting, pair in enumerate(self.meetings):
            for participant in pair:
                lists[participant].append(meeting)
        return tuple(tuple(found) for found in lists)

    def present(self, participant: int) -> int:
        """Slots at which a participant is there, as bits."""
        away = sum(1 << slot for slot in self.forbidden[participant])
        return (1 << self.n_slots) - 1 & ~away

    def stretches(self) -> tuple[int, ...]:
        """Slots from one pause to the next, as bits; breaks are counted in each by itself.

        >>> [bin(bits) for bits in Problem(0, (), 5, 1, pauses=frozenset({2})).stretches()]
        ['0b11', '0b11100']
        """
        edges = sorted({0, *self.pauses, self.n_slots})
        return tuple((1 << end) - (1 << start) for start, end in pairwise(edges))

    def session_slots(self, session: Session) -> int:
        """Slots of a session, as bits."""
        first = (1 << self.first_slots) - 1
        every = (1 << self.n_slots) - 1
        return {Session.FIRST: first, Session.SECOND: every & ~first, Session.EITHER: every}[session]

    def allowed(self, meeting: int) -> int:
        """Slots that a meeting may have by itself, as bits: session, fixed slot, both participants there."""
        one, other = self.meetings[meeting]
        bits = self.session_slots(self.sessions[meeting]) & self.present(one) & self.present(other)
        slot = self.fixed[meeting]
        return bits if slot is None else bits & 1 << slot


def slots_of(bits: int) -> list[int]:
    """The slots of a set of bits, first one first.

    >>> slots_of(0b1010)
    [1, 3]
    """
    return [slot for slot in range(bits.bit_length()) if bits >> slot & 1]


def breaks_in(bits: int, stretches: Sequence[int] = (-1,)) -> int:
    """Break groups of a participant that is busy at these slots.

    Args:
        bits: The slots.
        stretches: `Problem.stretches`; one by default.

    >>> breaks_in(0b110011), breaks_in(0b0110), breaks_in(0b10101), breaks_in(0)
    (1, 0, 2, 0)
    >>> breaks_in(0b110011, (0b000111, 0b111000)), breaks_in(0b101011, (0b000111, 0b111000))
    (0, 1)
    """
    runs = ((own & ~(own << 1)).bit_count() for own in (bits & stretch for stretch in stretches))
    return sum(max(0, count - 1) for count in runs)


def _check_sizes(problem: Problem) -> None:
    meetings, people = len(problem.meetings), problem.n_participants
    if not 1 <= problem.n_slots <= MOST_SLOTS:
        _wrong(f"{problem.n_slots} slots", f"a timetable has 1 to {MOST_SLOTS}; make one for each day")
    if problem.n_tables < 1 or people < 0 or problem.fairness < 0:
        _wrong(
            f"{problem.n_tables} tables, {people} participants, fairness {problem.fairness}",
            "there must be a table, and nothing may be below 0",
        )
    if not 0 <= problem.first_slots <= problem.n_slots:
        _wrong(f"{problem.first_slots} slots of the first session", f"there are {problem.n_slots} in all")
    wanted = (
        ("sessions", len(problem.sessions), meetings),
        ("fixed", len(problem.fixed), meetings),
        ("earlier", len(problem.earlier), meetings),
        ("forbidden", len(problem.forbidden), people),
        ("names", len(problem.names) or people, people),
    )
    for name, given, needed in wanted:
        if given != needed:
            _wrong(f"{name} has {given} entries", f"it needs {needed}, one each")


def _check_numbers(problem: Problem) -> None:
    for number, (one, other) in enumerate(problem.meetings, 1):
        what = f"meeting {number} is of participants {one + 1} and {other + 1}"
        _within(problem.n_participants, what, one, other)
        if one == other:
            _wrong(f"in meeting {number} participant {problem.name(one)} meets itself", "name two participants")
    for number, slot in enumerate(problem.fixed, 1):
        _within(problem.n_slots, f"meeting {number} is fixed to a slot", *(() if slot is None else (slot,)))
    for participant, away in enumerate(problem.forbidden):
        _within(problem.n_slots, f"participant {problem.name(participant)} is away at slots", *away)
    for number, before in enumerate(problem.earlier, 1):
        _within(len(problem.meetings), f"meeting {number} comes after meetings", *before)
    _within(problem.n_slots, "there are pauses before slots", *problem.pauses)
    _within(problem.n_participants, "the hosts are participants", *problem.hosts)


def _within(count: int, what: str, *numbers: int) -> None:
    wrong = [number + 1 for number in numbers if not 0 <= number < count]
    if wrong:
        _wrong(f"{what}: {wrong[0]}", f"there are {count}, numbered from 1")


def _wrong(problem: str, remedy: str) -> None:
    raise TimetableError(problem=problem, remedy=remedy)
