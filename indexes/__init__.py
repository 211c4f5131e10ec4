"""A small search library: rows, tokens and vectors in, ranked rows out.

It knows no firm, no web and no SQL. A row is a number from 0 in the order things were added; what a
row stands for is the caller's business. Filters are boolean masks over rows and are always applied
before the search, never after. An index never changes; `extended` gives another one with more rows, and
threads that search the old one go on.

    ExactIndex    numpy, the oracle every other index is tested against
    FlatIndex     FAISS, exhaustive inner product
    QuantisedIndex  FAISS, one byte a dimension, in cells: for a nation
    LexicalIndex  BM25 over fields of tokens (tantivy)
    Store         where all these are kept: on this machine, or on a Milvus server too (`indexes.milvus`)
    snapshot      a folder with a manifest: checksums, atomic replacement, refusal of what is damaged
"""

from indexes.contract import MOST_PARTS, NO_ROWS, NOTHING, DenseIndex, Hits, Mask, Parts, Rows, Stored, Vectors
from indexes.errors import (
    ExtraMissingError,
    IndexesError,
    IndexOutgrownError,
    RemoteError,
    SnapshotDamagedError,
    SnapshotError,
    SnapshotMismatchError,
    SnapshotMissingError,
    VectorsError,
)
from indexes.exact import ExactIndex
from indexes.flat import FlatIndex
from indexes.lexical import LexicalIndex
from indexes.lexical_folder import Fields
from indexes.quantised import QuantisedIndex
from indexes.snapshot import open_snapshot, write_snapshot
from indexes.store import ON_DISK, Store, WordIndex, load_store
from indexes.tiers import load_dense, write_dense

__all__ = [
    "MOST_PARTS",
    "NOTHING",
    "NO_ROWS",
    "ON_DISK",
    "DenseIndex",
    "ExactIndex",
    "ExtraMissingError",
    "Fields",
    "FlatIndex",
    "Hits",
    "IndexOutgrownError",
    "IndexesError",
    "LexicalIndex",
    "Mask",
    "Parts",
    "QuantisedIndex",
    "RemoteError",
    "Rows",
    "SnapshotDamagedError",
    "SnapshotError",
    "SnapshotMismatchError",
    "SnapshotMissingError",
    "Store",
    "Stored",
    "Vectors",
    "VectorsError",
    "WordIndex",
    "load_dense",
    "load_store",
    "open_snapshot",
    "write_dense",
    "write_snapshot",
]
