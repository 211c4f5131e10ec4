"""Which dense index a collection gets: by its size, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from indexes import flat, quantised
from indexes.contract import DenseIndex, Parts, Vectors
from indexes.errors import SnapshotDamagedError

FLAT_ROWS = 50_000
"""Rows up to which every search reads them all, and is exact.

Reading 10,000 rows of 384 dimensions takes 5 ms, and grows a little slower than the rows; 100,000 in cells take
1.2 ms at 0.993 of the right rows (docs/performance.md). A fair, a province or a cluster has fewer than this, so that
its answers are exact; where between the two the line is best has not been measured.
"""


def write_dense(folder: Path, vectors: Vectors, *, parts: Parts | None = None) -> None:
    """Build the index that fits a collection, and fill a folder with it.

    Args:
        folder: Empty, or not there yet.
        vectors: float32 (n_rows, dim), unit rows.
        parts: int16 (n_rows,), the part of each row; None puts all into part 0.
    """
    if len(vectors) <= FLAT_ROWS:
        flat.FlatIndex(vectors, parts=parts).save(folder)
    else:
        places = np.zeros(len(vectors), np.int16) if parts is None else parts
        quantised.QuantisedIndex.build([(vectors, places)], folder=folder)


def load_dense(folder: Path) -> DenseIndex:
    """Open what `write_dense` wrote and whose checksums are known to be right.

    Raises:
        SnapshotDamagedError: a file is missing or cannot be read.
    """
    if (folder / flat.FILE).exists():
        return flat.FlatIndex.load(folder)
    if (folder / quantised.FILE).exists():
        return quantised.QuantisedIndex.load(folder)
    raise SnapshotDamagedError(path=folder, problem="holds no index of vectors")
