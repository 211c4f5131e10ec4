"""The trail of reads: whole as long as nobody touches it, and whoever touches it is found out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.store.audit import Anchor, Head, Seen, Trail, find_audit, head
from api.store.tables import now

TRAIL = Trail(b"pepper")


def seen(subject="contact:c1", *, by="k1", act="read"):
    return Seen(by, act, "GET /v1/contacts", "service", (subject,), ("name", "phone"))


def write(database, count):
    for number in range(count):
        with database.writing() as session:
            TRAIL.add(session, seen(f"contact:c{number}"))


def broken(database, **rest):
    with database.reading() as session:
        return [(one.number, one.kind) for one in TRAIL.broken(session, **rest)]


def do(database, *statements):
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def test_a_trail_that_nobody_touched_is_whole(database):
    assert broken(database) == []
    write(database, 5)
    assert broken(database) == []
    with database.reading() as session:
        assert [row.number for row in find_audit(session)] == [1, 2, 3, 4, 5]


def test_a_read_of_nobodys_data_leaves_no_row(database):
    with database.writing() as session:
        TRAIL.add(session, Seen("k1", "read", "GET /v1/contacts", "service", ()))
        assert head(session) == Head(0, "")


@pytest.mark.parametrize("column", ["by", "act", "route", "why", "subjects", "fields", "at", "seal", "previous"])
def test_an_edited_row_is_found_whatever_was_edited(database, column):
    write(database, 4)
    value = "'2020-01-01 00:00:00'" if column == "at" else "'[]'" if column in {"subjects", "fields"} else "'x'"
    do(database, f'UPDATE audit SET "{column}" = {value} WHERE number = 2')
    assert broken(database)[0] == (2, "edited")


def test_a_deleted_row_is_found(database):
    write(database, 4)
    do(database, "DELETE FROM audit WHERE number = 2")
    assert broken(database) == [(2, "missing")]


def test_rows_that_changed_places_are_found(database):
    write(database, 4)
    do(
        database,
        "UPDATE audit SET number = 99 WHERE number = 2",
        "UPDATE audit SET number = 2 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 99",
    )
    assert {number for number, _ in broken(database)} >= {2, 3}


def test_rows_cut_off_the_front_are_found(database):
    write(database, 4)
    do(database, "DELETE FROM audit WHERE number < 3")
    assert broken(database) == [(1, "missing")]


def test_rows_cut_off_the_end_are_missed_by_the_anchor(database, tmp_path):
    anchor = Anchor(tmp_path / "audit.head")
    write(database, 4)
    with database.reading() as session:
        anchor.keep(head(session))
    do(database, "DELETE FROM audit WHERE number > 2")
    assert broken(database) == [], "the chain that is left is whole: only the anchor knows better"
    assert broken(database, anchor=anchor.read()) == [(3, "cut")]
    with database.reading() as session:
        anchor.keep(head(session))
    assert anchor.read().number == 4, "a shorter trail never takes the place of what was kept"


def test_an_end_that_was_written_anew_with_the_right_key_differs_from_the_anchor(database, tmp_path):
    anchor = Anchor(tmp_path / "audit.head")
    write(database, 3)
    with database.reading() as session:
        anchor.keep(head(session))
    do(database, "DELETE FROM audit WHERE number = 3")
    with database.writing() as session:
        TRAIL.add(session, seen("contact:other"))
    assert broken(database) == []
    assert broken(database, anchor=anchor.read()) == [(3, "replaced")]


def test_a_chain_sealed_with_another_key_is_refused_throughout(database):
    forger = Trail(b"guessed")
    for number in range(3):
        with database.writing() as session:
            forger.add(session, seen(f"contact:c{number}"))
    assert [kind for _, kind in broken(database)] == ["edited"] * 3


def test_old_rows_are_forgotten_and_the_rest_is_whole_since_the_trail_says_so(database):
    write(database, 6)
    with database.writing() as session:
        session.execute(text("UPDATE audit SET at = at"))  # nothing
        assert TRAIL.forget(session, now() + timedelta(days=1), by="clock") == 5
    assert broken(database) == []
    do(database, "DELETE FROM audit WHERE number = 6")
    assert broken(database) == [(1, "missing")], "forgotten are rows 1 to 5 and no more"


def test_a_row_is_gone_with_the_transaction_that_is_undone(database):
    write(database, 1)

    def fail():
        with database.writing() as session:
            TRAIL.add(session, seen())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert broken(database) == []
    with database.reading() as session:
        assert head(session).number == 1


def test_many_threads_write_one_chain_without_a_gap(database):
    together = threading.Barrier(8)

    def work(number):
        together.wait()
        for at in range(10):
            with database.writing() as session:
                TRAIL.add(session, seen(f"contact:{number}-{at}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert broken(database) == []
    with database.reading() as session:
        assert head(session).number == 80


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_single_change_of_a_trail_goes_unnoticed(sqlite_url, data):
    from api.store.database import Database

    database = Database(sqlite_url)
    try:
        do(database, "DELETE FROM audit")
        write(database, 6)
        with database.reading() as session:
            anchor = head(session)
        number = data.draw(st.integers(1, 6))
        change = data.draw(st.sampled_from(["delete", "edit", "renumber", "copy"]))
        column = data.draw(st.sampled_from(["by", "act", "route", "why", "previous", "seal"]))
        statement = {
            "delete": f"DELETE FROM audit WHERE number = {number}",
            "edit": f'UPDATE audit SET "{column}" = "{column}" || \'x\' WHERE number = {number}',
            "renumber": f"UPDATE audit SET number = {data.draw(st.integers(7, 20))} WHERE number = {number}",
            "copy": f"UPDATE audit SET by = 'k2', subjects = '[\"contact:x\"]' WHERE number = {number}",
        }[change]
        do(database, statement)
        assert broken(database, anchor=anchor)
    finally:
        database.close()


def test_who_saw_what_is_found_by_person_by_key_and_by_time(database):
    with database.writing() as session:
        TRAIL.add(session, seen("contact:c1", by="k1"))
        TRAIL.add(session, Seen("k2", "read", "x", "service", ("contact:c1", "contact:c2")))
        TRAIL.add(session, seen("contact:c10", by="k2"))
    with database.reading() as session:
        assert [row.by for row in find_audit(session, subjects=["contact:c1"])] == ["k1", "k2"]
        assert [row.number for row in find_audit(session, by="k2")] == [2, 3]
        assert [row.number for row in find_audit(session, limit=1)] == [3]
        assert find_audit(session, until=now() - timedelta(hours=1)) == []
        assert len(find_audit(session, since=now() - timedelta(hours=1))) == 3
