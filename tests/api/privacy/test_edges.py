"""Erasures at the edges: sole traders at fairs, names in names, ids that name somebody, a reader in the way."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlmodel import delete, select

from api.backup.restoring import put_in_place
from api.backup.taking import copy_database
from api.fairs.clock import keep_privacy
from api.pages.privacy_pages import _shown
from api.pages.rendering import Speech
from api.privacy.compacting import mark_beside
from api.privacy.erasing import Eraser
from api.privacy.holding import held_on
from api.privacy.people import Asked, find_person
from api.privacy.traces import GONE, Traces, plain_name
from api.settings import Settings
from api.store.contacts import add_contact
from api.store.database import open_database
from api.store.fair_tables import FairRow, ParticipantRow, TimetableRow
from api.store.firms import Change, load_firms, put_firms
from api.store.outbox import queue
from api.store.outbox_tables import Message, Recipient
from api.store.tables import ChangeRow, ContactRow, now
from matcher.engine import Sentence
from matcher.exchange import as_object
from tests.api.fairs.small import deliveries
from tests.api.fakes import a_firm

EMAIL = "somchai@example.com"


@pytest.fixture
def settings(data_dir, database_url):
    return Settings(data_dir=data_dir, database_url=database_url, _env_file=None)


@pytest.fixture
def eraser(settings, database):
    return Eraser(settings, database)


def put(database, *firms):
    with database.writing() as session:
        put_firms(session, firms, Change("b", "me"), embedded=None)


def meet(database, firm_id, *, fair="a", delegates=(), address=None):
    """A firm comes to a fair."""
    with database.writing() as session:
        if session.get(FairRow, fair) is None:
            sessions = [{"id": "am", "day": "2027-02-04", "times": []}]
            session.add(
                FairRow(id=fair, name_th=fair, name_en=fair, sessions=sessions, tables=1, rules={}, made_at=now())
            )
            session.flush()
        own = {"available": None, "min_meetings": 0, "max_meetings": 5, "languages": ["th"], "side": "a"}
        session.add(ParticipantRow(fair_id=fair, firm_id=firm_id, delegates=list(delegates), address=address, **own))


def know(database, **contact):
    with database.writing() as session:
        return add_contact(session, contact).id


def test_a_sole_trader_who_comes_to_a_fair_is_erased(eraser, database):
    put(database, a_firm("f1"))
    know(database, firm_id="f1", name="สมชาย ใจดี", email=EMAIL)
    meet(database, "f1", delegates=["สมชาย ใจดี"], address=EMAIL)
    eraser.erase(Asked(firm_id="f1"), by="k")
    with database.reading() as session:
        assert list(load_firms(session)) == []
        assert session.execute(select(ParticipantRow)).all() == []
    assert eraser.erase_again(by="clock") == []


def test_an_erasure_that_fails_keeps_no_other_one(eraser, database, monkeypatch, caplog):
    put(database, a_firm("f1"))
    for name, email in (("สมชาย ใจดี", EMAIL), ("มาลี มีสุข", "malee@example.com")):
        know(database, firm_id="f1", name=name, email=email)
    real = Eraser._carry_out
    with monkeypatch.context() as patch:
        patch.setattr(Eraser, "_carry_out", lambda *_, **__: (_ for _ in ()).throw(RuntimeError))
        for email in (EMAIL, "malee@example.com"):
            with pytest.raises(RuntimeError):
                eraser.erase(Asked(email=email), by="k")
    first = eraser.ledger.read()[0].id

    def carry_out(self, erasure, person, *, by):
        if erasure.id == first:
            raise RuntimeError
        return real(self, erasure, person, by=by)

    with monkeypatch.context() as patch:
        patch.setattr(Eraser, "_carry_out", carry_out)
        assert len(eraser.erase_again(by="clock")) == 1
    assert first in caplog.text
    assert [one.id for one in eraser.erase_again(by="clock")] == [first]


def test_what_a_reader_kept_in_the_files_goes_once_nobody_reads(settings, sqlite_url, monkeypatch):
    monkeypatch.setattr(
        "api.store.database._PRAGMAS", {"journal_mode": "WAL", "busy_timeout": 50, "foreign_keys": "ON"}
    )
    settings = settings.model_copy(update={"database_url": sqlite_url})
    database = open_database(sqlite_url)
    path = Path(database.url.database)
    put(database, a_firm("f1"))
    know(database, firm_id="f1", name="สมชาย ใจดี", email=EMAIL)
    database.compact()

    def held():
        return any(EMAIL.encode() in one.read_bytes() for one in path.parent.glob(f"{path.name}*"))

    with closing(sqlite.connect(str(path), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contact").fetchone()
        with pytest.raises(sqlite.OperationalError):
            database.compact()
        assert not Eraser(settings, database).erase(Asked(email=EMAIL), by="k").compacted
        keep_privacy(settings, database)
        assert held()
    keep_privacy(settings, database)
    assert not held()
    assert not mark_beside(path).exists()
    database.close()


def test_what_a_reader_kept_of_a_database_that_was_replaced_goes_later(settings, sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setattr("api.backup.restoring.cut_log", lambda _: (_ for _ in ()).throw(sqlite.OperationalError))
    database = open_database(sqlite_url)
    path = Path(database.url.database)
    copy_database(path, tmp_path / "copy")
    put_in_place(tmp_path / "copy", path)
    assert mark_beside(path).exists()
    keep_privacy(settings.model_copy(update={"database_url": sqlite_url}), database)
    assert not mark_beside(path).exists()
    database.close()


TOUCHED = (f"อีเมล{EMAIL}", f"{EMAIL}หรือโทร", "ไลน์ somchai99ครับ", "แอดไลน์somchai99")


@pytest.mark.parametrize("text", TOUCHED)
def test_an_address_that_thai_letters_touch_is_found(text):
    traces = Traces(emails=frozenset({EMAIL}), lines=frozenset({"somchai99"}))
    assert traces.without(text) == text.replace(EMAIL, GONE).replace("somchai99", GONE)


@pytest.mark.parametrize("text", [f"x{EMAIL}", f"{EMAIL}x", "somchai999", "@somchai99", "a.somchai99"])
def test_a_longer_address_is_another_one(text):
    traces = Traces(emails=frozenset({EMAIL}), lines=frozenset({"somchai99"}))
    assert traces.without(text) == text


def test_an_address_that_thai_letters_touch_is_known_again(eraser, database):
    put(database, a_firm("f1"))
    know(database, firm_id="f1", name="สมชาย ใจดี", email=EMAIL, line_id="somchai99")
    with database.reading() as session:
        line = eraser.ledger.new(find_person(session, Asked(email=EMAIL)))
    with database.writing() as session:
        session.execute(delete(ContactRow))
    put(database, replace(a_firm("f1"), description=" ".join(TOUCHED)))
    eraser.ledger.write(line)
    eraser.erase_again(by="clock")
    with database.reading() as session:
        (firm,) = load_firms(session)
    assert "somchai" not in firm.firm.description


@pytest.mark.parametrize("offer", ["0812345678/o1", "o1"])
def test_ids_that_are_somebodys_phone_stay(eraser, database, offer):
    id = "0812345678"
    firm = a_firm(id)
    firm = replace(firm, description="โทร 081-234-5678", offers=(replace(firm.offers[0], id=offer),))
    put(database, replace(firm, description="before"))
    put(database, firm, a_firm("f2"))
    know(database, firm_id=id, name="สมชาย ใจดี", phone="081-234-5678")
    for one in (id, "f2"):
        meet(database, one)
    with database.writing() as session:
        why, made_of = {"th": "โทร 0812345678", "en": ""}, {"of": {id: 1}}
        row = TimetableRow(fair_id="a", number=1, by="k", at=now(), why=why, places=[[id, "f2", 0, 0]], made_of=made_of)
        session.add(row)
    erased = eraser.erase(Asked(phone="081 234 5678"), by="k")
    with database.reading() as session:
        firms = {one.firm.id: one.firm for one in load_firms(session)}
        assert set(firms) == {id, "f2"}
        assert (firms[id].description, [one.id for one in firms[id].offers]) == (f"โทร {GONE}", [offer])
        row = session.get(TimetableRow, ("a", 1))
        assert (row.places, row.made_of) == ([[id, "f2", 0, 0]], {"of": {id: 1}})
        assert row.why == {"th": f"โทร {GONE}", "en": ""}
        former = session.execute(select(ChangeRow.before)).scalars().all()
        assert [(one["id"], one["description"], one["offers"][0]["id"]) for one in former if one] == [
            (id, "before", offer), (id, f"โทร {GONE}", offer)
        ]  # fmt: skip
    assert {"firm.id", "change.before", "timetable.places"} <= set(erased.left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Drew Smith", GONE),
        ("พบDrew Smithที่งาน", f"พบ{GONE}ที่งาน"),
        ("cv_Drew Smith_2.pdf", f"cv_{GONE}_2.pdf"),
        ("Dr. Drew Smith", f"Dr. {GONE}"),
        ("Andrew Smithson", "Andrew Smithson"),
        ("Drew Smithé", "Drew Smithé"),
    ],
)
def test_a_latin_name_inside_of_longer_words_is_another_one(text, left):
    assert Traces(names=frozenset({"Drew Smith"})).without(text) == left


def test_a_title_is_a_word_of_its_own():
    said = ("Drew Smith", "Dr Drew Smith", "Dr.Drew Smith", "MS. Ann Lee", "Missy Lee", "Khunมาลี")
    assert [*map(plain_name, said)] == ["drew smith", "drew smith", "drew smith", "ann lee", "missy lee", "มาลี"]
    assert plain_name("นายสมชาย ใจดี") == "สมชาย ใจดี"


def test_somebody_whose_name_holds_the_erased_name_stays(eraser, database):
    put(database, a_firm("f1"))
    know(database, firm_id="f1", name="ชาย ใจดี", email=EMAIL)
    know(database, firm_id="f1", name="นายสมชาย ใจดี", email="other@example.com")
    know(database, firm_id="f1", name=f"ชาย ใจดี {EMAIL}")
    meet(database, "f1", delegates=["สมชาย ใจดี", "ชาย ใจดี", "คุณชาย ใจดี (เจ้าของ)"])
    put(database, replace(a_firm("f1"), description="พบคุณชาย ใจดี"))
    eraser.erase(Asked(email=EMAIL), by="k")
    with database.reading() as session:
        names = session.execute(select(ContactRow.name).order_by(ContactRow.name)).scalars().all()
        assert names == [f"{GONE} {GONE}", "นายสมชาย ใจดี"]
        assert session.execute(select(ParticipantRow.delegates)).scalars().all() == [["สมชาย ใจดี"]]
        assert [one.firm.description for one in load_firms(session)] == [f"พบคุณ{GONE}"]


def test_what_is_sent_to_colleagues_still_goes_out(eraser, database):
    put(database, a_firm("f1"))
    meet(database, "f1", fair="a", address=EMAIL.title())
    meet(database, "f1", fair="b", address="malee@example.com")
    with database.writing() as session:
        to = tuple(Recipient("f1", one) for one in (EMAIL.title(), "malee@example.com"))
        queue(session, Message("t", "m1", to=to, title=Sentence("ก", "a"), body=Sentence("ข", "b")))
    eraser.erase(Asked(email=EMAIL), by="k")
    said = [(row.state, row.address, row.body) for row in deliveries(database)]
    assert said == [("failed", None, None), ("waiting", "malee@example.com", "ข")]


def test_a_firm_that_is_a_person_is_held_whole(settings, database):
    put(database, a_firm("f1", said="ผ้าทอ"))
    with database.reading() as session:
        person = find_person(session, Asked(firm_id="f1"))
        (firm,) = (one for one in held_on(session, settings, person) if one["name"] == "firms")
    assert firm["rows"] == [as_object(a_firm("f1", said="ผ้าทอ"))]
    assert set(firm["title"]) == {"th", "en"}


def test_a_firm_that_is_a_person_is_shown_in_words():
    told = replace(a_firm("f1", said="ผ้าทอ"), juristic_id="0105550000001")
    for language in ("th", "en"):
        speech = Speech(language)
        shown = dict(_shown(as_object(told), speech))
        assert "ผ้าทอ" in shown["offers"]
        assert "{" not in shown["offers"]
        assert all(speech(f"held_{name}") for name in as_object(told))
