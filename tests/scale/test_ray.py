"""Bulk work on three Ray nodes, one of which is killed on the way: the bytes of one machine."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import ray
from ray.cluster_utils import Cluster
from sqlalchemy import select

from api.store.database import Database, open_database
from api.store.firms import Change, put_firms
from api.store.tables import VectorRow
from api.store.vectors import embed_missing
from matcher.bulk import ONE_MACHINE, Bulk
from matcher.bulk.cluster import RayWorkers
from matcher.engine.build import wants_of, words_of
from matcher.errors import WorkersLostError
from matcher.fair import pair_scores
from matcher.text import load_glossary

DAY = date(2026, 12, 1)
FIRMS = 24
STORE_BYTES = 120_000_000
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory):
    """Three nodes with a processor each; the first is this process's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_health_check_period_ms", "500")
        patch.setenv("RAY_health_check_failure_threshold", "4")
        node = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
        made = Cluster(initialize_head=True, head_node_args=node, shutdown_at_exit=True)
        nodes = [made.add_node(num_cpus=1, object_store_memory=STORE_BYTES) for _ in range(2)]
        made.wait_for_nodes(timeout=120)
        yield made, nodes, node
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def bulk(cluster) -> Bulk:
    """Workers on those nodes."""
    return Bulk(RayWorkers(cluster[0].address), models_dir=ROOT / "var" / "models")


@pytest.fixture
def one_thread():
    """As on a worker: a model's bytes are the same only where its threads are."""
    import torch  # only here: the other tests need no model

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def slow_square(_shared: None, number: int) -> tuple[int, str]:
    """A job that takes a while, and the node that did it."""
    time.sleep(0.3)
    return number * number, ray.get_runtime_context().get_node_id()


def fails(_shared: None, _number: int) -> None:
    """A job that cannot be done anywhere."""
    raise KeyError("no such thing")


def test_results_come_in_the_order_of_the_jobs_from_several_nodes(bulk):
    found = list(bulk.workers.each(slow_square, range(24), shared=None))
    assert [number for number, _ in found] == [at * at for at in range(24)]
    assert len({node for _, node in found}) >= 2


def test_what_a_job_raises_is_raised_and_not_tried_again(bulk):
    with pytest.raises(KeyError, match="no such thing"):
        list(bulk.workers.each(fails, range(3), shared=None))


def test_a_cluster_that_is_not_there_is_named():
    code = "from matcher.bulk import load_workers; load_workers('127.0.0.1:1')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert WorkersLostError.__name__ in done.stderr
    assert "MATCHER_RAY" in done.stderr


def vectors_in(path: Path, firms, encoder, bulk: Bulk) -> bytes:
    """The bytes of all vectors that a database holds, once those missing were made."""
    open_database(f"sqlite:///{path}").close()
    database = Database(f"sqlite:///{path}")
    with database.writing() as session:
        put_firms(session, firms, Change("b1", "test"), embedded=None)
    assert embed_missing(database, encoder, bulk=bulk) == len(firms)
    with database.reading() as session:
        rows = sorted((row.firm_id, row.key, row.data) for row in session.execute(select(VectorRow)).scalars())
    database.close()
    return pickle.dumps(rows)


def killing(cluster, jobs: Sequence[object], *, after: int) -> Iterator[object]:
    """The jobs; once some were read, one node is killed, and a while later another takes its place."""
    made, nodes, node = cluster
    for at, job in enumerate(jobs):
        if at == after:
            made.remove_node(nodes.pop(), allow_graceful=False)
        if at == after + 3:
            nodes.append(made.add_node(num_cpus=1, object_store_memory=node["object_store_memory"]))
        yield job


def test_jobs_of_a_killed_node_are_done_by_others(cluster, bulk):
    found = list(bulk.workers.each(slow_square, killing(cluster, range(30), after=10), shared=None))
    assert [number for number, _ in found] == [at * at for at in range(30)]


def test_tokens_are_those_of_one_machine(bulk, demo_firms):
    glossary = load_glossary()
    for tokens_of in (words_of, wants_of):
        here = list(tokens_of(demo_firms, glossary))
        assert list(tokens_of(demo_firms, glossary, bulk=bulk)) == here


def test_encoding_while_a_node_is_killed_gives_the_bytes_of_one_machine(
    cluster, bulk, encoder, one_thread, demo_firms, tmp_path, monkeypatch
):
    monkeypatch.setattr("api.store.vectors.FIRMS_AT_ONCE", 4)
    firms = demo_firms[:FIRMS]
    here = vectors_in(tmp_path / "here.sqlite", firms, encoder, Bulk(ONE_MACHINE))
    encode = Bulk.encode

    def interrupted(self, encoder, jobs):
        return encode(self, encoder, killing(cluster, list(jobs), after=2))

    monkeypatch.setattr(Bulk, "encode", interrupted)
    assert vectors_in(tmp_path / "there.sqlite", firms, encoder, bulk) == here


def test_all_pairs_of_a_fair_while_a_node_is_killed_are_the_bytes_of_one_machine(
    cluster, bulk, demo, one_thread, monkeypatch
):
    monkeypatch.setattr("matcher.fair.pairs._NEEDS", 8)
    ids = [firm.id for firm in demo.built.catalog.firms[:60]]
    here = pair_scores(demo, ids, on=DAY)
    each = RayWorkers.each

    def interrupted(self, do, jobs, *, shared):
        return each(self, do, killing(cluster, list(jobs), after=3), shared=shared)

    monkeypatch.setattr(RayWorkers, "each", interrupted)
    there = pair_scores(demo, ids, on=DAY, bulk=bulk)
    for name in ("chance", "wants", "raw", "need", "offer"):
        assert getattr(there, name).tobytes() == getattr(here, name).tobytes()
    assert np.isfinite(here.chance).any()
    assert there.thin == here.thin
