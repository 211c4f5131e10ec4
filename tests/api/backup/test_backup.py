from __future__ import annotations

import random
import stat
import threading
import zipfile
from contextlib import closing, suppress

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import text

from api.backup.archive import DATABASE, ERASED, PEPPER, read_manifest, unpack
from api.backup.restoring import preview, put_in_place, restore
from api.backup.taking import copy_database, erased_path, shown_settings, take_backup
from api.cli import main
from api.errors import BackupElsewhereError, BackupRefusedError, DatabaseNewerError
from api.live import Live
from api.privacy.erasing import Eraser
from api.privacy.people import Asked
from api.settings import Settings
from api.store.audit import Seen, Trail
from api.store.consents import Word, add_consent, standing
from api.store.contacts import add_contact
from api.store.database import Database
from api.store.firms import Change
from api.store.keys import read_pepper
from api.writing import all_firms, import_firms, remove_firm, write_firms
from matcher.domain import load_chains
from matcher.text import load_glossary
from tests.api.fakes import FakeEncoder, a_firm, some_firms

ME = Change("b1", "me")
PASSWORD = "hunter2-hunter2"


@pytest.fixture
def settings(data_dir):
    return Settings(data_dir=data_dir, smtp_url=f"mailtos://somebody:{PASSWORD}@mail.example?from=a@b.example")


@pytest.fixture
def database(sqlite_url):
    """A catalog of eight firms, one with a contact."""
    opened = Database(sqlite_url)
    import_firms(opened, FakeEncoder(), some_firms(8), ME)
    with opened.writing() as session:
        add_contact(session, {"firm_id": "f001", "name": "สมศรี ใจดี", "phone": "081-234-5678"})
    yield opened
    opened.close()


@pytest.fixture
def backup(settings, database, tmp_path):
    """A backup of it."""
    read_pepper(settings.pepper_path)
    path = tmp_path / "khukha.backup"
    take_backup(settings, database, path)
    return path


def test_what_was_backed_up_is_what_is_restored(settings, database, backup):
    write_firms(database, FakeEncoder(), [a_firm("later")], ME)
    remove_firm(database, "f003", ME)
    facts = restore(settings, backup)
    assert all_firms(database) == some_firms(8)
    assert (facts.firms, facts.contacts) == (8, 1)
    with database.reading() as session:
        assert session.execute(text("SELECT phone FROM contact")).scalar() == "081-234-5678"


