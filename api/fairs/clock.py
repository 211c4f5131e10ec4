"""What happens at a fair because time passes: requests that nobody answered expire."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.fairs.links import Links
from api.fairs.meetings import expire_requests
from api.store.database import Database

EVERY_S = 60.0

log = logging.getLogger(__name__)


@contextmanager
def ticking(database: Database, links: Links, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Let requests expire in the background as long as the context lasts, at once and then now and then."""
    ended = threading.Event()

    def tick() -> None:
        while True:
            try:
                expire_requests(database, links)
            except Exception:  # the database may be away for a moment
                log.exception("cannot look for requests that have expired")
            if ended.wait(every_s):
                return

    thread = threading.Thread(target=tick, name="clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
