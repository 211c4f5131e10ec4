"""Folders of index files that are either whole and known, or refused.

    root/
    ├── CURRENT              the name of the folder in use, replaced atomically
    └── 3f2a…/               one snapshot, never changed once it stands here
        ├── manifest.json    what it was built for; bytes and sha256 of every file
        └── …

FAISS checks nothing: a flipped bit gives a silently wrong answer or asks for gigabytes. So sizes and
checksums are compared before anything parses a byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from indexes.durable import sync
from indexes.errors import SnapshotDamagedError, SnapshotMismatchError, SnapshotMissingError

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
FORMAT = 1
_MAX_MANIFEST_BYTES = 1_000_000
_SCRATCH = ".new-"
_LEFT_S = 3_600
_NAME = re.compile(r"[0-9a-f]{24}")


@contextmanager
def write_snapshot(root: Path, *, built_for: Mapping[str, str]) -> Iterator[Path]:
    """Yield an empty folder to fill; when the block ends well, it becomes the current snapshot.

    Files are synced before the manifest, the manifest before the rename, and `CURRENT` is replaced
    last, so a crash at any moment leaves the former snapshot in use. Older snapshots are removed.

    Args:
        root: Where snapshots live; made if need be.
        built_for: What the content depends on (catalog, model, …); asked for again on opening.
    """
    root.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=root, prefix=_SCRATCH))
    try:
        yield scratch
        digest = _write_manifest(scratch, built_for)
        target = root / digest[:24]
        if _is_whole(target):  # the same bytes for the same purpose: nothing to replace
            shutil.rmtree(scratch)
        else:
            shutil.rmtree(target, ignore_errors=True)  # damaged: of no use to anybody
            os.rename(scratch, target)
        _replace_current(root, target.name)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    _remove_others(root, keep=target.name)


def open_snapshot(root: Path, *, built_for: Mapping[str, str]) -> Path:
    """The current snapshot's folder, every file checked against the manifest.

    Raises:
        SnapshotMissingError: there is none.
        SnapshotDamagedError: a file or the manifest is missing or changed.
        SnapshotMismatchError: it was built for something else.
    """
    try:
        name = (root / CURRENT).read_text("ascii").strip()
    except (OSError, ValueError):
        raise SnapshotMissingError(root=root) from None
    folder = root / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        raise SnapshotDamagedError(path=root / CURRENT, problem="names no snapshot")
    manifest = _read_manifest(folder)
    if manifest["built_for"] != dict(built_for):
        raise SnapshotMismatchError(built_for=manifest["built_for"], wanted=built_for)
    _check_files(folder, manifest)
    return folder


def check_part(folder: Path) -> None:
    """Look whether one index of a snapshot is still as it was written, long after the snapshot was opened.

    Args:
        folder: The index's own; one that stands in no snapshot is believed.

    Raises:
        SnapshotDamagedError: a file of it, or the manifest, was changed.
    """
    if (folder.parent / MANIFEST).is_file():
        manifest = _read_manifest(folder.parent)
        files = {name: file for name, file in manifest["files"].items() if name.startswith(f"{folder.name}/")}
        _check_files(folder.parent, {"files": files})


def _is_whole(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    try:
        _check_files(folder, _read_manifest(folder))
    except SnapshotDamagedError:
        return False
    return True


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashing lets go of the interpreter
        files = manifest["files"].items()
        checks = [threads.submit(_check, folder / file, size=f["bytes"], digest=f["sha256"]) for file, f in files]
        for one in checks:
            one.result()


def _write_manifest(folder: Path, built_for: Mapping[str, str]) -> str:
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix != ".lock":  # tantivy's, empty
            files[path.relative_to(folder).as_posix()] = {
                "bytes": path.stat().st_size,
                "sha256": _digest(path),
            }
            sync(path)
    text = json.dumps({"format": FORMAT, "built_for": dict(built_for), "files": files}, indent=1, sort_keys=True)
    manifest = folder / MANIFEST
    manifest.write_text(text, "utf-8")
    sync(manifest)
    sync(folder)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise SnapshotDamagedError(path=path, problem="too large to be a manifest")
        raw = path.read_bytes()
        manifest = json.loads(raw)
        known = manifest["format"] == FORMAT and isinstance(manifest["files"], dict)
        _ = dict(manifest["built_for"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise SnapshotDamagedError(path=path, problem="cannot be read") from problem
    if hashlib.sha256(raw).hexdigest()[:24] != folder.name or not known:
        raise SnapshotDamagedError(path=path, problem="changed since it was written")
    return dict(manifest)


def _check(path: Path, *, size: int, digest: str) -> None:
    try:
        right = path.stat().st_size == size and _digest(path) == digest
    except OSError as problem:
        raise SnapshotDamagedError(path=path, problem="missing or unreadable") from problem
    if not right:
        raise SnapshotDamagedError(path=path, problem="changed since it was written")


def _replace_current(root: Path, name: str) -> None:
    scratch = root / f".{CURRENT}-{uuid4().hex}"
    scratch.write_text(name, "ascii")
    sync(scratch)
    os.replace(scratch, root / CURRENT)
    sync(root)


def _remove_others(root: Path, *, keep: str) -> None:
    """Remove older snapshots, and what a killed process left half written an hour ago or more."""
    for path in root.iterdir():
        old = not path.name.startswith(".")
        left = path.name.startswith(_SCRATCH) and time.time() - path.stat().st_mtime > _LEFT_S
        if path.is_dir() and path.name != keep and (old or left):
            shutil.rmtree(path, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
