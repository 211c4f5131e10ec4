from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from api.errors import ChangedMeanwhileError, IdTakenError, MissingError
from api.store.changes import changed_since, last_sequence
from api.store.firms import Change, get_firm
from api.writing import all_firms, import_firms, remove_firm, write_firms
from tests.api.fakes import FakeEncoder, a_firm, some_firms

ME = Change("b1", "me")


def version(database, id):
    with database.reading() as session:
        return get_firm(session, id).version


def test_a_new_firm_must_be_new_and_a_changed_one_there(database, fake_encoder):
    one = a_firm("f1")
    with pytest.raises(MissingError):
        write_firms(database, fake_encoder, [one], ME, new=False)
    assert write_firms(database, fake_encoder, [one], ME, new=True) == ["f1"]
    with pytest.raises(IdTakenError):
        write_firms(database, fake_encoder, [replace(one, name_en="x")], ME, new=True)
    assert write_firms(database, fake_encoder, [replace(one, name_en="y")], ME, new=False) == ["f1"]
    assert write_firms(database, fake_encoder, [replace(one, name_en="y")], ME) == []
    assert all_firms(database) == (replace(one, name_en="y"),)


def test_a_firm_is_changed_and_deleted_only_as_it_was_seen(database, fake_encoder):
    one = a_firm("f1")
    write_firms(database, fake_encoder, [one], ME)
    seen = version(database, "f1")
    write_firms(database, fake_encoder, [replace(one, name_en="first")], ME, seen=seen, new=False)
    with pytest.raises(ChangedMeanwhileError, match=f"version {seen}"):
        write_firms(database, fake_encoder, [replace(one, name_en="second")], ME, seen=seen, new=False)
    with pytest.raises(ChangedMeanwhileError):
        remove_firm(database, "f1", ME, seen=seen)
    assert all_firms(database)[0].name_en == "first"
    remove_firm(database, "f1", ME, seen=version(database, "f1"))
    with pytest.raises(MissingError):
        remove_firm(database, "f1", ME)
    assert all_firms(database) == ()


def test_of_many_who_saw_the_same_version_one_changes_the_firm(database, fake_encoder):
    write_firms(database, fake_encoder, [a_firm("f1")], ME)
    seen = version(database, "f1")

    def change(number):
        changed = replace(a_firm("f1"), name_en=str(number))
        try:
            return write_firms(database, FakeEncoder(), [changed], ME, seen=seen, new=False)
        except ChangedMeanwhileError:
            return None

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(change, range(8)))
    assert sum(one is not None for one in done) == 1
    assert all_firms(database)[0].name_en == str(done.index(["f1"]))


def test_an_import_that_replaces_takes_out_exactly_the_others(database, fake_encoder):
    import_firms(database, fake_encoder, some_firms(5), ME)
    with database.reading() as session:
        before = last_sequence(session)
    import_firms(database, fake_encoder, [*some_firms(3), a_firm("new")], ME, replace=True)
    assert {firm.id for firm in all_firms(database)} == {"f000", "f001", "f002", "new"}
    with database.reading() as session:
        assert changed_since(session, before) == {"f003", "f004", "new"}


def test_what_the_encoder_cannot_do_leaves_nothing_half_written(database):
    class Broken(FakeEncoder):
        def encode(self, texts, *, prompt, progress=None):
            """Never works."""
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="memory"):
        write_firms(database, Broken(), [a_firm("f1")], ME)
    assert all_firms(database) == ()
