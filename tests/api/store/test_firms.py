from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlmodel import SQLModel, col

from api.errors import ChangedMeanwhileError, IdTakenError, MissingError
from api.store.changes import last_sequence
from api.store.contacts import add_contact, change_contact, list_contacts, remove_contact
from api.store.firms import (
    Change,
    all_ids,
    delete_firms,
    expect_version,
    find_firms,
    find_parts,
    get_firm,
    load_firms,
    owner_of,
    put_firms,
    refuse_present,
    versions_of,
)
from api.store.keys import Role, make_key
from api.store.requests import file_request, get_request
from api.store.tables import ChangeRow, FirmRow, NeedRow, OfferRow
from api.store.vectors import put_vectors, vectors_of
from matcher.domain import Firm, Need, Offer, load_chains
from matcher.engine.catalog import firm_digest
from matcher.errors import UnreadableTextError
from matcher.exchange import as_object, read_object
from tests.api.fakes import a_firm, some_firms
from tests.api.store.odd import catalogs, firms

ME = Change("b1", "me")
few = settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])


def put(database, *given, change=ME):
    with database.writing() as session:
        return put_firms(session, given, change, embedded=None)


def stored(database):
    with database.reading() as session:
        return {one.firm.id: one for one in load_firms(session)}


def clear(database):
    with database.writing() as session:
        delete_firms(session, all_ids(session), ME)


def count(session, table):
    return session.execute(select(func.count()).select_from(table)).scalar_one()


@few
@given(catalog=catalogs())
def test_what_is_put_is_what_is_loaded_to_the_letter(database, catalog):
    clear(database)
    put(database, *catalog)
    found = stored(database)
    assert [repr(found[firm.id].firm) for firm in catalog] == [repr(firm) for firm in catalog]
    assert len(found) == len(catalog)
    assert all(one.digest == firm_digest(one.firm) for one in found.values())


@few
@given(before=firms(id="f1"), after=firms(id="f1"))
def test_a_firm_that_is_put_again_is_replaced_wholly(database, before, after):
    clear(database)
    put(database, before)
    was = stored(database)["f1"]
    written = put(database, after)
    now = stored(database)["f1"]
    assert repr(now.firm) == repr(after)
    changed = firm_digest(before) != firm_digest(after)
    assert written == (["f1"] if changed else [])
    assert (now.version > was.version) == changed


def test_firms_that_did_not_change_leave_no_row_in_the_log(database):
    given = some_firms(5)
    assert put(database, *given) == [firm.id for firm in given]
    with database.reading() as session:
        before = last_sequence(session)
    assert put(database, *given) == []
    other = replace(given[2], description="อย่างอื่น")
    assert put(database, *given[:2], other, *given[3:]) == [other.id]
    with database.reading() as session:
        rows = session.execute(select(ChangeRow).where(col(ChangeRow.sequence) > before)).scalars().all()
    assert [(row.firm_id, row.kind, row.batch, row.by) for row in rows] == [(other.id, "put", "b1", "me")]


def test_each_log_row_holds_the_firm_as_it_was(database):
    one = a_firm("f1")
    put(database, one)
    put(database, replace(one, name_en="Silk"))
    with database.writing() as session:
        delete_firms(session, ["f1", "f1", "nobody"], Change("b2", "you"))
    with database.reading() as session:
        rows = session.execute(select(ChangeRow).order_by(col(ChangeRow.sequence))).scalars().all()
    assert [row.kind for row in rows] == ["put", "put", "delete"]
    assert [row.before for row in rows] == [None, as_object(one), as_object(replace(one, name_en="Silk"))]


def test_offers_and_needs_keep_their_order(database):
    offers = [Offer(f"f1/{name}", name) for name in ("z", "a", "m", "ก", "A")]
    needs = [Need(f"f1/n{name}", name) for name in ("z", "a", "m", "ก", "A")]
    for seed in range(4):
        random.Random(seed).shuffle(offers)
        random.Random(seed + 9).shuffle(needs)
        put(database, Firm("f1", "หนึ่ง", offers=tuple(offers), needs=tuple(needs)))
        found = stored(database)["f1"].firm
        assert (found.offers, found.needs) == (tuple(offers), tuple(needs))


@pytest.mark.parametrize("kind", ["offers", "needs"])
def test_an_id_of_another_firms_offer_or_need_is_refused_and_nothing_is_written(database, kind):
    part = {"offers": Offer, "needs": Need}[kind]
    one = Firm("f1", "หนึ่ง", **{kind: (part("x", "ผ้า"),)})
    other = Firm("f2", "สอง", **{kind: (part("x", "ไหม"),)})
    put(database, one)
    with pytest.raises(IdTakenError, match="'x'"):
        put(database, a_firm("f3"), other)
    assert stored(database).keys() == {"f1"}
    with pytest.raises(IdTakenError):
        put(database, Firm("f4", "สี่", **{kind: (part("y", "ผ้า"),)}), Firm("f5", "ห้า", **{kind: (part("y", "ผ้า"),)}))
    assert stored(database).keys() == {"f1"}


