"""What is wrong with the timetable in force, told from the definition of one."""

from __future__ import annotations

from collections import Counter

from sqlmodel import Session

from api.store.fairs import load_fair
from api.store.timetables import places_now


def clashes(session: Session, fair_id: str) -> list[str]:
    """Tables with two meetings, firms that are in two places or away, tables that are not there; empty if sound."""
    fair = load_fair(session, fair_id)
    places = places_now(session, fair)
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    seats = Counter(places.values())
    busy = Counter((id, slot) for pair, (slot, _table) in places.items() for id in pair)
    return [
        *(f"two meetings in slot {slot} at table {table}" for (slot, table), count in seats.items() if count > 1),
        *(f"{id} is twice in slot {slot}" for (id, slot), count in busy.items() if count > 1),
        *(f"no table {table}" for _slot, table in places.values() if not 1 <= table <= fair.tables),
        *(f"{id} is away in slot {slot}" for pair, (slot, _) in places.items() for id in pair if slot not in free[id]),
    ]
