"""The part of every row of an index, and whether it lives, in a file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from indexes.contract import Mask, Parts
from indexes.errors import SnapshotDamagedError

_FILE = "rows.npz"


def save_rows(folder: Path, *, parts: Parts, alive: Mask) -> None:
    """Write what `load_rows` reads into a folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / _FILE, parts=parts, alive=alive)


def load_rows(folder: Path, *, n_rows: int) -> tuple[Parts, Mask]:
    """Parts, int16 (n_rows,), and who lives, bool (n_rows,), of a folder whose checksums are known to be right.

    Raises:
        SnapshotDamagedError: the file is missing, or of something else.
    """
    path = folder / _FILE
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            parts, alive = stored["parts"], stored["alive"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise SnapshotDamagedError(path=path, problem="cannot be read") from problem
    if (parts.dtype, alive.dtype) != (np.int16, np.bool_) or not parts.shape == alive.shape == (n_rows,):
        raise SnapshotDamagedError(path=path, problem="is of another index")
    return parts, alive
