"""A timetable for a fair: say why there is none, or search and prove beside each other until time is up."""

from __future__ import annotations

import time

from matcher.timetable.answer import Progress, Reason, Report, Status, Timetable
from matcher.timetable.bound import fewest_breaks, least_base
from matcher.timetable.chain import Chain, Found, weighed
from matcher.timetable.exact import Proof, provable
from matcher.timetable.feasible import obstacles
from matcher.timetable.problem import Problem
from matcher.timetable.search import Limits, construct, search
from matcher.timetable.tables import assign_tables
from matcher.timetable.windows import windows

ALONE, SECOND = 0.05, 0.4
"""Shares of the time at which one or two threads go over from the search to the second way of a proof, and from
that to the first alone."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    threads: int = 1,
    seed: int = 0,
    steps: int | None = None,
    progress: Report | None = None,
    start: tuple[int, ...] | None = None,
) -> Timetable:
    """The fairest timetable that can be found in time, with the proof where there is one.

    Args:
        problem: The fair.
        seconds: Wall-clock time; it ends earlier once the answer is proven. The search's inner loop is compiled
            at its first use, see `keep_compiled_in`, and comes to a first answer even where that takes longer.
        threads: Cores to use. From two on the proof runs beside the search, in a process of its own.
        seed: Of the search's random choices.
        steps: Instead of proving, anneal for so many steps, however long they take; the same seed then gives the
            same timetable.
        progress: Called with what is known, now and then.
        start: Slots to begin with as far as they serve, below 0 for none.

    Returns:
        The best timetable met; it keeps to every rule, or there is none in it.
    """
    why = obstacles(problem)
    if why:
        return _nothing(Status.INFEASIBLE, 0, Reason("; ".join(r.th for r in why), "; ".join(r.en for r in why)))
    if not problem.meetings:
        return Timetable((), (), 0, 0, Status.OPTIMAL, Reason("ไม่มีการพบ", "there are no meetings"))
    race = Race(problem, seconds=seconds, threads=threads, steps=steps, progress=progress)
    race.run(seed=seed, start=start)
    return race.answer()


class Race:
    """Search and proof of one fair, and what both know together.

    With `home`, slots that the meetings had, meetings that leave theirs count instead of breaks.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seconds: float,
        threads: int = 1,
        steps: int | None = None,
        progress: Report | None = None,
        home: tuple[int, ...] | None = None,
    ) -> None:
        self.problem, self.seconds, self.threads = problem, seconds, max(threads, 1)
        self.progress, self.home = progress, home
        self.began = time.monotonic()
        self.windows = windows(problem)
        self.fewest = fewest_breaks(problem, self.windows)
        self.bound = sum(self.fewest) if home is None else _strays(self.windows, home)
        self.best: Found | None = None
        self.proofs: list[Proof] = []
        self.impossible = False
        until = self.began + seconds if steps is None else float("inf")
        self.limits = Limits(until=until, steps=steps, target=self._target(), stop=self._settled)

    def meet(self, slots: tuple[int, ...]) -> None:
        """Take an answer into account, if it is one: every meeting has a slot, and nobody two at once."""
        occupied = {(person, slot) for pair, slot in zip(self.problem.meetings, slots, strict=True) for person in pair}
        if all(0 <= slot < self.problem.n_slots for slot in slots) and len(occupied) == 2 * len(slots):
            self._meet(weighed(self.problem, self.windows, slots, self.home))

    def run(self, *, seed: int, start: tuple[int, ...] | None = None) -> None:
        """Until the answer is proven or time is up.

        A proof is put in two ways, of which now this and now that one is quicker. With three threads all run
        beside each other; with two the search comes first, a second way takes its place for a while, and then it
        goes on; with one all come one after the other. A repair ends with a short search for fewer breaks, once no
        fewer meetings can move.
        """
        ways = self._ways()
        beside = min(self.threads - 1, len(ways))
        try:
            for implied in ways[:beside]:
                self._prove(implied)
            if beside < len(ways):
                self.limits.until = self.began + ALONE * self.seconds
            if not self._settled():
                self._anneal(self.threads - beside, seed, start)
            for implied in reversed(ways[beside:]):
                self._prove(implied)
                if implied is not ways[0]:  # it is quick or hopeless
                    self._await(self.began + SECOND * self.seconds)
                    self._stop(beside)
            if beside and not self._settled() and self.best:
                self.limits.until = self.began + self.seconds
                self._anneal(self.threads - beside, seed + 1, self.best.slots)
            self._await(self.began + self.seconds)
        finally:
            self._stop()
        if self.home and self.best and not self.best.violations and (self.best.moved or min(self.home) < 0):
            self.limits = Limits(steps=POLISH)
            self._anneal(1, seed, self.best.slots)

    def answer(self) -> Timetable:
        """What is known now, with tables."""
        best = self.best
        if self.impossible:
            reason = Reason(
                "พิสูจน์แล้วว่าไม่มีตารางใดที่ทำตามทุกเงื่อนไขพร้อมกันได้",
                "proven: no timetable keeps to all the rules at once, though none of them alone rules one out",
            )
            return _nothing(Status.INFEASIBLE, self.bound, reason)
        if best is None or best.violations:
            left = best.violations if best else len(self.problem.meetings)
            reason = Reason(
                f"ยังหาตารางไม่ได้ในเวลาที่ให้ ดีที่สุดยังผิด {left} ข้อ: ให้เวลา ช่วง หรือโต๊ะเพิ่ม",
                f"none found in time; the best attempt breaks {left} rules: give more time, slots or tables",
            )
            return _nothing(Status.UNKNOWN, self.bound, reason)
        tables = assign_tables(self.problem, best.slots)
        optimal = best.breaks <= self.bound
        return Timetable(
            best.slots,
            tables,
            best.breaks,
            self.bound,
            Status.OPTIMAL if optimal else Status.FEASIBLE,
            _proven() if optimal else _unproven(best.breaks, self.bound),
        )

    def _ways(self) -> tuple[bool, ...]:
        """Ways to put the proof, see `Encoding`; the first may take long."""
        if self.limits.steps is not None or not provable(self.problem):
            return ()
        return (True, False) if self.home is None else (False,)

    def _anneal(self, threads: int, seed: int, start: tuple[int, ...] | None) -> None:
        low = least_base(self.problem, self.fewest)
        stay = 0.0 if self.home is None else STAY
        chains = [
            Chain(self.problem, self.windows, seed=seed + 1000 * n, low=low, home=self.home, stay=stay)
            for n in range(threads)
        ]
        for found in search(chains, construct(self.problem, self.windows, start or self.home), self.limits):
            self._meet(found)
            self._listen()
            self.limits.target = self._target()
            self._tell()

    def _prove(self, implied: bool) -> None:
        if not self._settled():
            left = self.began + self.seconds - time.monotonic()
            self.proofs.append(Proof(self.problem, implied=implied, seconds=max(left, 1.0), home=self.home))

    def _await(self, until: float) -> None:
        """Wait for the proofs."""
        while self.proofs and not self._settled() and time.monotonic() < until:
            ended = [proof for proof in self.proofs if proof.wait(0.1) and not proof.done]
            self.proofs = [proof for proof in self.proofs if proof not in ended]
            for failed in ended:  # out of memory, perhaps
                failed.stop()
            self._listen()
            self._tell()

    def _stop(self, keep: int = 0) -> None:
        """End the proofs but for the first ones."""
        self._listen()
        for proof in self.proofs[keep:]:
            proof.stop()
        del self.proofs[keep:]

    def _listen(self) -> None:
        """Take over what the proofs know."""
        for proof in self.proofs:
            self.bound = max(self.bound, proof.bound)
            if proof.done and proof.slots is None:
                self.impossible = True
            elif proof.done and proof.slots is not None:
                found = weighed(self.problem, self.windows, proof.slots, self.home)
                self._meet(found)
                self.bound = max(self.bound, self._count(found))

    def _meet(self, found: Found) -> None:
        if self.best is None or found.rank < self.best.rank:
            self.best = found

    def _count(self, found: Found) -> int:
        """What is to be kept low."""
        return found.breaks if self.home is None else found.moved

    def _settled(self) -> bool:
        """Whether nothing is left to find out."""
        self._listen()
        found = self.best
        return self.impossible or (found is not None and not found.violations and self._count(found) <= self.bound)

    def _target(self) -> int:
        """A cost at which the search may stop: for a repair one that also has no break."""
        return self.bound if self.home is None else 0

    def _tell(self) -> None:
        if self.progress:
            found, spent = self.best, time.monotonic() - self.began
            objective = found.breaks if found and not found.violations else None
            wrong = found.violations if found else len(self.problem.meetings)
            self.progress(Progress(objective, wrong, self.bound, spent))


STAY = 4.0
"""What a meeting that leaves its slot counts in a repair, in breaks."""

POLISH = 2_000_000
"""Steps of a repair's last search: a fraction of a second."""


def _strays(bits: tuple[int, ...], home: tuple[int, ...]) -> int:
    """Meetings that cannot stay."""
    return sum(slot >= 0 and not choice >> slot & 1 for choice, slot in zip(bits, home, strict=True))


def _nothing(status: Status, bound: int, reason: Reason) -> Timetable:
    return Timetable((), (), None, bound, status, reason)


def _proven() -> Reason:
    return Reason("พิสูจน์แล้วว่าไม่มีตารางที่มีช่วงรอน้อยกว่านี้", "proven: no timetable has fewer breaks")


def _unproven(breaks: int, bound: int) -> Reason:
    return Reason(
        f"มีช่วงรอ {breaks} ครั้ง พิสูจน์ได้ว่าไม่น้อยกว่า {bound}",
        f"{breaks} breaks; proven so far: never fewer than {bound}",
    )
