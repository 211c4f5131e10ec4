"""A fair as clauses: what any timetable keeps to, and what costs something.

Source: Bofill et al., JAIR 74 (2022), with their implied constraints: a participant is busy at exactly as many
slots as it has meetings; at most twice as many participants as there are tables are busy at a slot. With the
second some fairs are proven many times sooner, and others many times later, so it can be left out.
At-most-k by totalizers (Bailleux & Boufkhad, CP 2003) that count no further than k, as few clauses as any.
"""

from __future__ import annotations

from itertools import combinations

from pysat.card import CardEnc, EncType, ITotalizer
from pysat.formula import WCNF

from matcher.timetable.bound import fewest_breaks, least_base, most_breaks
from matcher.timetable.problem import Problem, slots_of
from matcher.timetable.windows import windows


class Encoding:
    """The clauses of a fair.

    Args:
        problem: The fair.
        home: Slots that the meetings had, or below 0; where given, moves cost and breaks do not.
        implied: Whether to say how many participants can be busy at a slot, which follows from the rest.

    Attributes:
        formula: Hard clauses, and soft ones of weight 1.
        held: The variable "meeting m is held at slot t", by (m, t).
    """

    def __init__(self, problem: Problem, home: tuple[int, ...] | None = None, *, implied: bool = True) -> None:
        self.problem, self.implied = problem, implied
        self.formula = WCNF()
        self.top = 0
        self.windows = windows(problem)
        self.held: dict[tuple[int, int], int] = {}
        self.busy: dict[tuple[int, int], int] = {}
        self._meetings()
        self._participants()
        self._tables()
        self._order()
        breaks = [self._breaks(person) for person in range(problem.n_participants)]
        self._fairness(breaks)
        stay = [self.held.get((m, slot)) for m, slot in enumerate(home)] if home else []
        for literal in stay if home else [-one for own in breaks for one in own]:
            if literal is not None:
                self.formula.append([literal], weight=1)

    def slots(self, model: list[int]) -> tuple[int, ...]:
        """The slot of every meeting in a model of the clauses."""
        true = {literal for literal in model if literal > 0}
        slots = [-1] * len(self.problem.meetings)
        for (meeting, slot), literal in self.held.items():
            if literal in true:
                slots[meeting] = slot
        return tuple(slots)

    def _new(self) -> int:
        self.top += 1
        return self.top

    def _hard(self, *literals: int) -> None:
        self.formula.append(list(literals))

    def _at_most(self, bound: int, literals: list[int], unless: int | None = None) -> None:
        """At most `bound` of the literals hold, unless some literal holds."""
        with ITotalizer(lits=literals, ubound=bound, top_id=self.top) as made:
            self.top = max(self.top, made.top_id)
            self.formula.extend(made.cnf.clauses)
            self._hard(-made.rhs[bound], *([] if unless is None else [unless]))

    def _exactly(self, bound: int, literals: list[int]) -> None:
        """As many of the literals hold."""
        made = CardEnc.equals(lits=literals, bound=bound, top_id=self.top, encoding=EncType.totalizer)
        self.top = max(self.top, made.nv)
        self.formula.extend(made.clauses)

    def _at_least(self, bound: int, literals: list[int], unless: int | None = None) -> None:
        """At least `bound` of the literals hold, unless some literal holds."""
        self._at_most(len(literals) - bound, [-literal for literal in literals], unless)

    def _meetings(self) -> None:
        for meeting, choice in enumerate(self.windows):
            own = []
            for slot in slots_of(choice):
                self.held[meeting, slot] = self._new()
                own.append(self.held[meeting, slot])
            self._one_of(own)

    def _one_of(self, literals: list[int]) -> None:
        self._hard(*literals)
        self._at_most_one(literals)

    def _at_most_one(self, literals: list[int]) -> None:
        for one, other in combinations(literals, 2):
            self._hard(-one, -other)

    def _participants(self) -> None:
        for person, own in enumerate(self.problem.meetings_of()):
            every = []
            for slot in range(self.problem.n_slots):
                literals = [self.held[m, slot] for m in own if (m, slot) in self.held]
                if literals:
                    every.append(self._busy(person, slot, literals))
            if own and len(every) >= len(own):
                self._exactly(len(own), every)

    def _busy(self, person: int, slot: int, literals: list[int]) -> int:
        busy = self.busy[person, slot] = self._new()
        self._hard(-busy, *literals)
        for literal in literals:
            self._hard(-literal, busy)
        self._at_most_one(literals)
        return busy

    def _tables(self) -> None:
        for slot in range(self.problem.n_slots):
            held = [literal for (_, at), literal in self.held.items() if at == slot]
            busy = [literal for (_, at), literal in self.busy.items() if at == slot]
            if len(held) > self.problem.n_tables:
                self._at_most(self.problem.n_tables, held)
            if self.implied and len(busy) > 2 * self.problem.n_tables:
                self._at_most(2 * self.problem.n_tables, busy)

    def _order(self) -> None:
        for later, before in enumerate(self.problem.earlier):
            for one in before:
                for slot in slots_of(self.windows[later]):
                    self._hard(-self.held[later, slot], *self._held_in(one, (1 << slot) - 1))
                for slot in slots_of(self.windows[one]):
                    self._hard(-self.held[one, slot], *self._held_in(later, -1 << slot + 1))

    def _held_in(self, meeting: int, bits: int) -> list[int]:
        return [self.held[meeting, slot] for slot in slots_of(self.windows[meeting] & bits)]

    def _breaks(self, person: int) -> list[int]:
        """Literals of which as many hold as a participant has breaks: one at the last idle slot of each."""
        ends: list[int] = []
        begun: int | None = None
        for slot in range(self.problem.n_slots):
            if slot in self.problem.pauses:
                begun = None
            busy, after = self.busy.get((person, slot)), self.busy.get((person, slot + 1))
            if slot + 1 in self.problem.pauses:
                after = None
            if busy is not None:
                begun = self._begun(begun, busy)
            if begun is not None and after is not None:
                end = self._new()
                idle = [] if busy is None else [-busy]
                for literal in (begun, after, *idle):
                    self._hard(-end, literal)
                self._hard(end, -begun, -after, *(-literal for literal in idle))
                ends.append(end)
        return ends

    def _begun(self, before: int | None, busy: int) -> int:
        """Whether the participant was busy at this slot or an earlier one."""
        begun = self._new()
        earlier = [] if before is None else [before]
        for literal in (busy, *earlier):
            self._hard(-literal, begun)
        self._hard(-begun, busy, *earlier)
        return begun

    def _fairness(self, breaks: list[list[int]]) -> None:
        """All numbers of breaks lie in one range of the bound's width; which one is for the solver to choose."""
        width = self.problem.fairness
        most = most_breaks(self.problem)
        least = least_base(self.problem, fewest_breaks(self.problem, self.windows))
        last = max(min(most, default=0), 0)
        highest = max(most, default=0)
        bases = [base for base in range(least, last + 1) if base == least or base + width <= highest]
        chosen = [self._new() for _ in bases]
        never = self._new()
        self._hard(-never)
        self._hard(never, *chosen)
        for base, choice in zip(bases, chosen, strict=True):
            for literals in breaks:
                if base + width < len(literals):
                    self._at_most(base + width, literals, unless=-choice)
                if base > len(literals):
                    self._hard(-choice)
                elif base:
                    self._at_least(base, literals, unless=-choice)
