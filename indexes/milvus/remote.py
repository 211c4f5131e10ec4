"""A Milvus server by its URL, and collections of rows named by their content."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from indexes.contract import Parts, Rows, Vectors
from indexes.errors import ExtraMissingError, RemoteError

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Kind = Literal["FLAT", "IVF_SQ8", "SPARSE_INVERTED_INDEX"]
"""How Milvus indexes a collection's vectors."""

MOST_FOUND = 16_384
"""The longest list that Milvus returns."""

TIMEOUT_S = 30.0
FRESH_S = 10.0
"""After a write, reads wait for it; later, the bound of 5 s has passed anyhow."""

_PARTITIONS = 16
_WRITTEN_TOGETHER = 2_000
_ASKED_TOGETHER = 5_000
_SPARSE_FROM = (2, 4)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where collections are kept.

    Attributes:
        url: `http://host:19530`, or the path of a milvus-lite file, which ends in `.db`.
        prefix: Begins the name of every collection: letters, digits and underscores.
        token: `user:password`, or empty.
    """

    url: str
    prefix: str = "khukha"
    token: str = ""

    def connect(self) -> Connection:
        """Connect.

        Raises:
            ExtraMissingError: the extra is not installed.
            RemoteError: nobody answers there, or not to this token.
        """
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import ConnectionConfigException, MilvusException
        except ImportError:
            raise ExtraMissingError(extra="milvus", what="MATCHER_MILVUS_URL") from None
        if not _NAME.fullmatch(self.prefix):
            raise RemoteError(url=self.url, problem=f"{self.prefix!r} cannot begin a collection's name")
        try:
            client = MilvusClient(self.url, token=self.token, timeout=TIMEOUT_S)
            return Connection(self, client, str(client.get_server_version(timeout=TIMEOUT_S)))
        except (MilvusException, ConnectionConfigException, ImportError, OSError) as problem:
            raise RemoteError(url=self.url, problem=_said(problem)) from problem


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that answers; threads may share it."""

    remote: Remote
    client: MilvusClient
    version: str

    @property
    def keeps_sparse(self) -> bool:
        """Whether it keeps sparse vectors: from Milvus 2.4 on, and milvus-lite."""
        numbers = tuple(int(number) for number in re.findall(r"\d+", self.version)[:2])
        return numbers >= _SPARSE_FROM

    def collection(self, name: str, *, kind: Kind, dim: int = 0, parameters: dict[str, int] | None = None) -> Stock:
        """A collection, made if there is none.

        Args:
            name: Of its own after the prefix; says what its content depends on.
            kind: How its vectors are indexed.
            dim: Of dense vectors.
            parameters: Of a search.
        """
        full = f"{self.remote.prefix}_{name}"
        stock = Stock(self, full, kind, parameters or {})
        if not stock.ask(lambda client: client.has_collection(full, timeout=TIMEOUT_S)):
            stock.ask(lambda client: _create(client, full, kind, dim))
        stock.ask(lambda client: client.load_collection(full, timeout=TIMEOUT_S))
        return stock


