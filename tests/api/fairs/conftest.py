"""What tests of running fairs share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def cache_dir(models_dir: Path) -> Path:
    """Where the compiled search is kept for all tests."""
    return models_dir.parent / "compiled"
