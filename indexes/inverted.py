"""Rows' codes by cell, in FAISS: one byte a dimension, of what a row differs from its cell's centre.

FAISS chooses no cells here: who asks says which are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np

from indexes.contract import Mask, Rows, Vectors
from indexes.errors import SnapshotDamagedError
from indexes.threads import in_one_thread

_ALL_IDS = (0, 2**62)


class Inverted:
    """FAISS `IndexIVFScalarQuantizer`, never changed once it stands here.

    Attributes:
        sizes: int64 (n_cells,), rows of each cell.
    """

    def __init__(self, index: faiss.IndexIVFScalarQuantizer) -> None:
        self._index = index
        self._lists: faiss.InvertedLists = index.invlists  # type: ignore[assignment]
        self.sizes: Rows = np.array([self._lists.list_size(cell) for cell in range(index.nlist)], np.int64)

    @classmethod
    def trained(cls, centres: Vectors, sample: Vectors, cells: Rows) -> Inverted:
        """One without rows, whose byte's range fits how a sample differs from its cells' centres.

        Args:
            centres: float32 (n_cells, dim).
            sample: float32 (n, dim), at least one row.
            cells: int64 (n,), the cell of each row of the sample.
        """
        index = _empty(centres)
        index.sq.train(np.ascontiguousarray(sample - centres[cells]))
        index.is_trained = True
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Inverted:
        """Map a file that `save` wrote and whose checksum is known to be right.

        Raises:
            SnapshotDamagedError: FAISS cannot read it, or it is another kind of index.
        """
        try:
            faiss.set_deserialization_vector_byte_limit(4 * path.stat().st_size + 4096)  # one for the whole process
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)  # noqa: TID251 - mapped
        except (RuntimeError, OSError) as problem:
            raise SnapshotDamagedError(path=path, problem="FAISS cannot read it") from problem
        if not isinstance(index, faiss.IndexIVFScalarQuantizer):
            raise SnapshotDamagedError(path=path, problem=f"holds a {type(index).__name__}")
        return cls(index)

    def save(self, path: Path) -> None:
        """Write the index as one file; a full disk is an error, which FAISS's own writing would hide."""
        path.write_bytes(faiss.serialize_index(self._index).data)

    def with_rows(self, centres: Vectors, blocks: Iterator[tuple[Vectors, Rows, Rows]]) -> Inverted:
        """Another one with these rows and more; this one stays.

        Args:
            centres: float32 (n_cells, dim), the same as ever.
            blocks: float32 (n, dim), the number and the cell of each row, int64 (n,).
        """
        index = _empty(centres)
        index.sq, index.is_trained = self._index.sq, True
        self._index.copy_subset_to(index, faiss.InvertedLists.SUBSET_TYPE_ID_RANGE, *_ALL_IDS)  # type: ignore[attr-defined]
        for vectors, rows, cells in blocks:
            arrays = (np.ascontiguousarray(vectors), np.ascontiguousarray(rows), np.ascontiguousarray(cells))
            pointers = [faiss.swig_ptr(array) for array in arrays]
            index.add_core(len(vectors), *pointers, None)  # type: ignore[call-arg]
        return Inverted(index)

    def search(self, queries: Vectors, cells: Rows, nearness: Vectors, *, k: int, allowed: Mask | None) -> Rows:
        """The k rows of some cells that seem best, int64 (n_queries, k), −1 where there are fewer.

        Args:
            queries: float32 (n_queries, dim).
            cells: int64 (n_queries, m), those read for each query; −1 for none.
            nearness: float32 (n_queries, m), the inner product of each query and each cell's centre.
            k: At least 1.
            allowed: bool (at least as many as rows,), rows that may be found; None for all.
        """
        scores, rows = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=cells.shape[1])  # type: ignore[call-arg]
        given = (np.ascontiguousarray(cells), np.ascontiguousarray(nearness), scores, rows)
        pointers = [faiss.swig_ptr(array) for array in given]
        in_one_thread()
        self._index.search_preassigned_c(  # type: ignore[attr-defined]
            len(queries), faiss.swig_ptr(queries), k, *pointers, False, parameters, None
        )
        return rows

    def rows_of(self, cell: int) -> Rows:
        """The rows of a cell, int64 (n,)."""
        size = int(self.sizes[cell])
        found = faiss.rev_swig_ptr(self._lists.get_ids(cell), size) if size else np.zeros(0, np.int64)
        return np.asarray(found, np.int64)


def _empty(centres: Vectors) -> faiss.IndexIVFScalarQuantizer:
    dim = centres.shape[1]
    quantizer = faiss.IndexFlatIP(dim)
    quantizer.add(np.ascontiguousarray(centres))
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dim, len(centres), faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, True
    )
    quantizer.this.disown()  # type: ignore[attr-defined]  # it goes with the index
    index.own_fields = True
    return index
