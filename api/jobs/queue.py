"""The queue of jobs: huey over SQLite, or over PostgreSQL where the database is one.

A message holds the id of a job and nothing else; the job itself stands in the database. A message that
gets lost with its worker is put in again from there, so nothing depends on the queue's own memory.
"""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import make_url

from api.store.database import Database
from api.store.jobs import LOST_S, unfinished

log = logging.getLogger(__name__)

_TASK = "khukha-job"


class _Json(Serializer):  # type: ignore[misc]
    """Messages as JSON: huey's own are pickles, and a pickle from a file that others may write runs code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data._asdict()).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(**json.loads(data))


class Queue:
    """Jobs that wait for a worker.

    Args:
        database_url: A PostgreSQL URL is used for the queue too.
        path: The queue's own SQLite file otherwise.
        run: What a worker does with the id of a job; None in processes that only put jobs in.
    """

    def __init__(self, *, database_url: str, path: Path, run: Callable[[str], None] | None = None) -> None:
        url = make_url(database_url)
        path.parent.mkdir(parents=True, exist_ok=True)
        shared = {"results": False, "serializer": _Json()}
        if url.get_backend_name() == "postgresql":
            dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._huey: Any = PostgresHuey("khukha", dsn=dsn, **shared)
        else:
            self._huey = _sqlite(path, shared)

        def job(job_id: str) -> None:  # defined here, since huey names a task by its module too
            (run or _not_here)(job_id)

        self._task = self._huey.task(name=_TASK)(job)
        self._putting = threading.Lock()

    def put(self, job_id: str) -> None:
        """Give a job to the next free worker."""
        with self._putting:
            try:
                self._task(job_id)
            finally:
                self._huey.storage.close()  # huey would keep it for ever, and use it when the server was restarted

    def work(self, database: Database) -> None:
        """Work until the process is told to stop; jobs left over by a worker that died come first."""
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
        threading.Thread(target=self._put_lost, args=(database,), daemon=True).start()
        Consumer(self._huey, workers=1, periodic=False, initial_delay=0.05, max_delay=0.5).run()

    def _put_lost(self, database: Database) -> None:
        """Put in jobs that wait without a message or whose worker fell silent, at once and ever after."""
        pause = threading.Event()
        while True:
            try:
                with database.reading() as session:
                    lost = unfinished(session)
                for id in lost:
                    self.put(id)
            except Exception:  # the database may be away for a moment
                log.exception("cannot look for jobs that were left over")
            pause.wait(LOST_S)


def _sqlite(path: Path, shared: dict[str, Any]) -> Any:
    """The queue's own file; one that is damaged is made anew, since jobs are put in again from the database."""
    try:
        return SqliteHuey("khukha", filename=str(path), fsync=True, **shared)
    except sqlite3.OperationalError:  # locked, or a full disk
        raise
    except sqlite3.DatabaseError:
        log.exception("%s is damaged and is made anew", path)
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return SqliteHuey("khukha", filename=str(path), fsync=True, **shared)


def _not_here(_job_id: str) -> None:
    raise RuntimeError("this process puts jobs in and runs none")
