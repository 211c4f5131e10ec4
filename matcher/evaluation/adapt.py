"""Learning the adapter: terms that mean the same come together, and so do requests and what answers them.

Source: van den Oord et al., "Representation learning with contrastive predictive coding", 2018 (the loss).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, normalize

from indexes import FlatIndex, Vectors
from matcher.encoder.adapter import Adapter
from matcher.engine import Engine, Verdict, Weights
from matcher.engine.build import prepare
from matcher.engine.moments import Moments
from matcher.engine.roles import Roles
from matcher.evaluation.evaluate import brief_of
from matcher.evaluation.topics import Topic
from matcher.text import Glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

RANK = 64
STEPS = 150
TEMPERATURE = 0.05
TERMS_THAI, TERMS_ENGLISH = 3, 2
"""First terms of a concept that are learned from."""

_CONCEPTS, _PAIRS = 256, 128
_PAIRS_SHARE = 0.5
_RIDGE = 0.003
_RATE = 1e-3

Pairs = tuple[Vectors, npt.NDArray[np.int64]]
"""Requests, float32 (n, dim), and for each the row of the offer that answers it."""


class Recalled:
    """An encoder that encodes each text once, and corrects what it recalls.

    It stands in for an `Encoder`, and for the source of an index's vectors.

    Args:
        encoder: Without an adapter of its own.
        adapter: None leaves the vectors as they are.
        known: Shared by all that recall the same encoder's vectors.
    """

    def __init__(
        self, encoder: Encoder, *, adapter: Adapter | None = None, known: dict[tuple[str, str], Vectors] | None = None
    ) -> None:
        self._encoder, self._adapter = encoder, adapter
        self._known: dict[tuple[str, str], Vectors] = {} if known is None else known
        self.dim, self.name = encoder.dim, encoder.name
        self.fingerprint = f"{encoder.fingerprint}{adapter.digest if adapter else ''}"

    def corrected_by(self, adapter: Adapter) -> Recalled:
        """The same with an adapter."""
        return Recalled(self._encoder, adapter=adapter, known=self._known)

    def keep(self, texts: Sequence[str], vectors: Vectors, *, prompt: str) -> None:
        """Take vectors that are known already."""
        self._known.update(zip(((prompt, text) for text in texts), vectors, strict=True))

    def encode(
        self, texts: Sequence[str], *, prompt: str, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """See `Encoder.encode`."""
        new = [text for text in dict.fromkeys(texts) if (prompt, text) not in self._known]
        if new:
            self.keep(new, self._encoder.encode(new, prompt=prompt, progress=progress), prompt=prompt)
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        vectors = np.stack([self._known[prompt, text] for text in texts])
        return self._adapter(vectors) if self._adapter else vectors

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.queries`."""
        return self.encode(texts, prompt="query")

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.passages`."""
        return self.encode(texts, prompt="passage")


class Straight:
    """A source of vectors that keeps none: straight from the encoder."""

    def encode(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        *,
        prompt: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> Vectors:
        """See `VectorSource.encode`."""
        return encoder.encode(texts, prompt=prompt, progress=progress)


def engine_with(
    engine: Engine,
    *,
    weights: Weights | None = None,
    verdict: Verdict | None = None,
    adapter: Adapter | None = None,
) -> Engine:
    """The same engine with other weights, or over vectors that an adapter corrects.

    Args:
        engine: Its encoder recalls, where an adapter is given.
        weights: None leaves them.
        verdict: Likewise.
        adapter: None leaves the vectors.
    """
    built, encoder = engine.built, engine.encoder
    if adapter is not None:
        encoder = cast("Encoder", cast("Recalled", encoder).corrected_by(adapter))
        roles = Roles(built.roles.chains, encoder)
        made = prepare(built.catalog.firms, roles=roles, encoder=encoder, vectors=Straight())
        usual = roles.vectors
        built = replace(
            built,
            roles=roles,
            offers=FlatIndex(made.offers),
            firms=FlatIndex(made.firms),
            needs=FlatIndex(made.needs),
            offer_moments=Moments.of(made.offers, usual=usual),
            firm_moments=Moments.of(made.firms, usual=usual),
            need_moments=Moments.of(made.needs, usual=usual),
            offer_roles=made.offer_roles,
            firm_roles=made.firm_roles,
        )
    return Engine(
        built,
        encoder=encoder,
        glossary=engine.glossary,
        weights=weights or engine.weights,
        verdict=verdict or engine.verdict,
    )


def pairs_of(engine: Engine, topics: Sequence[Topic]) -> Pairs:
    """Each request with the offer nearest to it, by the plain model, of each firm that answers it well."""
    catalog = engine.built.catalog
    requests, rows = [], []
    for topic in topics:
        vector = brief_of(engine, topic).vector
        for id in sorted(id for id, grade in topic.grades.items() if grade >= 2):
            own = np.flatnonzero(catalog.offer_firm == catalog.firm_row(id))
            if len(own):
                requests.append(vector)
                rows.append(int(own[int((engine.built.offers.vectors[own] @ vector).argmax())]))
    dim = engine.built.offers.vectors.shape[1]
    return np.array(requests, np.float32).reshape(-1, dim), np.array(rows, np.int64)


def terms_of(glossary: Glossary) -> list[tuple[str, ...]]:
    """The first terms of every concept that has two of them."""
    found = [(*thai[:TERMS_THAI], *english[:TERMS_ENGLISH]) for thai, english in glossary.terms.values()]
    return [terms for terms in found if len(terms) > 1]


def learn_adapter(pairs: Pairs, offers: Vectors, concepts: Sequence[Vectors], *, seed: int = 0) -> Adapter:
    """An adapter from judged pairs and from terms that mean the same.

    Args:
        pairs: Requests and the offers that answer them.
        offers: float32 (n_offers, dim), what else could have answered.
        concepts: float32 (n_terms, dim) of each concept.
        seed: Of all that is drawn.
    """
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    requests, rows = torch.tensor(pairs[0]), pairs[1]
    answers = torch.tensor(offers)
    down = torch.nn.Parameter(torch.randn(offers.shape[1], RANK) * 0.02)
    up = torch.nn.Parameter(torch.zeros(RANK, offers.shape[1]))
    optimiser = torch.optim.Adam([down, up], lr=_RATE)

    def corrected(vectors: torch.Tensor) -> torch.Tensor:
        return normalize(vectors + vectors @ down @ up, dim=-1)

    for _ in range(STEPS):
        chosen = draw.choice(len(concepts), min(_CONCEPTS, len(concepts)), replace=False)
        two = np.stack([concepts[at][draw.choice(len(concepts[at]), 2, replace=False)] for at in chosen])
        one, other = corrected(torch.tensor(two[:, 0])), corrected(torch.tensor(two[:, 1]))
        likeness, own = one @ other.T / TEMPERATURE, torch.arange(len(chosen))
        loss = (cross_entropy(likeness, own) + cross_entropy(likeness.T, own)) / 2
        some = draw.choice(len(rows), min(_PAIRS, len(rows)), replace=False)
        likeness = corrected(requests[some]) @ corrected(answers).T / TEMPERATURE
        loss = loss + _PAIRS_SHARE * cross_entropy(likeness, torch.tensor(rows[some]))
        loss = loss + _RIDGE * ((down @ up) ** 2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return Adapter(down.detach().numpy(), up.detach().numpy()).rounded()
