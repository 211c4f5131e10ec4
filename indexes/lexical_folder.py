"""The folder of a LexicalIndex: how its documents look, and the private copy in which it grows."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import tantivy

from indexes.contract import Rows
from indexes.errors import SnapshotDamagedError
from indexes.snapshot import check_part

ROW = "row"
"""Field of a row's number."""

EVERY = "every"
"""Field that holds one same token in every row, so that rows are counted as tantivy counts them."""

EVERY_TOKEN = "1"

Fields = Mapping[str, Sequence[str]]
"""The tokens of a row or a query by field; a token holds no white space."""

_TOKENIZER = "given"
_BUILD_BYTES = 256_000_000
_GROW_BYTES = 30_000_000

log = logging.getLogger(__name__)


def create(rows: Iterable[Fields], *, fields: Sequence[str], folder: Path) -> tantivy.Index:
    """Index the rows, numbered from 0, into an empty folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(_schema(fields), path=str(folder))
    index.register_tokenizer(_TOKENIZER, _analyser())
    writer = index.writer(heap_size=_BUILD_BYTES, num_threads=1)  # one thread: rows keep their order
    for row, tokens in enumerate(rows):
        writer.add_document(_document(row, tokens))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def opened(folder: Path) -> tantivy.Index:
    """Open a folder that `create` filled; what makes tantivy panic, which is no `Exception`, is damage too.

    Raises:
        SnapshotDamagedError: tantivy cannot read it.
    """
    try:
        index = tantivy.Index.open(str(folder))
        index.register_tokenizer(_TOKENIZER, _analyser())
        index.config_reader("manual")  # no thread that watches the folder: whoever writes reloads
        index.reload()
    except BaseException as problem:
        if not isinstance(problem, (ValueError, OSError)) and type(problem).__name__ != "PanicException":
            raise
        raise SnapshotDamagedError(path=folder, problem="tantivy cannot read it") from problem
    return index


def files_of(folder: Path) -> dict[str, bytes]:
    """What a folder holds, by file name.

    Raises:
        SnapshotDamagedError: it is gone.
    """
    try:
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}
    except OSError as problem:
        raise SnapshotDamagedError(path=folder, problem="cannot be copied") from problem


def unpacked(files: Mapping[str, bytes]) -> Path:
    """A private folder with the files; whoever asked removes it."""
    own = Path(tempfile.mkdtemp(prefix="lexical-"))
    for name, content in files.items():
        (own / name).write_bytes(content)
    return own


class Growth:
    """A private copy of an index folder with its one writer; removed when nobody holds it any longer.

    Args:
        folder: Copied, and never touched again.

    Attributes:
        folder: Where the copy is.
        index: The copy; its searchers stay what they are whatever is written later.
        version: Raised by every change.

    Raises:
        SnapshotDamagedError: the folder is gone or cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        own = Path(tempfile.mkdtemp(prefix="lexical-"))
        try:
            shutil.copytree(folder, own, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
            check_part(folder)  # it was opened a while ago
            self.index = opened(own)
        except OSError as problem:
            shutil.rmtree(own, ignore_errors=True)
            raise SnapshotDamagedError(path=folder, problem="cannot be copied") from problem
        except SnapshotDamagedError:
            shutil.rmtree(own, ignore_errors=True)
            raise
        self.folder = own
        self._writer = self.index.writer(heap_size=_GROW_BYTES, num_threads=1)
        self.version = 0
        weakref.finalize(self, _close, self._writer, own)

    def change(self, rows: Iterable[Fields], *, first: int, without: Rows) -> None:
        """Delete some rows and add others, numbered from `first` on: all of it or nothing."""
        try:
            # by query: by term, tantivy-py takes the number for a signed one and finds no row
            self._writer.delete_documents_by_query(rows_query(self.index.schema, without))
            for row, tokens in enumerate(rows, first):
                self._writer.add_document(_document(row, tokens))
            self._writer.commit()
        except BaseException:
            self._writer.rollback()
            raise
        self.version += 1
        self.index.reload()


def rows_query(schema: tantivy.Schema, rows: Rows) -> tantivy.Query:
    """Any of the rows, int64 (n,)."""
    return tantivy.Query.term_set_query(schema, ROW, rows.tolist())


def _close(writer: tantivy.IndexWriter, folder: Path) -> None:
    with suppress(Exception):  # a writer that failed before has nothing left to wait for
        writer.wait_merging_threads()
    shutil.rmtree(folder, ignore_errors=True)


def _document(row: int, tokens: Fields) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned(ROW, row)
    document.add_text(EVERY, EVERY_TOKEN)
    for field, given in tokens.items():  # tantivy leaves out those that the schema does not name
        document.add_text(field, " ".join(given))
    return document


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(ROW, indexed=True, fast=True)
    builder.add_text_field(EVERY, tokenizer_name=_TOKENIZER, index_option="basic")
    for field in fields:
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _analyser() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
