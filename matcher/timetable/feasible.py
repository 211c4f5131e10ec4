"""Why a fair cannot have a timetable, said in words, found in milliseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from matcher.timetable.answer import Reason
from matcher.timetable.problem import Problem, Session, slots_of
from matcher.timetable.windows import crowded, windows


def obstacles(problem: Problem) -> tuple[Reason, ...]:
    """Each reason for which no timetable can exist; none found does not yet mean that there is one.

    Looked for: participants with more meetings than free slots, more meetings than tables and slots hold
    (in all, or in a session), meetings that have no slot left, meetings of a participant that cannot have
    slots of their own, precedences that go round in a circle.
    """
    return tuple(_obstacles(problem))


def _obstacles(problem: Problem) -> Iterator[Reason]:
    over = _over_subscribed(problem)
    if over:
        yield _over_subscribed_reason(problem, over)
    yield from _capacity(problem)
    circle = _circle(problem)
    if circle:
        names = " → ".join(str(meeting + 1) for meeting in circle)
        yield Reason(f"ลำดับก่อนหลังของการพบวนเป็นวง: {names}", f"these meetings must each come before the next: {names}")
        return
    bits = windows(problem)
    homeless = [meeting for meeting, choice in enumerate(bits) if not choice]
    yield from (_homeless(problem, meeting) for meeting in homeless)
    if not homeless:
        yield from _fixed_crowd(problem)
        yield from _crowds(problem, bits, skip=over)


def _over_subscribed(problem: Problem) -> list[int]:
    own = problem.meetings_of()
    return [p for p in range(problem.n_participants) if len(own[p]) > problem.present(p).bit_count()]


def _over_subscribed_reason(problem: Problem, over: list[int]) -> Reason:
    own = problem.meetings_of()
    each = [(problem.name(p), len(own[p]), problem.present(p).bit_count()) for p in over]
    thai = ", ".join(f"{name} ({meetings} การพบ ว่าง {free} ช่วง)" for name, meetings, free in each)
    english = ", ".join(f"{name} ({meetings} meetings, {free} free slots)" for name, meetings, free in each)
    verb = "this firm has" if len(over) == 1 else f"these {len(over)} firms have"
    return Reason(f"{len(over)} รายมีการพบมากกว่าช่วงเวลาที่ว่าง: {thai}", f"{verb} more meetings than free slots: {english}")


def _capacity(problem: Problem) -> Iterator[Reason]:
    """More meetings than a session, or the day, has places for."""
    room = problem.n_slots * problem.n_tables
    if len(problem.meetings) > room:
        yield Reason(
            f"มีการพบ {len(problem.meetings)} ครั้ง แต่ {problem.n_tables} โต๊ะ {problem.n_slots} ช่วงรับได้ {room}",
            f"there are {len(problem.meetings)} meetings, but {problem.n_tables} tables and "
            f"{problem.n_slots} slots hold {room}",
        )
    for session, count in sorted(Counter(problem.sessions).items()):
        slots = problem.session_slots(session).bit_count()
        if session is not Session.EITHER and count > slots * problem.n_tables:
            thai, english = ("แรก", "first") if session is Session.FIRST else ("หลัง", "second")
            yield Reason(
                f"ช่วง{thai}ต้องมี {count} การพบ แต่รับได้ {slots * problem.n_tables}",
                f"{count} meetings must be in the {english} session, which holds {slots * problem.n_tables}",
            )


def _homeless(problem: Problem, meeting: int) -> Reason:
    """A meeting that has no slot left: which of its conditions contradict each other."""
    one, other = problem.meetings[meeting]
    who = f"{problem.name(one)} – {problem.name(other)}"
    slot = problem.fixed[meeting]
    head_th, head_en = f"การพบที่ {meeting + 1} ({who})", f"meeting {meeting + 1} ({who})"
    if slot is None:
        return Reason(
            f"{head_th} ไม่มีช่วงเวลาที่ทั้งสองฝ่ายว่าง ตรงช่วงวัน และตรงลำดับ",
            f"{head_en} has no slot at which both are there and its session and order allow it",
        )
    away = [problem.name(p) for p in (one, other) if not problem.present(p) >> slot & 1]
    if away:
        return Reason(
            f"{head_th} กำหนดไว้ช่วงที่ {slot + 1} แต่ {', '.join(away)} ไม่อยู่",
            f"{head_en} is fixed to slot {slot + 1}, when {' and '.join(away)} cannot be there",
        )
    return Reason(
        f"{head_th} กำหนดไว้ช่วงที่ {slot + 1} ซึ่งขัดกับช่วงวันหรือลำดับ",
        f"{head_en} is fixed to slot {slot + 1}, which its session or order rules out",
    )


def _fixed_crowd(problem: Problem) -> Iterator[Reason]:
    """More meetings fixed to a slot than there are tables."""
    for slot, count in sorted(Counter(slot for slot in problem.fixed if slot is not None).items()):
        if count > problem.n_tables:
            yield Reason(
                f"กำหนดไว้ช่วงที่ {slot + 1} ถึง {count} การพบ แต่มี {problem.n_tables} โต๊ะ",
                f"{count} meetings are fixed to slot {slot + 1}, and there are {problem.n_tables} tables",
            )


def _crowds(problem: Problem, bits: Sequence[int], *, skip: list[int]) -> Iterator[Reason]:
    """Participants whose meetings cannot have slots of their own."""
    for person, own in enumerate(problem.meetings_of()):
        found = None if person in skip else crowded([bits[meeting] for meeting in own])
        if found:
            group, slots = found
            partners = [sum(problem.meetings[own[one]]) - person for one in group]
            names = ", ".join(problem.name(partner) for partner in partners)
            shown = ", ".join(str(slot + 1) for slot in slots_of(slots)) or "-"
            yield Reason(
                f"{problem.name(person)} ต้องพบ {names} ({len(group)} การพบ) แต่ทำได้เพียงช่วง {shown}",
                f"{problem.name(person)} is to meet {names} ({len(group)} meetings), which only slots {shown} allow",
            )


def _circle(problem: Problem) -> list[int]:
    try:
        TopologicalSorter({meeting: before for meeting, before in enumerate(problem.earlier) if before}).prepare()
    except CycleError as problem_found:
        found: list[int] = problem_found.args[1]
        return found
    return []
