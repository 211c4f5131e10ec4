"""Connections and transactions, on SQLite by default and on PostgreSQL by URL.

Every write runs inside `Database.writing()`. Writers take turns (SQLite's write lock, an advisory lock
of PostgreSQL), so sequence numbers of the change log grow in the order of commits, and whoever tails
the log by number misses nothing. A text that not every database can hold never gets as far as one: it
is an `UnreadableTextError`.

Sources: sqlite.org/wal.html for the WAL-reset bug of 3.7.0–3.51.2, which the `pysqlite3` wheel does not
have; sqlite.org/pragma.html for the settings below.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, create_engine

from api.errors import DatabaseError, DatabaseNewerError
from matcher.text.normalise import check_readable

BUSY_MS = 10_000
_AGAIN_S = 0.01
_WRITER_LOCK = 0x6B68756B
"""Number of PostgreSQL's advisory lock: "khuk"."""

_PRAGMAS = {
    "busy_timeout": BUSY_MS,
    "foreign_keys": "ON",
    "synchronous": "FULL",  # NORMAL forgets acknowledged writes in a power cut
    "secure_delete": "ON",  # what is erased is overwritten
}


class Database:
    """An open database; threads may share it.

    Args:
        url: `sqlite:///path`, or `postgresql+psycopg://…`.

    Raises:
        DatabaseError: the folder of an SQLite file cannot be made.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn: AbstractContextManager[Any] = _turn_of(self.url.database or "") if self.is_sqlite else nullcontext()
        if self.is_sqlite and self.url.database:
            try:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise DatabaseError(url=self.url.render_as_string(), problem=str(problem)) from problem
        self.engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        event.listen(self.engine, "before_cursor_execute", _refuse_unreadable)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the database, whatever others write meanwhile."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield Session(connection, autoflush=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is alone to write; committed at the end, undone if anything is raised.

        Raises:
            DatabaseNewerError: a later version of Khukha has changed the tables since this one opened them.
            DatabaseError: tables of an earlier version were put in their place.
        """
        with (
            self._turn,
            self.engine.connect().execution_options(khukha_writes=True) as connection,
            connection.begin(),
        ):
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            self._refuse_other_shape(connection)
            session = Session(connection, autoflush=False)
            yield session
            session.flush()

    def migrate(self) -> None:
        """Bring the tables to this version's shape; nothing happens where they have it.

        Raises:
            DatabaseNewerError: a later version of Khukha wrote it.
            DatabaseError: it cannot be reached.
        """
        scripts = _migrations()
        try:
            with (
                self._turn,
                self.engine.connect() as connection,
                self._without_foreign_keys(connection),
                connection.execution_options(khukha_writes=True).begin(),
            ):
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
                _refuse_newer(connection)
                scripts.attributes["connection"] = connection
                command.upgrade(scripts, "head")
        except DBAPIError as problem:
            raise DatabaseError(url=self.url.render_as_string(), problem=str(problem.orig)) from problem

    @contextmanager
    def _without_foreign_keys(self, connection: Connection) -> Iterator[None]:
        """With them on, SQLite deletes a table's children when the table is moved."""
        raw: Any = connection.connection.dbapi_connection  # inside a transaction the pragma does nothing
        if self.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            if self.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")

    def compact(self) -> None:
        """Leave no page in the files that holds what was deleted; what a reader still looks at stays until the next.

        SQLite's log goes into the file, is cut to nothing, and the file is written anew. PostgreSQL rewrites its
        tables; its own log belongs to its operator.

        Raises:
            OperationalError: as SQLite or SQLAlchemy says it: somebody reads for longer than `BUSY_MS`: try again.
        """
        if self.is_sqlite:
            with self._turn, self.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection  # neither can be done in a transaction
                cut_log(raw)
                raw.execute("VACUUM")
                cut_log(raw)
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in SQLModel.metadata.tables:
                connection.exec_driver_sql(f'VACUUM FULL "{name}"')

    def _refuse_other_shape(self, connection: Connection) -> None:
        """Write nothing into tables that another version made: its columns may mean something else."""
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        known = _revisions()
        if found == known[0]:
            return
        if found in known:
            problem = f"its tables are of an earlier version ({found}): start the service again, which changes them"
            raise DatabaseError(url=self.url.render_as_string(), problem=problem)
        raise DatabaseNewerError(revision=str(found))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


@cache
def _turn_of(path: str) -> threading.Lock:
    """A lock for the writers of one file in this process: SQLite's waiters look now and then, and may starve."""
    return threading.Lock()


def cut_log(connection: Any) -> None:
    """Bring SQLite's log into the file and cut it to nothing.

    Raises:
        OperationalError: as SQLite says it: somebody reads; the pragma itself says so in a row only.
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite.OperationalError("database is locked: somebody reads, and the log stays")


def open_database(url: str) -> Database:
    """The database, its tables in this version's shape; raises as `Database.migrate`."""
    database = Database(url)
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        module=sqlite,
        hide_parameters=True,  # errors are logged, and what is stored may be personal
        pool_size=8,
        max_overflow=56,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")
        _keep_log(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # a transaction that reads and then writes would fail at once when another one wrote in between
        writes = connection.get_execution_options().get("khukha_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _keep_log(connection: Any) -> None:
    """Write ahead to a log, as the file will do from then on.

    SQLite does not wait for whoever makes this change at the same moment: two who waited for each other never end.

    Raises:
        OperationalError: others held the file for longer than `BUSY_MS`.
    """
    give_up = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def _postgres(url: str) -> Engine:
    return create_engine(url, hide_parameters=True, pool_size=8, max_overflow=56, pool_pre_ping=True)


def _refuse_unreadable(_connection: Any, _cursor: Any, _statement: str, given: Any, _context: Any, _many: bool) -> None:
    """Refuse texts that one database keeps and the other does not: NUL, and half of a character.

    Several rows come as a list, save those of one INSERT that gives their numbers back: they come as one row.

    Raises:
        UnreadableTextError: there is one.
    """
    for row in given if isinstance(given, list) else (given,):
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str):
                check_readable(value)


@cache
def _revisions() -> tuple[str, ...]:
    """The shapes of the tables that this version knows, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions())


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _refuse_newer(connection: Connection) -> None:
    """Raise where the tables have a shape this version has never heard of."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in _revisions():
        raise DatabaseNewerError(revision=found)
