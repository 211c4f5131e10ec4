from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from api import data_folder as module
from api.cli import main
from api.doctor import examine
from api.findings import Level
from api.live import Live
from api.settings import Settings
from api.store.changes import new_batch
from api.store.database import open_database
from api.store.firms import Change
from api.store.jobs import LOST_S, add_job, end_job, take_job
from api.store.keys import Role, make_key, read_pepper
from api.store.tables import JobRow, now
from api.workspace import Workspace
from api.writing import all_firms, import_firms, write_firms
from matcher.errors import ModelNotFoundError
from tests.api.fakes import FakeEncoder, a_firm, some_firms

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def me():
    return Change(new_batch(), "me")


def fill(data_dir, database):
    """A healthy service: firms, a key, an index, a job that is done."""
    space = opened(data_dir, database)
    import_firms(database, space.encoder, some_firms(8), me())
    with database.writing() as session:
        make_key(session, role=Role.ORGANISER, name="ผู้จัดงาน", pepper=read_pepper(space.settings.pepper_path))
        job = add_job(session, kind="export", owner="k1", given={})
    with database.writing() as session:
        take_job(session, job.id)
        end_job(session, job.id, result={})
    build(space)
    return space


def opened(data_dir, database):
    url = database.url.render_as_string(hide_password=False)
    space = Workspace(Settings(data_dir=data_dir, database_url=url))
    space.__dict__ |= {"encoder": FakeEncoder(), "database": database}
    return space


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """The data directory of a healthy service on SQLite."""
    data_dir = tmp_path_factory.mktemp("healthy")
    database = open_database(f"sqlite:///{data_dir / 'khukha.sqlite'}")
    fill(data_dir, database)
    database.close()
    return data_dir


@pytest.fixture
def space(database, data_dir, healthy):
    """A healthy service."""
    if not database.is_sqlite:
        return fill(data_dir, database)
    shutil.copytree(healthy, data_dir, dirs_exist_ok=True)
    return opened(data_dir, database)


def build(space):
    """As `khukha index`."""
    live = Live(
        space.database,
        chains=space.chains,
        glossary=space.glossary,
        encoder=space.encoder,
        root=space.settings.index_dir,
    )
    live.open(rebuild=True)


def wrong(space):
    """What is not fine, by code; each says in both languages what to do."""
    found = [one for one in examine(space) if one.level is not Level.FINE]
    assert all(one.th and one.en and one.th != one.en for one in found)
    return {one.code: one.level for one in found}


def harm(space, statement):
    with space.database.writing() as session:
        session.execute(text(statement))


def test_a_healthy_service_is_all_fine(space):
    assert wrong(space) == {}
    assert {one.code for one in examine(space)} == {"database", "log", "model", "index"}


@only_sqlite
def test_looking_changes_nothing(space):
    before = all_firms(space.database)
    harm(space, "DELETE FROM vector")
    assert wrong(space) == wrong(space) == {"vectors": Level.NOTE}
    assert all_firms(space.database) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE firm SET description = 'เปลี่ยนนอกระบบ' WHERE id = 'f001'",
        "UPDATE offer SET text = 'เปลี่ยนนอกระบบ' WHERE id = 'f001/o1'",
        "DELETE FROM need WHERE id = 'f001/n1'",
    ],
)
def test_a_firm_that_was_edited_past_khukha_is_found_and_saving_it_mends_it(space, statement):
    harm(space, statement)
    assert wrong(space)["firms"] is Level.FAULT
    assert any("f001" in one.en for one in examine(space) if one.code == "firms")
    write_firms(
        space.database, space.encoder, some_firms(8), me()
    )  # the firm as it was: nothing new, yet not as stored
    build(space)
    assert wrong(space) == {}
    assert all_firms(space.database) == some_firms(8)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM change WHERE firm_id = 'f001'",
        "DELETE FROM change WHERE sequence = (SELECT max(sequence) FROM change)",
        "UPDATE firm SET version = version + 100 WHERE id = 'f001'",
    ],
)
def test_a_log_that_does_not_fit_is_found_and_what_is_advised_mends_it(space, statement):
    harm(space, statement)
    assert wrong(space)["log"] is Level.FAULT
    import_firms(space.database, space.encoder, all_firms(space.database), me(), replace=True)
    build(space)
    assert wrong(space) == {}


@only_sqlite
def test_vectors_that_are_gone_are_found_and_an_index_run_makes_them(space):
    harm(space, "DELETE FROM vector WHERE firm_id = 'f001'")
    assert wrong(space) == {"vectors": Level.NOTE}
    build(space)
    assert wrong(space) == {}


