"""What the timetable's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.timetable import keep_compiled_in


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(models_dir: Path) -> None:
    keep_compiled_in(models_dir.parent / "compiled")
