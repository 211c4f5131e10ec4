"""Exhaustive inner-product search with FAISS: exact, and fast enough for a fair."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import faiss
import numpy as np

from indexes.contract import (
    NO_ROWS,
    NOTHING,
    SCORE_DECIMALS,
    Hits,
    Mask,
    Parts,
    Rows,
    Vectors,
    checked_parts,
    checked_vectors,
    passing,
    ranked,
    read_only,
    without_rows,
)
from indexes.errors import SnapshotDamagedError
from indexes.rows import load_rows, save_rows
from indexes.threads import in_one_thread

FILE = "flat.faiss"
"""What a folder holds that `FlatIndex.save` wrote, beside its rows' parts."""

_EXTRA = 8
"""Rows fetched beyond k at first; more follow while ties reach the last of them."""

faiss.cvar.distance_compute_blas_threshold = 20  # FAISS's own loop is slow for batches


class FlatIndex:
    """FAISS `IndexFlatIP`, never changed once built, so that threads may search it at will.

    Args:
        vectors: float32 (n_rows, dim).
        parts: int16 (n_rows,), the part of each row; None puts all into part 0.

    Attributes:
        parts: See `DenseIndex`.
        alive: Likewise.

    Raises:
        VectorsError: wrong shape, dtype or a value that is not finite.
    """

    def __init__(self, vectors: Vectors, *, parts: Parts | None = None) -> None:
        vectors = checked_vectors(vectors)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        self.parts: Parts = read_only(checked_parts(parts, n_rows=len(vectors)))
        self.alive: Mask = read_only(np.ones(len(vectors), np.bool_))

    @property
    def vectors(self) -> Vectors:
        """float32 (n_rows, dim): a view into the index, read-only."""
        shape = (self._index.ntotal, self._index.d)
        if 0 in shape:
            return np.broadcast_to(np.float32(0), shape)  # read-only too
        view: Vectors = np.asarray(_Memory(self._index, shape))
        return view

    def search(
        self, queries: Vectors, *, k: int, allowed: Mask | None = None, within: Collection[int] | None = None
    ) -> Hits:
        """See `DenseIndex.search`."""
        queries = checked_vectors(queries, dim=self._index.d)
        mask = passing(self, allowed, within)
        parameters = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        wanted = k + _EXTRA
        in_one_thread()
        while True:  # FAISS cuts ties by chance, so all rows that tie with place k are fetched
            scores, rows = self._index.search(queries, max(1, min(wanted, self._index.ntotal)), params=parameters)
            if wanted >= self._index.ntotal or not _may_tie(rows, scores, k=k):
                return ranked(rows, scores, k=k)
            wanted *= 4

    def extended(self, vectors: Vectors, *, parts: Parts | None = None, without: Rows = NO_ROWS) -> FlatIndex:
        """See `DenseIndex.extended`; 10,000 rows are copied in some 3 ms."""
        more = checked_vectors(vectors, dim=self._index.d)
        places = np.concatenate([self.parts, checked_parts(parts, n_rows=len(more))])
        alive = without_rows(self.alive, without, added=len(more))
        index = FlatIndex._of(faiss.clone_index(self._index), parts=places, alive=alive)  # type: ignore[arg-type]
        index._index.add(more)
        return index

    def save(self, folder: Path) -> None:
        """Fill a folder, made if need be; the snapshot around it makes the write safe."""
        save_rows(folder, parts=self.parts, alive=self.alive)
        (folder / FILE).write_bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, folder: Path) -> FlatIndex:
        """Read a folder that `save` filled and whose checksums are known to be right.

        Raises:
            SnapshotDamagedError: a file cannot be read, or holds another kind of index.
        """
        path = folder / FILE
        try:
            data = np.frombuffer(path.read_bytes(), np.uint8)
            faiss.set_deserialization_vector_byte_limit(4 * data.size + 4096)  # one for the whole process
            stored = faiss.deserialize_index(data)
        except (RuntimeError, OSError) as problem:
            raise SnapshotDamagedError(path=path, problem="FAISS cannot read it") from problem
        if not isinstance(stored, faiss.IndexFlatIP):
            raise SnapshotDamagedError(path=path, problem=f"holds a {type(stored).__name__}")
        parts, alive = load_rows(folder, n_rows=stored.ntotal)
        return cls._of(stored, parts=parts, alive=alive)

    @classmethod
    def _of(cls, index: faiss.IndexFlatIP, *, parts: Parts, alive: Mask) -> FlatIndex:
        made = cls.__new__(cls)
        made._index, made.parts, made.alive = index, read_only(parts), read_only(alive)
        return made


class _Memory:
    """The index's own vectors for numpy, read-only; an array over it keeps the index alive."""

    def __init__(self, index: faiss.IndexFlatIP, shape: tuple[int, int]) -> None:
        self._index = index
        raw = faiss.rev_swig_ptr(index.get_xb(), shape[0] * shape[1]).__array_interface__
        self.__array_interface__ = {**raw, "shape": shape, "data": (raw["data"][0], True)}


def _may_tie(rows: Rows, scores: Vectors, *, k: int) -> bool:
    """Whether a row that was not fetched may tie with place k, once scores are rounded."""
    close = scores[:, k - 1] - scores[:, -1] <= 2 * 10.0**-SCORE_DECIMALS
    return bool((close & (rows[:, -1] != NOTHING)).any())
