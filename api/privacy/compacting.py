"""Compacting the database after something went, and again later where somebody read meanwhile.

A mark on the disk says that it is still to be done: it outlives a crash, and the clock looks for it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pysqlite3.dbapi2 import OperationalError as SqliteError
from sqlalchemy.exc import OperationalError

from api.settings import Settings
from api.store.database import Database

log = logging.getLogger(__name__)


def owe_compaction(settings: Settings, database: Database) -> None:
    """Say that something goes which the files of the database must not keep; before it goes."""
    _mark(settings, database).touch()


def compact(settings: Settings, database: Database) -> bool:
    """Compact the database now, or leave it to the clock because somebody reads; whether it was done."""
    mark = _mark(settings, database)
    mark.touch()
    try:
        database.compact()
    except (OperationalError, SqliteError):
        log.warning("the database could not be compacted, for somebody reads: it is tried again in a minute")
        return False
    mark.unlink(missing_ok=True)
    return True


def compact_if_owed(settings: Settings, database: Database) -> bool:
    """Compact the database where that is still to be done; whether nothing is left to do."""
    return not _mark(settings, database).exists() or compact(settings, database)


def mark_beside(path: Path) -> Path:
    """The mark of an SQLite file, so that a copy being restored has its own."""
    return path.with_name(f"{path.name}.uncompacted")


def _mark(settings: Settings, database: Database) -> Path:
    return mark_beside(Path(database.url.database or "")) if database.is_sqlite else settings.root / "uncompacted"
