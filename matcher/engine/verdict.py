"""Whether the best of the candidates is a good answer, or there is none.

A score alone cannot tell: a request in few words scores low and has an answer, and one that names its
trade well scores high and has none. So a few facts of the request and of the ten best are weighed.

Source: Platt, "Probabilistic outputs for support vector machines", 1999 (a logistic over what another
model found).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from matcher.engine.brief import Brief
from matcher.engine.build import Built
from matcher.engine.score import SIGNALS, Scored, Weights, unknown_share

DEEP = 10
"""Candidates that the verdict looks at."""

_OF_BEST = ("offer", "role", "whole", "words", "grams", "concepts")
_TOPS = ("offer", "role", "words", "concepts")
FACTS = (
    *("best", "lead", "spread", *_OF_BEST, *(f"top_{name}" for name in _TOPS)),
    *("peak", "doubt", "unknown", "length", "cluster", "stage", "gated"),
)
"""Of the best: its sum, how far it leads the next and the rest, its signals. Of the ten best: the highest of some
signals. Of the request: the chance of its likeliest role, the entropy of all, the share of words that stand in
no profile, how many words it has, whether cluster and stage are stated, and whether a province or certificate
narrows the choice."""

Facts = npt.NDArray[np.float64]
"""float64 (len(FACTS),), in the order of `FACTS`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The weights of the facts and the line between an answer and none.

    Attributes:
        by_fact: Weight of each of `FACTS`.
        bias: Added before the logistic function.
        line: Chance from which the best is called a good answer …
        least: … where its sum of signals is at least this: a request for something altogether else has
            facts that nothing was learned from.
    """

    by_fact: Mapping[str, float]
    bias: float
    line: float
    least: float

    def chance(self, facts: Facts) -> float:
        """The chance that there is a good answer, in [0, 1]."""
        total = self.bias + sum(self.by_fact[name] * float(fact) for name, fact in zip(FACTS, facts, strict=True))
        return 0.5 * (1 + math.tanh(total / 2))

    def good(self, facts: Facts) -> bool:
        """Whether the best is called a good answer."""
        return float(facts[0]) >= self.least and self.chance(facts) >= self.line


def facts_of(brief: Brief, built: Built, scored: Scored, weights: Weights) -> Facts:
    """The facts of a request and its candidates, of which there is one at least."""
    top = scored.first(DEEP)
    values = (top.signals @ weights.vector() + weights.bias).astype(np.float64)
    others = values[1:] if len(values) > 1 else values[:1] - 1
    by_signal = dict(zip(SIGNALS, top.signals[0].tolist(), strict=True))
    words = brief.fields.get("words", ())
    roles = brief.roles.astype(np.float64)
    return np.array(
        [
            values[0],
            values[0] - others[0],
            values[0] - others.mean(),
            *(by_signal[name] for name in _OF_BEST),
            *(top.signals[:, SIGNALS.index(name)].max() for name in _TOPS),
            roles.max(initial=0.0),
            -(roles * np.log(roles + 1e-9)).sum(),
            unknown_share(built.wants if brief.by_needs else built.words, words),
            math.log1p(len(words)),
            brief.cluster is not None,
            brief.stage is not None,
            bool(brief.filters.provinces or brief.filters.certificates),
        ],
        np.float64,
    )


@cache
def load_verdict() -> Verdict:
    """The verdict that comes with the project; `khukha fit` makes it."""
    table = tomllib.loads((files("matcher.data") / "weights.toml").read_text("utf-8"))["verdict"]
    return Verdict({name: float(table["facts"][name]) for name in FACTS}, table["bias"], table["line"], table["least"])
