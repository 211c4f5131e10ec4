"""Faults are planted in a healthy service, one at a time: `khukha doctor` has to name each, and nothing else.

Usage: python -m tests.torture.planted [--out FILE.json]

Each fault stands with the finding that is expected, and, where the service mends it by what is advised, with
that advice carried out: afterwards all is fine again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from api.doctor import examine
from api.findings import Level
from api.jobs.queue import Queue
from api.live import Live
from api.settings import Settings
from api.store.changes import new_batch
from api.store.database import Database, open_database
from api.store.firms import Change
from api.store.jobs import add_job
from api.store.keys import Role, make_key, read_pepper
from api.workspace import Workspace
from api.writing import all_firms, import_firms
from tests.api.fairs.small import place, plant, set_up
from tests.api.fakes import some_firms
from tests.torture.rows import Row, arguments, finish
from tests.torture.serving import WordEncoder

Plant = Callable[[Workspace], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        what: In words.
        plant: Puts it in.
        found: Codes that the doctor has to give, at least the first; it may give the others too.
        mend: Does what the doctor advises; None where nobody can but the operator.
    """

    what: str
    plant: Plant
    found: tuple[str, ...]
    mend: Plant | None = None


def healthy(root: Path) -> None:
    """A service with firms, a fair, a key, an index and a queue."""
    database = open_database(f"sqlite:///{root / 'khukha.sqlite'}")
    set_up(database, 6)
    plant(database, ("f000", "f001"), ("f002", "f003"))
    place(database, {("f000", "f001"): (0, 1), ("f002", "f003"): (0, 2)})
    space = opened(root, database)
    import_firms(database, space.encoder, some_firms(6), Change(new_batch(), "torture"))
    with database.writing() as session:
        make_key(session, role=Role.ORGANISER, name="torture", pepper=read_pepper(space.settings.pepper_path))
    Queue(database_url="sqlite://", path=space.settings.queue_path)
    index(space)
    database.close()


def opened(root: Path, database: Database) -> Workspace:
    """Its workspace, with an encoder that takes no time."""
    space = Workspace(Settings(data_dir=root))
    space.__dict__ |= {"encoder": WordEncoder(), "database": database}
    return space


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


