from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.errors import MissingError, NotSignedInError
from api.store.database import Database
from api.store.firms import Change, delete_firms, put_firms
from api.store.keys import (
    Caller,
    Role,
    caller_by_id,
    caller_of,
    list_keys,
    make_key,
    read_pepper,
    revoke_key,
    rotate_key,
)
from api.store.tables import KeyRow, now
from tests.api.fakes import a_firm

PEPPER = b"pepper"


def new_key(database, **options):
    with database.writing() as session:
        made = make_key(session, **{"role": Role.ORGANISER, "name": "ผู้จัดงาน", "pepper": PEPPER} | options)
        return made.row.id, made.text


def who(database, text, pepper=PEPPER):
    with database.reading() as session:
        return caller_of(session, text, pepper=pepper)


def test_a_key_says_who_calls(database):
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b", "me"), embedded=None)
    id, text = new_key(database)
    assert who(database, text) == Caller(id, Role.ORGANISER, None, "ผู้จัดงาน")
    own, own_text = new_key(database, role=Role.FIRM, firm_id="f1", name="ของเรา")
    assert who(database, own_text) == Caller(own, Role.FIRM, "f1", "ของเรา")
    reader, reader_text = new_key(database, role=Role.READER, firm_id="f1")
    assert who(database, reader_text).firm_id is None
    assert text.partition(".")[0] == id
    assert len(text.partition(".")[2]) >= 22  # 128 bits
    with database.reading() as session:
        assert {row.id for row in list_keys(session)} == {id, own, reader}
        mark = caller_of(session, own_text, pepper=PEPPER).mark
        assert caller_by_id(session, own, mark=mark).firm_id == "f1"
        for other in ("", mark[:-1], caller_of(session, text, pepper=PEPPER).mark, "\ud800"):
            with pytest.raises(NotSignedInError):
                caller_by_id(session, own, mark=other)
    assert mark not in repr(who(database, own_text))


def test_every_key_that_is_no_good_is_refused_alike(database):
    id, text = new_key(database)
    ended, ended_text = new_key(database)
    mark = who(database, ended_text).mark
    old, old_text = new_key(database, expires_at=now() - timedelta(seconds=1))
    assert who(database, new_key(database, expires_at=now() + timedelta(hours=1))[1])
    with database.writing() as session:
        revoke_key(session, ended)
    said = set()
    secret = text.partition(".")[2]
    wrong = ["", ".", "nobody.secret", id, f"{id}.", f"{id}.wrong", f"{id}.\ud800", "ก.ข", text.upper()]
    wrong += [f"{id}.{secret}x", f"{id}.{secret[:-1]}", f".{secret}", f"{id}x.{secret}", f"{id * 9}.{secret}"]
    wrong += [f"{ended}.{secret}", ended_text, old_text]
    for one in wrong:
        with pytest.raises(NotSignedInError) as raised:
            who(database, one)
        said.add((str(raised.value), raised.value.th, raised.value.field))
    with pytest.raises(NotSignedInError) as raised:
        who(database, text, pepper=b"another")
    said.add((str(raised.value), raised.value.th, raised.value.field))
    assert len(said) == 1
    with database.reading() as session:
        for one in (ended, old, "nobody"):
            with pytest.raises(NotSignedInError):
                caller_by_id(session, one, mark=mark)
    assert who(database, text)


def test_ending_a_key_twice_keeps_the_moment_and_ending_none_is_missing(database):
    id, _ = new_key(database)
    moments = set()
    for _ in range(2):
        with database.writing() as session:
            revoke_key(session, id)
        with database.reading() as session:
            moments |= {row.revoked_at for row in list_keys(session)}
    assert len(moments) == 1
    with pytest.raises(MissingError, match="'nobody'"), database.writing() as session:
        revoke_key(session, "nobody")


def test_a_firms_key_needs_a_firm_and_goes_with_it(database):
    for firm_id in (None, "nobody"):
        with pytest.raises(MissingError):
            new_key(database, role=Role.FIRM, firm_id=firm_id)
    with database.writing() as session:
        put_firms(session, [a_firm("f1")], Change("b", "me"), embedded=None)
    _, text = new_key(database, role=Role.FIRM, firm_id="f1")
    with database.writing() as session:
        delete_firms(session, ["f1"], Change("b", "me"))
    with pytest.raises(NotSignedInError):
        who(database, text)


def test_no_file_holds_the_secret(sqlite_url, data_dir):
    database = Database(sqlite_url)
    keys = [new_key(database)[1] for _ in range(3)]
    database.close()
    said = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
    for text in keys:
        id, _, secret = text.partition(".")
        assert id.encode() in said
        assert secret.encode() not in said
        assert PEPPER not in said


def test_the_pepper_is_made_once_and_only_the_owner_reads_it(data_dir):
    path = data_dir / "deep" / "pepper"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_pepper(path), range(16)))
    assert found == {path.read_bytes()}
    assert len(path.read_bytes()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_pepper(data_dir / "other") not in found


def rotate(database, id, **options):
    with database.writing() as session:
        return rotate_key(session, id, pepper=PEPPER, **options).text


def opens(database, text):
    try:
        return bool(who(database, text))
    except NotSignedInError:
        return False


def test_after_a_rotation_both_secrets_open_for_a_while_and_then_the_new_one_alone(database):
    id, first = new_key(database)
    mark = who(database, first).mark
    second = rotate(database, id)
    assert second.partition(".")[0] == id
    assert [opens(database, one) for one in (first, second)] == [True, True]
    with database.reading() as session:
        assert caller_by_id(session, id, mark=mark).id == id
    with database.writing() as session:
        session.get_one(KeyRow, id).former_until = now() - timedelta(seconds=1)
    assert [opens(database, one) for one in (first, second)] == [False, True]
    with database.reading() as session, pytest.raises(NotSignedInError):
        caller_by_id(session, id, mark=mark)  # sessions of the former secret end with it


def test_only_the_last_two_secrets_open_and_an_overlap_of_nothing_ends_the_former_at_once(database):
    id, first = new_key(database)
    second = rotate(database, id)
    third = rotate(database, id)
    assert [opens(database, one) for one in (first, second, third)] == [False, True, True]
    fourth = rotate(database, id, both_for=timedelta(0))
    assert [opens(database, one) for one in (second, third, fourth)] == [False, False, True]


def test_a_key_that_has_ended_is_not_rotated_and_rotating_brings_none_back(database):
    ended, text = new_key(database)
    old, _ = new_key(database, expires_at=now() - timedelta(seconds=1))
    with database.writing() as session:
        revoke_key(session, ended)
    for id in (ended, old, "nobody"):
        with pytest.raises(MissingError):
            rotate(database, id)
    live, former = new_key(database)
    newest = rotate(database, live)
    with database.writing() as session:
        revoke_key(session, live)
    assert not any(opens(database, one) for one in (text, former, newest))
