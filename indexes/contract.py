"""What every dense index promises, and the answer it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from indexes.errors import VectorsError

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NOTHING = -1
"""The row of a place in `Hits` that no row fills."""

SCORE_DECIMALS = 6
"""Scores are rounded so that ties are ties: a batch and a single search differ by some 2e-7."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The best rows of one index for each query, best first, ties by the smaller row.

    Attributes:
        rows: int64 (n_queries, k); `NOTHING` where fewer than k rows were allowed.
        scores: float32 (n_queries, k), higher is better; −inf where there is no row.
    """

    rows: Rows
    scores: Vectors


class DenseIndex(Protocol):
    """Inner-product search over unit vectors, numbered from 0 in the order given.

    Every implementation answers as `ExactIndex` does; the tests hold each one against it.
    """

    @property
    def vectors(self) -> Vectors:
        """float32 (n_rows, dim), read-only."""

    def search(self, queries: Vectors, *, k: int, allowed: Mask | None = None) -> Hits:
        """The k rows with the largest inner product.

        Args:
            queries: float32 (n_queries, dim); need not be of unit length.
            k: At least 1; may exceed the number of rows.
            allowed: bool (n_rows,); rows that are False cannot be found. None allows all.

        Raises:
            VectorsError: wrong shape, dtype or a value that is not finite.
        """

    def extended(self, vectors: Vectors) -> Self:
        """Another index, with rows added at the end; this one stays as it is.

        Args:
            vectors: float32 (n, dim).

        Raises:
            VectorsError: wrong shape, dtype or a value that is not finite.
        """


def checked_vectors(vectors: Vectors, *, dim: int | None = None) -> Vectors:
    """The array itself, once it is known to be float32 (n, dim), finite and contiguous.

    Raises:
        VectorsError: it is not.
    """
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise VectorsError(problem=f"got {vectors.dtype} of shape {vectors.shape}")
    if dim is not None and vectors.shape[1] != dim:
        raise VectorsError(problem=f"got {vectors.shape[1]} dimensions, the index has {dim}")
    if not np.isfinite(vectors).all():
        raise VectorsError(problem="got a value that is NaN or infinite")
    return np.ascontiguousarray(vectors)


def checked_mask(allowed: Mask | None, *, n_rows: int) -> Mask | None:
    """The mask itself, once it is known to be bool (n_rows,).

    Raises:
        VectorsError: it is not.
    """
    if allowed is not None and (allowed.dtype != np.bool_ or allowed.shape != (n_rows,)):
        raise VectorsError(problem=f"the mask is {allowed.dtype} {allowed.shape}, wanted bool ({n_rows},)")
    return allowed


def ranked(rows: Rows, scores: Vectors, *, k: int) -> Hits:
    """Sort each query's rows by (−score, row), cut to k and fill up with `NOTHING`.

    Args:
        rows: int64 (n_queries, m); `NOTHING` entries are dropped.
        scores: float32 (n_queries, m).
        k: Places in the answer.
    """
    scores = np.where(rows == NOTHING, np.float32(-np.inf), scores).round(SCORE_DECIMALS)
    order = np.lexsort((rows, -scores), axis=-1)[:, :k]
    rows = np.take_along_axis(rows, order, axis=1)
    scores = np.take_along_axis(scores, order, axis=1)
    short = max(0, k - rows.shape[1])
    return Hits(
        rows=np.pad(rows, ((0, 0), (0, short)), constant_values=NOTHING),
        scores=np.pad(scores, ((0, 0), (0, short)), constant_values=-np.inf),
    )
