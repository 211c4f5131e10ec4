"""What happens at a fair because time passes."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import date, time, timedelta

import pytest
from sqlalchemy import update

from api.fairs.clock import ticking
from api.fairs.links import Links
from api.fairs.meetings import ask, expire_requests
from api.store.fair_tables import MeetingRow
from api.store.fairs import Deed, add_fair, list_events, put_participants
from api.store.firms import Change
from api.store.meetings import get_meeting
from api.store.tables import now
from api.writing import import_firms
from matcher.engine import Sentence
from matcher.fair import Fair, Participant, Session
from matcher.fair.meetings import MeetingState
from tests.api.fakes import some_firms

LINKS = Links(b"pepper")
WAIT_S = 60.0


@pytest.fixture
def asked(database, fake_encoder):
    """A fair with one request that nobody has answered; when it ends."""
    firms = some_firms(2)
    import_firms(database, fake_encoder, firms, Change("x", "test"))
    session = Session.even("am", day=date(2027, 2, 4), start=time(9), slots=2, slot_minutes=30)
    people = tuple(Participant(firm.id, min_meetings=0) for firm in firms)
    fair = Fair("f", Sentence("งาน", "Fair"), (session,), tables=1, participants=people)
    with database.writing() as writing:
        add_fair(writing, fair, {"request_ttl_h": 1}, Deed("test"))
        put_participants(writing, "f", people, {}, Deed("test"))
    ask(database, LINKS, "f", by=firms[0].id, other=firms[1].id, deed=Deed("test", firms[0].id))
    return firms[0].id, firms[1].id


def state_of(database, pair):
    with database.reading() as session:
        return get_meeting(session, "f", pair).meeting.state


def test_a_request_expires_when_its_time_is_over_and_once(database, asked):
    assert expire_requests(database, LINKS) == 0
    assert state_of(database, asked) is MeetingState.REQUESTED
    later = now() + timedelta(hours=2)
    assert expire_requests(database, LINKS, at=later) == 1
    assert expire_requests(database, LINKS, at=later) == 0
    assert state_of(database, asked) is MeetingState.EXPIRED
    with database.reading() as session:
        event = list_events(session, "f")[0]
    assert (event.what, event.by) == ("meeting.expired", "clock")


class AwayAtFirst:
    """A database that cannot be read the first time.

    Attributes:
        read: Released each time that it was.
    """

    def __init__(self, database):
        self._database, self._away = database, True
        self.read = threading.Semaphore(0)
        self.writing = database.writing

    @contextmanager
    def reading(self):
        """As `Database.reading`."""
        if self._away:
            self._away = False
            raise OSError("the database is away")
        with self._database.reading() as session:
            yield session
        self.read.release()


def test_the_clock_looks_at_once_and_again_also_after_a_failure(database, asked, caplog):
    with database.writing() as session:
        session.execute(update(MeetingRow).values(expires_at=now() - timedelta(minutes=1)))
    away = AwayAtFirst(database)
    with ticking(away, LINKS, every_s=0.01):
        assert away.read.acquire(timeout=WAIT_S)
        assert away.read.acquire(timeout=WAIT_S)
    assert state_of(database, asked) is MeetingState.EXPIRED
    assert "cannot look for requests" in caplog.text
    assert "clock" not in {one.name for one in threading.enumerate()}
