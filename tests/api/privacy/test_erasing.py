"""The drill: somebody who stood everywhere is erased, and no file of the data directory knows them any more."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from api.errors import MissingError, NobodyError
from api.privacy.erasing import Eraser
from api.privacy.people import Asked
from api.settings import Settings
from api.store.contacts import get_contact, list_contacts
from api.store.database import Database
from api.store.fair_tables import ParticipantRow
from api.store.firms import load_firms
from api.store.keys import read_pepper
from matcher.engine.catalog import firm_digest
from tests.api.fairs.small import ID, deliveries
from tests.api.privacy.planted import EMAIL, NAME, OTHER_EMAIL, OTHER_NAME, PHONE, SOUGHT, found_anywhere, planted


@pytest.fixture
def settings(data_dir, database_url):
    return Settings(data_dir=data_dir, database_url=database_url, _env_file=None)


@pytest.fixture
def there(settings, database, fake_encoder):
    """The person, everywhere."""
    read_pepper(settings.pepper_path)
    return planted(settings, database, fake_encoder)


def rows_naming(database, sought=SOUGHT):
    """Tables in which any of these stands, told by the rows as text."""
    with database.reading() as session:
        return {
            name: one
            for name in SQLModel.metadata.tables
            for row in session.execute(text(f'SELECT * FROM "{name}"'))
            for one in sought
            if one in str(tuple(row))
        }


def test_before_the_drill_the_person_stands_everywhere(there):
    assert set(rows_naming(there.database)) >= {
        "contact", "participant", "meeting", "outcome", "firm", "offer", "change", "outbox_delivery", "match_request",
        "job", "api_key",
    }  # fmt: skip
    places = "\n".join(found_anywhere(there.settings.data_dir))
    for name in ("j1-upload.xlsx", "registration-1.xlsx", "j2-rejected.csv", "j5-", "organiser.xlsx", "files.zip"):
        assert name in places
    if there.database.is_sqlite:
        assert "khukha.sqlite" in places


@pytest.mark.parametrize("by", ["contact", "email", "phone", "name"])
def test_whoever_is_erased_stands_in_no_file_and_no_row(there, by):
    asked = {
        "contact": Asked(contact_id=there.contact),
        "email": Asked(email=EMAIL.upper()),
        "phone": Asked(phone="+66819732046"),
        "name": Asked(name=f"น.ส. {NAME}"),
    }[by]
    erased = Eraser(there.settings, there.database).erase(asked, by="k1")
    assert rows_naming(there.database) == {}
    assert found_anywhere(there.settings.data_dir) == []
    assert erased.person.contacts == (there.contact,)
    assert erased.left == ()
    there.live().open()  # built anew from what is left
    assert found_anywhere(there.settings.data_dir) == []
    asked_for = there.encoder.asked[-20:]
    assert not [one for _, one in asked_for if NAME in one or EMAIL in one.lower()]


def test_everybody_else_stays(there):
    Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    with there.database.reading() as session:
        assert [one.name for one in list_contacts(session, "f000")] == [OTHER_NAME]
        assert session.get(ParticipantRow, (ID, "f000")).delegates == [OTHER_NAME]
        assert session.get(ParticipantRow, (ID, "f001")).address == OTHER_EMAIL
        firms = list(load_firms(session))
        assert all(one.digest == firm_digest(one.firm) for one in firms)
        assert "ผ้าไหม" in firms[1].firm.offers[0].text
    assert (there.settings.files_dir / "j4-catalog.csv").is_file()
    assert (there.settings.files_dir / "fairs" / ID / "v1" / "organiser.xlsx").is_file(), "written anew"


def test_nothing_more_is_sent_to_them(there):
    Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    own = [row for row in deliveries(there.database) if row.firm_id == "f000"]
    assert own
    assert {(row.state, row.address, row.body, row.shown) for row in own} == {("failed", None, None, "–")}


def test_a_phone_that_others_share_stays_with_them(there):
    with there.database.writing() as session:
        get_contact(session, there.other).phone = PHONE
    erased = Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    assert erased.kept == (PHONE,)
    with there.database.reading() as session:
        assert get_contact(session, there.other).phone == PHONE


def test_somebody_nobody_knows_is_said_to_be_unknown(there):
    eraser = Eraser(there.settings, there.database)
    with pytest.raises(NobodyError):
        eraser.erase(Asked(email="nobody@nowhere.example"), by="k1")
    with pytest.raises(MissingError):
        eraser.erase(Asked(contact_id="c0"), by="k1")
    assert not there.settings.erased_path.exists()


def test_a_sole_trader_is_erased_as_a_firm(there):
    name = "กลุ่ม f003"
    Eraser(there.settings, there.database).erase(Asked(firm_id="f003"), by="k1")
    assert rows_naming(there.database, (name,)) == {}
    assert found_anywhere(there.settings.data_dir, (name,)) == []


def test_an_erasure_that_broke_off_after_its_first_line_is_finished_later(there, monkeypatch):
    eraser = Eraser(there.settings, there.database)
    with monkeypatch.context() as patch:
        patch.setattr("api.privacy.erasing.scrub", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            eraser.erase(Asked(contact_id=there.contact), by="k1")
    assert rows_naming(there.database)
    assert len(eraser.erase_again(by="clock")) == 1
    assert rows_naming(there.database) == {}
    assert found_anywhere(there.settings.data_dir) == []
    assert eraser.erase_again(by="clock") == []


def test_a_database_from_before_is_erased_again_by_hashes_alone(there, tmp_path):
    if not there.database.is_sqlite:
        pytest.skip("the file of a database is copied here; PostgreSQL has its own ways")
    path = there.settings.data_dir / "khukha.sqlite"
    there.database.compact()
    kept = path.read_bytes()
    Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    there.database.close()
    assert NAME.encode() in kept
    path.write_bytes(kept)
    restored = Database(there.settings.database)
    assert rows_naming(restored)
    eraser = Eraser(there.settings, restored)
    assert len(eraser.erase_again(by="clock")) == 1
    assert rows_naming(restored) == {}
    assert found_anywhere(there.settings.data_dir) == []
    restored.close()


def test_a_restored_database_without_the_contact_is_searched_by_hashes_too(there):
    eraser = Eraser(there.settings, there.database)
    line = eraser.ledger.new(_person(there))
    with there.database.writing() as session:
        session.execute(text("DELETE FROM contact"))
        session.execute(text("UPDATE participant SET delegates = '[]', address = NULL"))
    assert {"firm", "change", "meeting"} <= set(rows_naming(there.database))
    eraser.ledger.write(line)
    eraser.erase_again(by="clock")
    assert rows_naming(there.database) == {}


def _person(there):
    from api.privacy.people import find_person

    with there.database.reading() as session:
        return find_person(session, Asked(contact_id=there.contact))


def test_the_ledger_names_nobody(there):
    Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    said = there.settings.erased_path.read_text()
    assert there.contact in said
    assert not [one for one in SOUGHT if one in said]
    with there.database.reading() as session:
        kept = str(session.execute(text("SELECT marks FROM erasure")).all())
    assert not [one for one in SOUGHT if one in kept]


def test_a_server_that_runs_throws_its_own_copy_of_the_index_away(there):
    live = there.live()
    live.open()
    before = live.engine
    Eraser(there.settings, there.database).erase(Asked(contact_id=there.contact), by="k1")
    live.catch_up()
    assert live.engine is not before
    assert live.state.erased == 1
    assert found_anywhere(there.settings.data_dir) == []