def test_an_offer_may_move_between_firms_that_are_put_together(database):
    one, two = Firm("f1", "หนึ่ง", offers=(Offer("x", "ผ้า"),)), Firm("f2", "สอง", offers=(Offer("y", "ไหม"),))
    put(database, one, two)
    one, two = replace(one, offers=two.offers), replace(two, offers=one.offers)
    put(database, one, two)
    assert [found.firm for found in stored(database).values()] == [one, two]
    put(database, replace(one, offers=()), replace(two, offers=two.offers + one.offers))
    assert [offer.id for offer in stored(database)["f2"].firm.offers] == ["x", "y"]


def test_versions_grow_and_a_stale_one_is_refused(database):
    one = a_firm("f1")
    put(database, one)
    first = stored(database)["f1"]
    put(database, replace(one, name_en="a"))
    second = stored(database)["f1"]
    assert second.version > first.version
    with database.reading() as session:
        assert second.version == last_sequence(session)
    expect_version(second, None)
    expect_version(second, second.version)
    with pytest.raises(ChangedMeanwhileError) as raised:
        expect_version(second, first.version)
    assert raised.value.found == second.version
    clear(database)
    put(database, one)
    assert stored(database)["f1"].version > second.version  # a firm that comes back is not taken for the old one


def test_missing_and_present_firms_are_named(database):
    put(database, a_firm("f1"))
    with database.reading() as session:
        with pytest.raises(MissingError, match="'nobody'"):
            get_firm(session, "nobody")
        with pytest.raises(IdTakenError, match="'f1'"):
            refuse_present(session, [a_firm("f2"), a_firm("f1")])
        with pytest.raises(MissingError):
            owner_of(session, OfferRow, "nothing")
        assert owner_of(session, OfferRow, "f1/o1") == owner_of(session, NeedRow, "f1/n1") == "f1"
        assert versions_of(session, ["f1", "nobody"]).keys() == {"f1"}


MATCH = {"firm": {"id": "gone"}, "score": 0.5}


def fill(database, encoder):
    """A firm with everything that hangs on it, beside one that stays; the id of a request of the other."""
    gone, stays = a_firm("gone"), a_firm("stays")
    given = {"owner": "k1", "key": None, "asked": {"text": "ผ้า"}, "model": "fake"}
    with database.writing() as session:
        put_firms(session, [gone, stays], ME, embedded="fake")
        put_vectors(session, [gone, stays], vectors_of(session, encoder, [gone, stays]), model="fake")
        for firm in (gone, stays):
            add_contact(session, {"firm_id": firm.id, "name": f"คุณสมหญิง {firm.id}", "phone": f"081-234 {firm.id}"})
            make_key(session, role=Role.FIRM, name=f"ของ {firm.id}", pepper=b"p", firm_id=firm.id)
        answer = {"fingerprint": "fp", "matches": [MATCH, {"firm": {"id": "stays"}}], "near": [MATCH]}
        file_request(session, firm_id="gone", answer=answer, **given)
        return file_request(session, firm_id="stays", answer=answer, **given).row.id


def test_deleting_a_firm_takes_all_that_is_its_own(database, fake_encoder):
    request = fill(database, fake_encoder)
    with database.writing() as session:
        assert delete_firms(session, ["gone"], ME) == ["gone"]
    with database.reading() as session:
        filled = set()
        for table in SQLModel.metadata.tables.values():
            if "firm_id" in table.c and table.name != "change":
                owners = set(session.execute(select(table.c.firm_id)).scalars())
                assert "gone" not in owners, table.name
                filled |= {table.name} if "stays" in owners else set()
        assert filled >= {"certificate", "position", "offer", "need", "vector", "contact", "match_result", "api_key"}
        assert count(session, SQLModel.metadata.tables["match_request"]) == 1
        filed = get_request(session, request)
        assert ([match["firm"]["id"] for match in filed.matches], filed.near) == (["stays"], ())


def test_personal_data_of_a_deleted_firm_are_nowhere_in_the_file(sqlite_url, fake_encoder, data_dir):
    """Its profile stays in the log, so that the deletion can be taken back; people never do."""
    from api.store.database import Database

    database = Database(sqlite_url)
    fill(database, fake_encoder)
    with database.writing() as session:
        delete_firms(session, ["gone"], ME)
        kept = list_contacts(session, "stays")[0].id
        change_contact(session, kept, {"name": "คุณคนใหม่"})
        other = add_contact(session, {"firm_id": "stays", "name": "คุณลบทิ้ง"})
        session.flush()
        remove_contact(session, other.id)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    said = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
    for text_ in ("คุณสมหญิง gone", "081-234 gone", "ของ gone", "คุณสมหญิง stays", "คุณลบทิ้ง"):
        assert text_.encode() not in said, text_
    for text_ in ("คุณคนใหม่", "081-234 stays", "ของ stays"):
        assert text_.encode() in said, text_


