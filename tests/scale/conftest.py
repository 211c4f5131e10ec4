"""A milvus-lite file and a real Milvus server, one of each for the whole run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexes.milvus import Remote
from tests.scale.milvus_server import MilvusServer

os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # read when ray is imported; a busy machine is slow


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory):
    """A real Milvus server, on a loopback of its own."""
    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def lite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a milvus-lite."""
    return tmp_path_factory.mktemp("lite") / "milvus.db"


@pytest.fixture(params=["lite", "server"])
def remote(request: pytest.FixtureRequest) -> Remote:
    """Each kind of Milvus in turn, with collections of the test module's own; building sweeps what is left there."""
    name = request.module.__name__.rpartition(".")[2]
    if request.param == "lite":
        return Remote(str(request.getfixturevalue("lite_file")), prefix=name)
    return Remote(request.getfixturevalue("milvus_server").url, prefix=name)
