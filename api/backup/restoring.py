"""Putting a backup in place of what there is, while the service reads.

The backup is unpacked beside the database, checked, brought to this version's tables and cleared of whoever
was erased since; only then does it take the place of the database, in one transaction. A service that runs
notices and opens its index anew.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy.exc import DBAPIError

from api.backup.archive import DATABASE, ERASED, PEPPER, Manifest, read_manifest, unpack
from api.backup.facts import Facts, facts_of
from api.backup.taking import erased_path, pepper_mark, shown_settings
from api.errors import BackupElsewhereError, BackupRefusedError, OperatorError
from api.privacy.compacting import mark_beside
from api.privacy.erasing import Eraser
from api.settings import Settings
from api.store.database import cut_log, open_database
from indexes.durable import append_lines

SCRATCH = ".restore-"
"""How the folder is called in which a backup lies unpacked meanwhile."""

SKIPPED = 10_000
"""Numbers of changes left out after a restore: what is written meanwhile has none that comes again."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What restoring would do.

    Attributes:
        manifest: Of the backup.
        present: What is there now; None where there is no database, or none that opens.
        settings: Those that differ: then and now.
        keys_open: Whether the keys and links of the backup open the service here.
    """

    manifest: Manifest
    present: Facts | None
    settings: Mapping[str, tuple[Any, Any]]
    keys_open: bool


def preview(settings: Settings, path: Path) -> Preview:
    """What restoring a backup would do; nothing is changed.

    Raises:
        BackupElsewhereError: the database is not SQLite.
        BackupRefusedError: the file is no backup, or damaged.
    """
    live = _live_path(settings)
    manifest = read_manifest(path)
    now = shown_settings(settings)
    own = pepper_mark(settings.pepper_path)
    return Preview(
        manifest=manifest,
        present=_present(live),
        settings={name: (then, now.get(name)) for name, then in manifest.settings.items() if then != now.get(name)},
        keys_open=own == manifest.pepper_mark or (not own and PEPPER in manifest.files),
    )


def restore(settings: Settings, path: Path) -> Facts:
    """Put a backup in place of the database; what was written since it was taken is gone.

    Erased people stay erased. Messages that were sent since are not sent again. Numbers of changes go on from
    where they were, so that no index and no reader takes a firm of then for one of now.

    Returns:
        What the database holds now.

    Raises:
        BackupElsewhereError: the database is not SQLite.
        BackupRefusedError: the file is no backup, or damaged; nothing was changed.
        DatabaseNewerError: a later version of Khukha took it; nothing was changed.
    """
    live = _live_path(settings)
    manifest = read_manifest(path)
    with _alone(settings.root) as folder:
        unpack(path, manifest, folder)
        copy = folder / DATABASE
        _refuse_unsound(path, copy)
        facts = _brought_up_to_date(copy)
        if _present(live) is not None:
            _carry_forward(copy, live)
        if PEPPER in manifest.files and not settings.pepper_path.exists():
            os.replace(folder / PEPPER, settings.pepper_path)
        _merge_erased(folder / ERASED, erased_path(settings))
        facts = _without_the_erased(settings, copy) or facts
        put_in_place(copy, live)
    return facts


def _without_the_erased(settings: Settings, copy: Path) -> Facts | None:
    """Erase again whom the backup brings back; what the database holds then, or None where that is nobody."""
    database = open_database(f"sqlite:///{copy}")
    try:
        if not Eraser(settings, database).erase_again(by="restore"):
            return None
        with database.reading() as session:
            return facts_of(session)
    finally:
        database.close()


def put_in_place(copy: Path, live: Path) -> None:
    """Let a database take the place of another that may be open elsewhere, in one transaction.

    What was there before is overwritten; by the clock, where somebody reads it now.
    Where the other one cannot be opened at all, its file is set aside with `.damaged` behind its name.
    """
    owed = mark_beside(live)
    owed.touch()
    with closing(sqlite.connect(str(copy))) as source:
        source.execute("PRAGMA journal_mode=DELETE")
        try:
            with closing(sqlite.connect(str(live), timeout=10)) as target:
                target.execute("PRAGMA journal_mode=WAL")
                target.execute("PRAGMA synchronous=FULL")
                source.backup(target, pages=-1)
                with suppress(sqlite.OperationalError):  # somebody reads
                    cut_log(target)
                    owed.unlink(missing_ok=True)
            return
        except sqlite.DatabaseError as problem:
            if isinstance(problem, sqlite.OperationalError):
                raise
    for suffix in ("", "-wal", "-shm"):
        own = live.with_name(live.name + suffix)
        if own.exists():
            os.replace(own, live.with_name(f"{live.name}.damaged{suffix}"))
    put_in_place(copy, live)


@contextmanager
def _alone(root: Path) -> Iterator[Path]:
    """A folder to work in, for one restore at a time; what a killed one left is removed."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".restoring").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for left in root.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(mkdtemp(dir=root, prefix=SCRATCH))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _live_path(settings: Settings) -> Path:
    prefix = "sqlite:///"
    if not settings.database.startswith(prefix):
        raise BackupElsewhereError
    return Path(settings.database.removeprefix(prefix))


