"""What can happen to a fair after its timetable is out: the new fair, and what everybody had in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matcher.timetable.answer import Reason, Timetable
from matcher.timetable.problem import Problem, Session


@dataclass(frozen=True, slots=True)
class Change:
    """A fair after something happened.

    Attributes:
        problem: The fair as it now is.
        slots: What every meeting had; -1 for a new one.
        tables: The same; -1 also where the table is gone.
        meetings: The number every meeting had before; None for a new one.
        what: What happened.
    """

    problem: Problem
    slots: tuple[int, ...]
    tables: tuple[int, ...]
    meetings: tuple[int | None, ...]
    what: Reason


def no_show(problem: Problem, timetable: Timetable, participant: int) -> Change:
    """A participant does not come: its meetings are off, and it no longer counts.

    Participants after it count one less.
    """
    stay = [m for m, pair in enumerate(problem.meetings) if participant not in pair]
    number = {old: new for new, old in enumerate(stay)}
    seats = [p for p in range(problem.n_participants) if p != participant]
    person = {old: new for new, old in enumerate(seats)}
    smaller = replace(
        problem,
        n_participants=len(seats),
        meetings=tuple((person[one], person[other]) for one, other in (problem.meetings[m] for m in stay)),
        sessions=tuple(problem.sessions[m] for m in stay),
        fixed=tuple(problem.fixed[m] for m in stay),
        forbidden=tuple(problem.forbidden[p] for p in seats),
        earlier=tuple(frozenset(number[one] for one in problem.earlier[m] if one in number) for m in stay),
        hosts=frozenset(person[p] for p in problem.hosts if p != participant),
        names=tuple(problem.names[p] for p in seats) if problem.names else (),
    )
    name = problem.name(participant)
    lost = len(problem.meetings) - len(stay)
    return Change(
        smaller,
        tuple(timetable.slots[m] for m in stay),
        tuple(timetable.tables[m] for m in stay),
        tuple(stay),
        Reason(f"{name} ไม่มา: ยกเลิก {lost} การพบ", f"{name} does not come: {lost} meetings are off"),
    )


def late_firm(
    problem: Problem, timetable: Timetable, *, meets: Sequence[int], away: frozenset[int] = frozenset(), name: str = ""
) -> Change:
    """A firm comes in addition, to meet some of the others.

    Args:
        problem: The fair.
        timetable: Its timetable.
        meets: Participants the new one is to meet.
        away: Slots at which it is not there.
        name: Its name.
    """
    new, old = problem.n_participants, len(problem.meetings)
    bigger = replace(
        problem,
        n_participants=new + 1,
        meetings=(*problem.meetings, *((new, other) for other in meets)),
        sessions=(*problem.sessions, *([Session.EITHER] * len(meets))),
        fixed=(*problem.fixed, *([None] * len(meets))),
        forbidden=(*problem.forbidden, away),
        earlier=(*problem.earlier, *([frozenset[int]()] * len(meets))),
        names=(*problem.names, name or str(new + 1)) if problem.names else (),
    )
    fresh = (-1,) * len(meets)
    called = bigger.name(new)
    return Change(
        bigger,
        (*timetable.slots, *fresh),
        (*timetable.tables, *fresh),
        (*range(old), *([None] * len(meets))),
        Reason(f"{called} มาเพิ่ม: {len(meets)} การพบใหม่", f"{called} comes in addition: {len(meets)} new meetings"),
    )


def lost_slot(problem: Problem, timetable: Timetable, slot: int) -> Change:
    """Nobody can meet at a slot; it stays on the clock, so numbers and times do not shift."""
    held = sum(one == slot for one in timetable.slots)
    return Change(
        replace(problem, forbidden=tuple(away | {slot} for away in problem.forbidden)),
        timetable.slots,
        timetable.tables,
        tuple(range(len(problem.meetings))),
        Reason(f"ช่วงที่ {slot + 1} ใช้ไม่ได้: มี {held} การพบ", f"slot {slot + 1} is lost: it held {held} meetings"),
    )


def lost_table(problem: Problem, timetable: Timetable, table: int) -> Change:
    """A table is gone; tables after it count one less."""
    held = sum(one == table for one in timetable.tables)
    return Change(
        replace(problem, n_tables=problem.n_tables - 1),
        timetable.slots,
        tuple(-1 if one == table else one - (one > table) for one in timetable.tables),
        tuple(range(len(problem.meetings))),
        Reason(f"โต๊ะ {table + 1} ใช้ไม่ได้: มี {held} การพบ", f"table {table + 1} is lost: it held {held} meetings"),
    )
