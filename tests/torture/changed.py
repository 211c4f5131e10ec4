"""What the service stands on is changed under it: an older database, another model, another version of Khukha.

Usage: python -m tests.torture.changed [--out FILE.json]

Each scene is a sentence with what must be so at its end; one that is not so says what it found instead.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import text

from api.backup.restoring import restore
from api.backup.taking import take_backup
from api.errors import DatabaseError, DatabaseNewerError
from api.settings import Settings
from api.store import database as module
from api.store.changes import new_batch
from api.store.database import Database, open_database
from api.store.firms import Change
from api.web.running import Running
from api.writing import all_firms, import_firms, remove_firm, write_firms
from matcher.encoder.bundled import CHECKSUMS, verify
from matcher.errors import ModelDamagedError
from tests.api.fakes import a_firm, some_firms
from tests.paged import arguments
from tests.torture.rows import Row, finish
from tests.torture.serving import WordEncoder

OLD = some_firms(8)
LATER = a_firm("later", said="กล้วยตากพลังแสงอาทิตย์")
ME = Change("torture", "torture")


def scene_an_older_database_is_put_back_while_the_service_is_off(root: Path) -> Iterator[str]:
    """It starts, holds what the older one held, and finds nobody else."""
    with _service(root) as running:
        _close(running.database)
        shutil.copy(root / "khukha.sqlite", root / "older.sqlite")
        _change(running)
    _close(running.database)
    for path in root.glob("khukha.sqlite*"):
        path.unlink()
    shutil.copy(root / "older.sqlite", root / "khukha.sqlite")
    with _service(root, fill=False) as running:
        yield from _not_as_before(running)


def scene_a_backup_is_restored_while_the_service_runs(root: Path) -> Iterator[str]:
    """It goes on, holds what the backup holds, and finds nobody else."""
    with _service(root) as running:
        take_backup(running.settings, running.database, root / "one.backup")
        _change(running)
        restore(running.settings, root / "one.backup")
        running.live.catch_up()
        yield from _not_as_before(running)


def scene_another_model_is_put_in_place(root: Path) -> Iterator[str]:
    """All firms are embedded anew before it serves; no vector of the former model is left in use."""
    with _service(root):
        pass
    other = WordEncoder()
    other.fingerprint = "words-2"
    with _service(root, fill=False, encoder=other) as running:
        yield from _not_as_before(running)
        with running.database.reading() as session:
            models = set(session.execute(text("SELECT DISTINCT model FROM vector")).scalars())
        if models != {"words-2"}:
            yield f"vectors of {models} are left"


def scene_a_file_of_the_unpacked_model_is_changed(root: Path) -> Iterator[str]:
    """It is refused, and the file is named."""
    folder = root / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights" * 1_000)
    digest = hashlib.sha256(b"weights" * 1_000).hexdigest()
    (folder / CHECKSUMS).write_text(f'{{"model.safetensors": "{digest}"}}')
    verify(folder)
    (folder / "model.safetensors").write_bytes(b"weights" * 999 + b"weightz")
    try:
        verify(folder)
    except ModelDamagedError as problem:
        if "model.safetensors" not in str(problem):
            yield f"{problem} names no file"
    else:
        yield "it was accepted"


def scene_an_older_version_meets_a_newer_database(root: Path) -> Iterator[str]:
    """It refuses, says what to do, and leaves every byte as it was."""
    with _service(root) as running:
        _mark(running.database, "9999")
    _close(running.database)
    before = (root / "khukha.sqlite").read_bytes()
    try:
        open_database(f"sqlite:///{root / 'khukha.sqlite'}").close()
    except DatabaseNewerError as problem:
        if "install" not in problem.en:
            yield f"{problem} says nothing to do"
    else:
        yield "it was opened"
    if (root / "khukha.sqlite").read_bytes() != before:
        yield "it was changed"


def scene_a_newer_version_changes_the_tables_while_an_older_one_runs(root: Path) -> Iterator[str]:
    """The older one goes on reading and writes nothing more."""
    with _service(root) as running:
        _mark(running.database, "9999")
        try:
            write_firms(running.database, WordEncoder(), [LATER], ME)
        except DatabaseNewerError:
            pass
        else:
            yield "it was written into"
        if set(all_firms(running.database)) != set(OLD):
            yield "what is there cannot be read"


def scene_an_older_database_is_put_under_a_newer_version_that_runs(root: Path) -> Iterator[str]:
    """It writes nothing until it is started again."""
    with _service(root) as running:
        _mark(running.database, "0001")
        try:
            write_firms(running.database, WordEncoder(), [LATER], ME)
        except DatabaseError as problem:
            if "start the service again" not in problem.en:
                yield f"{problem} says nothing to do"
        else:
            yield "it was written into"


def scene_a_database_of_every_earlier_version_is_opened(root: Path) -> Iterator[str]:
    """Its tables are changed, its firms are there, and it can be written to."""
    for revision in module._revisions()[1:]:
        url = f"sqlite:///{root / f'{revision}.sqlite'}"
        former = Database(url)
        scripts = module._migrations()
        with former.engine.connect().execution_options(khukha_writes=True) as connection, connection.begin():
            scripts.attributes["connection"] = connection
            command.upgrade(scripts, revision)
        with former.engine.connect() as connection, connection.begin():
            connection.execute(
                text(
                    "INSERT INTO firm (id, name_th, description, digest, version, updated_at) "
                    "VALUES ('old', 'เก่า', 'มีมานาน', 'x', 1, '2026-01-01')"
                )
            )
        former.close()
        now = open_database(url)
        write_firms(now, WordEncoder(), [LATER], ME)
        if {firm.id for firm in all_firms(now)} != {"old", "later"}:
            yield f"from {revision}: {all_firms(now)}"
        now.close()


SCENES: tuple[Callable[[Path], Iterator[str]], ...] = (
    scene_an_older_database_is_put_back_while_the_service_is_off,
    scene_a_backup_is_restored_while_the_service_runs,
    scene_another_model_is_put_in_place,
    scene_a_file_of_the_unpacked_model_is_changed,
    scene_an_older_version_meets_a_newer_database,
    scene_a_newer_version_changes_the_tables_while_an_older_one_runs,
    scene_an_older_database_is_put_under_a_newer_version_that_runs,
    scene_a_database_of_every_earlier_version_is_opened,
)


@contextmanager
def _service(root: Path, *, fill: bool = True, encoder: WordEncoder | None = None) -> Iterator[Running]:
    """All that a serving process holds, its index opened; eight firms in it."""
    if fill:
        database = open_database(f"sqlite:///{root / 'khukha.sqlite'}")
        import_firms(database, WordEncoder(), OLD, Change(new_batch(), "torture"))
        database.close()
    running = Running.open(Settings(data_dir=root), encoder=encoder or WordEncoder())
    try:
        running.wait()
        yield running
    finally:
        running.close()


def _change(running: Running) -> None:
    """One firm comes, one goes, one says something else; all of it is found."""
    write_firms(running.database, WordEncoder(), [LATER, a_firm("f001", said="ตะกร้าหวาย")], ME)
    remove_firm(running.database, "f002", ME)
    running.live.catch_up()
    assert running.live.state.versions.keys() == {firm.id for firm in all_firms(running.database)}


def _not_as_before(running: Running) -> Iterator[str]:
    """What differs from the service as it was filled, in the database and in what is found."""
    if all_firms(running.database) != OLD:
        yield "the database holds other firms"
    if running.live.state.versions.keys() != {firm.id for firm in OLD}:
        yield f"the index holds {sorted(running.live.state.versions)}"
    for words, wanted in (("ผ้าไหมลาย f002", "f002"), ("กล้วยตากพลังแสงอาทิตย์", None)):
        found = running.live.answer(
            lambda engine, words=words: engine.search(words, limit=10),
            firms=lambda answer: [match.firm.id for match in answer.matches],
        )
        ids = {match.firm.id for match in found.matches}
        if "later" in ids or (wanted is not None and wanted not in ids):
            yield f"{words} finds {sorted(ids)}"


def _mark(database: Database, revision: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _close(database: Database) -> None:
    """Bring its log into the file."""
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def run(scene: Callable[[Path], Iterator[str]], *, scratch: Path) -> list[str]:
    """What was not as it must be at the end of a scene."""
    root = scratch / scene.__name__
    root.mkdir()
    return list(scene(root))


def rows(found: dict[str, list[str]]) -> list[Row]:
    """What came of it, for the page of promises."""
    wrong = [f"{name}: {line}" for name, lines in found.items() for line in lines]
    scenes = "; ".join(name.removeprefix("scene_").replace("_", " ") for name in found)
    return [
        Row(
            promise="It starts, or says exactly what to do, whatever was changed under it",
            tested=scenes,
            reached=f"{len(found)} scenes: {'; '.join(wrong) or 'all as they must be'}",
            kept=not wrong,
        )
    ]


def main() -> None:
    """Run and say what came of it."""
    asked = arguments(__doc__).parse_args()
    with TemporaryDirectory() as scratch:
        found = {scene.__name__: run(scene, scratch=Path(scratch)) for scene in SCENES}
    finish(
        rows(found),
        asked,
        not_covered=("A database that was put back by hand, past `khukha restore`, while the service runs.",),
    )


if __name__ == "__main__":
    main()
