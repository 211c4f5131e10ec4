"""Mend a timetable after a change, so that as few meetings as possible leave their slots."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.timetable.answer import Reason, Status, Timetable
from matcher.timetable.bound import lower_bound
from matcher.timetable.chain import Found
from matcher.timetable.changes import Change
from matcher.timetable.feasible import obstacles
from matcher.timetable.solve import Race
from matcher.timetable.tables import assign_tables


@dataclass(frozen=True, slots=True)
class Repair:
    """A mended timetable.

    Attributes:
        timetable: Of the changed fair; its status speaks of breaks, not of moves.
        moved: Meetings that had a slot and now have another.
        fewest: Whether no mending moves fewer; that is proven.
        reason: What happened, how many meetings moved, and why.
    """

    timetable: Timetable
    moved: tuple[int, ...]
    fewest: bool
    reason: Reason


def repair(change: Change, *, seconds: float, threads: int = 1, seed: int = 0, steps: int | None = None) -> Repair:
    """Mend a timetable: first as few moved meetings as possible, then as few breaks as the search finds.

    Tables are kept as well wherever a meeting keeps its slot and its table is still there.

    Args:
        change: What happened.
        seconds: Wall-clock time; it ends earlier once no mending moves fewer.
        threads: Cores to use.
        seed: Of the search's random choices.
        steps: Instead of proving, anneal for so many steps.
    """
    problem, home = change.problem, change.slots
    race = Race(problem, seconds=seconds, threads=threads, steps=steps, home=home)
    if problem.meetings and not obstacles(problem):
        race.meet(home)
        race.run(seed=seed, start=home)
    return _mended(change, race)


def _mended(change: Change, race: Race) -> Repair:
    problem, home, best = change.problem, change.slots, race.best
    least = race.bound
    if best is None or best.violations:
        race.bound = lower_bound(problem)
        why = obstacles(problem)
        nothing = race.answer()
        if not problem.meetings or why:
            status = Status.INFEASIBLE if why else Status.OPTIMAL
            reason = Reason("; ".join(r.th for r in why), "; ".join(r.en for r in why))
            nothing = Timetable((), (), None if why else 0, 0, status, reason)
        reason = Reason(f"{change.what.th} — {nothing.reason.th}", f"{change.what.en}; {nothing.reason.en}")
        return Repair(nothing, (), False, reason)
    moved = tuple(m for m, slot in enumerate(home) if slot >= 0 and best.slots[m] != slot)
    timetable = _timetable(change, best)
    return Repair(timetable, moved, len(moved) <= least, _reason(change, moved, race, proven=len(moved) <= least))


def _timetable(change: Change, best: Found) -> Timetable:
    problem = change.problem
    keep = [
        table if best.slots[m] == slot else -1
        for m, (slot, table) in enumerate(zip(change.slots, change.tables, strict=True))
    ]
    bound = lower_bound(problem)
    status = Status.OPTIMAL if best.breaks <= bound else Status.FEASIBLE
    reason = Reason(f"มีช่วงรอ {best.breaks} ครั้ง", f"{best.breaks} breaks")
    return Timetable(best.slots, assign_tables(problem, best.slots, keep=keep), best.breaks, bound, status, reason)


def _reason(change: Change, moved: tuple[int, ...], race: Race, *, proven: bool) -> Reason:
    stray = sum(change.slots[m] >= 0 and not race.windows[m] >> change.slots[m] & 1 for m in range(len(change.slots)))
    rest = len(moved) - stray
    if not moved:
        return Reason(f"{change.what.th} · นัดอื่นอยู่ที่เดิมทั้งหมด", f"{change.what.en}; no other meeting moves")
    thai = f"{change.what.th} · ย้าย {len(moved)} นัด"
    english = f"{change.what.en}; {len(moved)} meetings move"
    thai += f" ({stray} เพราะช่วงเดิมใช้ไม่ได้ {rest} เพื่อหลีกทางหรือให้เป็นธรรม)"
    english += f" ({stray} that cannot stay, {rest} to make room or to keep breaks fair)"
    if proven:
        thai, english = f"{thai} พิสูจน์แล้วว่าน้อยที่สุด", f"{english}: proven to be the fewest"
    return Reason(thai, english)
