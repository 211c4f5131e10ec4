"""A disk that is looked at and filled: what a power cut would leave of it, and what happens when it is full.

`Disk` compiles disk.c, which a process is started under; `after_cut` works out from its record what is left.
A file's bytes are sure to stay once the file was synced, a name once its folder was. All else may be lost, or
may have reached the disk in part and in any order (names: in order, as journals keep them).

Why a preloaded library: SQLite, tantivy and Python all write through libc, so one place sees them all, in the
real service, without root and without a file system of its own.
"""

from __future__ import annotations

import mmap
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

HEADER = struct.Struct("=qqIIII")
SECTOR_BYTES = 512
COMPILER = shutil.which("cc") or shutil.which("gcc")


class Op(IntEnum):
    """What was done; as in disk.c."""

    WRITE = 1
    TRUNCATE = 2
    SYNC = 3
    RENAME = 4
    UNLINK = 5
    MKDIR = 6
    LINK = 7
    CREATE = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One call that changed something."""

    at_ns: int
    op: Op
    path: str
    offset: int
    data: bytes


@dataclass
class _File:
    """Bytes that are sure, and what was done since; None for a folder."""

    sure: bytearray = field(default_factory=bytearray)
    since: list[Record] = field(default_factory=list)
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A change of names: `gone` no longer, `path` now names `file`."""

    path: str | None
    file: _File | None
    gone: str | None


class Disk:
    """Compiled once, then given to processes by `environment`.

    Args:
        scratch: Outside of what is watched.
        root: What is watched.
    """

    def __init__(self, scratch: Path, root: Path) -> None:
        assert COMPILER is not None
        self.root = root.resolve()
        self.record = scratch / "disk.log"
        self._library, limit = scratch / "disk.so", scratch / "room"
        source = Path(__file__).with_name("disk.c")
        subprocess.run(
            [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(source), "-ldl", "-lpthread"],
            check=True,
        )
        limit.write_bytes(struct.pack("=q", -1))
        with limit.open("r+b") as file:
            self._room = mmap.mmap(file.fileno(), 8)
        self.environment: Mapping[str, str] = os.environ | {
            "LD_PRELOAD": str(self._library),
            "KHUKHA_DISK_ROOT": str(self.root),
            "KHUKHA_DISK_LOG": str(self.record),
            "KHUKHA_DISK_ROOM": str(limit),
        }

    def leave_room(self, n_bytes: int | None) -> None:
        """How much may still be written; None is no limit."""
        self._room[:] = struct.pack("=q", -1 if n_bytes is None else n_bytes)

    def records(self) -> list[Record]:
        """All that was done, in order."""
        return list(_read(self.record.read_bytes()))


def after_cut(records: list[Record], *, before: Path, root: Path, target: Path, chance: random.Random | None) -> None:
    """Write into `target` what a power cut after some records leaves.

    Args:
        records: All that was done until then.
        before: The folder as it was before, all of it synced.
        root: The folder's name in the records.
        target: Made anew.
        chance: Which of what was not synced is kept nevertheless; None keeps none of it.
    """
    left = _Left({str(root / path.relative_to(before)): _old(path) for path in before.rglob("*")})
    for record in records:
        left.add(record)
    if chance:
        left.keep(chance.randrange(len(left.loose) + 1))
    names = left.names
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in sorted(names):
        file, at = names[path], target / Path(path).relative_to(root)
        if not at.parent.is_dir():
            continue  # its folder's name was lost
        if file.is_folder:
            at.mkdir()
        else:
            at.write_bytes(_left_of(file, chance))


def _old(path: Path) -> _File:
    return _File(is_folder=True) if path.is_dir() else _File(bytearray(path.read_bytes()))


class _Left:
    """What is sure to be left, and what is not yet.

    Args:
        files: What was there before.

    Attributes:
        files: As processes see them.
        names: As the disk is sure to have them.
        loose: Changes of names that are not sure, in order.
    """

    def __init__(self, files: dict[str, _File]) -> None:
        self.files = dict(files)
        self.names = dict(files)
        self.loose: list[_Named] = []

    def add(self, record: Record) -> None:
        """Do what a record says."""
        path = record.path
        if record.op in {Op.WRITE, Op.TRUNCATE}:
            if path in self.files:  # else it was unlinked while it was open
                self.files[path].since.append(record)
        elif record.op is Op.SYNC:
            self._sync(path)
        elif record.op in {Op.CREATE, Op.MKDIR}:
            self.files[path] = _File(is_folder=record.op is Op.MKDIR)
            self.loose.append(_Named(path, self.files[path], None))
        elif record.op is Op.UNLINK:
            self.files.pop(path, None)
            self.loose.append(_Named(None, None, path))
        else:
            self._name(record.op, path, record.data.decode())

    def keep(self, count: int) -> None:
        """Let the first of the loose changes of names have reached the disk."""
        for change in self.loose[:count]:
            _rename(self.names, change)

    def _sync(self, path: str) -> None:
        if path in self.files and not self.files[path].is_folder:
            _settle(self.files[path].sure, self.files[path].since)
            self.files[path].since.clear()
        for change in [one for one in self.loose if path in {_folder(one.path), _folder(one.gone)}]:
            _rename(self.names, change)
            self.loose.remove(change)

    def _name(self, op: Op, path: str, other: str) -> None:
        if op is Op.LINK:
            self.files[other] = self.files[path]
            self.loose.append(_Named(other, self.files[path], None))
            return
        for old in [one for one in self.files if one == path or one.startswith(path + "/")]:
            self.files[other + old.removeprefix(path)] = self.files.pop(old)
        self.loose.append(_Named(other, None, path))


def _rename(names: dict[str, _File], change: _Named) -> None:
    if change.gone is None:
        assert change.path is not None
        assert change.file is not None
        names[change.path] = change.file
        return
    for old in [one for one in names if one == change.gone or one.startswith(change.gone + "/")]:
        file = names.pop(old)
        if change.path is not None:
            names[change.path + old.removeprefix(change.gone)] = file


def _folder(path: str | None) -> str | None:
    return None if path is None else path.rpartition("/")[0]


def _left_of(file: _File, chance: random.Random | None) -> bytes:
    """What is sure, and by chance some of what is not: any writes, one of them torn."""
    left = bytearray(file.sure)
    if chance and file.since:
        share = chance.random()
        kept = [record for record in file.since if chance.random() < share]
        if kept and kept[-1].op is Op.WRITE:
            last = kept[-1]
            end = chance.randrange(len(last.data) // SECTOR_BYTES + 1) * SECTOR_BYTES
            kept[-1] = Record(last.at_ns, last.op, last.path, last.offset, last.data[:end])
        _settle(left, kept)
    return bytes(left)


def _settle(content: bytearray, records: list[Record]) -> None:
    for record in records:
        if record.op is Op.TRUNCATE:
            del content[record.offset :]
            content.extend(bytes(record.offset - len(content)))
        else:
            content.extend(bytes(max(0, record.offset - len(content))))
            content[record.offset : record.offset + len(record.data)] = record.data


def _read(raw: bytes) -> Iterator[Record]:
    at = 0
    while at + HEADER.size <= len(raw):
        at_ns, offset, op, path_len, data_len, _ = HEADER.unpack_from(raw, at)
        at += HEADER.size
        path = raw[at : at + path_len].decode()
        at += path_len
        yield Record(at_ns, Op(op), path, offset, raw[at : at + data_len])
        at += data_len
