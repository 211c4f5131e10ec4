from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from api.errors import IdTakenError, MissingError, NothingToUndoError
from api.store.changes import changed_since, last_batch, last_sequence, new_batch
from api.store.database import Database
from api.store.firms import Change, all_ids, delete_firms, load_firms, put_firms, refuse_present
from api.store.tables import ChangeRow, VectorRow
from api.store.vectors import count_without
from api.writing import import_firms, remove_firm, take_back, write_firms
from matcher.domain import Firm, Need, Offer
from tests.api.fakes import FakeEncoder, a_firm, some_firms
from tests.api.store.odd import firms


def catalog(database):
    with database.reading() as session:
        return {one.firm.id: one.firm for one in load_firms(session)}


def undo(database, encoder, batch=None):
    return take_back(database, encoder, batch=batch, by="me")


def test_numbers_of_changes_grow_in_the_order_of_commits(database):
    """Eight threads write while one tails the log by number; a change that came late with a low number is lost."""
    rounds, ended, seen, order = 12, threading.Event(), set(), []
    tailing = Database(database.url.render_as_string(hide_password=False))

    def tail():
        sequence = 0
        while True:
            last = ended.is_set()
            with tailing.reading() as session:
                newest = last_sequence(session)
                found = changed_since(session, sequence)
                query = select(ChangeRow.sequence).where(col(ChangeRow.sequence) > sequence)
                order.extend(sorted(session.execute(query).scalars()))
            sequence = newest
            seen.update(found)
            if last:
                return

    def write(writer):
        for number in range(rounds):
            with database.writing() as session:
                put_firms(session, some_firms(2, prefix=f"w{writer}-{number}-"), Change("b", "me"), embedded=None)

    tailer = threading.Thread(target=tail)
    tailer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))
    finally:
        ended.set()
        tailer.join()
        tailing.close()
    assert seen == catalog(database).keys()
    assert len(seen) == 8 * rounds * 2
    with database.reading() as session:
        assert order == list(session.execute(select(ChangeRow.sequence).order_by(ChangeRow.sequence)).scalars())


def put_and_refuse(database, firm):
    with database.writing() as session:
        put_firms(session, [firm], Change("b", "me"), embedded=None)
        refuse_present(session, [firm])


def test_a_number_is_never_given_twice(database):
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b", "me"), embedded=None)
    with pytest.raises(IdTakenError):
        put_and_refuse(database, a_firm("f2"))
    with database.reading() as session:
        first = last_sequence(session)
    with database.writing() as session:
        session.execute(ChangeRow.__table__.delete())
        assert last_sequence(session) == 0
        put_firms(session, [a_firm("f3")], Change("b", "me"), embedded=None)
        assert last_sequence(session) > first


SAID = st.sampled_from(["ผ้าไหม", "ผ้าฝ้าย", "ปลากัด"])
STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcde"), SAID, max_size=4),  # firms put
        st.sets(st.sampled_from("abcde"), max_size=2),  # firms that go
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])
@given(steps=STEPS, replaced=st.booleans())
def test_what_is_taken_back_is_as_before_and_twice_brings_it_again(database, steps, replaced):
    encoder = FakeEncoder()
    with database.writing() as session:
        delete_firms(session, all_ids(session), Change(new_batch(), "me"))
    for put, gone in steps:
        change = Change(new_batch(), "me")
        before = catalog(database)
        for id in gone - put.keys():
            with database.writing() as session:
                delete_firms(session, [id], change)
        import_firms(database, encoder, [a_firm(id, said=said) for id, said in put.items()], change, replace=replaced)
        after = catalog(database)
        if after == before:
            continue
        done = undo(database, encoder, change.batch)
        assert (catalog(database), done.left) == (before, ())
        assert {*done.firms} >= {id for id in {*before, *after} if before.get(id) != after.get(id)}
        again = undo(database, encoder)
        assert catalog(database) == after
        undo(database, encoder, again.batch)
        assert catalog(database) == before
        undo(database, encoder)
        assert catalog(database) == after
    with database.reading() as session:
        assert count_without(session, model=encoder.fingerprint) == 0


def test_firms_changed_since_stay_as_they_are(database, fake_encoder):
    one, two, three = some_firms(3)
    import_firms(database, fake_encoder, [one, two], Change("b1", "me"))
    import_firms(
        database, fake_encoder, [replace(one, name_en="one"), replace(two, name_en="two"), three], Change("b2", "me")
    )
    write_firms(database, fake_encoder, [replace(one, name_en="mine")], Change("b3", "you"))
    remove_firm(database, three.id, Change("b4", "you"))
    done = undo(database, fake_encoder, "b2")
    assert ({*done.left}, done.firms) == ({one.id, three.id}, (two.id,))
    assert catalog(database) == {one.id: replace(one, name_en="mine"), two.id: two}