@pytest.mark.parametrize("limit", [1, 3, 7, 1_000])
def test_pages_of_firms_offers_and_needs_cover_all_exactly_once(database, limit):
    ids = ["a", "B", "b-1", "b1", "A", "Z", "é", "e", "ก", "ข/1", "ข1", "๑", "1", "10", "2", "_x", "'x", "%", "zz"]
    given = [a_firm(id) for id in ids]
    put(database, *given)
    with database.reading() as session:
        found = pages(lambda after: [one.firm.id for one in find_firms(session, after=after, limit=limit)])
        assert found == [one.firm.id for one in load_firms(session)]
        assert sorted(found) == sorted(ids)
        for table, letter in ((OfferRow, "o"), (NeedRow, "n")):
            found = pages(lambda after: [part.id for part, _ in find_parts(session, table, after=after, limit=limit)])  # noqa: B023
            assert sorted(found) == sorted(f"{id}/{letter}1" for id in ids)


def pages(page):
    found = []
    while more := page(found[-1] if found else ""):
        found += more
    return found


def test_a_page_larger_than_one_question_still_covers_all_exactly_once(database):
    ids = [f"{letter}{number}" for number in range(300) for letter in "aBcé"]
    put(database, *(Firm(id, id) for id in ids))
    with database.reading() as session:
        found = pages(lambda after: [one.firm.id for one in find_firms(session, after=after, limit=700)])
        assert Counter(found) == Counter(ids)
        assert [one.firm.id for one in find_firms(session, after="", limit=9_999)] == found


def test_firms_and_parts_are_found_by_cluster_province_and_owner(database):
    silk, fish = a_firm("silk"), replace(a_firm("fish"), province_th="นครปฐม", positions=(), offers=(), needs=())
    fish = replace(
        fish, needs=(Need("fish/n1", "ขวดโหล", cluster="betta"), Need("fish/n2", "ผ้าคลุม", cluster="thai_textile"))
    )
    put(database, silk, fish)
    with database.reading() as session:

        def ids(**filters):
            return [one.firm.id for one in find_firms(session, after="", limit=9, **filters)]

        assert ids(cluster="thai_textile") == ["fish", "silk"]
        assert ids(cluster="betta") == ["fish"]
        assert ids(cluster="thai_textile", province="ขอนแก่น") == ["silk"]
        assert ids(province="ระนอง") == []
        needs = find_parts(session, NeedRow, after="", limit=9, firm_id="fish", cluster="betta")
        assert [(need, owner) for need, owner in needs] == [(fish.needs[0], "fish")]


UNREADABLE = ["\0", "ผ้า\0ไหม", "\ud800", "half \udfff"]


@pytest.mark.parametrize("text_", UNREADABLE)
def test_nul_and_half_characters_never_reach_a_database(database, text_):
    for firm in (replace(a_firm("f1"), description=text_), replace(a_firm("f1"), id=text_), a_firm("f1", said=text_)):
        with pytest.raises(UnreadableTextError, match="remove it"):
            put(database, firm)
    put(database, a_firm("f1"))
    with pytest.raises(UnreadableTextError), database.writing() as session:
        add_contact(session, {"firm_id": "f1", "name": text_})
    with pytest.raises(UnreadableTextError), database.writing() as session:
        make_key(session, role=Role.READER, name=text_, pepper=b"p")
    with pytest.raises(UnreadableTextError), database.reading() as session:
        get_firm(session, text_)
    with pytest.raises(UnreadableTextError), database.reading() as session:
        find_firms(session, after=text_, limit=1, province=text_)
    assert stored(database)["f1"].firm == a_firm("f1")


@pytest.mark.parametrize("text_", UNREADABLE)
def test_nul_and_half_characters_in_a_profile_are_problems_of_their_field(text_):
    found = read_object({**as_object(a_firm("f1")), "description": text_}, name="request", chains=load_chains())
    assert [problem.column for problem in found.problems] == ["description"]
    assert found.firms == ()


@few
@given(long=st.text("กa1-", min_size=1, max_size=80), needs=st.integers(1, 3))
@example(long="ก" * 80, needs=3)
def test_every_profile_that_is_read_can_be_stored(database, long, needs):
    """What the rules of the exchange let in, both databases take: ids of 80 characters with parts of their own too."""
    clear(database)
    data = {"id": long, "name_th": long * 30, "offers": [{"text": "ผ้า"}], "needs": [{"text": "ไหม"}] * needs}
    found = read_object(data, name="request", chains=load_chains()).firms
    put(database, *found)
    assert [one.firm for one in stored(database).values()] == list(found)


def test_a_row_that_is_deleted_leaves_no_orphans_whatever_deletes_it(database, fake_encoder):
    fill(database, fake_encoder)
    with database.writing() as session:
        session.execute(text("DELETE FROM firm WHERE id = 'gone'"))
    with database.reading() as session:
        assert set(session.execute(select(OfferRow.firm_id)).scalars()) == {"stays"}
        assert session.get(FirmRow, "gone") is None
