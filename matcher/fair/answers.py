"""How well every participant answers every participant's needs: the engine's score in matrix products.

The signals and weights are those of `matcher.engine.score`, for many needs and firms at once; a test
holds each score against the engine's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from indexes import Rows, Vectors
from matcher.domain import Seeking
from matcher.engine import Engine
from matcher.engine.brief import Brief
from matcher.engine.moments import Moments
from matcher.engine.score import FIRM_SIGNALS, PAIR_SIGNALS, lexical_scale, logistic, unknown_share
from matcher.engine.understand import Understanding

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

_NO_OFFER = -1.0
"""Signal `offer` of a firm without an offer, as in `matcher.engine.score`."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How well m firms answer b needs.

    Attributes:
        scores: float32 (b, m) in [0, 1]; 0 where a firm fails a condition of the need or asks itself.
        offers: int64 (b, m), row of the offer that answers best, −1 for a firm without one.
    """

    scores: Vectors
    offers: Rows


class Answering:
    """Scores needs against a fixed set of firms.

    Args:
        engine: Gives the catalog, the weights and what is understood of a need.
        rows: int64 (m,), the firms' rows in the catalog, each once.
        on: The day on which certificates must hold.
    """

    def __init__(self, engine: Engine, rows: Rows, *, on: date) -> None:
        self._engine, self._rows, self._on = engine, rows, on
        built, catalog = engine.built, engine.built.catalog
        self._offers, self._offer_at = _owned(catalog.offer_firm, rows)
        needs, need_at = _owned(catalog.need_firm, rows)
        buying = ~catalog.need_sells[needs]
        self._needs, self._need_at = needs[buying], need_at[buying]
        self._offer_vectors = built.offers.vectors[self._offers]
        self._offer_roles = built.offer_roles[self._offers].astype(np.float32)
        self._need_vectors = built.needs.vectors[self._needs]
        self._firm_vectors = built.firms.vectors[rows]
        self._stages = _Labels(built.roles.stages, catalog.offer_stage[self._offers])
        self._clusters = _Labels(built.roles.clusters, catalog.offer_cluster[self._offers])
        self._understanding = Understanding(
            built,
            encoder=cast("Encoder", _Encoded(engine.encoder)),
            glossary=engine.glossary,
            provinces=engine.provinces,
            certificates=engine.certificates,
        )

    def briefs(self, needs: Sequence[int]) -> list[Brief]:
        """Needs understood."""
        return [self._understanding.need(row) for row in needs]

    def score(self, briefs: Sequence[Brief]) -> Answers:
        """Every firm against every need; ties between a firm's offers go to the smaller row."""
        weights = self._engine.weights
        weight, n_pair = weights.vector(), len(PAIR_SIGNALS)
        pair, offers = self._best_offers(briefs, weight[:n_pair])
        total = pair + weights.bias
        for value, signal in zip(weight[n_pair:], self._firm_signals(briefs), strict=True):
            total += value * signal
        scores = np.round(logistic(total.astype(np.float32)), 6)
        return Answers(np.where(self._passing(briefs), scores, np.float32(0)).astype(np.float32), offers)

    def _best_offers(self, briefs: Sequence[Brief], weight: npt.NDArray[np.float32]) -> tuple[Vectors, Rows]:
        """The weighted sum of the pair signals of each firm's best offer, (b, m), and the offers' rows."""
        values = sum(w * signal for w, signal in zip(weight, self._pair_signals(briefs), strict=True))
        best = np.full((len(briefs), len(self._rows)), -np.inf, np.float32)
        chosen = np.full(best.shape, -1, np.int64)
        for columns in _nth_of_each(self._offer_at):
            at = self._offer_at[columns]
            found = np.asarray(values)[:, columns]
            better = found > best[:, at]
            best[:, at] = np.where(better, found, best[:, at])
            chosen[:, at] = np.where(better, self._offers[columns], chosen[:, at])
        best[:, np.bincount(self._offer_at, minlength=len(self._rows)) == 0] = weight[0] * _NO_OFFER
        return best, chosen

    def _pair_signals(self, briefs: Sequence[Brief]) -> list[Vectors]:
        """Signals of each need and each offer, (b, n_offers) each, in the order of `PAIR_SIGNALS`."""
        built, catalog = self._engine.built, self._engine.built.catalog
        roles = np.stack([brief.roles for brief in briefs])
        stage, cluster = self._stages.chances(roles), self._clusters.chances(roles)
        for at, brief in enumerate(briefs):
            if brief.stage is not None:
                stage[at] = catalog.firms_at(brief.stage)[catalog.offer_firm[self._offers]]
            if brief.cluster is not None:
                cluster[at] = catalog.offer_cluster[self._offers] == brief.cluster
        likeness = _z(built.offer_moments, _vectors(briefs), self._offer_vectors)
        return [likeness, roles @ self._offer_roles.T, stage, cluster]

    def _firm_signals(self, briefs: Sequence[Brief]) -> list[Vectors]:
        """Signals of each need and each firm, (b, m) each, in the order of `FIRM_SIGNALS`."""
        whole = _z(self._engine.built.firm_moments, _vectors(briefs), self._firm_vectors)
        words, grams, concepts, foreign = self._lexical(briefs)
        demand, rival = self._demand(briefs)
        by_name = dict(zip(FIRM_SIGNALS, (whole, words, grams, concepts, foreign, demand, rival), strict=True))
        return [by_name[name] for name in FIRM_SIGNALS]

    def _lexical(self, briefs: Sequence[Brief]) -> tuple[Vectors, Vectors, Vectors, Vectors]:
        index = self._engine.built.words
        found = {
            field: np.zeros((len(briefs), len(self._rows)), np.float32) for field in ("words", "grams", "concepts")
        }
        strange = np.zeros((len(briefs), 1), np.float32)
        for at, brief in enumerate(briefs):
            strange[at] = unknown_share(index, brief.fields.get("words", ()))
            for field, scores in found.items():
                if (scale := lexical_scale(index, field, brief.fields.get(field, ()))) > 0:
                    scores[at] = scale * index.scores(brief.fields, self._rows, field=field)
        return found["words"], found["grams"], found["concepts"], found["concepts"] * strange

    def _demand(self, briefs: Sequence[Brief]) -> tuple[Vectors, Vectors]:
        """How far each firm's needs ask for what is to be sold, and how far it wants the same; (b, m) each."""
        none = np.zeros((len(briefs), len(self._rows)), np.float32)
        if not len(self._needs):
            return none, none
        counts = [len(brief.goods) for brief in briefs]
        goods = np.concatenate([brief.goods for brief in briefs])
        z = _z(self._engine.built.need_moments, goods, self._need_vectors)
        z = np.maximum.reduceat(z, np.cumsum([0, *counts[:-1]]), axis=0)  # a brief has one good at least
        owners, starts = np.unique(self._need_at, return_index=True)
        best = none.copy()
        found = np.maximum.reduceat(z, starts, axis=1)
        best[:, owners] = np.where(found > -3.0, found, 0.0)
        selling = np.array([brief.seeking is Seeking.BUYER for brief in briefs])[:, None]
        return np.where(selling, best, none), np.where(selling, none, best)

    def _passing(self, briefs: Sequence[Brief]) -> npt.NDArray[np.bool_]:
        """Bool (b, m): firms that meet a need's hard conditions and are not the one that asks."""
        table, known = self._engine.facet_table, {}
        mask = np.zeros((len(briefs), len(self._rows)), np.bool_)
        for at, brief in enumerate(briefs):
            conditions = replace(brief.filters, without_firm=None)
            if conditions not in known:
                known[conditions] = table.passing(conditions, on=self._on)[self._rows]
            mask[at] = known[conditions] & (self._rows != brief.firm)
        return mask


