"""The commands about personal data."""

from __future__ import annotations

import json
import sys

import pytest
from sqlalchemy import text

from api.cli import main
from api.settings import Settings
from api.store.database import Database
from api.store.keys import read_pepper
from tests.api.privacy.planted import EMAIL, NAME, OTHER_NAME, found_anywhere, planted


@pytest.fixture
def there(data_dir, sqlite_url, fake_encoder):
    settings = Settings(data_dir=data_dir, _env_file=None)
    read_pepper(settings.pepper_path)
    database = Database(sqlite_url)
    yield planted(settings, database, fake_encoder)
    database.close()


@pytest.fixture
def khukha(there, monkeypatch, capsys):
    """Run a command; what it prints, and how it ended."""
    monkeypatch.setenv("MATCHER_DATA_DIR", str(there.settings.data_dir))

    def run(*words: str) -> tuple[str, int]:
        monkeypatch.setattr(sys, "argv", ["khukha", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return capsys.readouterr().out, int(ended.value.code or 0)

    return run


def test_what_is_held_is_printed_and_put_on_record_and_then_erased(khukha, there):
    said, code = khukha("privacy", "export", "--email", EMAIL, "--json")
    assert code == 0
    sections = {one["name"]: one["rows"] for one in json.loads(said)["sections"]}
    assert [one["email"] for one in sections["contacts"]] == [EMAIL]
    assert {one["table"] for one in sections["texts"]} >= {"offer", "change", "meeting", "job"}
    assert len(sections["files"]) >= 4
    assert OTHER_NAME not in json.dumps(sections["contacts"], ensure_ascii=False)
    shown, _ = khukha("audit", "show", "--email", EMAIL)
    assert "khukha privacy export" in shown.replace("\n", "")
    said, code = khukha("privacy", "erase", "--contact", there.contact, "--yes")
    assert code == 0
    assert NAME not in said
    assert found_anywhere(there.settings.data_dir) == []
    _, code = khukha("privacy", "erase", "--email", EMAIL, "--yes")
    assert code == 2, "nobody is left to erase"


def test_verify_tells_a_trail_that_was_tampered_with(khukha, there):
    for _ in range(2):
        khukha("privacy", "export", "--email", EMAIL, "--json")
    said, code = khukha("audit", "verify", "--json")
    assert (code, json.loads(said)["whole"]) == (0, True)
    kept = json.loads(said)["head"]
    with there.database.writing() as session:
        session.execute(text("DELETE FROM audit WHERE number = 2"))
    said, code = khukha("audit", "verify", "--json")
    assert code == 1
    assert json.loads(said)["broken"] == [{"number": 2, "kind": "cut"}]
    _, code = khukha("audit", "verify", "--against", kept)
    assert code == 1


def test_retention_is_shown_before_it_is_applied(khukha):
    said, code = khukha("retention", "--json")
    assert code == 0
    assert {one["count"] for one in json.loads(said)} == {0}
    assert khukha("retention", "--apply")[1] == 0


def test_the_record_is_written_in_both_languages(khukha, tmp_path):
    for language, word in (("th", "วัตถุประสงค์"), ("en", "Purposes")):
        out = tmp_path / f"{language}.md"
        assert khukha("privacy", "record", "--lang", language, "--out", str(out))[1] == 0
        assert word in out.read_text("utf-8")
