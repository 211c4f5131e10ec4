"""What tests of several packages share."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

os.environ["COLUMNS"] = "250"  # so wide are printed tables; a console reads it when it is made
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and FAISS are loaded: the tests share the cores

import pytest
from hypothesis import settings

from matcher.domain import Firm, load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import Encoder, load_encoder
from matcher.engine import Catalog, Engine, open_or_build
from matcher.exchange import read_catalog
from matcher.text import load_glossary

settings.register_profile("khukha", deadline=None)  # a busy machine is no mistake
settings.load_profile("khukha")

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("KHUKHA_SHARED_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where the bundled model is unpacked once for all tests and the demo."""
    return ROOT / "var" / "models"


@pytest.fixture(scope="session")
def encoder(models_dir: Path) -> Encoder:
    """The bundled model."""
    return load_encoder("bundled", models_dir=models_dir)


@pytest.fixture(scope="session")
def demo_folder() -> Path:
    """The demo catalog with its judged topics."""
    return ROOT / "api" / "demo_catalog"


@pytest.fixture(scope="session")
def demo_firms(demo_folder: Path) -> tuple[Firm, ...]:
    """The firms of the demo catalog."""
    return read_catalog(demo_folder / "firms.jsonl").firms


@pytest.fixture(scope="session")
def build(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory):
    """Make an engine over some firms; vectors are kept from run to run, by model and text."""
    vectors = VectorCache(ROOT / "var" / "test-vectors")

    def make(firms: tuple[Firm, ...], root: Path | None = None) -> Engine:
        built = open_or_build(
            Catalog(firms),
            chains=load_chains(),
            encoder=encoder,
            glossary=load_glossary(),
            root=root or tmp_path_factory.mktemp("index"),
            vectors=vectors,
        )
        return Engine(built, encoder=encoder, glossary=load_glossary())

    return make


@pytest.fixture(scope="session")
def demo(build, demo_firms: tuple[Firm, ...]) -> Engine:
    """The engine over the demo catalog."""
    return build(demo_firms)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data to measure with, which the project does not hold."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not at {SHARED}")
    return SHARED


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remember how the run ended, for `pytest_unconfigure`."""
    session.config.stash[_ENDED] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run though a failed test left a thread that never ends: it would wait for it for ever."""
    left = [one for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]
    if left and _ENDED in config.stash and not hasattr(config, "workerinput"):  # a worker is ended by its parent
        sys.stdout.flush()
        sys.stderr.write(f"threads that had not ended: {', '.join(one.name for one in left)}\n")
        sys.stderr.flush()
        os._exit(config.stash[_ENDED])


_ENDED = pytest.StashKey[int]()