class _Labels:
    """Labels of offers, against the chance that the role sought has each."""

    def __init__(self, role_labels: npt.NDArray[np.str_], labels: npt.NDArray[np.str_]) -> None:
        names, self._of_offer = np.unique(labels, return_inverse=True)
        self._has = (role_labels[:, None] == names[None, :]).astype(np.float32)

    def chances(self, roles: Vectors) -> Vectors:
        """float32 (b, n_offers) from float32 (b, n_roles)."""
        return np.asarray((roles @ self._has)[:, self._of_offer], np.float32)


class _Encoded:
    """Queries encoded once each, and alone: in a batch, bfloat16 rounds a vector by its neighbours."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    def queries(self, texts: Sequence[str]) -> Vectors:
        """float32 (n, dim), unit rows."""
        for text in texts:
            if text not in self._known:
                self._known[text] = self._encoder.queries([text])[0]
        return np.stack([self._known[text] for text in texts])


def _vectors(briefs: Sequence[Brief]) -> Vectors:
    return np.stack([brief.vector for brief in briefs])


def _z(moments: Moments, queries: Vectors, others: Vectors) -> Vectors:
    """`Moments.z` of many queries at once: float32 (n_queries, n_others)."""
    variance = np.einsum("qd,qd->q", queries @ moments.covariance, queries)
    spread = np.sqrt(np.maximum(variance, 1e-12))
    return np.asarray((queries @ others.T - (queries @ moments.mean)[:, None]) / spread[:, None], np.float32)


def _owned(owner: Rows, rows: Rows) -> tuple[Rows, Rows]:
    """Rows of what the firms own, firm by firm, and for each the firm's place in `rows`."""
    place = np.full(int(max(owner.max(initial=-1), rows.max(initial=-1))) + 1, -1, np.int64)
    place[rows] = np.arange(len(rows))
    own = np.flatnonzero(place[owner] >= 0)
    own = own[np.argsort(place[owner[own]], kind="stable")]
    return own, place[owner[own]]


def _nth_of_each(owners: Rows) -> list[Rows]:
    """Places of every firm's first, of every firm's second, …; `owners` is sorted."""
    if not len(owners):
        return []
    _, starts, counts = np.unique(owners, return_index=True, return_counts=True)
    return [starts[counts > nth] + nth for nth in range(int(counts.max()))]