def _another_model(space: Workspace) -> None:
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
    Fault("a firm changed past Khukha", _sql("UPDATE firm SET description='x' WHERE id='f001'"), ("firms",)),
    Fault("an offer changed past Khukha", _sql("UPDATE offer SET text='x' WHERE id='f001/o1'"), ("firms", "vectors")),
    Fault("a need lost", _sql("DELETE FROM need WHERE id='f001/n1'"), ("firms",)),
    Fault("a firm's log rows lost", _sql("DELETE FROM change WHERE firm_id='f001'"), ("log",), _reimport),
    Fault("the log's end lost", _sql(LATEST), ("log",), _reimport),
    Fault("a version that never was", _sql("UPDATE firm SET version=version+99 WHERE id='f001'"), ("log",), _reimport),
    Fault("a firm put in by hand", _sql(BY_HAND), ("log", "firms", "vectors", "index_behind")),
    Fault("vectors lost", _sql("DELETE FROM vector WHERE firm_id='f001'"), ("vectors",), index),
    Fault("a vector cut short", _sql(BAD_VECTOR.format("substr(data, 1, 101)")), ("vectors_damaged",), index),
    Fault("a vector of noise", _sql(BAD_VECTOR.format("randomblob(256)")), ("vectors_damaged",), index),
    Fault("a vector of nothing", _sql(BAD_VECTOR.format("x''")), ("vectors_damaged",), index),
    Fault("an offer without its firm", _sql(ORPHAN), ("database_damaged", "firms")),
    Fault("a torn page of the database", _tear, ("database_damaged",)),
    Fault("a database that is none", _no_database, ("database",)),
    Fault("a database of a later version", _sql("UPDATE alembic_version SET version_num='9999'"), ("database",)),
    Fault("a bit of the index flipped", _in_file("index/*/offers.faiss", _flip), ("index",), index),
    Fault("the index cut short", _in_file("index/*/offers.faiss", lambda data: data[:-1]), ("index",), index),
    Fault("a manifest edited", _in_file("index/*/manifest.json", _edit), ("index",), index),
    Fault("a CURRENT that names nothing", _in_file("index/CURRENT", lambda _data: b"elsewhere"), ("index",), index),
    Fault("no index", lambda space: shutil.rmtree(space.settings.index_dir), ("index",), index),
    Fault("another model", _another_model, ("index", "vectors"), index),
    Fault("the pepper lost", lambda space: space.settings.pepper_path.unlink(), ("pepper",)),
    Fault("a pepper that others can read", _open_to_all, ("pepper_open",)),
    Fault("no key", _sql("DELETE FROM api_key"), ("keys",)),
    Fault("a job that waits", _wait, ("jobs",)),
    Fault("a queue that is none", _in_file("queue.sqlite", lambda _data: b"no queue " * 99), ("queue",), _queue),
    Fault("a restore that was broken off", _leave, ("left",)),
    Fault("two at one table", _sql(PLACES.format('["f000","f001",0,1],["f002","f003",0,1]')), ("timetable",)),
    Fault("a meeting at no table", _sql(PLACES.format('["f000","f001",0,99]')), ("timetable",)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the doctor found of all faults."""

    planted: int
    found: int
    mended: int
    wrong: tuple[str, ...]


def run(*, scratch: Path, faults: tuple[Fault, ...] = FAULTS) -> Outcome:
    """Plant each; see the module."""
    healthy(scratch / "healthy")
    wrong: list[str] = []
    found = mended = 0
    if said := _said(scratch / "healthy", lambda _space: None):
        wrong.append(f"a healthy service is said to have {said}")
    for fault in faults:
        shutil.rmtree(scratch / "ill", ignore_errors=True)
        shutil.copytree(scratch / "healthy", scratch / "ill")
        codes = _said(scratch / "ill", fault.plant)
        if fault.found[0] in codes and codes <= set(fault.found):
            found += 1
        else:
            wrong.append(f"{fault.what}: {sorted(codes) or 'nothing'} was found, not {fault.found}")
        if fault.mend is not None:
            left = _said(scratch / "ill", fault.mend, encoder="words-2" if fault.plant is _another_model else "words-1")
            mended += not left
            wrong += [f"{fault.what}: mended, and still {sorted(left)}"] if left else []
    return Outcome(len(faults), found, mended, tuple(wrong))


def _said(root: Path, do: Plant, *, encoder: str = "words-1") -> set[str]:
    """Codes of all that is not fine after something was done."""
    database = Database(f"sqlite:///{root / 'khukha.sqlite'}")
    try:
        space = opened(root, database)
        space.encoder.fingerprint = encoder
        do(space)
        del space.__dict__["database"]  # opened as a command opens it
        findings = [one for one in examine(space) if one.level is not Level.FINE]
        if "database" in space.__dict__:
            space.database.close()
    finally:
        database.close()
    assert all(one.th and one.en for one in findings)
    return {one.code for one in findings}


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    advised = sum(fault.mend is not None for fault in FAULTS)
    return [
        Row(
            promise="`khukha doctor` finds what is wrong and says what to do",
            tested="faults planted one at a time in a healthy service; it has to name each and nothing else, and where "
            "its advice can be carried out, that is done and all must be fine",
            reached=f"{outcome.found} of {outcome.planted} found; {outcome.mended} of {advised} mended as advised",
            kept=not outcome.wrong,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    asked = arguments(__doc__).parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(scratch=Path(scratch))
    print(*outcome.wrong, sep="\n")
    finish(
        rows(outcome),
        asked,
        not_covered=("A pepper that was replaced by another: keys are void, and nothing but using one shows it.",),
    )


if __name__ == "__main__":
    main()
