"""BM25 on Milvus, behind the contract of `LexicalIndex`."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from indexes.contract import Hits, Mask, Parts, Rows, Vectors, checked_mask, checked_parts, ranked, without_rows
from indexes.errors import SnapshotDamagedError
from indexes.lexical import MAX_TERMS
from indexes.lexical_folder import Fields
from indexes.milvus.bm25 import dimension, idf, row_vector
from indexes.milvus.finding import Scope, find
from indexes.milvus.keyed import Keyed, key_of
from indexes.milvus.remote import Connection, Stock
from indexes.milvus.sparse_rows import SparseRows

_SLACK = 2e-5
_FILE, _FACTS = "sparse.npz", "sparse.json"
_EMPTY = 0
"""Key of a row without a token, of which Milvus keeps nothing."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the idf needs.

    Attributes:
        rows: Living rows.
        average: Tokens that a row had when the index was built, by field.
        holding: Living rows that hold the token of a dimension.
    """

    rows: int
    average: Mapping[str, float]
    holding: Mapping[int, int]


class MilvusLexical:
    """Rows' tokens as sparse vectors on Milvus; how many rows hold a token is counted here.

    One that was extended no longer finds what was taken out. A row's length is set against the average of
    the rows at first: that changes with the next building.
    """

    def __init__(self, stock: Stock, keyed: Keyed, vectors: SparseRows, counted: _Counted) -> None:
        self._stock = stock
        self._keyed = keyed
        self._vectors = vectors
        self._counted = counted

    @classmethod
    def build(
        cls,
        rows: Iterable[Fields],
        *,
        fields: Sequence[str],
        connection: Connection,
        name: str,
        parts: Parts | None = None,
    ) -> MilvusLexical:
        """Write rows to a collection, and take out what else is there.

        Args:
            rows: Tokens of each row; a field that is missing is empty.
            fields: Names of all fields; a row's other fields are left out.
            connection: To the server.
            name: Of the collection, after the prefix.
            parts: int16 (n_rows,).

        Raises:
            RemoteError: the server cannot be reached, refuses, or keeps no sparse vectors.
        """
        given = list(rows)
        places = checked_parts(parts, n_rows=len(given))
        average = {field: sum(len(row.get(field, ())) for row in given) / max(1, len(given)) for field in fields}
        vectors = [row_vector(row, average=average) for row in given]
        holding = Counter(at for vector in vectors for at in vector)
        keyed = Keyed.of(_keys(vectors, places), places, np.ones(len(given), np.bool_))
        counted = _Counted(len(given), average, holding)
        index = cls(_stock(connection, name), keyed, SparseRows.of(vectors), counted)
        index._put(np.arange(len(given)))
        index._stock.sweep(keyed.keys)
        index._stock.seal()
        return index

    @property
    def alive(self) -> Mask:
        """Bool (n_rows,), False for rows that were deleted; read-only."""
        return self._keyed.alive

    @property
    def n_rows(self) -> int:
        """How many rows there ever were, the deleted ones too."""
        return len(self.alive)

    def rows_with(self, field: str, token: str) -> int:
        """How many rows hold a token, deleted ones left out."""
        return self._counted.holding.get(dimension(field, token), 0)

    def idf(self, field: str, token: str) -> float:
        """How much a token tells: near 0 for one in every row, highest for one in none."""
        return idf(rows=self._counted.rows, holding=self.rows_with(field, token))

    def search(self, query: Fields, *, k: int, allowed: Mask | None = None, weights: Mapping[str, float]) -> Hits:
        """See `LexicalIndex.search`; raises `RemoteError` too."""
        terms = self._terms(query, weights)
        mask = checked_mask(allowed, n_rows=self.n_rows)
        scope = Scope.of(self._keyed, mask, None) if terms else None
        found = find(self._stock, self._keyed, scope, [terms], k=k, slack=_SLACK)[0]
        there = found.products > 0
        return ranked(found.rows[there].reshape(1, -1), found.products[there].reshape(1, -1), k=k)

    def scores(self, query: Fields, rows: Rows, *, field: str) -> Vectors:
        """See `LexicalIndex.scores`; raises `RemoteError` too."""
        mask = np.zeros(self.n_rows, np.bool_)
        mask[rows] = True
        hits = self.search(query, k=max(1, len(rows)), allowed=mask, weights={field: 1.0})
        found = dict(zip(hits.rows[0].tolist(), hits.scores[0].tolist(), strict=True))
        return np.array([found.get(row, 0.0) for row in rows.tolist()], np.float32)

    def extended(self, rows: Iterable[Fields], *, without: Rows, parts: Parts | None = None) -> MilvusLexical:
        """See `LexicalIndex.extended`; raises `RemoteError` too."""
        given = list(rows)
        places = checked_parts(parts, n_rows=len(given))
        vectors = [row_vector(row, average=self._counted.average) for row in given]
        alive = without_rows(self.alive, without, added=len(given))
        leaving = np.flatnonzero(self.alive & ~alive[: self.n_rows])
        keyed = self._keyed.followed_by(_keys(vectors, places), places, alive)
        holding = Counter(self._counted.holding)
        holding.update(at for vector in vectors for at in vector)
        for row in leaving.tolist():
            holding.subtract(self._vectors[row].keys())
        counted = replace(self._counted, rows=int(alive.sum()), holding=holding)
        index = MilvusLexical(self._stock, keyed, self._vectors.followed_by(vectors), counted)
        index._put(np.arange(self.n_rows, index.n_rows))
        self._stock.drop(keyed.orphans(leaving))
        return index

    def save(self, folder: Path) -> None:
        """Fill a folder, made if need be, with what is kept here."""
        folder.mkdir(parents=True, exist_ok=True)
        holding = np.array(list(self._counted.holding.items()), np.int64).reshape(-1, 2)
        keyed = self._keyed
        self._vectors.save(folder)
        np.savez(folder / _FILE, keys=keyed.keys, parts=keyed.parts, alive=keyed.alive, holding=holding)
        (folder / _FACTS).write_text(json.dumps(self._counted.average), "utf-8")

    @classmethod
    def load(cls, folder: Path, *, connection: Connection, name: str) -> MilvusLexical:
        """Open a folder that `save` filled and whose checksums are known to be right.

        What the collection lacks of it is written there.

        Raises:
            SnapshotDamagedError: a file cannot be read.
            RemoteError: the server cannot be reached, or refuses.
        """
        try:
            average = json.loads((folder / _FACTS).read_bytes())
            with (folder / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                keyed = Keyed.of(stored["keys"], stored["parts"], stored["alive"])
                holding = dict(stored["holding"].tolist())
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
            raise SnapshotDamagedError(path=folder, problem="cannot be read") from problem
        counted = _Counted(int(keyed.alive.sum()), average, holding)
        index = cls(_stock(connection, name), keyed, SparseRows.load(folder), counted)
        index._put(np.flatnonzero(keyed.alive))
        return index

    def _put(self, rows: Rows) -> None:
        """Write those of some rows that the collection lacks."""
        rows = rows[self._keyed.keys[rows] != _EMPTY]
        self._stock.put(self._keyed.keys[rows], self._keyed.parts[rows], rows.tolist(), self._vectors.__getitem__)

    def _terms(self, query: Fields, weights: Mapping[str, float]) -> dict[int, float]:
        """The query's sparse vector; of very many terms those that tell most."""
        weighted: dict[tuple[str, str], float] = {}
        for field, weight in weights.items():
            for token in query.get(field, ()) if weight > 0 else ():
                weighted[field, token] = weighted.get((field, token), 0.0) + weight
        present = [(key, weight * self.idf(*key)) for key, weight in weighted.items() if self.rows_with(*key)]
        present.sort(key=lambda item: (-item[1], item[0]))
        terms: dict[int, float] = {}
        for key, weight in present[:MAX_TERMS]:
            terms[dimension(*key)] = terms.get(dimension(*key), 0.0) + weight
        return terms


def _stock(connection: Connection, name: str) -> Stock:
    return connection.collection(f"{name}_sparse", kind="SPARSE_INVERTED_INDEX")


def _keys(vectors: Sequence[dict[int, float]], parts: Parts) -> Rows:
    return np.array(
        [
            key_of(repr(sorted(vector.items())).encode(), part) if vector else _EMPTY
            for vector, part in zip(vectors, parts.tolist(), strict=True)
        ],
        np.int64,
    )
