"""Where a snapshot's indexes are kept: in its folder, or in its folder and on a Milvus server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

from indexes import tiers
from indexes.contract import DenseIndex, Hits, Mask, Parts, Rows, Vectors
from indexes.lexical import LexicalIndex
from indexes.lexical_folder import Fields


class WordIndex(Protocol):
    """BM25 over named fields of tokens; see `LexicalIndex`, which every other is held against."""

    @property
    def alive(self) -> Mask:
        """Bool (n_rows,), False for rows that were deleted; read-only."""

    @property
    def n_rows(self) -> int:
        """How many rows there ever were, the deleted ones too."""

    def rows_with(self, field: str, token: str) -> int:
        """How many rows hold a token, deleted ones left out."""

    def idf(self, field: str, token: str) -> float:
        """How much a token tells."""

    def search(self, query: Fields, *, k: int, allowed: Mask | None = None, weights: Mapping[str, float]) -> Hits:
        """The k rows with the highest weighted sum of the fields' BM25."""

    def scores(self, query: Fields, rows: Rows, *, field: str) -> Vectors:
        """One field's BM25 of the given rows, 0 for those that share no token."""

    def extended(self, rows: Iterable[Fields], *, without: Rows) -> Self:
        """Another index with some rows deleted and others added at the end."""


class Store(Protocol):
    """Writes and opens the indexes of a snapshot; a folder's name says what is in it.

    Attributes:
        name: Of the kind of store: another one's snapshot is built anew.
    """

    name: str

    def write_dense(self, folder: Path, vectors: Vectors, *, parts: Parts | None = None) -> None:
        """Fill a folder with float32 (n_rows, dim) in parts, int16 (n_rows,)."""

    def load_dense(self, folder: Path) -> DenseIndex:
        """Open it; raises `SnapshotDamagedError`."""

    def write_words(self, folder: Path, rows: Iterable[Fields], *, fields: Sequence[str]) -> None:
        """Fill a folder with the tokens of rows."""

    def load_words(self, folder: Path) -> WordIndex:
        """Open it; raises `SnapshotDamagedError`."""


class Here:
    """Everything in the folder, on this machine."""

    name = "here"

    def write_dense(self, folder: Path, vectors: Vectors, *, parts: Parts | None = None) -> None:
        """See `Store`."""
        tiers.write_dense(folder, vectors, parts=parts)

    def load_dense(self, folder: Path) -> DenseIndex:
        """See `Store`."""
        return tiers.load_dense(folder)

    def write_words(self, folder: Path, rows: Iterable[Fields], *, fields: Sequence[str]) -> None:
        """See `Store`."""
        LexicalIndex.build(rows, fields=fields, folder=folder)

    def load_words(self, folder: Path) -> WordIndex:
        """See `Store`."""
        return LexicalIndex.load(folder)


ON_DISK = Here()


def load_store(url: str, *, prefix: str, token: str = "") -> Store:
    """The store that a setting names.

    Args:
        url: Of a Milvus server, or the path of a milvus-lite file; empty for this machine.
        prefix: Begins the names of its collections.
        token: `user:password`, or empty.

    Raises:
        ExtraMissingError: the extra is not installed.
        RemoteError: nobody answers there.
    """
    if not url:
        return ON_DISK
    from indexes.milvus import MilvusStore, Remote

    return MilvusStore(Remote(url, prefix=prefix, token=token).connect())
