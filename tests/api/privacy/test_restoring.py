"""A backup from before, restored: whoever was erased stays erased, whatever was withdrawn stays withdrawn."""

from __future__ import annotations

from api.backup.restoring import restore
from api.backup.taking import take_backup
from api.privacy.consenting import agreeing, say_for_participant
from api.privacy.erasing import Eraser
from api.privacy.people import Asked
from api.privacy.policy import Purpose
from api.settings import Settings
from api.store.audit import Trail, head
from api.store.database import Database
from api.store.keys import read_pepper
from tests.api.fairs.small import ID
from tests.api.privacy.planted import found_anywhere, planted


def test_a_backup_from_before_brings_nobody_back(data_dir, sqlite_url, fake_encoder, tmp_path):
    settings = Settings(data_dir=data_dir, _env_file=None)
    trail, database = Trail(read_pepper(settings.pepper_path)), Database(sqlite_url)
    there = planted(settings, database, fake_encoder)
    backup = tmp_path / "khukha.backup"
    take_backup(settings, database, backup)
    said = {"fair_id": ID, "firm_id": "f002", "given": False, "by": "link", "route": "link"}
    with database.writing() as session:
        say_for_participant(session, trail, Purpose.MESSAGES, **said)
    Eraser(settings, database).erase(Asked(contact_id=there.contact), by="k1")
    with database.reading() as session:
        seen = head(session).number
    database.close()
    facts = restore(settings, backup)
    assert facts.contacts == 1
    assert found_anywhere(data_dir) == []
    restored = Database(sqlite_url)
    with restored.reading() as session:
        assert agreeing(session, Purpose.MESSAGES, ID, ["f001", "f002"]) == {"f001"}
        assert list(trail.broken(session)) == []
        assert head(session).number == seen + 1, "the trail goes on, and says who was erased again"
    restored.close()
