"""Faults to plant in a healthy service, each with what has to be found and the remedy that has to be named."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from api.jobs.queue import Queue
from api.live import Live
from api.store.changes import new_batch
from api.store.firms import Change
from api.store.jobs import add_job
from api.workspace import Workspace
from api.writing import all_firms, import_firms

Plant = Callable[[Workspace], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        what: In words.
        plant: Puts it in.
        found: Codes that the doctor has to give, at least the first; it may give the others too.
        advice: Words that the first of them has to say: what to do.
        mend: Does so; None where nobody can but the operator.
    """

    what: str
    plant: Plant
    found: tuple[str, ...]
    advice: str
    mend: Plant | None = None


def index(space: Workspace) -> None:
    """As `khukha index`."""
    Live(
        space.database,
        chains=space.chains,
        glossary=space.glossary,
        encoder=space.encoder,
        root=space.settings.index_dir,
    ).open(rebuild=True)


def _sql(*statements: str) -> Plant:
    def go(space: Workspace) -> None:
        with closing(sqlite3.connect(space.settings.root / "khukha.sqlite", isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return go


def _in_file(pattern: str, harm: Callable[[bytes], bytes]) -> Plant:
    def go(space: Workspace) -> None:
        path = next(iter(sorted(space.settings.root.glob(pattern))))
        path.write_bytes(harm(path.read_bytes()))

    return go


def _flip(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def _reimport(space: Workspace) -> None:
    import_firms(space.database, space.encoder, all_firms(space.database), Change(new_batch(), "torture"), replace=True)
    index(space)


def _edit(data: bytes) -> bytes:
    return data.replace(b'"format": 1', b'"format": 2')


def _no_database(space: Workspace) -> None:
    space.database.close()
    (space.settings.root / "khukha.sqlite").write_bytes(b"no database " * 999)


def _queue(space: Workspace) -> None:
    Queue(database_url="sqlite://", path=space.settings.queue_path)


def _leave(space: Workspace) -> None:
    folder = space.settings.root / ".restore-torture"
    folder.mkdir()
    os.utime(folder, (time.time() - 10_000,) * 2)


def _wait(space: Workspace) -> None:
    with space.database.writing() as session:
        add_job(session, kind="export", owner="k1", given={})


def another_model(space: Workspace) -> None:
    space.encoder.fingerprint = "words-2"


def _open_to_all(space: Workspace) -> None:
    space.settings.pepper_path.chmod(0o644)


def _tear(space: Workspace) -> None:
    """A page of the database's index of firms, overwritten."""
    space.database.close()
    path = space.settings.root / "khukha.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'offer'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)


BY_HAND = (
    "INSERT INTO firm SELECT 'ghost', name_th, name_en, province_th, size, description, juristic_id, digest, version, "
    "embedded, updated_at FROM firm WHERE id='f001'"
)
PLACES = "UPDATE timetable SET places='[{}]'"
BAD_VECTOR = "UPDATE vector SET data = {} WHERE key = (SELECT min(key) FROM vector WHERE firm_id = 'f001')"
LATEST = "DELETE FROM change WHERE sequence = (SELECT max(sequence) FROM change)"
ORPHAN = "UPDATE offer SET firm_id='nobody' WHERE id='f001/o1'"
FAULTS = (
    Fault(
        "a firm changed past Khukha",
        _sql("UPDATE firm SET description='x' WHERE id='f001'"),
        ("firms", "vectors"),
        "save them again",
    ),
    Fault(
        "an offer changed past Khukha",
        _sql("UPDATE offer SET text='x' WHERE id='f001/o1'"),
        ("firms", "vectors"),
        "save them again",
    ),
    Fault("a need lost", _sql("DELETE FROM need WHERE id='f001/n1'"), ("firms",), "save them again"),
    Fault(
        "a firm's log rows lost",
        _sql("DELETE FROM change WHERE firm_id='f001'"),
        ("log",),
        "import --replace",
        _reimport,
    ),
    Fault("the log's end lost", _sql(LATEST), ("log",), "import --replace", _reimport),
    Fault(
        "a version that never was",
        _sql("UPDATE firm SET version=version+99 WHERE id='f001'"),
        ("log",),
        "import --replace",
        _reimport,
    ),
    Fault("a firm put in by hand", _sql(BY_HAND), ("log", "firms", "vectors", "index_behind"), "import --replace"),
    Fault("vectors lost", _sql("DELETE FROM vector WHERE firm_id='f001'"), ("vectors",), "`khukha index`", index),
    Fault(
        "a vector cut short",
        _sql(BAD_VECTOR.format("substr(data, 1, 101)")),
        ("vectors_damaged",),
        "`khukha index`",
        index,
    ),
    Fault(
        "a vector of noise", _sql(BAD_VECTOR.format("randomblob(256)")), ("vectors_damaged",), "`khukha index`", index
    ),
    Fault("a vector of nothing", _sql(BAD_VECTOR.format("x''")), ("vectors_damaged",), "`khukha index`", index),
    Fault("an offer without its firm", _sql(ORPHAN), ("database_damaged", "firms", "vectors"), "`khukha restore`"),
    Fault("a torn page of the database", _tear, ("database_damaged",), "`khukha restore`"),
    Fault("a database that is none", _no_database, ("database",), "check MATCHER_DATABASE_URL"),
    Fault(
        "a database of a later version",
        _sql("UPDATE alembic_version SET version_num='9999'"),
        ("database",),
        "restore a backup",
    ),
    Fault(
        "a bit of the index flipped", _in_file("index/*/offers/flat.faiss", _flip), ("index",), "`khukha index`", index
    ),
    Fault(
        "the index cut short",
        _in_file("index/*/offers/flat.faiss", lambda data: data[:-1]),
        ("index",),
        "`khukha index`",
        index,
    ),
    Fault("a manifest edited", _in_file("index/*/manifest.json", _edit), ("index",), "`khukha index`", index),
    Fault(
        "a CURRENT that names nothing",
        _in_file("index/CURRENT", lambda _data: b"elsewhere"),
        ("index",),
        "`khukha index`",
        index,
    ),
    Fault("no index", lambda space: shutil.rmtree(space.settings.index_dir), ("index",), "`khukha index`", index),
    Fault("another model", another_model, ("index", "vectors"), "`khukha index`", index),
    Fault("the pepper lost", lambda space: space.settings.pepper_path.unlink(), ("pepper",), "restore it"),
    Fault("a pepper that others can read", _open_to_all, ("pepper_open",), "chmod 600"),
    Fault("no key", _sql("DELETE FROM api_key"), ("keys",), "`khukha keys new`"),
    Fault("a job that waits", _wait, ("jobs",), "`khukha serve`"),
    Fault(
        "a queue that is none",
        _in_file("queue.sqlite", lambda _data: b"no queue " * 99),
        ("queue",),
        "delete it",
        _queue,
    ),
    Fault("a restore that was broken off", _leave, ("left",), "delete it"),
    Fault(
        "two at one table",
        _sql(PLACES.format('["f000","f001",0,1],["f002","f003",0,1]')),
        ("timetable",),
        "bring a version back",
    ),
    Fault("a meeting at no table", _sql(PLACES.format('["f000","f001",0,0]')), ("timetable",), "bring a version back"),
)
