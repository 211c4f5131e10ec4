"""Files that name a person: found whatever they are packed in, and removed.

Uploads, exports and rejected rows can be made again, so a file that names somebody goes as a whole. What a
published fair wrote is written anew without them; a PDF cannot be looked into and counts as naming whoever came.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from api.exports import file_stem
from api.privacy.traces import Traces

MOST_BYTES = 300_000_000
"""A file, or a member of an archive, is looked into up to here."""

_DEEPEST = 3
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CODINGS = ("utf-8", "cp874", "utf-16")
_TAGS = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of files.

    Attributes:
        removed: Paths below the folder.
        rewrite: Fairs whose files must be written anew, with their folders' versions.
    """

    removed: tuple[str, ...]
    rewrite: tuple[tuple[str, int], ...]


def naming(folder: Path, traces: Traces) -> list[Path]:
    """Files below a folder that name somebody, as far as they can be looked into."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return [path for path in paths if names_in(path, traces)]


def names_in(path: Path, traces: Traces) -> bool:
    """Whether a file names somebody, in its contents or its name."""
    if traces.found(path.name):
        return True
    with path.open("rb") as file:
        return _names(file.read(MOST_BYTES), traces, depth=0)


def clear_files(files_dir: Path, traces: Traces, *, fairs: Sequence[str]) -> Cleared:
    """Remove the files that name somebody.

    Args:
        files_dir: Where uploads, exports and publications lie.
        traces: Of whom.
        fairs: Ids of fairs to whose files they belong, whether or not those can be looked into.
    """
    found, packs = naming(files_dir, traces), files_dir / "fairs"
    removed, rewrite = [], []
    by_stem = {file_stem(id): id for id in fairs}
    touched = {path.relative_to(packs).parts[:2] for path in found if packs in path.parents}
    touched |= {(stem, one.name) for stem in by_stem for one in (packs / stem).glob("v*") if one.is_dir()}
    for stem, version in sorted(touched):
        shutil.rmtree(packs / stem / version, ignore_errors=True)
        removed.append(f"fairs/{stem}/{version}")
        rewrite.append((stem, int(version.removeprefix("v")) if version[1:].isdecimal() else 0))
    for path in found:
        if packs not in path.parents:
            path.unlink(missing_ok=True)
            removed.append(str(path.relative_to(files_dir)))
    return Cleared(tuple(removed), tuple(rewrite))


def _names(data: bytes, traces: Traces, *, depth: int) -> bool:
    if data[:4] == b"PK\x03\x04" and depth < _DEEPEST:
        return any(_names(member, traces, depth=depth + 1) for member in _members(data))
    return any(traces.found(text) for text in _readings(data))


def _members(data: bytes) -> Iterator[bytes]:
    """What an archive holds; nothing where it is damaged."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            for one in archive.infolist():
                with archive.open(one) as member:
                    yield member.read(MOST_BYTES)
    except (BadZipFile, OSError, RuntimeError, NotImplementedError):
        yield data


def _readings(data: bytes) -> Iterator[str]:
    """A file as text, in each of the ways it may be meant."""
    for coding in _CODINGS:
        text = data.decode(coding, "ignore")
        yield text
        if "\\u" in text:
            yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        if text.lstrip("\ufeff").startswith("<"):
            yield html.unescape(_TAGS.sub(" ", text))