class Stock:
    """Rows of one collection by their keys.

    Args:
        connection: To the server.
        name: The collection's.
        kind: How its vectors are indexed.
        parameters: Of a search.
    """

    def __init__(self, connection: Connection, name: str, kind: Kind, parameters: dict[str, int]) -> None:
        self.connection = connection
        self.name = name
        self.kind = kind
        self._searching = {"metric_type": "IP", "params": parameters}
        self._written = -FRESH_S

    def put(self, keys: Rows, parts: Parts, rows: Sequence[int], vector_of: Callable[[int], Any]) -> None:
        """Write rows; those that are there stay as they are.

        Rows are inserted and not upserted: Milvus 2.3 puts upserted rows into partitions at random. Two
        processes may then write the same row, which a search counts once.

        Args:
            keys: int64 (n,).
            parts: int16 (n,).
            rows: What `vector_of` knows them by.
            vector_of: Gives a row's vector, dense or sparse; asked for those alone that are written.
        """
        _, once = np.unique(keys, return_index=True)
        missing = once[~self.holds(keys[once])]
        for some in _some(missing, _WRITTEN_TOGETHER):
            new = [
                {"id": int(keys[at]), "part": int(parts[at]), "vector": _plain(vector_of(rows[at]))}
                for at in some.tolist()
            ]
            self.ask(lambda client, new=new: client.insert(self.name, new, timeout=TIMEOUT_S))  # type: ignore[misc]
            self._written = time.monotonic()

    def drop(self, keys: Rows) -> None:
        """Take rows out; keys that name nothing are left out."""
        for some in _some(keys, _ASKED_TOGETHER):
            self.ask(lambda client, some=some: client.delete(self.name, ids=some.tolist(), timeout=TIMEOUT_S))  # type: ignore[misc]
            self._written = time.monotonic()

    def holds(self, keys: Rows) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of the keys are there, bool (n,)."""
        there: list[int] = []
        for some in _some(keys, _ASKED_TOGETHER):
            there += [row["id"] for row in self._ids(some)]
        return np.isin(keys, np.array(there, np.int64))

    def sweep(self, keep: Rows) -> int:
        """Take out all rows but those with these keys; how many went."""
        there = self.ask(
            lambda client: [
                row["id"]
                for page in _pages(
                    client.query_iterator(
                        self.name,
                        batch_size=_ASKED_TOGETHER,
                        output_fields=["id"],
                        timeout=TIMEOUT_S,
                        consistency_level="Strong",
                    )
                )
                for row in page
            ]
        )
        strays = np.setdiff1d(np.array(there, np.int64), keep)
        self.drop(strays)
        return len(strays)

    def seal(self) -> None:
        """Have what was written indexed for good; else an approximate index is searched until that happens."""
        self.ask(lambda client: client.flush(self.name, timeout=TIMEOUT_S))

    def search(self, queries: Sequence[Any], *, limit: int, filter: str) -> list[tuple[Rows, Vectors]]:
        """For each query the keys with the largest inner products, int64 (n,), and those products.

        Args:
            queries: Vectors, dense or sparse.
            limit: At most `MOST_FOUND`.
            filter: An expression over `id` and `part`; empty allows all.
        """
        found = self.ask(
            lambda client: client.search(
                self.name,
                data=[_plain(query) for query in queries],
                anns_field="vector",
                filter=filter,
                limit=min(limit, MOST_FOUND),
                search_params=self._searching,
                timeout=TIMEOUT_S,
                consistency_level=self._level,
            )
        )
        return [
            (np.array([hit["id"] for hit in one], np.int64), np.array([hit["distance"] for hit in one], np.float32))
            for one in found
        ]

    def ask(self, do: Callable[[MilvusClient], Any]) -> Any:  # noqa: ANN401 - pymilvus says no more
        """Ask the server; raises `RemoteError`."""
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        try:
            return do(self.connection.client)
        except (MilvusException, RpcError, ValueError) as problem:  # ValueError: of a channel that was closed
            raise RemoteError(url=self.connection.remote.url, problem=_said(problem)) from problem

    @property
    def _level(self) -> str:
        return "Session" if time.monotonic() - self._written < FRESH_S else "Bounded"

    def _ids(self, keys: Rows) -> list[dict[str, Any]]:
        return list(
            self.ask(
                lambda client: client.query(
                    self.name,
                    filter=f"id in {keys.tolist()}",
                    output_fields=["id"],
                    timeout=TIMEOUT_S,
                    consistency_level="Strong",
                )
            )
        )


def _create(client: MilvusClient, name: str, kind: Kind, dim: int) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("part", DataType.INT64, is_partition_key=True)
    if kind == "SPARSE_INVERTED_INDEX":
        schema.add_field("vector", DataType.SPARSE_FLOAT_VECTOR)
    else:
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    index = client.prepare_index_params()
    index.add_index("vector", index_type=kind, metric_type="IP", params={"nlist": NLIST} if kind == "IVF_SQ8" else {})
    client.create_collection(
        name,
        schema=schema,
        index_params=index,
        timeout=TIMEOUT_S,
        consistency_level="Bounded",
        num_partitions=_PARTITIONS,
    )


NLIST = 1_024
"""Cells of each segment (some 350,000 rows of 384 dimensions) where vectors are quantised."""


def _pages(iterator: Any) -> Iterator[list[dict[str, Any]]]:  # noqa: ANN401 - pymilvus says no more
    try:
        while page := iterator.next():
            yield page
    finally:
        iterator.close()


def _some(keys: Rows, count: int) -> Iterator[Rows]:
    for start in range(0, len(keys), count):
        yield keys[start : start + count]


def _plain(vector: Any) -> Any:  # noqa: ANN401 - an array, or a sparse vector as it is
    return vector.tolist() if isinstance(vector, np.ndarray) else vector


def _said(problem: BaseException) -> str:
    text = str(getattr(problem, "message", "") or problem) or type(problem).__name__
    return text.splitlines()[0][:200]
