from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A working directory without a .env file, and an environment that sets nothing."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MATCHER_{name.upper()}", raising=False)


def test_without_any_setting_all_lives_in_var():
    settings = Settings()
    assert settings.database == "sqlite:///var/khukha.sqlite"
    assert (settings.model, settings.threads, settings.public_pages, settings.secure_cookies) == (
        "bundled",
        0,
        False,
        False,
    )
    paths = (settings.index_dir, settings.files_dir, settings.queue_path, settings.pepper_path, settings.models_dir)
    assert [str(path) for path in paths] == ["var/index", "var/files", "var/queue.sqlite", "var/pepper", "var/models"]


def test_every_setting_comes_from_the_environment_or_a_file_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("MATCHER_DATA_DIR=/srv/khukha\nMATCHER_RATE=9/second\nOTHER=1\n")
    monkeypatch.setenv("MATCHER_RATE", "7/minute")
    monkeypatch.setenv("MATCHER_PUBLIC_PAGES", "1")
    monkeypatch.setenv("MATCHER_DATABASE_URL", "postgresql+psycopg://me@host/name")
    settings = Settings()
    assert (settings.data_dir, settings.rate, settings.public_pages) == (Path("/srv/khukha"), "7/minute", True)
    assert settings.database == "postgresql+psycopg://me@host/name"


def test_the_demo_never_touches_the_real_catalog(monkeypatch):
    monkeypatch.setenv("MATCHER_DATABASE_URL", "postgresql+psycopg://me@host/name")
    real, demo = Settings(), Settings(demo=True)
    assert demo.database == "sqlite:///var/demo/khukha.sqlite"
    assert demo.models_dir == real.models_dir  # the model is shared, nothing else is
    for name in ("database", "index_dir", "files_dir", "queue_path", "pepper_path"):
        assert getattr(demo, name) != getattr(real, name)


def test_settings_do_not_change_and_refuse_what_they_cannot_be(monkeypatch):
    with pytest.raises(ValidationError):
        Settings().threads = 3
    monkeypatch.setenv("MATCHER_MAX_BODY_MB", "many")
    with pytest.raises(ValidationError, match="max_body_mb"):
        Settings()
