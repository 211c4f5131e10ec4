from __future__ import annotations

import numpy as np
import pytest

from tests.bench.engines import ENGINES, K
from tests.bench.peers import Asked, Peer, _asked, _filter, section

HERE = ["Khukha, exact", "Khukha, quantised", "FAISS flat", "FAISS IVF-SQ8"]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3_000, 32)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), rng.integers(0, 20, 3_000).astype(np.int16)


@pytest.mark.parametrize("name", HERE)
def test_an_engine_finds_the_best_and_keeps_to_a_part(rows, name, tmp_path):
    vectors, parts = rows
    opened, part = ENGINES[name](vectors, parts, tmp_path), _filter(parts)
    products = vectors[:9] @ vectors.T
    assert _asked(opened, vectors[:9], products, part=None).recall >= 0.9
    found = opened.search(vectors[0], opened.efforts[-1], part)
    assert len(found) == K
    assert (parts[found[found >= 0]] == part).all()
    assert opened.mb > 0


def test_the_table_says_where_ours_loses_and_what_gave_nothing(rows):
    peers = [
        Peer("Khukha, exact", "exact", 1, 2, Asked(100, 1, 0), Asked(50, 1, 0)),
        Peer("quick", "HNSW", 1, 2, Asked(250, 0.97, 64), None),
        Peer("wrong", "HNSW", 1, 2, Asked(900, 0.5, 64), Asked(900, 0.5, 64)),
        Peer("absent", problem="cannot be had here: ModuleNotFoundError"),
    ]
    text = section(peers, rows[1])
    assert "Over all rows ours loses to quick 2.5 ×." in text
    assert "Under the filter none that finds as much is quicker than ours." in text
    assert "| absent | cannot be had here: ModuleNotFoundError |" in text
    assert "takes none" in text
