from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import select

from api.jobs import work
from api.jobs.queue import Queue
from api.jobs.work import Worker, upload_name
from api.settings import Settings
from api.store.firms import load_firms
from api.store.jobs import MAX_ATTEMPTS, State, add_job, get_job
from api.store.tables import ChangeRow, JobRow
from api.writing import all_firms, import_firms
from indexes import open_snapshot
from matcher.exchange import read_catalog, write_catalog
from tests.api.fakes import FakeEncoder, some_firms

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(database_url, data_dir):
    (data_dir / "files").mkdir()
    return Settings(data_dir=data_dir, database_url=database_url)


@pytest.fixture
def worker(settings, database, monkeypatch):
    """A worker in this process, with an encoder without a model."""
    monkeypatch.setattr(work, "load_encoder", lambda *_given, **_options: FakeEncoder())
    return Worker(settings, database)


@pytest.fixture
def ask(settings, database):
    """Put a job into the database, with the file it is about if there is one; its id."""

    def new(kind, *, content=None, name="catalog.jsonl", firms=None, **given):
        with database.writing() as session:
            job = add_job(session, kind=kind, owner="k1", given=given)
            if content is not None or firms is not None:
                path = settings.files_dir / upload_name(job.id, name)
                write_catalog(firms, path) if firms is not None else path.write_bytes(content)
                row = session.get_one(JobRow, job.id)
                row.given = {"replace": False, "preview": False, "name": name, "file": path.name} | given
        return job.id

    return new


def look(database, id):
    with database.reading() as session:
        return get_job(session, id)


def log_of(database):
    with database.reading() as session:
        rows = session.execute(select(ChangeRow).order_by(ChangeRow.sequence)).scalars()
        return [(row.firm_id, row.kind, row.batch, row.by) for row in rows]


def until(condition, *, within_s=60.0):
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_import_writes_firms_and_says_how_far_it_is(database, worker, ask, settings, monkeypatch):
    monkeypatch.setattr(work, "REPORT_EVERY_S", 0.0)
    said, right = [], work.jobs.report

    def report(session, id, **how_far):
        said.append(tuple(how_far.values()))
        right(session, id, **how_far)

    monkeypatch.setattr(work.jobs, "report", report)
    firms = some_firms(130)
    id = ask("import", firms=firms)
    worker.run(id)
    job = look(database, id)
    assert (job.state, job.problem, job.attempts) == (State.DONE, None, 1)
    assert (job.doing, job.done, job.total) == ("vectors", 130, 130)
    assert [one for one in said if one[0] == "vectors"] == [("vectors", 100, 130), ("vectors", 130, 130)]
    assert ("rows", 130, 130) in said
    wanted = {"batch": id, "firms": 130, "rows": 130, "rejected": 0, "preview": False, "problems": []}
    assert {key: job.result[key] for key in wanted} == wanted
    assert all_firms(database) == firms
    assert log_of(database) == [(firm.id, "put", id, "k1") for firm in firms]
    assert list(settings.files_dir.iterdir()) == []  # what was uploaded is not kept
    worker.run(id)  # a message that comes twice
    assert look(database, id).ended_at == job.ended_at


def test_a_preview_writes_nothing_and_keeps_the_file(database, worker, ask, settings):
    import_firms(database, FakeEncoder(), some_firms(3), work.Change("b0", "me"))
    before = log_of(database)
    id = ask("import", firms=some_firms(5, prefix="x"), preview=True, replace=True)
    worker.run(id)
    job = look(database, id)
    assert (job.state, job.result["firms"], job.result["preview"]) == (State.DONE, 5, True)
    assert "batch" not in job.result
    assert (log_of(database), all_firms(database)) == (before, some_firms(3))
    assert (settings.files_dir / job.given["file"]).is_file()


