"""A snapshot's indexes on Milvus; its folder keeps what this process needs itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from indexes.contract import DenseIndex, Parts, Vectors
from indexes.lexical_folder import Fields
from indexes.milvus.dense import MilvusIndex
from indexes.milvus.remote import Connection
from indexes.milvus.sparse import MilvusLexical
from indexes.store import ON_DISK, WordIndex


class MilvusStore:
    """See `Store`. Words stay on this machine where the server is older than Milvus 2.4 and keeps no sparse vectors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.name = "milvus with words" if connection.keeps_sparse else "milvus"

    def write_dense(self, folder: Path, vectors: Vectors, *, parts: Parts | None = None) -> None:
        """See `Store`; raises `RemoteError`."""
        MilvusIndex.build(vectors, parts=parts, connection=self._connection, name=folder.name).save(folder)

    def load_dense(self, folder: Path) -> DenseIndex:
        """See `Store`; raises `RemoteError`."""
        return MilvusIndex.load(folder, connection=self._connection, name=folder.name)

    def write_words(self, folder: Path, rows: Iterable[Fields], *, fields: Sequence[str]) -> None:
        """See `Store`; raises `RemoteError`."""
        if not self._connection.keeps_sparse:
            return ON_DISK.write_words(folder, rows, fields=fields)
        MilvusLexical.build(rows, fields=fields, connection=self._connection, name=folder.name).save(folder)
        return None

    def load_words(self, folder: Path) -> WordIndex:
        """See `Store`; raises `RemoteError`."""
        if not self._connection.keeps_sparse:
            return ON_DISK.load_words(folder)
        return MilvusLexical.load(folder, connection=self._connection, name=folder.name)
