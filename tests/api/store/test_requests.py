from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.errors import BadCursorError, MissingError, ReusedKeyError
from api.store.firms import Change, delete_firms, put_firms
from api.store.keys import Caller, Role
from api.store.requests import already_filed, asked_digest, file_request, find_requests, get_request, may_read
from tests.api.fakes import some_firms

ASKED = {"text": "ผ้าไหม", "limit": 3}


def answer(*matches, near=()):
    shape = {"fingerprint": "fp", "good": True, "query": "ผ้าไหม"}
    return shape | {
        "matches": [{"firm": {"id": id}, "score": 0.25} for id in matches],
        "near": [{"firm": {"id": id}, "score": 0.125} for id in near],
    }


@pytest.fixture
def filled(database):
    with database.writing() as session:
        put_firms(session, some_firms(4), Change("b", "me"), embedded=None)
    return database


def file(database, found, **options):
    given = {"owner": "k1", "firm_id": None, "key": None, "asked": ASKED, "answer": found, "model": "fake"} | options
    with database.writing() as session:
        return file_request(session, **given)


def test_what_is_filed_is_read_again_in_its_order(filled):
    given = answer("f002", "f000", "gone", "f001", near=["f003", "f000"])
    filed = file(filled, given, firm_id="f001")
    with filled.reading() as session:
        found = get_request(session, filed.row.id)
    for one in (filed, found):
        assert [match["firm"]["id"] for match in one.matches] == ["f002", "f000", "f001"]
        assert [match["firm"]["id"] for match in one.near] == ["f003", "f000"]
        assert one.row.asked == ASKED
        assert one.row.answer == {"fingerprint": "fp", "good": True, "query": "ผ้าไหม"}
    assert (found.row.index_fingerprint, found.row.model_fingerprint, found.row.firm_id) == ("fp", "fake", "f001")
    assert found.row.at == filed.row.at


def test_the_same_idempotency_key_gives_the_same_request_and_only_for_the_same_brief(filled):
    first = file(filled, answer("f000"), key="once")
    assert file(filled, answer("f001"), key="once").row.id == first.row.id
    assert file(filled, answer("f001"), key="once", owner="k2").row.id != first.row.id
    assert file(filled, answer("f001")).row.id != first.row.id
    with pytest.raises(ReusedKeyError, match="'once'"):
        file(filled, answer("f000"), key="once", asked=ASKED | {"limit": 4})
    with filled.reading() as session:
        assert already_filed(session, owner="k1", key=None, asked=ASKED) is None
        assert already_filed(session, owner="k3", key="once", asked=ASKED) is None
        assert already_filed(session, owner="k1", key="once", asked=ASKED).row.id == first.row.id
    assert asked_digest({"a": 1, "b": "ก"}) == asked_digest({"b": "ก", "a": 1})


def test_many_at_once_with_one_idempotency_key_file_one_request(filled):
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: file(filled, answer("f000"), key="once").row.id, range(16)))
    assert len(ids) == 1


def test_a_request_for_a_firm_that_went_meanwhile_is_refused(filled):
    with filled.writing() as session:
        delete_firms(session, ["f001"], Change("b2", "me"))
    with pytest.raises(MissingError, match="'f001'"):
        file(filled, answer("f000"), firm_id="f001")


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_requests_cover_all_exactly_once_newest_first(filled, limit):
    ids = [file(filled, answer("f000"), owner=f"k{number % 2}").row.id for number in range(10)]

    def pages(owner):
        caller = Caller(owner or "boss", Role.READER if owner else Role.ORGANISER, None, "")
        found = []
        with filled.reading() as session:
            while more := find_requests(session, caller=caller, after=found[-1] if found else "", limit=limit):
                found += [one.row.id for one in more]
        return found

    assert pages(None) == ids[::-1]
    assert pages("k1") == ids[::-1][::2]
    assert pages("nobody") == []


def test_a_firm_reads_what_any_of_its_keys_filed_for_it(filled):
    first = file(filled, answer("f000"), owner="k1", firm_id="f001").row
    file(filled, answer("f000"), owner="k2", firm_id="f002")
    renewed = Caller("k9", Role.FIRM, "f001", "")
    with filled.reading() as session:
        assert [one.row.id for one in find_requests(session, caller=renewed, after="", limit=9)] == [first.id]
        assert may_read(renewed, get_request(session, first.id).row)
        assert not may_read(Caller("k9", Role.FIRM, "f003", ""), get_request(session, first.id).row)


def test_unknown_requests_and_cursors_are_named(filled):
    with filled.reading() as session:
        with pytest.raises(MissingError, match="'m404'"):
            get_request(session, "m404")
        with pytest.raises(BadCursorError):
            find_requests(session, caller=Caller("boss", Role.ORGANISER, None, ""), after="m404", limit=1)