@only_sqlite
def test_rows_that_do_not_go_in_come_back_as_a_file(database, worker, ask, settings):
    id = ask(
        "import", name="sheet.csv", content="ชื่อกิจการ,จังหวัด,สิ่งที่ขาย\nร้านดี,โคราช,ผ้าไหม\nร้านผิด,แดนไกล,ผ้าฝ้าย\n".encode()
    )
    worker.run(id)
    result = look(database, id).result
    assert (result["firms"], result["rejected"]) == (1, 1)
    assert {"row", "column", "value", "th", "en", "kind"} == result["problems"][0].keys()
    assert result["problems"][0]["value"] == "แดนไกล"
    assert "แดนไกล" in (settings.files_dir / result["rejected_file"]).read_text("utf-8-sig")


@only_sqlite
def test_a_replacing_import_takes_out_what_the_file_has_not(database, worker, ask):
    import_firms(database, FakeEncoder(), some_firms(4), work.Change("b0", "me"))
    worker.run(ask("import", firms=some_firms(2), replace=True))
    assert all_firms(database) == some_firms(2)
    id = ask("import", name="bad.csv", content="ชื่อกิจการ,จังหวัด,สิ่งที่ขาย\nร้าน,แดนไกล,ผ้า\n".encode(), replace=True)
    worker.run(id)
    assert look(database, id).state == State.DONE
    assert all_firms(database) == some_firms(2)  # a file without a good row replaces nothing


@only_sqlite
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.xlsx", b"PK\x03\x04 no workbook"),
        ("empty.csv", b""),
        ("noise.jsonl", b""),
        ("noise.csv", bytes(range(256))),
    ],
)
def test_a_file_that_cannot_be_read_ends_the_job_with_what_to_do(database, worker, ask, settings, name, content):
    id = ask("import", name=name, content=content)
    worker.run(id)
    job = look(database, id)
    assert (job.state, job.result) == (State.FAILED, None)
    assert "อ่านแฟ้มไม่ได้" in job.problem["th"]
    assert job.problem["en"].startswith(f"{name}: ")
    assert str(settings.files_dir) not in job.problem["th"] + job.problem["en"]
    assert all_firms(database) == ()
    assert list(settings.files_dir.iterdir()) == []


@only_sqlite
def test_an_import_with_somebody_elses_offer_id_fails_in_both_languages_and_changes_nothing(database, worker, ask):
    import_firms(database, FakeEncoder(), some_firms(1), work.Change("b0", "me"))
    taken = {"id": "new", "name_th": "ใหม่", "offers": [{"id": "f000/o1", "text": "ผ้า"}]}
    lines = [json.dumps({"id": f"g{at}", "name_th": "ก", "offers": [{"text": "ผ้า"}]}) for at in range(150)]
    id = ask("import", content="\n".join([*lines, json.dumps(taken)]).encode())
    worker.run(id)
    job = look(database, id)
    assert job.state == State.FAILED
    assert "f000/o1" in job.problem["th"]
    assert "f000/o1" in job.problem["en"]
    assert all_firms(database) == some_firms(1)


