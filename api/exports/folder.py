"""All files of a pack in a folder, each whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from api.exports.calendar import calendar_of, cancellation_of
from api.exports.pack import Pack
from api.exports.printed import printed_pack
from api.exports.table import meetings_csv
from api.exports.workbook import firm_workbook, organiser_workbook

MANIFEST = "manifest.json"

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # devices on Windows
_OURS = re.compile(r"(?:firms|calendars|calendars/cancelled)/[a-z0-9][a-z0-9._~-]*\.(?:xlsx|ics)")
_UNPLAIN = re.compile("[^a-z0-9]+")
_SHOWN = 40


def write_pack(pack: Pack, folder: Path, *, before: Pack | None = None) -> list[Path]:
    """Write organiser.xlsx, firms/, pack.pdf, calendars/, meetings.csv and manifest.json.

    The manifest is written last and names every file with its SHA-256; files of an earlier pack that its
    manifest names and this one has no longer are removed. Equal packs give equal bytes.

    Args:
        pack: What to write.
        folder: Made where it is not there.
        before: The version that was sent; firms whose meetings are gone get calendars/cancelled/<id>.ics.

    Returns:
        All files of the pack, in the order of their paths.
    """
    sums: dict[str, str] = {}
    for name, data in _files(pack, before):
        _replace(folder / name, data)
        sums[name] = hashlib.sha256(data).hexdigest()
    gone = _named(folder / MANIFEST) - sums.keys()
    _replace(folder / MANIFEST, _manifest(pack, sums))
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    return sorted(folder / name for name in [*sums, MANIFEST])


def file_stem(firm_id: str) -> str:
    """A file name for any id: itself where every system takes it, else a part of it and a hash.

    Example: `file_stem("agritech-d01") -> "agritech-d01"`, `file_stem("../A") -> "a~80dd850293"`
    """
    if _PLAIN.fullmatch(firm_id) and not _RESERVED.fullmatch(firm_id):
        return firm_id
    digest = hashlib.sha256(firm_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    shown = _UNPLAIN.sub("-", firm_id.lower()).strip("-")[:_SHOWN].strip("-")
    return f"{shown or 'firm'}~{digest}"


def _files(pack: Pack, before: Pack | None) -> Iterator[tuple[str, bytes]]:
    yield "organiser.xlsx", organiser_workbook(pack)
    yield "pack.pdf", printed_pack(pack)
    yield "meetings.csv", meetings_csv(pack)
    for id in sorted(pack.firms):
        yield f"firms/{file_stem(id)}.xlsx", firm_workbook(pack, id)
        yield f"calendars/{file_stem(id)}.ics", calendar_of(pack, id)
    for id in sorted(before.firms) if before else ():
        if before and (gone := cancellation_of(before, pack, id)):
            yield f"calendars/cancelled/{file_stem(id)}.ics", gone


def _manifest(pack: Pack, sums: dict[str, str]) -> bytes:
    table = {
        "fair": pack.fair.id,
        "version": pack.version,
        "issued": pack.issued.isoformat(),
        "language": pack.language,
        "made_of": dict(pack.manifest),
        "files": sums,
    }
    return (json.dumps(table, ensure_ascii=True, sort_keys=True, indent=1, default=str) + "\n").encode()


def _named(path: Path) -> set[str]:
    """Files of firms that a manifest names; nothing else is ever removed."""
    try:
        files = json.loads(path.read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in files if isinstance(name, str) and _OURS.fullmatch(name)}


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        scratch = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
    scratch.chmod(0o644)
    scratch.replace(path)
