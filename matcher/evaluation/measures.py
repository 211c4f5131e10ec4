"""How good a ranking is, by the usual measures.

Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002 (nDCG,
with the grade itself as gain and log2(rank + 1) as discount); Voorhees, TREC-8 1999 (MRR).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], *, k: int) -> float:
    """Discounted gain of the first k against the best possible, in [0, 1]; 0 where nothing is relevant.

    Example: `ndcg(["a", "b"], {"b": 3}, k=10) -> 0.6309…`
    """
    gained = sum(grades.get(id, 0) / math.log2(rank + 1) for rank, id in enumerate(ranking[:k], 1))
    best = sorted(grades.values(), reverse=True)[:k]
    possible = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, 1))
    return gained / possible if possible else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], *, k: int) -> float:
    """Share of the relevant that stand among the first k, in [0, 1]."""
    relevant = {id for id, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def success(ranking: Sequence[str], grades: Mapping[str, int], *, grade: int) -> float:
    """1 where the first has at least this grade, else 0."""
    return float(bool(ranking) and grades.get(ranking[0], 0) >= grade)


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], *, k: int) -> float:
    """1 / rank of the first relevant among the first k, else 0."""
    return next((1 / rank for rank, id in enumerate(ranking[:k], 1) if grades.get(id, 0) > 0), 0.0)
