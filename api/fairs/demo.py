"""The fair that `make demo` and `make serve` begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from api.store.database import Database
from api.store.fair_tables import FairRow
from api.store.fairs import Deed, add_fair, put_participants
from matcher.domain import Firm
from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Session

ID = "demo"
_FIRST_DAY = date(2027, 2, 4)
_FIRMS_A_CLUSTER = 20


def demo_fair(firms: Sequence[Firm]) -> Fair:
    """Two days of ten slots, forty tables, twenty firms of each cluster of the demo catalog."""
    by_cluster: dict[str, list[str]] = {}
    for firm in sorted(firms, key=lambda firm: firm.id):
        by_cluster.setdefault(firm.id.rpartition("-")[0], []).append(firm.id)
    sessions = (
        Session.even(f"{day + 1}{half}", day=_FIRST_DAY + timedelta(days=day), start=start, slots=5, slot_minutes=30)
        for day in range(2)
        for half, start in (("a", time(9)), ("b", time(13)))
    )
    return Fair(
        id=ID,
        name=Sentence("งานเจรจาธุรกิจตัวอย่าง", "Demo business fair"),
        sessions=tuple(sessions),
        tables=40,
        participants=tuple(Participant(id) for ids in by_cluster.values() for id in ids[:_FIRMS_A_CLUSTER]),
    )


def put_demo_fair(database: Database, firms: Sequence[Firm], deed: Deed) -> None:
    """Set the demo fair up, unless it is there."""
    fair = demo_fair(firms)
    with database.writing() as session:
        if session.get(FairRow, ID) is None:
            add_fair(session, fair, {}, deed)
            put_participants(session, ID, fair.participants, {}, deed)
