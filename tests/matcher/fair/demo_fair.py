"""A fair of demo firms: 2 days, 20 slots, 40 tables."""

from __future__ import annotations

from datetime import date, time

from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Session

DAY = date(2026, 11, 23)
SESSIONS = tuple(
    Session.even(f"{day}-{name}", day=date(2026, 11, 23 + day), start=start, slots=5, slot_minutes=25, pause_minutes=5)
    for day in (0, 1)
    for name, start in (("am", time(9)), ("pm", time(13)))
)


def fair_of(firm_ids, *, preferences=(), tables=40, **of_each):
    """All firms alike, but for what a mapping says of one."""
    return Fair(
        id="demo",
        name=Sentence("งานสาธิต", "demo fair"),
        sessions=SESSIONS,
        tables=tables,
        participants=tuple(Participant(id, **of_each) for id in firm_ids),
        preferences=tuple(preferences),
    )
