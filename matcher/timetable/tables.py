"""Which table every meeting is held at, once its slot is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matcher.timetable.problem import Problem

_OWN, _KEPT = 100, 10_000
"""What sitting elsewhere than at a host's own table, or than at the table of before, counts in walks."""


def assign_tables(problem: Problem, slots: Sequence[int], *, keep: Sequence[int] = ()) -> tuple[int, ...]:
    """A table for every meeting, so that participants change tables as rarely as can be, slot after slot.

    Hosts get a table of their own as far as there are tables; two who never meet anybody at the same time
    may share one. All others go where the fewest have to walk, by a least-cost matching of a slot's meetings
    to the tables, given where their participants sat before.

    Args:
        problem: The fair.
        slots: Of every meeting; no slot holds more meetings than there are tables.
        keep: Tables to keep wherever that is possible, below 0 for "any".

    Source: Kuhn's assignment problem, as scipy solves it.
    """
    from scipy.optimize import linear_sum_assignment  # slow to load, and a service rarely asks

    own = _host_tables(problem, slots)
    tables = [-1] * len(slots)
    seat: dict[int, int] = {}
    by_slot: dict[int, list[int]] = {}
    for meeting, slot in enumerate(slots):
        by_slot.setdefault(slot, []).append(meeting)
    for slot in sorted(by_slot):
        held = by_slot[slot]
        walks = np.zeros((len(held), problem.n_tables), np.int64)
        for row, meeting in enumerate(held):
            walks[row] += _walks(problem, meeting, own, seat)
            if keep and keep[meeting] >= 0:
                walks[row] += _KEPT
                walks[row, keep[meeting]] -= _KEPT
        rows, columns = linear_sum_assignment(walks)
        for row, table in zip(rows, columns, strict=True):
            tables[held[row]] = int(table)
            seat.update(dict.fromkeys(problem.meetings[held[row]], int(table)))
    return tuple(tables)


def table_changes(problem: Problem, slots: Sequence[int], tables: Sequence[int]) -> int:
    """How often a participant sits at another table than at its meeting before."""
    seat: dict[int, int] = {}
    changes = 0
    for meeting in sorted(range(len(slots)), key=lambda meeting: slots[meeting]):
        for person in problem.meetings[meeting]:
            changes += seat.get(person, tables[meeting]) != tables[meeting]
            seat[person] = tables[meeting]
    return changes


def _walks(problem: Problem, meeting: int, own: dict[int, int], seat: dict[int, int]) -> npt.NDArray[np.int64]:
    """int64 (tables,): what every table would cost this meeting."""
    cost = np.zeros(problem.n_tables, np.int64)
    for person in problem.meetings[meeting]:
        for at, weight in ((own.get(person), _OWN), (seat.get(person), 1)):
            if at is not None:
                cost += weight
                cost[at] -= weight
    return cost


def _host_tables(problem: Problem, slots: Sequence[int]) -> dict[int, int]:
    """A table for every host that gets one; busiest hosts first."""
    busy = dict.fromkeys(sorted(problem.hosts), 0)
    for pair, slot in zip(problem.meetings, slots, strict=True):
        for person in pair:
            if person in busy:
                busy[person] |= 1 << slot
    taken = [0] * problem.n_tables
    own = {}
    for host in sorted(busy, key=lambda host: (-busy[host].bit_count(), host)):
        free = [table for table, bits in enumerate(taken) if not bits & busy[host]]
        if free:
            own[host] = min(free, key=lambda table: (taken[table].bit_count(), table))
            taken[own[host]] |= busy[host]
    return own
