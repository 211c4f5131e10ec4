from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import MissingError
from api.store.jobs import (
    LOST_S,
    MAX_ATTEMPTS,
    State,
    add_job,
    beat,
    end_job,
    get_job,
    list_jobs,
    report,
    take_job,
    unfinished,
)
from api.store.tables import JobRow, now


def new_job(database):
    with database.writing() as session:
        return add_job(session, kind="export", owner="k1", given={"format": "csv"}).id


def look(database, id):
    with database.reading() as session:
        return get_job(session, id)


def take(database, id):
    with database.writing() as session:
        return take_job(session, id)


def fall_silent(database, id):
    """As if its worker had died a while ago."""
    with database.writing() as session:
        session.get_one(JobRow, id).beat_at = now() - timedelta(seconds=LOST_S + 1)


def left_over(database):
    with database.reading() as session:
        return unfinished(session)


def test_a_job_waits_runs_reports_and_is_done(database):
    id = new_job(database)
    assert (look(database, id).state, left_over(database)) == (State.WAITING, [id])
    taken = take(database, id)
    assert (taken.id, taken.given, taken.attempts) == (id, {"format": "csv"}, 1)
    assert left_over(database) == []
    with database.writing() as session:
        report(session, id, doing="rows", done=3, total=9)
    seen = look(database, id)
    assert (seen.state, seen.doing, seen.done, seen.total) == (State.RUNNING, "rows", 3, 9)
    with database.writing() as session:
        end_job(session, id, result={"firms": 9})
    seen = look(database, id)
    assert (seen.state, seen.result, seen.problem) == (State.DONE, {"firms": 9}, None)
    assert seen.made_at <= seen.beat_at <= seen.ended_at
    assert take(database, id) is None
    assert left_over(database) == []


def test_of_many_workers_one_gets_a_job(database):
    id = new_job(database)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take(database, id), range(16)))
    assert sum(one is not None for one in taken) == 1


def test_a_job_whose_worker_fell_silent_is_given_to_another(database):
    id = new_job(database)
    take(database, id)
    assert take(database, id) is None
    fall_silent(database, id)
    assert left_over(database) == [id]
    with database.writing() as session:
        beat(session, id)  # it was only slow
    assert (left_over(database), take(database, id)) == ([], None)
    fall_silent(database, id)
    assert take(database, id).attempts == 2


def test_a_job_that_ends_its_worker_each_time_fails_with_what_to_do(database):
    id = new_job(database)
    for attempt in range(MAX_ATTEMPTS):
        assert take(database, id).attempts == attempt + 1
        fall_silent(database, id)
    assert take(database, id) is None
    seen = look(database, id)
    assert (seen.state, seen.result) == (State.FAILED, None)
    assert "CSV" in seen.problem["th"]
    assert "split it" in seen.problem["en"]
    assert seen.ended_at is not None
    assert left_over(database) == []


def test_a_job_that_ended_stays_as_it_ended(database):
    """A worker that was slow and one that took its place may both come to an end."""
    id = new_job(database)
    take(database, id)
    with database.writing() as session:
        end_job(session, id, result={"firms": 9})
    with database.writing() as session:
        end_job(session, id, problem={"th": "ไม่พบแฟ้ม", "en": "no file"})
    seen = look(database, id)
    assert (seen.state, seen.result, seen.problem) == (State.DONE, {"firms": 9}, None)


def test_jobs_are_listed_newest_first_and_left_over_ones_oldest_first(database):
    ids = [new_job(database) for _ in range(5)]
    with database.reading() as session:
        assert [row.id for row in list_jobs(session, limit=3)] == ids[::-1][:3]
    assert left_over(database) == ids
    with pytest.raises(MissingError, match="'j404'"):
        look(database, "j404")
    assert take(database, "j404") is None
