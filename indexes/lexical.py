"""BM25 over tokens the caller made, with tantivy.

A row has several named fields of tokens (words, sub-words, …). tantivy sees tokens joined by spaces and
splits them at spaces: it knows no language.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with
tantivy's k1 = 1.2, b = 0.75 and its idf ln(1 + (N − n + 0.5) / (n + 0.5)).
"""

from __future__ import annotations

import itertools
import math
import shutil
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tantivy

from indexes.contract import SCORE_DECIMALS, Hits, Mask, Rows, Vectors, checked_mask, ranked
from indexes.errors import IndexOutgrownError
from indexes.lexical_folder import (
    EVERY,
    EVERY_TOKEN,
    ROW,
    Fields,
    Growth,
    create,
    files_of,
    opened,
    rows_query,
    unpacked,
)

MAX_TERMS = 512
"""Terms of one query; those that tell most are kept, so that a pasted page cannot stall the index."""
_EXTRA = 8

_MANY, _OFTEN = 5_000, 0.02
"""From so many allowed rows on, if they are so large a share, the best of all rows are fetched and looked through."""


class LexicalIndex:
    """BM25 on disk, never changed once built; open one with `build` or `load`.

    Rows that `extended` deletes are never found again, yet tantivy goes on counting them, N and n of
    the idf alike, until it merges the part they stand in.

    Attributes:
        alive: bool (n_rows,), False for rows that were deleted; read-only.
    """

    def __init__(
        self, index: tantivy.Index, folder: Path, *, alive: Mask | None = None, growth: Growth | None = None
    ) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._folder = folder
        self._growth = growth
        self._version = growth.version if growth else 0
        self._counted = self._counted_with(EVERY, EVERY_TOKEN)
        self.alive: Mask = np.ones(self._searcher.num_docs, np.bool_) if alive is None else alive
        self.alive.flags.writeable = False
        self._all_alive = bool(self.alive.all())

    @classmethod
    def build(cls, rows: Iterable[Fields], *, fields: Sequence[str], folder: Path) -> LexicalIndex:
        """Index the rows, numbered from 0, into an empty folder.

        Args:
            rows: Tokens of each row; a field that is missing is empty.
            fields: Names of all fields; a row's other fields are left out.
            folder: Made if need be.
        """
        return cls(create(rows, fields=fields, folder=folder), folder)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open a folder that `build` filled and whose checksums are known to be right.

        Raises:
            SnapshotDamagedError: tantivy cannot read it.
        """
        return cls(opened(folder), folder)

    def __reduce__(self) -> tuple[object, ...]:
        """Sent to another process, it takes its files along."""
        if self._growth and self._growth.version != self._version:
            raise IndexOutgrownError
        folder = self._growth.folder if self._growth else self._folder
        return _unpacked, (files_of(folder), np.array(self.alive))

    def extended(self, rows: Iterable[Fields], *, without: Rows) -> LexicalIndex:
        """Another index with some rows deleted and others added; this one answers as before.

        The first time, the folder is copied to a private one that goes when no index needs it any
        more; the folder itself never changes. From then on an index can be extended once: there is one
        line of indexes, and one thread that extends it.

        Args:
            rows: Tokens of each new row; they are numbered from `n_rows` on.
            without: int64 (n,), rows to delete; those dead already may be among them.

        Raises:
            IndexOutgrownError: this index was extended already.
            SnapshotDamagedError: the folder to copy is gone.
        """
        growth = self._growth or Growth(self._folder)
        if growth.version != self._version:
            raise IndexOutgrownError
        added = list(rows)
        growth.change(added, first=self.n_rows, without=without)
        alive = np.concatenate([self.alive, np.ones(len(added), np.bool_)])
        alive[without] = False
        return LexicalIndex(growth.index, self._folder, alive=alive, growth=growth)

    @property
    def n_rows(self) -> int:
        """How many rows there ever were, the deleted ones too."""
        return len(self.alive)

    def rows_with(self, field: str, token: str) -> int:
        """How many rows hold a token, deleted ones left out."""
        counted = self._counted_with(field, token)
        if not counted or self._all_alive:
            return counted
        holds = tantivy.Query.term_query(self._schema, field, token, "basic")
        return self._searcher.search(holds, limit=1, count=True).count or 0  # type: ignore[attr-defined]

    def idf(self, field: str, token: str) -> float:
        """How much a token tells: near 0 for one in every row, highest for one in none.

        As tantivy weighs it, so with the deleted rows that it counts still.
        """
        found = self._counted_with(field, token)
        return math.log(1 + (self._counted - found + 0.5) / (found + 0.5))

    def search(self, query: Fields, *, k: int, allowed: Mask | None = None, weights: Mapping[str, float]) -> Hits:
        """The k rows with the highest weighted sum of the fields' BM25.

        Args:
            query: Its tokens by field; a token that stands twice counts twice.
            k: At least 1.
            allowed: bool (n_rows,); rows that are False cannot be found. None allows all.
            weights: Of each field; a field without one is left out.

        Returns:
            One query's hits, arrays of shape (1, k). A row that shares no token is not among them.
        """
        allowed = checked_mask(allowed, n_rows=self.n_rows)
        terms = self._terms(query, weights)
        if not terms or (allowed is not None and not allowed.any()):
            return ranked(np.zeros((1, 0), np.int64), np.zeros((1, 0), np.float32), k=k)
        wanted = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        found = self._among_all(wanted, allowed, k=k)
        if found is None:
            found = self._best(self._within(wanted, allowed), k=k, limit=k + _EXTRA)
            assert found is not None
        return found

    def _among_all(self, wanted: tantivy.Query, allowed: Mask | None, *, k: int) -> Hits | None:
        """The best of all rows that are allowed too, where so many are that this is quicker than to tell tantivy which.

        None where few are allowed, or hardly any of the best.
        """
        if allowed is None:
            return None
        passing = int(np.count_nonzero(allowed & self.alive))
        share = passing / max(1, int(np.count_nonzero(self.alive)))
        if passing < _MANY or share < _OFTEN:
            return None
        limit = int(1.5 * k / share) + _EXTRA
        return self._best(wanted, k=k, limit=limit, allowed=allowed, tries=2)

    def _best(
        self, wanted: tantivy.Query, *, k: int, limit: int, allowed: Mask | None = None, tries: int | None = None
    ) -> Hits | None:
        """The k best of a query, fetched `limit` at first; None where so many tries do not reach them.

        Tantivy cuts ties by where a row happens to stand, so all that tie with place k are fetched.
        """
        for _ in itertools.count() if tries is None else range(tries):
            found = self._searcher.search(wanted, limit=limit, count=False).hits
            scores = np.array([score for score, _ in found], np.float32)
            rows = np.array(self._searcher.fast_field_values(ROW, [address for _, address in found]), np.int64)
            kept = slice(None) if allowed is None else allowed[rows]
            best = scores[kept]
            if len(found) < limit or (len(best) >= k and best[k - 1] - scores[-1] > 2 * 10.0**-SCORE_DECIMALS):
                return ranked(rows[kept].reshape(1, -1), best.reshape(1, -1), k=k)
            limit *= 4
        return None

    def scores(self, query: Fields, rows: Rows, *, field: str) -> Vectors:
        """One field's BM25 of the given rows, 0 for those that share no token.

        Args:
            query: Its tokens by field.
            rows: int64 (n,), each at most once.
            field: The field asked.

        Returns:
            float32 (n,).
        """
        mask = np.zeros(self.n_rows, np.bool_)
        mask[rows] = True
        hits = self.search(query, k=max(1, len(rows)), allowed=mask, weights={field: 1.0})
        found = dict(zip(hits.rows[0].tolist(), hits.scores[0].tolist(), strict=True))
        return np.array([found.get(row, 0.0) for row in rows.tolist()], np.float32)

    def _terms(self, query: Fields, weights: Mapping[str, float]) -> list[tantivy.Query]:
        weighted: dict[tuple[str, str], float] = {}
        for field, weight in weights.items():
            for token in query.get(field, ()):
                weighted[field, token] = weighted.get((field, token), 0.0) + weight
        present = [(key, weight) for key, weight in weighted.items() if weight > 0 and self._counted_with(*key)]
        if len(present) > MAX_TERMS:
            present.sort(key=lambda item: (-item[1] * self.idf(*item[0]), item[0]))
        return [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, *key, "freq"), weight)
            for key, weight in present[:MAX_TERMS]
        ]

    def _counted_with(self, field: str, token: str) -> int:
        return self._searcher.doc_freq(field, token)

    def _within(self, wanted: tantivy.Query, allowed: Mask | None) -> tantivy.Query:
        """The query on the allowed rows alone; tantivy is told of those or of the others, whichever are fewer."""
        if allowed is None:
            return wanted
        others = np.flatnonzero(self.alive & ~allowed)
        if not len(others):
            return wanted
        rows = np.flatnonzero(self.alive & allowed)
        if len(others) < len(rows):
            return tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, wanted), (tantivy.Occur.MustNot, rows_query(self._schema, others))]
            )
        only = tantivy.Query.const_score_query(rows_query(self._schema, rows), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, only)])


def _unpacked(files: Mapping[str, bytes], alive: Mask) -> LexicalIndex:
    folder = unpacked(files)
    index = LexicalIndex(opened(folder), folder, alive=alive)
    weakref.finalize(index, shutil.rmtree, folder, ignore_errors=True)
    return index
