"""What happens because time passes.

Requests that nobody answered expire; the head of the trail is kept beside the database; what was kept for long enough
goes once a day; whoever was erased before a restore is erased again; a compaction that had to wait is done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.fairs.links import Links
from api.fairs.meetings import expire_requests
from api.privacy.compacting import compact_if_owed
from api.privacy.erasing import Eraser
from api.privacy.policy import load_policy
from api.privacy.retention import Retention
from api.settings import Settings
from api.store.audit import Anchor, head
from api.store.database import Database

EVERY_S = 60.0
DAILY_S = 86_400.0

log = logging.getLogger(__name__)


@contextmanager
def ticking(
    database: Database, links: Links, *, settings: Settings | None = None, every_s: float = EVERY_S
) -> Iterator[None]:
    """Do in the background what time brings, at once and then now and then, as long as the context lasts.

    Args:
        database: Of the service.
        links: To participants' pages, for those who are told.
        settings: Of the service; without them nothing is forgotten or erased again.
        every_s: How often.
    """
    ended = threading.Event()

    def tick() -> None:
        daily_at = 0.0
        while True:
            _safely("look for requests that have expired", lambda: expire_requests(database, links))
            if settings is not None:
                _safely("keep people's data as the policy says", lambda: keep_privacy(settings, database))
                if time.monotonic() >= daily_at and _safely("forget", lambda: forget_daily(settings, database)):
                    daily_at = time.monotonic() + DAILY_S
            if ended.wait(every_s):
                return

    thread = threading.Thread(target=tick, name="clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def keep_privacy(settings: Settings, database: Database) -> None:
    """Erase again whom a restored database brought back, and keep the head of the trail beside the database.

    What went and is still in the database's files, because somebody was reading, is taken out of them.
    """
    Eraser(settings, database).erase_again(by="clock")
    compact_if_owed(settings, database)
    with database.reading() as session:
        last = head(session)
    Anchor(settings.audit_path).keep(last)


def forget_daily(settings: Settings, database: Database) -> None:
    """Let go what was kept for long enough."""
    Retention(settings, database, load_policy(settings.privacy_policy)).apply(by="clock")


def _safely(what: str, work: Callable[[], object]) -> bool:
    try:
        work()
    except Exception:  # the database may be away for a moment
        log.exception("cannot %s", what)
        return False
    return True