def test_an_offer_that_moved_between_firms_moves_back(database, fake_encoder):
    """As when a firm gets another id in a file that replaces the catalog, and its offers keep theirs."""
    offers, needs = (Offer("x", "ผ้าไหม"),), (Need("y", "เส้นไหม"),)
    old = Firm("old", "กลุ่ม", offers=offers, needs=needs)
    import_firms(database, fake_encoder, [old], Change("b1", "me"))
    new = replace(old, id="new")
    import_firms(database, fake_encoder, [new], Change("b2", "me"), replace=True)
    assert catalog(database) == {"new": new}
    undo(database, fake_encoder)
    assert catalog(database) == {"old": old}
    undo(database, fake_encoder)
    assert catalog(database) == {"new": new}
    both = {"new": replace(new, offers=()), "two": Firm("two", "สอง", offers=offers)}
    import_firms(database, fake_encoder, [*both.values()], Change("b3", "me"))
    assert catalog(database) == both
    undo(database, fake_encoder)
    assert catalog(database) == {"new": new}


def test_a_replacing_import_that_is_refused_changes_nothing(database, fake_encoder):
    """Two hundred firms go in two transactions; what the second would be refused for is seen before the first."""
    stays = Firm("stays", "เดิม", offers=(Offer("x", "ผ้าไหม"),))
    import_firms(database, fake_encoder, [stays, a_firm("goes")], Change("b1", "me"))
    before = catalog(database)
    given = [*some_firms(150), Firm("late", "สาย", offers=(Offer("x", "ผ้าไหม"),))]
    with pytest.raises(IdTakenError, match="'x'"):
        import_firms(database, fake_encoder, given, Change("b2", "me"))
    assert catalog(database) == before
    given = [*some_firms(150), Firm("late", "สาย", offers=(Offer("f000/o1", "ผ้าไหม"),))]
    with pytest.raises(IdTakenError, match="'f000/o1'"):
        import_firms(database, fake_encoder, given, Change("b3", "me"), replace=True)
    assert catalog(database) == before


def test_a_firm_of_a_cluster_that_is_no_more_is_still_brought_back(database, fake_encoder):
    """The log keeps firms as they were, whatever the rules for new ones are now."""
    odd = Firm("f1", "หนึ่ง", province_th="ธนบุรี", offers=(Offer("f1/o1", "ผ้า", cluster="gone", price_thb="68–95"),))
    import_firms(database, fake_encoder, [odd], Change("b1", "me"))
    remove_firm(database, "f1", Change("b2", "me"))
    assert undo(database, fake_encoder).firms == ("f1",)
    assert catalog(database) == {"f1": odd}


@settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])
@given(before=firms(id="f1"), after=firms(id="f1"))
def test_a_firm_is_brought_back_to_the_letter(database, fake_encoder, before, after):
    with database.writing() as session:
        delete_firms(session, all_ids(session), Change(new_batch(), "me"))
    write_firms(database, fake_encoder, [before], Change(new_batch(), "me"))
    if write_firms(database, fake_encoder, [after], Change(new_batch(), "me")):
        undo(database, fake_encoder)
        assert repr(catalog(database)["f1"]) == repr(before)


def test_nothing_and_unknown_batches_cannot_be_taken_back(database, fake_encoder):
    with pytest.raises(NothingToUndoError):
        undo(database, fake_encoder)
    with pytest.raises(MissingError, match="'b404'"):
        undo(database, fake_encoder, "b404")


def test_taking_back_encodes_only_what_is_not_there(database, fake_encoder):
    import_firms(database, fake_encoder, some_firms(3), Change("b1", "me"))
    remove_firm(database, "f001", Change("b2", "me"))
    fake_encoder.asked.clear()
    undo(database, fake_encoder)
    assert len(fake_encoder.asked) > 0
    assert all("f001" in text for _, text in fake_encoder.asked)
    with database.reading() as session:
        assert len(set(session.execute(select(VectorRow.firm_id)).scalars())) == 3
        assert last_batch(session) not in {"b1", "b2"}


def test_a_broken_off_import_goes_on_where_it_stopped(database, fake_encoder):
    given = some_firms(250)

    def stop(done, _total):
        if done == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_firms(database, fake_encoder, given, Change("b1", "me"), progress=stop)
    assert len(catalog(database)) == 200
    fake_encoder.asked.clear()
    said = []
    import_firms(database, fake_encoder, given, Change("b1", "me"), progress=lambda *at: said.append(at))
    assert said == [(100, 250), (200, 250), (250, 250)]
    assert all(any(f"f2{number:02}" in text for number in range(50)) for _, text in fake_encoder.asked)
    with database.reading() as session:
        assert sorted(session.execute(select(ChangeRow.firm_id)).scalars()) == sorted(firm.id for firm in given)
    undo(database, fake_encoder)
    assert catalog(database) == {}
