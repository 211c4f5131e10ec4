"""The sender: takes what is due, has it sent, and writes down what came of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.outbox.people import People
from api.outbox.posting import Post
from api.settings import Settings
from api.store.database import Database
from api.store.keys import read_pepper
from api.store.outbox import KEPT, forget
from api.store.outbox_tables import Delivery
from api.store.sending import LOST_S, Outcome, Taken, finish, is_due, take
from api.store.tables import now
from matcher.engine.answer import Sentence

LANES = 4
"""Deliveries under way at once: a slow receiver holds up one of them."""

POLL_S = 1.0
FORGET_EVERY_S = 3600.0
END_S = 30.0
"""What attempts under way may take when it ends; one that is left then counts as broken off."""

log = logging.getLogger(__name__)

_FAILED_HERE = Sentence(
    th="ระบบขัดข้องขณะส่ง ไม่ทราบว่าถึงหรือไม่ แจ้งผู้ดูแลระบบ",
    en="the service failed while sending it, so it may have arrived or not: tell its operator",
)


@dataclass
class Sender:
    """Sends what is due; several may work on one database, in threads and in processes.

    Attributes:
        database: Whose outbox.
        send: Makes one attempt.
        lost_s: How long an attempt can last.
    """

    database: Database
    send: Callable[[Taken], Outcome]
    lost_s: float = LOST_S
    _ended: threading.Event = field(default_factory=threading.Event)
    _busy: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Sender:
        """One that reaches whom the operator's settings let it reach."""
        people = People(smtp_url=settings.smtp_url, services=settings.services)
        post = Post(pepper=read_pepper(settings.pepper_path), private=settings.webhook_private)
        return cls(database, lambda taken: post.send(taken) if taken.webhook else people.send(taken.row))

    def send_next(self) -> bool:
        """Make one attempt; whether there was anything due."""
        if not self._is_due():
            return False
        with self.database.writing() as session:
            taken = take(session, lost_s=self.lost_s)
        if taken is None:
            return False
        outcome = self._attempt(taken)
        while not self._written(taken, outcome):
            if self._ended.wait(POLL_S):
                break
        return True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send in the background as long as the context lasts; attempts under way are brought to their end."""
        work = (self._look, *(self._send for _ in range(LANES)))
        threads = [threading.Thread(target=one, name="outbox", daemon=True) for one in work]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            end = time.monotonic() + END_S
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))

    def _attempt(self, taken: Taken) -> Outcome:
        try:
            return self.send(taken)
        except Exception as problem:  # its row must not stay as it is; what it says may name the address
            log.error("delivery %s failed: %s", taken.row.id, type(problem).__name__)
            return Outcome(Delivery.WAITING if taken.webhook else Delivery.UNCLEAR, _FAILED_HERE)

    def _written(self, taken: Taken, outcome: Outcome) -> bool:
        try:
            with self.database.writing() as session:
                finish(session, taken, outcome)
        except Exception:  # the database may be away for a moment
            log.exception("cannot write down what came of delivery %s", taken.row.id)
            return False
        return True

    def _look(self) -> None:
        """Wake the lanes where something is due, and forget now and then what is old."""
        forget_at = 0.0
        while not self._ended.wait(POLL_S):
            if self._safely(self._is_due):
                self._busy.set()
            if time.monotonic() >= forget_at and self._safely(self._forget):
                forget_at = time.monotonic() + FORGET_EVERY_S

    def _send(self) -> None:
        """A lane: send as long as something is due."""
        while not self._ended.is_set():
            if self._busy.wait(POLL_S) and not self._ended.is_set() and not self._safely(self.send_next):
                self._busy.clear()

    def _is_due(self) -> bool:
        with self.database.reading() as session:
            return is_due(session, lost_s=self.lost_s)

    def _forget(self) -> bool:
        with self.database.writing() as session:
            forget(session, now() - KEPT)
        return True

    def _safely(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except Exception:  # the database may be away for a moment
            log.exception("the outbox cannot be read")
            return False