@only_sqlite
def test_a_damaged_snapshot_is_found(space):
    path = next(space.settings.index_dir.glob("*/offers/flat.faiss"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert wrong(space) == {"index": Level.FAULT}
    build(space)
    assert wrong(space) == {}


@only_sqlite
def test_a_missing_snapshot_and_one_that_is_behind_are_no_faults(space):
    write_firms(space.database, space.encoder, [a_firm("new"), replace(some_firms(1)[0], name_en="New")], me())
    assert wrong(space) == {"index_behind": Level.NOTE}
    assert any("differs in 2 firms" in one.en for one in examine(space))
    for path in space.settings.index_dir.iterdir():
        path.unlink() if path.is_file() else None
    assert wrong(space) == {"index": Level.NOTE}


@only_sqlite
def test_a_pepper_that_is_gone_makes_every_key_void(space):
    space.settings.pepper_path.unlink()
    assert wrong(space) == {"pepper": Level.FAULT}
    assert not space.settings.pepper_path.exists()


@only_sqlite
def test_a_service_without_a_key_is_told_how_to_make_one(space):
    harm(space, "DELETE FROM api_key")
    assert wrong(space) == {"keys": Level.NOTE}


@only_sqlite
def test_another_model_is_found(space):
    space.__dict__["encoder"] = FakeEncoder(fingerprint="other")
    assert wrong(space) == {"vectors": Level.NOTE, "index": Level.FAULT}
    build(space)
    assert wrong(space) == {}


@only_sqlite
def test_a_model_that_is_not_there_is_a_fault(space, monkeypatch):
    def missing(*_given, **_options):
        raise ModelNotFoundError(name="nothing", problem="no such folder")

    del space.__dict__["encoder"]
    monkeypatch.setattr("matcher.encoder.encoder.load_encoder", missing)
    assert wrong(space) == {"model": Level.FAULT}


@only_sqlite
@pytest.mark.parametrize("name", ["chains", "glossary"])
def test_a_chains_file_or_a_glossary_that_is_broken_is_a_fault(space, tmp_path, name):
    (tmp_path / "file").write_text("[broken")
    space.settings = Settings(**space.settings.model_dump() | {name: tmp_path / "file"})
    assert wrong(space) == {"chains": Level.FAULT}


@only_sqlite
def test_rows_without_their_firm_are_found(space):
    raw = space.database.engine.raw_connection()
    raw.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    raw.dbapi_connection.execute("UPDATE offer SET firm_id = 'nobody' WHERE id = 'f001/o1'")
    raw.dbapi_connection.execute("PRAGMA foreign_keys=ON")
    raw.close()
    assert wrong(space)["database_damaged"] is Level.FAULT


@only_sqlite
@pytest.mark.parametrize("state", ["waiting", "lost"])
def test_jobs_that_wait_are_found(space, state):
    with space.database.writing() as session:
        job = add_job(session, kind="export", owner="k1", given={})
        if state == "lost":
            take_job(session, job.id)
            session.get_one(JobRow, job.id).beat_at = now() - timedelta(seconds=LOST_S + 1)
    assert wrong(space) == {"jobs": Level.NOTE}


@only_sqlite
def test_a_full_disk_is_found(space, monkeypatch):
    monkeypatch.setattr(module, "FREE_BYTES", 10**18)
    assert wrong(space) == {"disk": Level.FAULT}


def test_a_database_that_cannot_be_opened_is_the_one_finding(data_dir):
    (data_dir / "khukha.sqlite").write_bytes(b"no database at all " * 300)
    (found,) = examine(Workspace(Settings(data_dir=data_dir, database_url="")))
    assert (found.level, found.code) == (Level.FAULT, "database")


@only_sqlite
def test_the_command_says_what_it_found_and_ends_with_1_on_a_fault(space, monkeypatch, capsys):
    monkeypatch.setenv("MATCHER_DATA_DIR", str(space.settings.data_dir))
    monkeypatch.setattr("matcher.encoder.encoder.load_encoder", lambda *_given, **_options: FakeEncoder())

    def doctor(*words):
        monkeypatch.setattr(sys, "argv", ["khukha", "doctor", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr().out

    code, said = doctor("--json")
    assert (code, {one["level"] for one in json.loads(said)}) == (0, {"fine"})
    space.settings.pepper_path.rename(space.settings.root / "elsewhere")
    code, said = doctor("--json")
    assert (code, [one["code"] for one in json.loads(said) if one["level"] == "fault"]) == (1, ["pepper"])
    assert "กู้แฟ้มนี้" in doctor()[1]
    (space.settings.root / "elsewhere").rename(space.settings.pepper_path)
    harm(space, "DELETE FROM vector")
    assert doctor("--lang", "en")[0] == 0  # a note is no fault