@only_sqlite
def test_whatever_goes_wrong_the_job_ends(database, worker, ask, monkeypatch, caplog):
    monkeypatch.setattr(work, "read_catalog", lambda *_given, **_options: 1 / 0)
    id = ask("import", firms=some_firms(1))
    with caplog.at_level("CRITICAL"):
        worker.run(id)
    job = look(database, id)
    assert job.state == State.FAILED
    assert "ZeroDivisionError" in job.problem["th"]
    assert "division" in job.problem["en"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
@only_sqlite
def test_an_export_can_be_read_again(database, worker, ask, settings, ending):
    import_firms(database, FakeEncoder(), some_firms(7), work.Change("b0", "me"))
    id = ask("export", format=ending)
    worker.run(id)
    job = look(database, id)
    assert (job.state, job.result["firms"]) == (State.DONE, 7)
    read = read_catalog(settings.files_dir / job.result["file"]).firms
    assert [firm.id for firm in read] == [firm.id for firm in some_firms(7)]
    if ending == "jsonl":
        assert read == some_firms(7)


def test_a_rebuild_writes_a_snapshot_that_fits(database, worker, ask, settings):
    import_firms(database, FakeEncoder(), some_firms(9), work.Change("b0", "me"))
    id = ask("rebuild")
    worker.run(id)
    job = look(database, id)
    assert (job.state, job.result["firms"], job.result["offers"]) == (State.DONE, 9, 9)
    manifest = next(settings.index_dir.glob("*/manifest.json"))
    assert open_snapshot(settings.index_dir, built_for=json.loads(manifest.read_text())["built_for"]) == manifest.parent


def test_messages_are_json_and_hold_no_more_than_the_jobs_id(data_dir):
    path = data_dir / "queue.sqlite"
    queue = Queue(database_url="sqlite:///x", path=path)
    queue.put("j123")
    with sqlite.connect(path) as connection:
        stored = [bytes(data) for (data,) in connection.execute("SELECT data FROM task")]
    connection.close()
    (message,) = [json.loads(data) for data in stored]
    assert message["args"] == [["j123"], {}] or message["args"] == ["j123"]
    assert {key for key, value in message.items() if value not in (None, [], {}, 0, False)} <= {"id", "name", "args"}


@pytest.fixture(scope="module")
def zygote():
    """Starts workers as processes; those that still live are killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.workers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait()


@pytest.fixture
def start(zygote, database_url, data_dir):
    """Start a worker; its process id."""
    started = []

    def new(*, deadly=False):
        zygote.stdin.write(json.dumps({"url": database_url, "data_dir": str(data_dir), "deadly": deadly}) + "\n")
        zygote.stdin.flush()
        started.append(int(zygote.stdout.readline()))
        return started[-1]

    yield new
    for one in started:
        if alive(one):
            os.kill(one, signal.SIGKILL)
            until(lambda: not alive(one))  # noqa: B023


def alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_import_whose_worker_was_killed_is_finished_by_the_next_exactly_once(database, settings, ask, start):
    firms = some_firms(500)
    id = ask("import", firms=firms)
    Queue(database_url=settings.database, path=settings.queue_path).put(id)
    first = start()
    until(lambda: 100 <= look(database, id).done < 400 and look(database, id).doing == "vectors")
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first))
    job = look(database, id)
    assert (job.state, job.attempts) == (State.RUNNING, 1)
    assert 0 < len(all_firms(database)) < 500
    second = start()
    until(lambda: look(database, id).state != State.RUNNING)
    job = look(database, id)
    assert (job.state, job.attempts, job.result["firms"], job.problem) == (State.DONE, 2, 500, None)
    with database.reading() as session:
        stored = list(load_firms(session))
    assert tuple(one.firm for one in stored) == firms
    assert {one.embedded for one in stored} == {"fake"}
    assert log_of(database) == [(firm.id, "put", id, "k1") for firm in firms]  # each firm once, all in one batch
    os.kill(second, signal.SIGTERM)
    until(lambda: not alive(second))


@only_sqlite
def test_a_job_that_kills_each_worker_is_given_up(database, settings, ask, start):
    id = ask("import", firms=some_firms(3))
    for _ in range(MAX_ATTEMPTS + 1):
        one = start(deadly=True)
        until(lambda: not alive(one) or look(database, id).state == State.FAILED)  # noqa: B023
    job = look(database, id)
    assert (job.state, job.attempts) == (State.FAILED, MAX_ATTEMPTS + 1)
    assert "แบ่งไฟล์" in job.problem["th"]
    assert "split it" in job.problem["en"]
    assert alive(one)  # and whoever gave it up lives on
    other = ask("export", format="jsonl")
    Queue(database_url=settings.database, path=settings.queue_path).put(other)
    until(lambda: look(database, other).state == State.DONE)
