"""Taking a backup while the service writes."""

from __future__ import annotations

import hashlib
import shutil
import time
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pysqlite3.dbapi2 as sqlite

from api.backup.archive import DATABASE, ERASED, PEPPER, Manifest, write_archive
from api.backup.facts import facts_of
from api.errors import BackupElsewhereError, BackupRefusedError
from api.settings import SECRETS, Settings
from api.store.database import Database

SCRATCH = ".backup-"
"""How the folder is called in which a copy lies meanwhile."""

LEFT_S = 3_600
"""A folder that is this old was left by a backup that was killed."""


def take_backup(settings: Settings, database: Database, path: Path, *, pepper: bool = False) -> Manifest:
    """Write a backup of one moment of the database; writers and erasures go on meanwhile.

    Args:
        settings: Of the service.
        database: Its database.
        path: Where the backup goes; replaced if it is there.
        pepper: Whether the pepper goes with it, so that keys open the service on another machine too.

    Raises:
        BackupElsewhereError: the database is not SQLite.
        BackupRefusedError: the file cannot be written.
    """
    if not database.is_sqlite:
        raise BackupElsewhereError
    try:
        _remove_left(path.parent)
        with TemporaryDirectory(dir=path.parent, prefix=SCRATCH) as folder:
            copy = Path(folder, DATABASE)
            copy_database(Path(database.url.database or ""), copy)
            files = {DATABASE: copy}
            for name, own, wanted in (
                (ERASED, erased_path(settings), True),
                (PEPPER, settings.pepper_path, pepper),
            ):
                if wanted and own.is_file():
                    files[name] = Path(shutil.copyfile(own, Path(folder, name)))  # it may grow while it is packed
            return write_archive(path, files, _manifest(settings, copy))
    except OSError as problem:
        raise BackupRefusedError(
            path=path,
            th=f"เขียนไม่ได้ ({problem.strerror}) เลือกที่อื่นที่เขียนได้และมีที่ว่างพอ ยังไม่มีอะไรเปลี่ยน",
            en=f"cannot be written ({problem.strerror}): take a place with room; nothing was changed",
        ) from problem
    except sqlite.Error as problem:
        raise BackupRefusedError(
            path=path,
            th=f"อ่านหรือเขียนฐานข้อมูลไม่ได้ ({problem}) ตรวจด้วย `khukha doctor`",
            en=f"the database cannot be read, or its copy written ({problem}): see `khukha doctor`",
        ) from problem


def copy_database(source: Path, target: Path) -> None:
    """Copy one moment of an SQLite file, in one go, into a file of its own without a log beside it."""
    with closing(sqlite.connect(str(source), timeout=10)) as read, closing(sqlite.connect(str(target))) as written:
        target.chmod(0o600)
        read.backup(written, pages=-1)
        written.execute("PRAGMA journal_mode=DELETE")


def erased_path(settings: Settings) -> Path:
    """Who was erased, as keyed hashes, one a line: outlives the database."""
    return settings.root / ERASED


def pepper_mark(path: Path) -> str:
    """Tells whether two peppers are the same, without saying what they are; empty where there is none."""
    return hashlib.sha256(b"khukha backup\0" + path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def shown_settings(settings: Settings) -> dict[str, Any]:
    """The settings without anything that opens a door: of a URL that names a user or has a query only the scheme."""
    return {name: _shown(value) for name, value in settings.model_dump(mode="json", exclude=set(SECRETS)).items()}


def _remove_left(folder: Path) -> None:
    for left in folder.glob(f"{SCRATCH}*"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)


def _shown(value: Any) -> Any:
    if isinstance(value, str) and "://" in value and ("@" in value or "?" in value):
        return value.partition("://")[0] + "://…"
    return value


def _manifest(settings: Settings, copy: Path) -> Manifest:
    database = Database(f"sqlite:///{copy}")
    try:
        with database.reading() as session:
            facts = facts_of(session)
    finally:
        database.close()
    with closing(sqlite.connect(str(copy))) as connection:  # looking at it has made a log beside it
        connection.execute("PRAGMA journal_mode=DELETE")
    return Manifest(
        khukha=version("khukha"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        facts=facts,
        settings=shown_settings(settings),
        pepper_mark=pepper_mark(settings.pepper_path),
        files={},
    )