def _brought_up_to_date(path: Path) -> Facts:
    """What a database holds, once it has this version's tables; raises as `open_database`."""
    database = open_database(f"sqlite:///{path}")
    try:
        with database.reading() as session:
            return facts_of(session)
    finally:
        database.close()


def _present(live: Path) -> Facts | None:
    if not live.is_file():
        return None
    try:
        return _brought_up_to_date(live)
    except (OperatorError, DBAPIError):
        return None


def _refuse_unsound(path: Path, copy: Path) -> None:
    with closing(sqlite.connect(str(copy))) as connection:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if said != ["ok"]:
        raise BackupRefusedError(
            path=path,
            th=f"ฐานข้อมูลข้างในเสียหาย ({said[0]}) ใช้แฟ้มอื่น",
            en=f"holds a damaged database ({said[0]}): take another one",
        )


def _merge_erased(theirs: Path, own: Path) -> None:
    """Add whom the backup knows as erased to those known here: nobody is ever taken off."""
    lines = theirs.read_bytes().splitlines() if theirs.is_file() else []
    known = set(own.read_bytes().splitlines()) if own.is_file() else set()
    missing = [line for line in lines if line not in known]
    if missing:
        append_lines(own, missing)


def _carry_forward(copy: Path, live: Path) -> None:
    """Take over from the present database what must not be forgotten: numbers given, messages sent.

    What cannot be read of it is passed over: a damaged one is what backups are for.
    """
    with (
        closing(sqlite.connect(str(copy), isolation_level=None)) as connection,
        closing(sqlite.connect(str(live), isolation_level=None)) as there,  # its damage must not undo what is written
    ):
        there.text_factory = partial(str, encoding="utf-8", errors="replace")
        there.execute("BEGIN")
        connection.execute("BEGIN IMMEDIATE")
        for name, seq in _readable(there, "SELECT name, seq FROM sqlite_sequence"):
            known = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (seq, name))
            if not known.rowcount:
                connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, seq))
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ?", (SKIPPED,))
        columns = ", ".join(_OF_A_DELIVERY)
        sent = f"SELECT {columns}, id FROM outbox_delivery WHERE state != 'waiting'"  # noqa: S608 - our columns
        values = ", ".join(f"{name} = ?" for name in _OF_A_DELIVERY)
        for row in _readable(there, sent):
            connection.execute(f"UPDATE outbox_delivery SET {values} WHERE id = ?", row)  # noqa: S608 - ours
        for table, key in _ONLY_GROW:  # what was withdrawn since stays withdrawn; the trail goes on
            last = connection.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()[0]  # noqa: S608 - ours
            since = f"SELECT * FROM {table} WHERE {key} > {last}"  # noqa: S608 - the names stand in this file
            for row in _readable(there, since):
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608 - ours
        connection.execute("COMMIT")


def _readable(there: sqlite.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Rows of a table of the database that is replaced; of a damaged one those before the damage and those after."""
    for order in ("ASC", "DESC"):
        try:
            yield from there.execute(f"{query} ORDER BY rowid {order}")
            return
        except sqlite.DatabaseError as problem:
            if isinstance(problem, sqlite.OperationalError):
                raise


_ONLY_GROW = (("consent", "sequence"), ("audit", "number"))
_OF_A_DELIVERY = (
    *("state", "attempts", "next_at", "tried_at", "ended_at"),
    *("reason", "address", "title", "body", "data"),
)
"""What becomes of a delivery on its way."""
