"""BM25 as an inner product of two sparse vectors: one of the row, made once, and one of the query.

A row's number for a token is how often it stands there, damped and set against the row's length; a query's
is the token's idf. Lengths are rounded as tantivy and Lucene round them, so that `LexicalIndex` and this
give the same scores.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; Lucene's
`SmallFloat.intToByte4` for the rounding.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from indexes.lexical_folder import Fields

K1, B = 1.2, 0.75
_DIMENSIONS = 2**32 - 1


@lru_cache(maxsize=1_000_000)
def dimension(field: str, token: str) -> int:
    """Where a token of a field stands in a vector: a 32-bit hash, so that rows come and go without a dictionary.

    Of a million tokens some hundred share a place with another, and count for it too.
    """
    digest = blake2b(f"{field}\0{token}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % _DIMENSIONS


def row_vector(tokens: Fields, *, average: Mapping[str, float]) -> dict[int, float]:
    """A row's numbers.

    Args:
        tokens: By field.
        average: Tokens that a row has, by field; other fields are left out.
    """
    vector: dict[int, float] = {}
    for field, usual in average.items():
        given = tokens.get(field, ())
        norm = K1 * (1 - B + B * rounded(len(given)) / usual) if usual else K1
        for token, count in Counter(given).items():
            at = dimension(field, token)
            vector[at] = vector.get(at, 0.0) + (1 + K1) * count / (count + norm)
    return vector


def idf(*, rows: int, holding: int) -> float:
    """How much a token tells that so many of the rows hold."""
    return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


def rounded(length: int) -> int:
    """A row's length as one byte can say it: exact up to 40, then to within an eighth.

    Example: `rounded(41) -> 40`, `rounded(100) -> 96`
    """
    return _LENGTHS[bisect_right(_LENGTHS, length) - 1]


def _length(code: int) -> int:
    if code < 24:
        return code
    bits, shift = (code - 24) & 7, ((code - 24) >> 3) - 1
    return 24 + (bits if shift < 0 else (bits | 8) << shift)


_LENGTHS = tuple(_length(code) for code in range(256))
