"""A saved FlatIndex is the same index, and a damaged file is never searched."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import FlatIndex, SnapshotDamagedError, open_snapshot, write_snapshot
from indexes.rows import save_rows

FOR = {"catalog": "7"}


def an_index(seed=0, n_rows=50):
    return FlatIndex(np.random.default_rng(seed).normal(size=(n_rows, 8)).astype(np.float32))


@pytest.mark.parametrize("n_rows", [0, 1, 50])
def test_a_saved_index_answers_as_before(tmp_path, n_rows):
    index = an_index(n_rows=n_rows)
    index.save(tmp_path / "index")
    loaded = FlatIndex.load(tmp_path / "index")
    queries = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
    before, after = index.search(queries, k=7), loaded.search(queries, k=7)
    assert after.rows.tolist() == before.rows.tolist()
    assert after.scores.tolist() == before.scores.tolist()
    assert np.array_equal(loaded.vectors, index.vectors)


def test_a_file_that_is_no_flat_index_is_refused(tmp_path):
    an_index().save(tmp_path)
    path = tmp_path / "flat.faiss"
    for content in (b"", b"IxFI", b"not an index at all", faiss.serialize_index(faiss.IndexFlatL2(4)).tobytes()):
        path.write_bytes(content)
        with pytest.raises(SnapshotDamagedError):
            FlatIndex.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no zip", None, 3])
def test_a_file_of_parts_that_is_damaged_or_of_another_index_is_refused(tmp_path, content):
    an_index().save(tmp_path)
    if isinstance(content, int):
        save_rows(tmp_path, parts=np.zeros(content, np.int16), alive=np.ones(content, np.bool_))
    elif content is None:
        (tmp_path / "rows.npz").unlink()
    else:
        (tmp_path / "rows.npz").write_bytes(content)
    with pytest.raises(SnapshotDamagedError):
        FlatIndex.load(tmp_path)


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_flipped_bit_passes_the_snapshot(tmp_path, where, bit):
    if not (tmp_path / "CURRENT").exists():
        with write_snapshot(tmp_path, built_for=FOR) as folder:
            an_index().save(folder)
    path = open_snapshot(tmp_path, built_for=FOR) / "flat.faiss"
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[int(where * len(whole))] ^= 1 << bit
    path.write_bytes(damaged)
    with pytest.raises(SnapshotDamagedError):
        open_snapshot(tmp_path, built_for=FOR)
    path.write_bytes(whole)


@pytest.mark.parametrize("keep", [0, 1, 4, 33, 0.5, -1])
def test_no_truncated_file_passes_the_snapshot_nor_the_load(tmp_path, keep):
    with write_snapshot(tmp_path, built_for=FOR) as folder:
        an_index().save(folder)
    path = open_snapshot(tmp_path, built_for=FOR) / "flat.faiss"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(SnapshotDamagedError):
        open_snapshot(tmp_path, built_for=FOR)
    with pytest.raises(SnapshotDamagedError):
        FlatIndex.load(path.parent)
