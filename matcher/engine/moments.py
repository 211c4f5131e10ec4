"""How similar things usually are, so that a similarity can be told from the usual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes import Vectors

USUAL_ROWS = 10
"""Rows that other texts count for beside a collection's own, when similarities are scaled."""

_BLOCK = 65_536
"""Rows worked on at once, so that millions need no second copy in float64."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and covariance of a collection of vectors.

    With them the z-score of a similarity against the whole collection costs one matrix product and no
    scan: a query q meets similarities of mean q·μ and variance qᵀΣq. Sums are kept in float64, so that
    vectors come and go without the rest being read again.

    Attributes:
        mean: float32 (dim,).
        covariance: float32 (dim, dim).
        rows: How many vectors there are.
        total: float64 (dim,), their sum.
        products: float64 (dim, dim), the sum of their outer products.
        usual: Moments of other texts that stand in for `USUAL_ROWS` rows more, or None.
    """

    mean: npt.NDArray[np.float32]
    covariance: npt.NDArray[np.float32]
    rows: int
    total: Doubles
    products: Doubles
    usual: Moments | None

    @classmethod
    def of(cls, vectors: Vectors, *, usual: Vectors | None = None) -> Moments:
        """Of float32 (n, dim).

        Args:
            vectors: The collection; of fewer than two rows nothing is known, and z-scores are plain.
            usual: Other texts' vectors that stand in for `USUAL_ROWS` rows more, so that a catalog of a
                few firms has a scale too.
        """
        prior = None if usual is None else cls.of(usual)
        total, products = np.zeros(vectors.shape[1]), np.zeros((vectors.shape[1],) * 2)
        for start in range(0, len(vectors), _BLOCK):
            exact = vectors[start : start + _BLOCK].astype(np.float64)
            total += exact.sum(axis=0)
            products += exact.T @ exact
        return cls.of_sums(len(vectors), total, products, usual=prior)

    def amended(self, *, added: Vectors, removed: Vectors) -> Moments:
        """Those of the collection with some vectors more, float32 (n, dim), and others of its own fewer."""
        more, fewer = added.astype(np.float64), removed.astype(np.float64)
        return self.of_sums(
            self.rows + len(more) - len(fewer),
            self.total + more.sum(axis=0) - fewer.sum(axis=0),
            self.products + more.T @ more - fewer.T @ fewer,
            usual=self.usual,
        )

    def z(self, similarity: Vectors, query: Vectors) -> Vectors:
        """Similarities of one query, float32 (n,), in standard deviations above the usual."""
        spread = float(np.sqrt(max(float(query @ self.covariance @ query), 1e-12)))
        scaled: Vectors = (similarity - float(query @ self.mean)) / spread
        return scaled.astype(np.float32)

    @classmethod
    def of_sums(cls, rows: int, total: Doubles, products: Doubles, *, usual: Moments | None) -> Moments:
        """Of a collection whose sums are known, as `total` and `products` of moments that were kept."""
        dim = len(total)
        mean = np.zeros(dim, np.float32) if usual is None else usual.mean
        covariance = np.eye(dim, dtype=np.float32) if usual is None else usual.covariance
        if rows >= 2:
            share = 0.0 if usual is None else USUAL_ROWS / (USUAL_ROWS + rows)
            own = total / rows
            spread = (products - rows * np.outer(own, own)) / (rows - 1)
            mean = ((1 - share) * own + share * mean).astype(np.float32)
            covariance = ((1 - share) * spread + share * covariance).astype(np.float32)
        return cls(mean, covariance, rows, total, products, usual)
