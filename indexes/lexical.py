"""BM25 over tokens the caller made, with tantivy.

A row has several named fields of tokens (words, sub-words, …). tantivy sees tokens joined by spaces and
splits them at spaces: it knows no language.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with
tantivy's k1 = 1.2, b = 0.75 and its idf ln(1 + (N − n + 0.5) / (n + 0.5)).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tantivy

from indexes.contract import Hits, Mask, Rows, Vectors, checked_mask, ranked
from indexes.errors import SnapshotDamagedError

MAX_TERMS = 512
"""Terms of one query; those that tell most are kept, so that a pasted page cannot stall the index."""
_TOKENIZER = "given"
_WRITER_BYTES = 256_000_000
_EXTRA = 8

Fields = Mapping[str, Sequence[str]]
"""The tokens of a row or a query by field; a token holds no white space."""


class LexicalIndex:
    """BM25 on disk, never changed once built; open one with `build` or `load`."""

    def __init__(self, index: tantivy.Index, schema: tantivy.Schema) -> None:
        self._schema = schema
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def build(cls, rows: Iterable[Fields], *, fields: Sequence[str], folder: Path) -> LexicalIndex:
        """Index the rows, numbered from 0, into an empty folder.

        Args:
            rows: Tokens of each row; a field that is missing is empty.
            fields: Names of all fields.
            folder: Made if need be.
        """
        folder.mkdir(parents=True, exist_ok=True)
        schema = _schema(fields)
        index = tantivy.Index(schema, path=str(folder))
        index.register_tokenizer(_TOKENIZER, _analyser())
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)  # one thread: rows keep their order
        for row, tokens in enumerate(rows):
            document = tantivy.Document()
            document.add_unsigned("row", row)
            for field in fields:
                document.add_text(field, " ".join(tokens.get(field, ())))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return cls(index, schema)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open a folder that `build` filled and whose checksums are known to be right.

        Raises:
            SnapshotDamagedError: tantivy cannot read it.
        """
        try:
            index = tantivy.Index.open(str(folder))
            index.register_tokenizer(_TOKENIZER, _analyser())
            return cls(index, index.schema)
        except (ValueError, OSError) as problem:
            raise SnapshotDamagedError(path=folder, problem="tantivy cannot read it") from problem

    @property
    def n_rows(self) -> int:
        """How many rows can be found."""
        return self._searcher.num_docs

    def rows_with(self, field: str, token: str) -> int:
        """How many rows hold a token."""
        return self._searcher.doc_freq(field, token)

    def idf(self, field: str, token: str) -> float:
        """How much a token tells: near 0 for one in every row, highest for one in none."""
        found = self.rows_with(field, token)
        return math.log(1 + (self.n_rows - found + 0.5) / (found + 0.5))

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
        if allowed is not None:
            only = self._only(np.flatnonzero(allowed))
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, only)])
        found = self._searcher.search(wanted, limit=k + _EXTRA, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        scores = [score for score, _ in found]
        return ranked(np.array(rows, np.int64).reshape(1, -1), np.array(scores, np.float32).reshape(1, -1), k=k)

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
        present = [(key, weight) for key, weight in weighted.items() if weight > 0 and self.rows_with(*key)]
        if len(present) > MAX_TERMS:
            present.sort(key=lambda item: (-item[1] * self.idf(*item[0]), item[0]))
        return [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, *key, "freq"), weight)
            for key, weight in present[:MAX_TERMS]
        ]

    def _only(self, rows: Rows) -> tantivy.Query:
        any_of = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
        return tantivy.Query.const_score_query(any_of, 0.0)


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    for field in fields:
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _analyser() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
