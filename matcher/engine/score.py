"""From candidates to scores: what speaks for a pair, weighed.

Every signal is scaled so that it means the same for every query: similarities as z-scores against the
whole collection, BM25 against what the query's words could have scored. A query whose words stand
nowhere (another language, a typo) thus gets nothing from words, and needs no special case.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from indexes import Rows, Vectors, WordIndex
from matcher.domain import Seeking
from matcher.engine.brief import Brief
from matcher.engine.build import Built
from matcher.engine.layout import Labels

PAIR_SIGNALS = ("offer", "role", "stage", "cluster")
"""Signals of a need and one offer."""

FIRM_SIGNALS = ("whole", "words", "grams", "concepts", "foreign", "demand", "rival")
"""Signals of a need and a firm as a whole."""

SIGNALS = PAIR_SIGNALS + FIRM_SIGNALS

Signals = npt.NDArray[np.float32]
"""float32 (n, len(SIGNALS)), columns in the order of `SIGNALS`."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts.

    Attributes:
        by_signal: Weight of each of `SIGNALS`.
        bias: Added before the logistic function, which gives a score in [0, 1].
        good: Score from which a firm is worth showing; whether the best is a good answer is the
            verdict's to say (`matcher.engine.verdict`).
    """

    by_signal: Mapping[str, float]
    bias: float
    good: float

    def vector(self) -> npt.NDArray[np.float32]:
        """float32 (len(SIGNALS),)."""
        return np.array([self.by_signal[name] for name in SIGNALS], np.float32)


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidate firms, best first, each with its best offer.

    Attributes:
        firms: int64 (n,) firm rows.
        offers: int64 (n,) offer rows, −1 where a firm has no allowed offer.
        scores: float32 (n,) in [0, 1].
        signals: What they are made of.
    """

    firms: Rows
    offers: Rows
    scores: Vectors
    signals: Signals

    @classmethod
    def none(cls) -> Scored:
        """No candidate at all."""
        rows = np.zeros(0, np.int64)
        return cls(rows, rows, np.zeros(0, np.float32), np.zeros((0, len(SIGNALS)), np.float32))

    def first(self, limit: int) -> Scored:
        """The best, at most `limit`."""
        return self.only(slice(limit))

    def only(self, rows: slice | npt.NDArray[np.bool_]) -> Scored:
        """Some of them, in their order."""
        return Scored(self.firms[rows], self.offers[rows], self.scores[rows], self.signals[rows])


@cache
def load_weights() -> Weights:
    """The weights that come with the project; `khukha fit` makes them."""
    table = tomllib.loads((files("matcher.data") / "weights.toml").read_text("utf-8"))
    return Weights({name: float(table["signals"][name]) for name in SIGNALS}, table["bias"], table["good"])


def score(
    brief: Brief, built: Built, firms: Rows, *, allowed_offers: npt.NDArray[np.bool_], weights: Weights
) -> Scored:
    """Score candidate firms; ties go to the smaller row.

    Args:
        brief: What is sought.
        built: The catalog, indexed.
        firms: int64 (n,) candidate firm rows, each once.
        allowed_offers: bool (n_offers,).
        weights: How much each signal counts.
    """
    if not len(firms):
        return Scored.none()
    weight = weights.vector()
    n_pair = len(PAIR_SIGNALS)
    offers, pair = _pair_signals(brief, built, firms, allowed_offers, weight[:n_pair])
    signals = np.concatenate([pair, _firm_signals(brief, built, firms)], axis=1)
    scores = np.round(logistic(signals @ weight + weights.bias), 6)
    order = np.lexsort((firms, -scores))
    return Scored(firms[order], offers[order], scores[order], signals[order])


def logistic(x: npt.NDArray[np.float32]) -> Vectors:
    """1 / (1 + e⁻ˣ), safe for any x."""
    scaled: Vectors = (0.5 * (1 + np.tanh(x / 2))).astype(np.float32)
    return scaled


def _pair_signals(
    brief: Brief, built: Built, firms: Rows, allowed: npt.NDArray[np.bool_], weight: npt.NDArray[np.float32]
) -> tuple[Rows, Signals]:
    """Best allowed offer of each firm, and its signals."""
    rows, places = built.catalog.offers_of.of(firms)
    rows, places = rows[allowed[rows]], places[allowed[rows]]
    signals = np.zeros((len(rows), len(PAIR_SIGNALS)), np.float32)
    if not brief.by_needs:
        signals[:, 0] = built.offer_moments.z(built.offers.vectors[rows] @ brief.vector, brief.vector)
    signals[:, 1] = built.offer_roles[rows].astype(np.float32) @ brief.roles
    signals[:, 2] = _stage_signal(brief, built, rows)
    signals[:, 3] = _cluster_signal(brief, built, rows)
    values = signals @ weight
    best = np.full(len(firms), -1, np.int64)
    chosen = np.zeros((len(firms), len(PAIR_SIGNALS)), np.float32)
    chosen[:, 0] = -1.0  # no offer that is allowed
    order = np.lexsort((rows, -values, places))
    found, first = np.unique(places[order], return_index=True)
    best[found], chosen[found] = rows[order[first]], signals[order[first]]
    return best, chosen


