"""A look at a file before it is parsed, so that none can take all memory or time.

The XLSX parser lays a sheet out as a full rectangle: two cells in opposite corners ask for half a
terabyte and end the process. So sizes are counted by unpacking, not believed from the zip's own table,
and the place of every cell is read before any rectangle is made.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from matcher.errors import CatalogError

MAX_FILE_BYTES = 200_000_000
MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 200
FREE_BYTES = 10_000_000
"""Up to here any ratio will do: small sheets of one repeated row pack well."""
MAX_ENTRIES = 2_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 10_000_000
CHUNK_BYTES = 1_000_000

_OVERLAP = 200
_PLACE = re.compile(rb"""\br\s*=\s*["']([^"'<>]{1,64})["']""")
_REFERENCE = re.compile(rb"\$?([A-Za-z]{0,3})\$?(\d{1,9})")
_SAVE_AGAIN = "open it in Excel or LibreOffice and save it as .xlsx"


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        CatalogError: it is missing, or over `MAX_FILE_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CatalogError(path=path, problem="larger than 200 MB", remedy="split the file")
        return path.read_bytes()
    except OSError as problem:
        raise CatalogError(
            path=path, problem=f"cannot be read ({problem.strerror})", remedy="check the name of the file"
        ) from problem


def check_workbook(path: Path) -> None:
    """Refuse a workbook that is none, or that is larger than any exhibitor list.

    Raises:
        CatalogError: no zip or no workbook, encrypted or damaged, over `MAX_UNPACKED_BYTES` unpacked, packed
            more than `MAX_RATIO` to one, over `MAX_ENTRIES` entries, or a cell beyond the limits.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            _check_entries(path, packed)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as problem:
        raise CatalogError(path=path, problem=f"no readable XLSX file ({problem})", remedy=_SAVE_AGAIN) from problem
    except OSError as problem:
        raise CatalogError(
            path=path, problem=f"cannot be read ({problem})", remedy="check the name of the file"
        ) from problem


def _check_entries(path: Path, packed: zipfile.ZipFile) -> None:
    entries = packed.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _too_big(path, f"holds {len(entries):,} files, the most is {MAX_ENTRIES:,}")
    if "xl/workbook.xml" not in packed.namelist():
        raise CatalogError(path=path, problem="a zip file, but no XLSX workbook", remedy=_SAVE_AGAIN)
    allowed = min(MAX_UNPACKED_BYTES, max(FREE_BYTES, MAX_RATIO * path.stat().st_size))
    unpacked = 0
    for entry in entries:
        rows = columns = 0
        for chunk, fresh in _chunks(packed, entry):
            unpacked += fresh
            if unpacked > allowed:
                raise _too_big(path, f"unpacks to more than {allowed:,} bytes")
            if fresh == len(chunk) and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise CatalogError(path=path, problem="holds UTF-16 text", remedy=_SAVE_AGAIN)
            rows, columns = _extent(path, chunk, rows, columns)
        if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
            raise _too_big(path, f"a sheet reaches to row {rows:,} and column {columns:,}")


def _chunks(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The content of an entry, each chunk with the end of the one before, and how much of it is new."""
    entry.file_size = MAX_UNPACKED_BYTES + 1  # the table may lie: unpack until the data ends
    with packed.open(entry) as content:
        end = b""
        while chunk := content.read(CHUNK_BYTES):
            yield end + chunk, len(chunk)
            end = chunk[-_OVERLAP:]


def _extent(path: Path, chunk: bytes, rows: int, columns: int) -> tuple[int, int]:
    """The furthest row and column that a piece of XML names, not less than those given."""
    for place in set(_PLACE.findall(chunk)):
        if b"&" in place:
            raise CatalogError(path=path, problem="hides where its cells stand", remedy=_SAVE_AGAIN)
        if found := _REFERENCE.fullmatch(place):
            rows = max(rows, int(found[2]))
            columns = max(columns, _column_number(found[1]))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _too_big(path: Path, problem: str) -> CatalogError:
    return CatalogError(
        path=path,
        problem=problem,
        remedy=f"leave one sheet of at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns, "
        "and delete the empty rows and columns around it",
    )