def test_a_backup_is_readable_by_its_owner_only_and_holds_no_password_and_no_pepper(settings, database, backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with zipfile.ZipFile(backup) as archive:
        assert PEPPER not in archive.namelist()
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert PASSWORD.encode() not in held
    assert read_pepper(settings.pepper_path) not in held
    assert read_manifest(backup).settings["smtp_url"] == "mailtos://…"


def test_a_backup_says_no_token_and_nothing_behind_a_question_mark():
    own = {
        "milvus_token": "root:s3cret",
        "smtp_url": "mailto://host?user=u&pass=p",
        "milvus_url": "http://milvus:19530",
    }
    shown = shown_settings(Settings(**own))
    assert "milvus_token" not in shown
    assert (shown["smtp_url"], shown["milvus_url"]) == ("mailto://…", "http://milvus:19530")


def test_nothing_is_left_beside_a_backup(backup, tmp_path):
    assert sorted(path.name for path in tmp_path.iterdir()) == ["khukha.backup", "var"]


def test_a_backup_taken_while_others_write_is_one_moment_of_the_database(settings, database, tmp_path):
    ended = threading.Event()

    def write():
        for number in range(1_000):
            if ended.is_set():
                return
            write_firms(database, FakeEncoder(), some_firms(3, said=f"รอบ {number}"), ME)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            take_backup(settings, database, tmp_path / f"{number}.backup")
    finally:
        ended.set()
        thread.join()
    for number in range(5):
        restore(settings, tmp_path / f"{number}.backup")
        said = {firm.offers[0].text.rpartition(" ")[0] for firm in all_firms(database)[:3]}
        assert len(said) == 1


def test_a_service_that_runs_finds_what_was_restored_and_nothing_else(settings, database, backup, data_dir):
    live = Live(
        database,
        chains=load_chains(),
        glossary=load_glossary(),
        encoder=FakeEncoder(),
        root=data_dir / "index",
    )
    live.open()
    write_firms(database, FakeEncoder(), [a_firm("later", said="กล้วยตาก")], ME)
    remove_firm(database, "f003", ME)
    live.catch_up()
    restore(settings, backup)
    live.catch_up()
    assert live.state.versions.keys() == {firm.id for firm in some_firms(8)}
    write_firms(database, FakeEncoder(), [a_firm("after", said="กล้วยฉาบ")], ME)
    live.catch_up()
    assert "after" in live.state.versions


def test_no_number_of_a_change_comes_again_after_a_restore(settings, database, backup):
    write_firms(database, FakeEncoder(), [a_firm("f001", said="ใหม่")], ME)
    with database.reading() as session:
        before = session.execute(text("SELECT max(sequence) FROM change")).scalar()
    restore(settings, backup)
    write_firms(database, FakeEncoder(), [a_firm("f001", said="ใหม่กว่า")], ME)
    with database.reading() as session:
        assert session.execute(text("SELECT version FROM firm WHERE id = 'f001'")).scalar() > before


@pytest.mark.parametrize(("meanwhile", "after"), [("sent", "sent"), ("waiting", "waiting")])
def test_a_message_that_was_sent_since_the_backup_is_not_sent_again(settings, database, tmp_path, meanwhile, after):
    with database.writing() as session:
        session.execute(text("INSERT INTO outbox_message (dedupe, topic, made_at) VALUES ('m1', 'ping', '2026-01-01')"))
        session.execute(
            text(
                "INSERT INTO outbox_delivery (id, dedupe, topic, address, shown, state, attempts, made_at) "
                "VALUES ('d1', 'm1', 'ping', 'a@b.example', 'a…', 'waiting', 0, '2026-01-01')"
            )
        )
    path = tmp_path / "one.backup"
    assert take_backup(settings, database, path).facts.waiting == 1
    with database.writing() as session:
        session.execute(text("UPDATE outbox_delivery SET state = :state"), {"state": meanwhile})
    restore(settings, path)
    with database.reading() as session:
        assert session.execute(text("SELECT state FROM outbox_delivery")).scalar() == after


def test_who_is_known_as_erased_stays_so_whichever_of_the_two_knows_it(settings, database, tmp_path):
    erased_path(settings).write_text('{"erased": 1}\n{"erased": 2}\n')
    take_backup(settings, database, tmp_path / "one.backup")
    erased_path(settings).write_text('{"erased": 2}\n{"erased": 3}\n')
    restore(settings, tmp_path / "one.backup")
    assert sorted(erased_path(settings).read_text().splitlines()) == [f'{{"erased": {number}}}' for number in (1, 2, 3)]


def test_a_pepper_goes_along_only_when_asked_for_and_never_replaces_another(settings, database, tmp_path):
    own = read_pepper(settings.pepper_path)
    take_backup(settings, database, tmp_path / "one.backup", pepper=True)
    settings.pepper_path.unlink()
    assert preview(settings, tmp_path / "one.backup").keys_open
    restore(settings, tmp_path / "one.backup")
    assert read_pepper(settings.pepper_path) == own
    settings.pepper_path.write_bytes(b"another pepper of thirty-two by")
    assert not preview(settings, tmp_path / "one.backup").keys_open
    restore(settings, tmp_path / "one.backup")
    assert settings.pepper_path.read_bytes() == b"another pepper of thirty-two by"


def test_a_preview_changes_nothing_and_says_what_differs(settings, database, backup):
    write_firms(database, FakeEncoder(), [a_firm("later")], ME)
    other = Settings(**settings.model_dump() | {"rate": "5/minute"})
    look = preview(other, backup)
    assert (look.manifest.facts.firms, look.present.firms) == (8, 9)
    assert look.settings == {"rate": ("600/minute", "5/minute")}
    assert len(all_firms(database)) == 9


def test_a_backup_with_a_changed_byte_is_refused_or_gives_what_was_written(settings, database, backup, tmp_path):
    whole, chance = backup.read_bytes(), random.Random(1)
    with zipfile.ZipFile(backup) as archive:
        held = archive.read(DATABASE)
    ends = (*range(60), *range(len(whole) - 150, len(whole)))
    for at in (*ends, *(chance.randrange(len(whole)) for _ in range(300))):
        harmed = bytearray(whole)
        harmed[at] ^= 1 << chance.randrange(8)
        backup.write_bytes(harmed)
        with suppress(BackupRefusedError):
            unpack(backup, read_manifest(backup), tmp_path)
            assert (tmp_path / DATABASE).read_bytes() == held  # the byte said nothing
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        backup.write_bytes(whole[:length])
        with pytest.raises(BackupRefusedError, match="no backup"):
            restore(settings, backup)
    assert all_firms(database) == some_firms(8)


def test_a_backup_of_a_later_version_is_refused_and_nothing_is_changed(settings, database, tmp_path):
    with database.reading() as session:
        own = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    for version in ("9999", own):
        with database.engine.connect() as connection, connection.begin():
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        if version == "9999":
            take_backup(settings, database, tmp_path / "one.backup")
    write_firms(database, FakeEncoder(), [a_firm("later")], ME)
    with pytest.raises(DatabaseNewerError):
        restore(settings, tmp_path / "one.backup")
    assert len(all_firms(database)) == 9
    assert not list(settings.root.glob(".restore-*"))


def test_a_database_that_cannot_be_opened_is_set_aside(settings, database, backup, data_dir):
    database.close()
    live = data_dir / "khukha.sqlite"
    for path in data_dir.glob("khukha.sqlite*"):
        path.unlink()
    live.write_bytes(b"no database at all " * 1_000)
    assert preview(settings, backup).present is None
    restore(settings, backup)
    again = Database(f"sqlite:///{live}")
    assert all_firms(again) == some_firms(8)
    again.close()
    assert (data_dir / "khukha.sqlite.damaged").read_bytes().startswith(b"no database")


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(settings, database, tmp_path):
    with pytest.raises(BackupRefusedError, match="cannot be written"):
        take_backup(settings, database, tmp_path / "nowhere" / "one.backup")


def test_a_backup_puts_right_a_database_of_which_a_page_is_damaged(settings, database, backup):
    trail, path = Trail(read_pepper(settings.pepper_path)), settings.root / "khukha.sqlite"
    with database.writing() as session:
        add_consent(session, "contact:c1", "messages", given=False, word=Word("k", "page", "1"))
        for number in range(400):
            trail.add(session, Seen("k", "read", "/", "service", (f"contact:c{number}",), ("Q" * 300,)))
        last = session.execute(text("SELECT max(number) FROM audit")).scalar()
    database.compact()
    database.close()
    size, data = 4096, bytearray(path.read_bytes())
    pages = [at for at in range(0, len(data), size) if data[at : at + size].count(b"Q" * 300) > 2]
    middle = pages[len(pages) // 2]
    data[middle : middle + size] = b"\xff" * size
    path.write_bytes(data)
    restore(settings, backup)
    assert all_firms(database) == some_firms(8)
    with database.reading() as session:
        numbers = session.execute(text("SELECT number FROM audit ORDER BY number")).scalars().all()
        assert 300 < len(numbers) < 400
        assert (numbers[0], numbers[-1]) == (last - 399, last)
        assert standing(session, ["contact:c1"], "messages") == {"contact:c1": False}
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_a_backup_that_is_refused_adds_nobody_to_the_erased(settings, database, tmp_path, monkeypatch):
    def newer(source, target):
        copy_database(source, target)
        with closing(sqlite.connect(str(target))) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = 'zzzz'")

    erased_path(settings).write_bytes(b'{"id": "e1"}\n')
    monkeypatch.setattr("api.backup.taking.copy_database", newer)
    take_backup(settings, database, tmp_path / "newer.backup")
    erased_path(settings).unlink()
    with pytest.raises(DatabaseNewerError):
        restore(settings, tmp_path / "newer.backup")
    assert not erased_path(settings).exists()


def test_an_erasure_while_a_backup_is_packed_does_not_spoil_it(settings, database, tmp_path, monkeypatch):
    Eraser(settings, database).erase(Asked(phone="081-234-5678"), by="k")
    real = zipfile.ZipFile.write

    def write(self, file, name):
        with erased_path(settings).open("ab") as ledger:
            ledger.write(b'{"id": "later", "at": "2026-01-01", "marks": []}\n')
        real(self, file, name)

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "write", write)
        take_backup(settings, database, tmp_path / "one.backup")
    restore(settings, tmp_path / "one.backup")
    assert all_firms(database) == some_firms(8)


def test_a_swap_that_breaks_off_leaves_the_database_as_it_was(settings, database, backup, tmp_path):
    write_firms(database, FakeEncoder(), [a_firm("later")], ME)
    unpack(backup, read_manifest(backup), tmp_path)
    copy = tmp_path / DATABASE
    copy.write_bytes(copy.read_bytes()[:-5_000])
    with pytest.raises(Exception, match=r"malformed|short|disk"):
        put_in_place(copy, settings.root / "khukha.sqlite")
    assert len(all_firms(database)) == 9


def test_postgresql_is_told_its_own_tools(postgres, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=postgres())
    opened = Database(settings.database)
    with pytest.raises(BackupElsewhereError, match="pg_dump"):
        take_backup(settings, opened, tmp_path / "one.backup")
    with pytest.raises(BackupElsewhereError, match="pg_restore"):
        restore(settings, tmp_path / "one.backup")
    opened.close()


def test_the_commands_back_up_show_and_restore(settings, database, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MATCHER_DATA_DIR", str(settings.data_dir))
    path = str(tmp_path / "one.backup")

    def khukha(*words):
        monkeypatch.setattr("sys.argv", ["khukha", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr().out

    code, said = khukha("backup", path)
    assert (code, "it holds personal data" in said) == (0, True)
    write_firms(database, FakeEncoder(), [a_firm("later")], ME)
    assert khukha("restore", path, "--preview")[0] == 0
    assert len(all_firms(database)) == 9
    code, said = khukha("restore", path, "--yes")
    assert (code, "8 firms" in said) == (0, True)
    assert all_firms(database) == some_firms(8)
    assert ERASED not in said