def _stage_signal(brief: Brief, built: Built, rows: Rows) -> Vectors:
    """1 where an offer, or another of its firm's, stands on the stage sought.

    Where none is stated: the chance that the role sought is on the offer's stage.
    """
    catalog = built.catalog
    if brief.stage is not None:
        return np.asarray(catalog.firms_at(brief.stage)[catalog.offer_firm[rows]], np.float32)
    return _chance_of(catalog.offer_stage, rows, built.roles.stages, brief.roles)


def _cluster_signal(brief: Brief, built: Built, rows: Rows) -> Vectors:
    """1 where an offer is of the cluster asked; where none is stated, the chance that it is."""
    clusters = built.catalog.offer_cluster
    if brief.cluster is not None:
        return np.asarray(clusters[rows] == brief.cluster, np.float32)
    return _chance_of(clusters, rows, built.roles.clusters, brief.roles)


def _chance_of(
    labels: Labels, rows: Rows, role_labels: npt.NDArray[np.str_], chances: npt.NDArray[np.float32]
) -> Vectors:
    """The chance that the role sought has each row's label, float32 (len(rows),)."""
    chance = [float(chances[role_labels == label].sum()) for label in labels.names]
    return np.array(chance or [0.0], np.float32)[labels.codes[rows]]


def _firm_signals(brief: Brief, built: Built, firms: Rows) -> Signals:
    signals = np.zeros((len(firms), len(FIRM_SIGNALS)), np.float32)
    index = built.wants if brief.by_needs else built.words
    for column, field in enumerate(("words", "grams", "concepts"), start=1):
        scale = lexical_scale(index, field, brief.fields.get(field, ()))
        if scale > 0:
            signals[:, column] = scale * index.scores(brief.fields, firms, field=field)
    signals[:, 4] = signals[:, 3] * unknown_share(index, brief.fields.get("words", ()))
    signals[:, 5], signals[:, 6] = _demand_signals(brief, built, firms)
    if brief.by_needs:
        signals[:, 0] = signals[:, 5]
    else:
        signals[:, 0] = built.firm_moments.z(built.firms.vectors[firms] @ brief.vector, brief.vector)
    return signals


def _demand_signals(brief: Brief, built: Built, firms: Rows) -> tuple[Vectors, Vectors]:
    """How well the firm's own needs ask for what is to be sold; and how far it wants the same thing.

    Needs that look for buyers themselves are no demand.

    The first counts where buyers are sought, the second where a supplier is: a firm that only wants
    what the buyer wants is a rival, not an answer.
    """
    none = np.zeros(len(firms), np.float32)
    rows, places = built.catalog.needs_of.of(firms)
    buying = ~built.catalog.need_sells[rows]
    rows, places = rows[buying], places[buying]
    if not len(rows):
        return none, none
    needs = built.needs.vectors[rows]
    best = np.full(len(firms), -3.0, np.float32)
    for vector in brief.goods:
        np.maximum.at(best, places, built.need_moments.z(needs @ vector, vector))
    best = np.where(best > -3.0, best, 0.0).astype(np.float32)
    return (best, none) if brief.seeking is Seeking.BUYER else (none, best)


def lexical_scale(index: WordIndex, field: str, tokens: Sequence[str]) -> float:
    """What to multiply BM25 with, so that it means the same for a short and a long query.

    The root of the most the tokens could score (the sum of their idf, the highest for a token that
    stands nowhere). Dividing by the whole sum made words of long needs count too little, not dividing
    too much (nDCG@10 on our topics: 0.851 and 0.848 against 0.858). 0 where there are no tokens.
    """
    most = sum(count * index.idf(field, token) for token, count in Counter(tokens).items())
    return most**-0.5 if most > 0 else 0.0


def unknown_share(index: WordIndex, words: Sequence[str]) -> float:
    """Share of words that stand in no text of the index, in [0, 1]."""
    return sum(index.rows_with("words", word) == 0 for word in words) / max(1, len(words))
