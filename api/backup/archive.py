"""A backup's file: a ZIP of a manifest and what it names, either whole or refused."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from api.backup.facts import Facts
from api.errors import BackupRefusedError
from indexes.durable import sync

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "khukha.sqlite"
ERASED = "erased.jsonl"
PEPPER = "pepper"
NAMES = frozenset({DATABASE, ERASED, PEPPER})
_MAX_MANIFEST_BYTES = 1_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        khukha: The version that took it.
        made_at: When, in ISO 8601.
        facts: Of its database.
        settings: How the service was set up; nothing in it opens a door.
        pepper_mark: Tells whether two peppers are the same, without saying what they are; empty if there was none.
        files: Size and sha256 of every file in it.
        format: Of the archive.
    """

    khukha: str
    made_at: str
    facts: Facts
    settings: Mapping[str, Any]
    pepper_mark: str
    files: Mapping[str, tuple[int, str]]
    format: int = FORMAT


def write_archive(path: Path, files: Mapping[str, Path], manifest: Manifest) -> Manifest:
    """Write a backup; `path` is replaced once all of it is on the disk.

    Args:
        path: Where; only its owner may read it.
        files: By their names in the archive.
        manifest: Its `files` are filled in.

    Returns:
        The manifest as written.

    Raises:
        OSError: it cannot be written, as on a full disk; then nothing is left behind.
    """
    found = {name: _measured(file) for name, file in files.items()}
    whole = Manifest(**{name: getattr(manifest, name) for name in Manifest.__slots__} | {"files": found})
    text = json.dumps(asdict(whole), ensure_ascii=False, indent=1).encode()
    scratch = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False)  # noqa: SIM115 - kept
    try:
        with scratch, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, text)
            for name, file in files.items():
                archive.write(file, name)
            archive.comment = hashlib.sha256(text).hexdigest().encode()
        sync(Path(scratch.name))
        os.replace(scratch.name, path)
        sync(path.parent)
    except BaseException:
        Path(scratch.name).unlink(missing_ok=True)
        raise
    return whole


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself.

    Raises:
        BackupRefusedError: it is none, or not as it was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(MANIFEST)
            if info.file_size > _MAX_MANIFEST_BYTES:
                raise _damaged(path)
            text = archive.read(info)
            if hashlib.sha256(text).hexdigest().encode() != archive.comment:
                raise _damaged(path)
        return _manifest(json.loads(text))
    except OSError as problem:
        raise BackupRefusedError(path=path, th=f"อ่านไม่ได้ ({problem})", en=f"cannot be read ({problem})") from problem
    except (zipfile.BadZipFile, zlib.error, *_WRONG) as problem:
        raise _damaged(path) from problem


def unpack(path: Path, manifest: Manifest, folder: Path) -> None:
    """Unpack a backup, checked against its manifest.

    Raises:
        BackupRefusedError: a file of it is not as it was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name, (size, digest) in manifest.files.items():
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    if _copy(source, target, limit=size) != digest:
                        raise _damaged(path)
                (folder / name).chmod(0o600)
    except (zipfile.BadZipFile, zlib.error, *_WRONG) as problem:
        raise _damaged(path) from problem


_WRONG = (ValueError, KeyError, TypeError, EOFError, NotImplementedError, RuntimeError)
"""What zipfile and json raise at damaged files."""


def _manifest(data: dict[str, Any]) -> Manifest:
    if data["format"] != FORMAT or not data["files"].keys() <= NAMES:
        raise ValueError(data["format"])
    files = {name: (int(size), str(digest)) for name, (size, digest) in data["files"].items()}
    return Manifest(**data | {"facts": Facts(**data["facts"]), "files": files})


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Any, target: BinaryIO, *, limit: int) -> str:
    """Copy `limit` bytes; sha256 of them. One byte too many shows in it."""
    digest, left = hashlib.sha256(), limit + 1
    while left > 0 and (block := source.read(min(left, _BLOCK))):
        digest.update(block)
        target.write(block)
        left -= len(block)
    return digest.hexdigest()


def _damaged(path: Path) -> BackupRefusedError:
    return BackupRefusedError(
        path=path,
        th="ไม่ใช่ข้อมูลสำรองของ Khukha หรือแฟ้มเสียหาย ใช้แฟ้มอื่น",
        en="is no backup of Khukha, or was damaged: take another one",
    )
