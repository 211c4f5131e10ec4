"""Cells: a collection cut into small neighbourhoods, none of which crosses the border of a part.

A part is cut into groups, a group into cells, each by spherical k-means on a sample. So a row is held
against the groups of its own part and the cells of its own group alone, and cutting a million rows costs
seconds instead of minutes; a search within a part reads no cell of another.

Source: the inverted file of Sivic and Zisserman, "Video Google", ICCV 2003; in two steps as Nistér and
Stewénius, "Scalable Recognition with a Vocabulary Tree", CVPR 2006.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import faiss
import numpy as np

from indexes.contract import Parts, Rows, Vectors

CELL_ROWS = 300
"""Rows of a cell, on average: with more a probe reads too much, with fewer too many centres are compared."""

GROUP_CELLS = 128
"""Cells of a group at most; a larger part is cut into groups first."""

_SAMPLE = 40
"""Rows of the sample for each centre."""

_ROUNDS = 8
_SEED = 7


@dataclass(frozen=True, slots=True)
class Cells:
    """Centres of groups and cells; cells are numbered through all groups, groups through all parts.

    Attributes:
        centres: float32 (n_cells, dim), unit rows.
        group_centres: float32 (n_groups, dim), unit rows.
        group_parts: int16 (n_groups,), ascending.
        group_ends: int64 (n_groups,), the number of cells up to the end of each group.
    """

    centres: Vectors
    group_centres: Vectors
    group_parts: Parts
    group_ends: Rows

    @property
    def parts(self) -> Parts:
        """int16 (n_cells,), the part of each cell."""
        return np.repeat(self.group_parts, np.diff(self.group_ends, prepend=0))

    @classmethod
    def cut(cls, sample: Vectors, parts: Parts, *, n_rows: int) -> Cells:
        """Cut a collection.

        Args:
            sample: float32 (n, dim) of its rows, drawn evenly.
            parts: int16 (n,), their parts.
            n_rows: Of the whole collection.
        """
        centres, heads, owners, sizes = [], [], [], []
        for part in np.unique(parts).tolist():
            own = sample[parts == part]
            wanted = max(1, round(len(own) / len(sample) * n_rows / CELL_ROWS))
            groups = _k_means(own, -(-wanted // GROUP_CELLS))
            for number, rows in _split(_nearest(own, groups), len(groups)):
                cells = _k_means(own[rows], max(1, round(wanted * len(rows) / len(own))))
                centres.append(cells)
                heads.append(groups[number])
                owners.append(part)
                sizes.append(len(cells))
        dim = sample.shape[1]
        return cls(
            np.concatenate([*centres, np.zeros((0, dim), np.float32)]),
            np.array(heads, np.float32).reshape(-1, dim),
            np.array(owners, np.int16),
            np.cumsum(sizes, dtype=np.int64),
        )

    def of(self, vectors: Vectors, parts: Parts) -> Rows:
        """The cell of each row, int64 (n,); every part must have one."""
        found = np.zeros(len(vectors), np.int64)
        for part in np.unique(parts).tolist():
            rows = np.flatnonzero(parts == part)
            groups = np.flatnonzero(self.group_parts == part)
            heads = _nearest(vectors[rows], self.group_centres[groups])
            for number, own in _split(heads, len(groups)):
                first, end = self._span(int(groups[number]))
                found[rows[own]] = first + _nearest(vectors[rows[own]], self.centres[first:end])
        return found

    def _span(self, group: int) -> tuple[int, int]:
        return (int(self.group_ends[group - 1]) if group else 0), int(self.group_ends[group])


def _split(owners: Rows, n: int) -> Iterator[tuple[int, Rows]]:
    """Each owner that has rows, with its rows."""
    order = np.argsort(owners, kind="stable")
    borders = np.searchsorted(owners[order], np.arange(n + 1))
    for number, (start, end) in enumerate(pairwise(borders.tolist())):
        if end > start:
            yield number, order[start:end]


def _nearest(vectors: Vectors, centres: Vectors) -> Rows:
    return np.argmax(vectors @ centres.T, axis=1) if len(centres) > 1 else np.zeros(len(vectors), np.int64)


def _k_means(vectors: Vectors, n: int) -> Vectors:
    """At most n centres, unit rows."""
    n = min(n, max(1, len(vectors) // 4))
    if n == 1:
        mean = vectors.mean(axis=0, keepdims=True)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
    trained = faiss.Kmeans(
        vectors.shape[1],
        n,
        niter=_ROUNDS,
        seed=_SEED,
        spherical=True,
        max_points_per_centroid=_SAMPLE,
        min_points_per_centroid=1,
    )
    trained.train(vectors)
    return np.asarray(trained.centroids, np.float32).reshape(n, -1)
