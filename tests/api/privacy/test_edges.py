"""Erasures at the edges: sole traders at fairs, names in names, ids that name somebody, a reader in the way."""

from __future__ import annotations

import pytest
from sqlmodel import select

from api.privacy.erasing import Eraser
from api.privacy.people import Asked
from api.settings import Settings
from api.store.contacts import add_contact
from api.store.fair_tables import FairRow, ParticipantRow
from api.store.firms import Change, load_firms, put_firms
from api.store.tables import now
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
