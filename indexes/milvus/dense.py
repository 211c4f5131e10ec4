"""Dense vectors on Milvus, behind the contract of `DenseIndex`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from indexes.contract import (
    NO_ROWS,
    Hits,
    Mask,
    Parts,
    Rows,
    Vectors,
    checked_mask,
    checked_parts,
    checked_vectors,
    ranked,
    without_rows,
)
from indexes.errors import SnapshotDamagedError
from indexes.milvus.finding import Scope, find
from indexes.milvus.grown import Grown
from indexes.milvus.keyed import Keyed, key_of
from indexes.milvus.remote import Connection, Kind, Stock
from indexes.rows import load_rows, save_rows

FLAT_ROWS = 100_000
"""Rows up to which Milvus compares a query with every one; beyond, vectors there are quantised."""

_NPROBE = 64
_WIDER = 4
"""So many times more rows are fetched and scored again where vectors there are quantised."""

_SLACK = 4e-6
_VECTORS, _KEYS = "vectors.npy", "keys.npy"


class MilvusIndex:
    """Searches on Milvus, scores from its own copy: a file that is mapped into memory and read where needed.

    One that was extended no longer finds what was taken out.

    Attributes:
        vectors: float32 (n_rows, dim), read-only.
    """

    def __init__(self, stock: Stock, keyed: Keyed, vectors: Grown) -> None:
        self.vectors = vectors
        self._stock = stock
        self._keyed = keyed

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        *,
        parts: Parts | None = None,
        connection: Connection,
        name: str,
        kind: Kind | None = None,
    ) -> MilvusIndex:
        """Write vectors to a collection, and take out what else is there.

        Args:
            vectors: float32 (n_rows, dim).
            parts: int16 (n_rows,).
            connection: To the server.
            name: Of the collection, after the prefix.
            kind: How they are indexed there; None goes by how many they are.

        Raises:
            VectorsError: an array is of the wrong kind.
            RemoteError: the server cannot be reached, or refuses.
        """
        vectors = checked_vectors(vectors)
        places = checked_parts(parts, n_rows=len(vectors))
        keyed = Keyed.of(_keys(vectors, places), places, np.ones(len(vectors), np.bool_))
        index = cls(_stock(connection, name, kind or _kind(len(vectors)), vectors.shape[1]), keyed, Grown(vectors))
        index._put(np.arange(len(vectors)))
        index._stock.sweep(keyed.keys)
        index._stock.seal()
        return index

    @property
    def parts(self) -> Parts:
        """See `DenseIndex`."""
        return self._keyed.parts

    @property
    def alive(self) -> Mask:
        """See `DenseIndex`."""
        return self._keyed.alive

    def search(
        self, queries: Vectors, *, k: int, allowed: Mask | None = None, within: Collection[int] | None = None
    ) -> Hits:
        """See `DenseIndex.search`; raises `RemoteError` too."""
        queries = checked_vectors(queries, dim=self.vectors.shape[1])
        scope = Scope.of(self._keyed, checked_mask(allowed, n_rows=len(self.alive)), within)
        flat = self._stock.kind == "FLAT"
        lengths = np.linalg.norm(queries, axis=1, keepdims=True)
        unit = (queries / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        wanted, slack = (k, _SLACK) if flat else (_WIDER * k, 0.0)
        found = find(self._stock, self._keyed, scope, list(unit), k=wanted, slack=slack)
        width = max((len(one.rows) for one in found), default=0)
        rows, scores = np.full((len(queries), width), -1, np.int64), np.zeros((len(queries), width), np.float32)
        for at, one in enumerate(found):
            rows[at, : len(one.rows)] = one.rows
            scores[at, : len(one.rows)] = self.vectors[one.rows] @ queries[at]
        return ranked(rows, scores, k=k)

    def extended(self, vectors: Vectors, *, parts: Parts | None = None, without: Rows = NO_ROWS) -> MilvusIndex:
        """See `DenseIndex.extended`; raises `RemoteError` too."""
        more = checked_vectors(vectors, dim=self.vectors.shape[1])
        places = checked_parts(parts, n_rows=len(more))
        alive = without_rows(self.alive, without, added=len(more))
        keyed = self._keyed.followed_by(_keys(more, places), places, alive)
        index = MilvusIndex(self._stock, keyed, self.vectors.followed_by(more))
        index._put(np.arange(len(self.alive), len(alive)))
        self._stock.drop(keyed.orphans(without))
        return index

    def save(self, folder: Path) -> None:
        """Fill a folder, made if need be, with what is kept here."""
        save_rows(folder, parts=self.parts, alive=self.alive)
        np.save(folder / _VECTORS, self.vectors.whole(), allow_pickle=False)
        np.save(folder / _KEYS, self._keyed.keys, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, *, connection: Connection, name: str, kind: Kind | None = None) -> MilvusIndex:
        """Open a folder that `save` filled and whose checksums are known to be right.

        What the collection lacks of it is written there.

        Raises:
            SnapshotDamagedError: a file cannot be read.
            RemoteError: the server cannot be reached, or refuses.
        """
        try:
            vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
            keys = np.load(folder / _KEYS, allow_pickle=False)
        except (OSError, ValueError, EOFError) as problem:
            raise SnapshotDamagedError(path=folder, problem="cannot be read") from problem
        parts, alive = load_rows(folder, n_rows=len(vectors))
        keyed = Keyed.of(keys, parts, alive)
        index = cls(_stock(connection, name, kind or _kind(len(vectors)), vectors.shape[1]), keyed, Grown(vectors))
        index._put(np.flatnonzero(alive))
        return index

    def _put(self, rows: Rows) -> None:
        """Write those of some rows that the collection lacks."""
        self._stock.put(self._keyed.keys[rows], self._keyed.parts[rows], rows.tolist(), self.vectors.__getitem__)


def _kind(n_rows: int) -> Kind:
    return "FLAT" if n_rows <= FLAT_ROWS else "IVF_SQ8"


def _stock(connection: Connection, name: str, kind: Kind, dim: int) -> Stock:
    parameters = {} if kind == "FLAT" else {"nprobe": _NPROBE}
    return connection.collection(f"{name}_{kind.lower()}_{dim}", kind=kind, dim=dim, parameters=parameters)


def _keys(vectors: Vectors, parts: Parts) -> Rows:
    return np.array([key_of(row.tobytes(), part) for row, part in zip(vectors, parts.tolist(), strict=True)], np.int64)
