from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pysqlite3.dbapi2 as sqlite
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from api.errors import DatabaseError, DatabaseNewerError, IdTakenError
from api.store import database as module
from api.store.database import BUSY_MS, Database, open_database
from api.store.firms import Change, all_ids, put_firms, refuse_present
from api.store.tables import FirmRow
from tests.api.fakes import a_firm

PRAGMAS = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "busy_timeout": BUSY_MS}


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    """A database without tables, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'down' / 'khukha.sqlite'}"
    return request.getfixturevalue("postgres")(empty=True)


def test_tables_are_as_the_models_say(empty_url):
    database = open_database(empty_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_migrating_twice_changes_nothing(empty_url):
    first = open_database(empty_url)
    with first.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b1", "me"), embedded=None)
    tables = inspect(first.engine).get_table_names()
    first.migrate()
    second = open_database(empty_url)
    with second.reading() as session:
        assert all_ids(session) == {"f1"}
    assert inspect(second.engine).get_table_names() == tables
    first.close()
    second.close()


def test_processes_that_migrate_at_once_both_succeed(empty_url):
    script = (
        "import sys; from api.store.database import open_database; print('ready', flush=True); "
        "sys.stdin.readline(); open_database(sys.argv[1]).close(); print('done')"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, empty_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in started] == ["done\n"] * 2


def test_a_new_file_that_another_process_is_about_to_write_is_waited_for(tmp_path):
    other = sqlite.connect(tmp_path / "new.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.execute, ["COMMIT"])
    done.start()
    open_database(f"sqlite:///{tmp_path / 'new.sqlite'}").close()
    done.join()
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


def test_threads_that_migrate_at_once_all_succeed(empty_url):
    together = threading.Barrier(8)

    def migrate(_):
        together.wait()
        database = open_database(empty_url)
        with database.reading() as session:
            found = all_ids(session)
        database.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(migrate, range(8))) == [set()] * 8


def test_a_database_of_a_later_version_is_refused_and_stays_as_it_is(database_url):
    database = Database(database_url)
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b1", "me"), embedded=None)
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewerError, match="9999") as raised:
        open_database(database_url)
    assert "รุ่นใหม่กว่า" in raised.value.th
    with database.reading() as session:
        assert all_ids(session) == {"f1"}
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    database.close()


def pragmas(session):
    return {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}


def test_every_sqlite_connection_is_safe_against_power_cuts_and_orphans(sqlite_url):
    database = open_database(sqlite_url)
    together = threading.Barrier(12)

    def look(_):
        with database.reading() as session:
            found = pragmas(session)
            together.wait()  # so that no two share a connection
            return found

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(look, range(12))) == [PRAGMAS] * 12
    with database.writing() as session:
        assert pragmas(session) == PRAGMAS
    database.close()


def test_foreign_keys_rest_while_tables_move_and_come_back_even_after_a_failure(sqlite_url, monkeypatch):
    database = Database(sqlite_url)
    seen = []

    def upgrade(config, _revision):
        connection = config.attributes["connection"]
        seen.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())
        raise RuntimeError("broken migration")

    monkeypatch.setattr(module.command, "upgrade", upgrade)
    with pytest.raises(RuntimeError, match="broken"):
        database.migrate()
    assert seen == [0]
    with database.reading() as session:
        assert pragmas(session) == PRAGMAS
    monkeypatch.undo()
    database.migrate()
    with database.reading() as session:
        assert pragmas(session) == PRAGMAS
    database.close()


def test_sqlite_is_late_enough_to_be_without_the_wal_reset_bug(sqlite_url):
    database = Database(sqlite_url)
    with database.reading() as session:
        version = session.execute(text("SELECT sqlite_version()")).scalar()
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)
    database.close()


def test_a_file_that_is_no_database_is_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "khukha.sqlite"
    path.write_bytes(b"this is a letter to my mother, not a database at all " * 100)
    with pytest.raises(DatabaseError, match="MATCHER_DATABASE_URL"):
        open_database(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(DatabaseError, match="rights"):
        open_database(f"sqlite:///{tmp_path / 'var' / 'deep' / 'khukha.sqlite'}")


def test_a_server_that_is_not_there_is_an_error_without_the_password():
    with pytest.raises(DatabaseError) as raised:
        open_database("postgresql+psycopg://me:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(raised.value) + raised.value.th


def test_what_is_raised_inside_undoes_all_that_was_written(database):
    def put_and_refuse():
        with database.writing() as session:
            put_firms(session, [a_firm("f1")], Change("b1", "me"), embedded=None)
            refuse_present(session, [a_firm("f1")])

    with pytest.raises(IdTakenError):
        put_and_refuse()
    with database.reading() as session:
        assert all_ids(session) == set()


def test_a_reading_sees_one_moment(database):
    with database.reading() as session:
        assert all_ids(session) == set()
        with database.writing() as other:
            put_firms(other, [a_firm("f1")], Change("b1", "me"), embedded=None)
        assert all_ids(session) == set()
    with database.reading() as session:
        assert all_ids(session) == {"f1"}


def test_who_reads_and_then_writes_never_meets_a_lock_error(database):
    """A deferred transaction of SQLite that reads, then writes, fails at once when another wrote between."""
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b0", "me"), embedded=None)
        session.execute(text("UPDATE firm SET description = '0'"))

    def count(_):
        for _ in range(10):
            with database.writing() as session:
                row = session.get_one(FirmRow, "f1")
                row.description = str(int(row.description) + 1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count, range(6)))
    with database.reading() as session:
        assert session.get_one(FirmRow, "f1").description == "60"
