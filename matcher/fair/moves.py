"""Moving one meeting of a timetable by hand: what stands in the way, and where it could go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.engine.answer import Sentence
from matcher.fair.fair import Fair, Pair, Participant, Place


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a meeting cannot be at a place.

    Attributes:
        kind: "no_such_place", "away", "busy" or "table_taken".
        firm_id: The firm that is away or busy; None for a table.
        with_: The meeting that stands in the way, if one does.
    """

    kind: str
    firm_id: str | None
    with_: Pair | None
    what: Sentence


def conflicts(
    fair: Fair, places: Mapping[Pair, Place], pair: Pair, to: Place, *, names: Mapping[str, str]
) -> tuple[Conflict, ...]:
    """All that keeps a meeting from a place; empty where it can be there.

    Args:
        fair: Of the meeting.
        places: Of all meetings; where the meeting itself is now is no conflict.
        pair: Ids of the two firms, the smaller first; both take part.
        to: The place wanted.
        names: Of firms, for the sentences.
    """
    slot, table = to
    if not (0 <= slot < len(fair.slots) and 1 <= table <= fair.tables):
        known = f"1–{len(fair.slots)}, 1–{fair.tables}"
        return (
            Conflict(
                "no_such_place",
                None,
                None,
                Sentence(f"ไม่มีช่วงเวลาหรือโต๊ะนี้ (มี {known})", f"there is no such slot or table (they run {known})"),
            ),
        )
    people = {one.firm_id: one for one in fair.participants}
    others = {other: place for other, place in places.items() if other != pair}
    found = [*_away(fair, people, pair, slot, names), *_busy(others, pair, slot, names)]
    taken = [other for other, place in others.items() if place == to]
    for other in taken:
        a, b = (names.get(id, id) for id in other)
        found.append(
            Conflict(
                "table_taken",
                None,
                other,
                Sentence(f"โต๊ะ {table} มีนัดของ {a} กับ {b} แล้ว", f"table {table} is taken by {a} and {b}"),
            )
        )
    return tuple(found)


def free_places(fair: Fair, places: Mapping[Pair, Place], pair: Pair) -> dict[int, int]:
    """Slots in which a meeting could be, each with the first free table; without the slot in which it is."""
    people = {one.firm_id: one for one in fair.participants}
    others = {other: place for other, place in places.items() if other != pair}
    both = fair.free_slots(people[pair[0]]) & fair.free_slots(people[pair[1]])
    busy = {slot for other, (slot, _) in others.items() if set(other) & set(pair)}
    here = places[pair][0] if pair in places else None
    taken: dict[int, set[int]] = {}
    for slot, table in others.values():
        taken.setdefault(slot, set()).add(table)
    found = {slot: _first_free(taken.get(slot, set()), fair.tables) for slot in sorted(both - busy) if slot != here}
    return {slot: table for slot, table in found.items() if table is not None}


def sound(fair: Fair, places: Mapping[Pair, Place]) -> dict[Pair, Place]:
    """The places that the fair still has, of meetings whose firms are both there then."""
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    nowhere: frozenset[int] = frozenset()
    return {
        (a, b): (slot, table)
        for (a, b), (slot, table) in places.items()
        if slot in free.get(a, nowhere) & free.get(b, nowhere) and table <= fair.tables
    }


def _first_free(taken: set[int], tables: int) -> int | None:
    return next((table for table in range(1, tables + 1) if table not in taken), None)


def _away(
    fair: Fair, people: Mapping[str, Participant], pair: Pair, slot: int, names: Mapping[str, str]
) -> Iterable[Conflict]:
    for id in pair:
        if slot not in fair.free_slots(people[id]):
            name = names.get(id, id)
            yield Conflict("away", id, None, Sentence(f"{name} ไม่อยู่ในช่วงนี้", f"{name} is away in this slot"))


def _busy(others: Mapping[Pair, Place], pair: Pair, slot: int, names: Mapping[str, str]) -> Iterable[Conflict]:
    for other, (taken, _) in sorted(others.items()):
        for id in set(other) & set(pair) if taken == slot else ():
            with_ = other[1] if other[0] == id else other[0]
            name, second = names.get(id, id), names.get(with_, with_)
            yield Conflict(
                "busy", id, other, Sentence(f"{name} มีนัดกับ {second} ในช่วงนี้", f"{name} meets {second} in this slot")
            )
