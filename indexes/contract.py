"""What every dense index promises, and the answer it gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, overload

import numpy as np
import numpy.typing as npt

from indexes.errors import VectorsError

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Parts = npt.NDArray[np.int16]
"""int16 (n_rows,), the part of the collection each row stands in: small numbers from 0 that the caller gives."""

_Kind = TypeVar("_Kind", bound=np.generic)

MOST_PARTS = 4_096
"""Parts are numbered from 0 to one less."""

NOTHING = -1
"""The row of a place in `Hits` that no row fills."""

SCORE_DECIMALS = 6
"""Scores are rounded so that ties are ties: a batch and a single search differ by some 2e-7."""

NO_ROWS: Rows = np.zeros(0, np.int64)
NO_ROWS.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Hits:
    """The best rows of one index for each query, best first, ties by the smaller row.

    Attributes:
        rows: int64 (n_queries, k); `NOTHING` where fewer than k rows were allowed.
        scores: float32 (n_queries, k), higher is better; −inf where there is no row.
    """

    rows: Rows
    scores: Vectors


class Stored(Protocol):
    """An index's vectors as it keeps them: an array, or something that reads like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_rows, dim)."""

    @overload
    def __getitem__(self, rows: int) -> Vectors: ...
    @overload
    def __getitem__(self, rows: Rows | Mask | slice) -> Vectors: ...
    def __getitem__(self, rows: int | Rows | Mask | slice) -> Vectors:
        """One row, float32 (dim,), or some, float32 (n, dim)."""

    def __matmul__(self, vector: Vectors) -> Vectors:
        """Every row's inner product with float32 (dim,): float32 (n_rows,); reads all of them."""


class DenseIndex(Protocol):
    """Inner-product search over unit vectors, numbered from 0 in the order given.

    Every implementation is held against `ExactIndex` by `tests/indexes/contract.py`: an exact one gives
    the same rows and scores, another one finds nearly all of the same rows.

    Rows stand in parts (a cluster and a stage, say), and `within` names those searched, so that an index
    may keep them apart and read no other. A mask and parts may be given together.

    A row is never changed: what changes is taken out and added again as a new row.
    """

    @property
    def vectors(self) -> Stored:
        """float32 (n_rows, dim), read-only; those of rows taken out stay."""

    @property
    def parts(self) -> Parts:
        """int16 (n_rows,), the part of each row, read-only."""

    @property
    def alive(self) -> Mask:
        """Whether each row can be found, bool (n_rows,), read-only: False for those taken out."""

    def search(
        self, queries: Vectors, *, k: int, allowed: Mask | None = None, within: Collection[int] | None = None
    ) -> Hits:
        """The k rows with the largest inner product.

        Args:
            queries: float32 (n_queries, dim); need not be of unit length.
            k: At least 1; may exceed the number of rows.
            allowed: bool (n_rows,); rows that are False cannot be found. None allows all.
            within: Parts; rows of others cannot be found. None allows all, an empty one nothing.

        Raises:
            VectorsError: wrong shape, dtype or a value that is not finite.
        """

    def extended(self, vectors: Vectors, *, parts: Parts | None = None, without: Rows = NO_ROWS) -> Self:
        """Another index, with rows added at the end and others taken out; this one stays as it is.

        Args:
            vectors: float32 (n, dim).
            parts: int16 (n,), their parts; None puts all into part 0.
            without: int64 (m,), rows of this index that can be found no longer; repeats are allowed.

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


def checked_parts(parts: Parts | None, *, n_rows: int) -> Parts:
    """The array itself, once it is known to be int16 (n_rows,) of numbers from 0; zeros for None.

    Raises:
        VectorsError: it is not.
    """
    if parts is None:
        return np.zeros(n_rows, np.int16)
    if parts.dtype != np.int16 or parts.shape != (n_rows,):
        raise VectorsError(problem=f"the parts are {parts.dtype} {parts.shape}, wanted int16 ({n_rows},)")
    if n_rows and not 0 <= parts.min() <= parts.max() < MOST_PARTS:
        raise VectorsError(problem=f"parts are numbered from 0 to {MOST_PARTS - 1}")
    return parts


def passing(index: DenseIndex, allowed: Mask | None, within: Collection[int] | None) -> Mask | None:
    """The living rows that a search may find, bool (n_rows,); None where it may find any."""
    mask = checked_mask(allowed, n_rows=len(index.alive))
    if not index.alive.all():
        mask = index.alive if mask is None else mask & index.alive
    if within is not None:
        inside = np.isin(index.parts, sorted(within))
        mask = inside if mask is None else mask & inside
    return mask


def without_rows(alive: Mask, without: Rows, *, added: int) -> Mask:
    """Who lives once some rows were taken out and others added, bool (n_rows + added,), read-only.

    Raises:
        VectorsError: `without` names a row that there is not.
    """
    if len(without) and not 0 <= without.min() <= without.max() < len(alive):
        raise VectorsError(problem=f"rows to take out are from 0 to {len(alive) - 1}")
    alive = np.concatenate([alive, np.ones(added, np.bool_)])
    alive[without] = False
    return read_only(alive)


def read_only(array: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
    """A view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


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
