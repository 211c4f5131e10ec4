"""A small fair that is over, with its lists and its timetable, for tests in a browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from api.fairs.links import Links
from api.fairs.people import link_paths
from api.settings import BANGKOK
from api.store.fair_tables import FairRow
from api.store.fairs import Deed, Reached, add_fair, load_fair, put_participants
from api.store.jobs import add_job
from api.store.tables import now
from api.store.timetables import places_now
from matcher.domain import Firm
from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Session

TABLES = 4
FIRMS = 12


@dataclass(frozen=True)
class SmallFair:
    """The fair, and the site it stands on."""

    id: str
    site: object
    firms: tuple[Firm, ...]

    @property
    def url(self) -> str:
        """The fair's page."""
        return f"/fairs/{self.id}"

    def places(self) -> dict:
        """Where each meeting is now."""
        with self.site.running.database.reading() as session:
            return places_now(session, load_fair(session, self.id))

    def fair(self) -> Fair:
        """As it stands."""
        with self.site.running.database.reading() as session:
            return load_fair(session, self.id)

    def link(self, firm_id: str) -> str:
        """The address of a participant's page."""
        with self.site.running.database.reading() as session:
            links = Links(self.site.running.pepper)
            return link_paths(session, links, load_fair(session, self.id), [firm_id])[firm_id]

    def work(self, kind: str, **given) -> None:
        """Run a job of the fair."""
        with self.site.running.database.writing() as session:
            add_job(session, kind=kind, owner="test", given={"fair": self.id, **given})
        self.site.work()

    def row(self) -> FairRow:
        """Its row."""
        with self.site.running.database.reading() as session:
            row = session.get(FairRow, self.id)
            session.expunge(row)
            return row


def small_fair(site, firms, *, id: str = "small") -> SmallFair:
    """Twelve firms who met yesterday; three of them read English, have an address, or are away in the afternoon."""
    yesterday = now().astimezone(BANGKOK).date() - timedelta(days=1)
    sessions = tuple(
        Session.even(f"1{half}", day=yesterday, start=start, slots=4, slot_minutes=30)
        for half, start in (("a", time(9)), ("b", time(13)))
    )
    chosen = tuple(firms[:FIRMS])
    people = [Participant(firm.id, min_meetings=2, max_meetings=5) for firm in chosen]
    people[2] = Participant(chosen[2].id, min_meetings=2, max_meetings=5, available=frozenset(range(4)))
    fair = Fair(id, Sentence("งานเจรจาเล็ก", "A small fair"), sessions, TABLES, ())
    reached = {chosen[1].id: Reached("buyer@example.com", "en")}
    with site.running.database.writing() as session:
        add_fair(session, fair, {"venue": "ขอนแก่น"}, Deed("test"))
        put_participants(session, id, people, reached, Deed("test"))
    return SmallFair(id, site, chosen)
