"""How a mask over rows is asked of a store that knows keys and parts alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexes.contract import Mask, Rows, Vectors
from indexes.milvus.keyed import Keyed
from indexes.milvus.remote import MOST_FOUND, Stock

_EXTRA = 8
_LONGER = 8
_DENSE_SHARE = 0.1
"""From this share of allowed rows on, a longer list is fetched and cut; below it, Milvus is told the keys."""

_KEYS_TOGETHER = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """What Milvus found for a query, in its order.

    Attributes:
        rows: int64 (n,), the allowed rows.
        products: float32 (n,), Milvus's own inner products.
        last: The smallest product of all it returned; −inf where there was no more to return.
    """

    rows: Rows
    products: Vectors
    last: float

    def enough(self, k: int, slack: float) -> bool:
        """Whether no row that was not returned may be among the k best."""
        return self.last == -np.inf or (len(self.rows) >= k and float(self.products[k - 1]) - self.last > slack)

    def __add__(self, other: Found) -> Found:
        """Of two sets of keys."""
        rows, products = np.concatenate([self.rows, other.rows]), np.concatenate([self.products, other.products])
        return Found(rows, products, max(self.last, other.last))


NOBODY = Found(np.zeros(0, np.int64), np.zeros(0, np.float32), -np.inf)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a search may find.

    Attributes:
        mask: bool (n_rows,), living rows that may be found.
        filter: Milvus's expression for their parts; empty where they stand in all.
        share: How many of the living rows in those parts may be found.
    """

    mask: Mask
    filter: str
    share: float

    @classmethod
    def of(cls, keyed: Keyed, allowed: Mask | None, within: Collection[int] | None) -> Scope | None:
        """From what a search is given; None where nothing may be found."""
        mask = keyed.alive if allowed is None else keyed.alive & allowed
        if within is not None:
            mask = mask & np.isin(keyed.parts, sorted(within))
        if not mask.any():
            return None
        there = np.bincount(keyed.parts[keyed.alive])
        asked = np.bincount(keyed.parts[mask], minlength=len(there))
        parts = np.flatnonzero(asked)
        filter = "" if len(parts) == np.count_nonzero(there) else f"part in {parts.tolist()}"
        return cls(mask, filter, float(asked.sum() / there[parts].sum()))


def find(
    stock: Stock, keyed: Keyed, scope: Scope | None, queries: Sequence[Any], *, k: int, slack: float
) -> list[Found]:
    """For each query the allowed rows that may be among the k best.

    Where few rows are allowed, Milvus is told their keys. Where many are, a longer list is fetched and cut:
    it is in order, so what is left begins with the same rows as a search among the allowed alone.

    Args:
        stock: Where the vectors are.
        keyed: What its keys stand for.
        scope: What may be found.
        queries: Dense or sparse vectors.
        k: Rows wanted.
        slack: By how much a product may differ from the right one.
    """
    if scope is None or not len(queries):
        return [NOBODY] * len(queries)
    found = [Found(NOBODY.rows, NOBODY.products, np.inf)] * len(queries)
    limit = int(1.25 * (k + _EXTRA) / scope.share) + _EXTRA
    while scope.share >= _DENSE_SHARE and limit // _LONGER < MOST_FOUND:
        short = [at for at, one in enumerate(found) if not one.enough(k, slack)]
        if not short:
            return found
        for at, one in zip(
            short, _listed(stock, keyed, scope.mask, [queries[at] for at in short], limit, scope.filter), strict=True
        ):
            found[at] = one
        limit *= _LONGER
    return [
        one if one.enough(k, slack) else _among(stock, keyed, scope.mask, query, k, slack)
        for one, query in zip(found, queries, strict=True)
    ]


def _among(stock: Stock, keyed: Keyed, mask: Mask, query: Any, k: int, slack: float) -> Found:  # noqa: ANN401
    """The best among the allowed keys, some of them at a time."""
    keys = np.unique(keyed.keys[mask])
    all_found = NOBODY
    for start in range(0, len(keys), _KEYS_TOGETHER):
        only = f"id in {keys[start : start + _KEYS_TOGETHER].tolist()}"
        limit = k + _EXTRA
        while (
            not (found := _listed(stock, keyed, mask, [query], limit, only)[0]).enough(k, slack) and limit < MOST_FOUND
        ):
            limit *= _LONGER
        all_found += found
    return all_found


def _listed(stock: Stock, keyed: Keyed, mask: Mask, queries: Sequence[Any], limit: int, filter: str) -> list[Found]:
    limit = min(limit, MOST_FOUND)
    return [
        _cut(keyed, mask, keys, products, whole=len(keys) < limit)
        for keys, products in stock.search(queries, limit=limit, filter=filter)
    ]


def _cut(keyed: Keyed, mask: Mask, keys: Rows, products: Vectors, *, whole: bool) -> Found:
    """The allowed rows that some keys stand for; rows this index does not know belong to another process."""
    _, once = np.unique(keys, return_index=True)  # two processes may have written a row at the same time
    once.sort()
    rows, places = keyed.rows_of(keys[once])
    allowed = mask[rows]
    last = -np.inf if whole or not len(products) else float(products[-1])
    return Found(rows[allowed], products[once][places[allowed]], last)
