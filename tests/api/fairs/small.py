"""Small fairs of firms without meaning, and what tests read of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, time

from sqlalchemy import select, text
from sqlmodel import SQLModel, col

from api.fairs.links import Links
from api.store.database import Database
from api.store.fairs import Deed, Reached, add_fair, load_fair, put_participants
from api.store.firms import Change, put_firms
from api.store.meetings import find_meetings, put_listed
from api.store.outbox_tables import DeliveryRow
from api.store.timetables import add_timetable, get_timetable, places_of
from api.store.webhooks import add_webhook
from matcher.engine import Sentence
from matcher.fair import Fair, ListedPair, Participant, Session
from matcher.fair.meetings import HELD, proposed
from tests.api.fakes import some_firms

ID = "fair"
LINKS = Links(b"pepper", "https://khukha.example/")
ORGANISER = Deed("k-organiser")


def a_fair(ids: Iterable[str], *, slots: int = 4, tables: int = 2, id: str = ID, **of_each: object) -> Fair:
    """One morning; everybody is there all the time, and nobody has to meet anybody."""
    morning = Session.even("am", day=date(2030, 2, 4), start=time(9), slots=slots, slot_minutes=30)
    people = tuple(Participant(one, **{"min_meetings": 0} | of_each) for one in ids)
    return Fair(id, Sentence("งานเจรจา", "Business fair"), (morning,), tables, people)


def set_up(
    database: Database,
    n: int = 6,
    *,
    slots: int = 4,
    tables: int = 2,
    reached: Mapping[str, Reached] | None = None,
    settings: Mapping[str, object] | None = None,
    **of_each: object,
) -> Fair:
    """Store some firms, and a fair in which all take part."""
    firms = some_firms(n)
    fair = a_fair([firm.id for firm in firms], slots=slots, tables=tables, **of_each)
    with database.writing() as session:
        put_firms(session, firms, Change("b", "me"), embedded=None)
        add_fair(session, fair, settings or {}, ORGANISER)
        put_participants(session, ID, fair.participants, reached or {}, ORGANISER)
    return fair


def as_firm(id: str) -> Deed:
    """A participant on its own page."""
    return Deed("link", id)


def a_listed_pair(first: str, second: str, **changes: object) -> ListedPair:
    """A pair of the lists, with chances that say which it is."""
    pair = ListedPair(first, second, 0.5, 0.25, 0.75, f"{first}/n1", f"{second}/o1", None, None)
    return replace(pair, **changes)


def plant(database: Database, *pairs: tuple[str, str]) -> None:
    """Lists that propose these pairs, beside what there is."""
    with database.writing() as session:
        known = {one.meeting.pair: one.meeting for one in find_meetings(session, ID)}
        meetings = known | {pair: proposed(*pair) for pair in pairs}
        put_listed(session, ID, [a_listed_pair(*pair) for pair in pairs], list(meetings.values()))


def place(database: Database, places: Mapping[tuple[str, str], tuple[int, int]]) -> int:
    """Write a timetable by hand."""
    with database.writing() as session:
        return add_timetable(session, ID, places, ORGANISER, why=Sentence("มือ", "by hand"), what="timetable.made")


def states(database: Database) -> dict[tuple[str, str], str]:
    """Where each meeting stands."""
    with database.reading() as session:
        return {one.meeting.pair: str(one.meeting.state) for one in find_meetings(session, ID)}


def timetable(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    """The timetable in force, as it is written."""
    with database.reading() as session:
        return places_of(get_timetable(session, ID))


def stored(database: Database) -> Fair:
    """The fair as it is now."""
    with database.reading() as session:
        return load_fair(session, ID)


def clashes(database: Database) -> list[str]:
    """Everything that is wrong with the timetable in force, told from the definition."""
    fair, places = stored(database), timetable(database)
    with database.reading() as session:
        held = {one.meeting.pair for one in find_meetings(session, ID, states=HELD)}
    free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
    seats = Counter(places.values())
    busy = Counter((id, slot) for pair, (slot, _) in places.items() for id in pair)
    return [
        *(f"two meetings at {seat}" for seat, count in seats.items() if count > 1),
        *(f"{id} is twice in slot {slot}" for (id, slot), count in busy.items() if count > 1),
        *(f"{pair} is not held" for pair in places.keys() - held),
        *(f"no table {table}" for _, table in places.values() if not 1 <= table <= fair.tables),
        *(f"{id} is away" for pair, (slot, _) in places.items() for id in pair if slot not in free.get(id, ())),
    ]


def deliveries(database: Database) -> list[DeliveryRow]:
    """All that waits in the outbox, in its order."""
    with database.reading() as session:
        rows = list(session.execute(select(DeliveryRow).order_by(col(DeliveryRow.sequence))).scalars())
        session.expunge_all()
        return rows


def told(database: Database) -> list[tuple[str, str]]:
    """Whom the outbox tells of what, persons before webhooks."""
    rows = deliveries(database)
    return sorted((row.firm_id, row.topic) for row in rows if row.firm_id) + [
        ("webhook", row.topic) for row in rows if row.webhook_id
    ]


def listen(database: Database) -> None:
    """A webhook that wants to know everything."""
    with database.writing() as session:
        add_webhook(session, name="CRM", url="https://crm.example/in", topics=["*"])


def dump(database: Database) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with database.reading() as session:
        return {
            name: sorted(str(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))
            for name in SQLModel.metadata.tables
        }
