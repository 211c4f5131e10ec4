"""Bytes and names that a power cut does not take back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def sync(path: Path) -> None:
    """Have a file's bytes on disk, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Add lines to a file, made if need be, and have them on disk.

    A last line that a power cut broke off stays a broken line of its own, and takes no new one with it.

    Args:
        path: The file.
        lines: Without their ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                lines = [b"", *lines]
        file.write(b"\n".join([*lines, b""]))
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)
