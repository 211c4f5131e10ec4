"""From firms to what is searched: vectors of offers, needs and whole firms, chances of roles, tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from indexes import DenseIndex, Fields, Parts, Rows, Vectors, WordIndex
from matcher.bulk import HERE, Bulk
from matcher.domain import Firm
from matcher.encoder.vectors import unit
from matcher.engine.catalog import Catalog
from matcher.engine.moments import Moments
from matcher.engine.parts import parts_of
from matcher.engine.roles import OFFER_OTHER_CLUSTER, OFFER_OTHER_STAGE, Chances, Roles
from matcher.engine.texts import fields, searchable, stated_role, wanted, whole
from matcher.text import Glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

ROLE_SHARE = 0.5
"""What a firm's own words for its role count beside the offer's text, when a role is placed."""

_BLOCK = 10_000
"""Firms whose roles are summed up at once."""

Halves = npt.NDArray[np.float16]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


class VectorSource(Protocol):
    """Where the vectors of texts come from: kept ones, and the encoder for the rest."""

    def encode(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        *,
        prompt: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> Vectors:
        """Vectors of the texts: float32 (n, dim), unit rows, in the order given.

        Args:
            encoder: Says which model's vectors are meant, and encodes what is missing.
            texts: Repeats allowed.
            prompt: `query` or `passage`.
            progress: Called with the number of texts done and the number of all.
        """


@dataclass(frozen=True, slots=True)
class Built:
    """A catalog with everything that is needed to search it; never changed once made.

    Every index has a row for each row of the catalog, the dead too.

    Attributes:
        offers: One vector an offer, as passages; its parts are those of `parts_of`.
        firms: One vector a firm, of its whole profile, as passages.
        needs: One vector a need, as queries: what looks for an offer.
        offer_moments: Of the living offers; `firm_moments` and `need_moments` likewise.
        words: Tokens of each firm's whole profile.
        wants: Tokens of all that each firm needs.
        offer_roles: Chance of each role for each offer, float16 (n_offers, n_roles): what is not read of
            a snapshot's table takes no memory.
        firm_roles: Largest chance over a firm's offers, float16 (n_firms, n_roles), rows that sum to 1.
        made_with: Model, chains, text rules and layout.
    """

    catalog: Catalog
    roles: Roles
    offers: DenseIndex
    firms: DenseIndex
    needs: DenseIndex
    offer_moments: Moments
    firm_moments: Moments
    need_moments: Moments
    words: WordIndex
    wants: WordIndex
    offer_roles: Halves
    firm_roles: Halves
    made_with: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """What all this was made of: the same for equal firms, amended or built at once."""
        facts = sorted({**self.made_with, "catalog": self.catalog.digest}.items())
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    @property
    def dead_share(self) -> float:
        """Share of dead rows, in [0, 1]: once it is large, the index is worth building anew."""
        return 1.0 - self.catalog.n_firms / max(1, len(self.catalog.firms))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some firms' rows in the arrays of `Built`.

    Attributes:
        offers: float32 (n_offers, dim); `needs` and `firms` likewise.
        offer_parts: int16 (n_offers,), by cluster and stage.
        offer_roles: float16 (n_offers, n_roles).
        firm_roles: float16 (n_firms, n_roles).
    """

    offers: Vectors
    firms: Vectors
    needs: Vectors
    offer_parts: Parts
    offer_roles: Halves
    firm_roles: Halves


def texts_of(firm: Firm) -> list[tuple[str, str]]:
    """Every text of a firm whose vector an index asks for, each with its prompt; repeats are possible."""
    return [(prompt, text) for prompt, found in _texts([firm]).values() for text in found]


def prepare(
    firms: Sequence[Firm],
    *,
    roles: Roles,
    encoder: Encoder,
    vectors: VectorSource,
    progress: Progress | None = None,
) -> Prepared:
    """Compute the rows of some firms; a firm's rows depend on that firm alone."""
    texts = _texts(firms)
    passages = [text for prompt, found in texts.values() if prompt == "passage" for text in found]
    queries = texts["needs"][1]
    total, n_offers = len(passages) + len(queries), len(texts["offers"][1])
    report = _shifted(progress, 0, total)
    offers, said, wholes = np.split(
        vectors.encode(encoder, passages, prompt="passage", progress=report), [n_offers, 2 * n_offers]
    )
    report = _shifted(progress, len(passages), total)
    chances = _offer_roles(firms, roles, unit(offers + ROLE_SHARE * said)).astype(np.float16)
    owners = np.repeat(np.arange(len(firms)), [len(firm.offers) for firm in firms])
    return Prepared(
        offers=offers,
        firms=wholes,
        needs=vectors.encode(encoder, queries, prompt="query", progress=report),
        offer_parts=parts_of((offer for firm in firms for offer in firm.offers), roles.chains),
        offer_roles=chances,
        firm_roles=firm_roles(chances, owners, n_firms=len(firms)),
    )


def words_of(
    firms: Sequence[Firm], glossary: Glossary, *, bulk: Bulk = HERE, progress: Progress | None = None
) -> Iterator[Fields]:
    """Tokens of each firm's whole profile."""
    return _tokens([searchable(firm) for firm in firms], glossary, "words", bulk, progress)


def wants_of(
    firms: Sequence[Firm], glossary: Glossary, *, bulk: Bulk = HERE, progress: Progress | None = None
) -> Iterator[Fields]:
    """Tokens of all that each firm needs."""
    return _tokens([wanted(firm) for firm in firms], glossary, "wants", bulk, progress)


def firm_roles(offer_roles: Halves, owners: Rows, *, n_firms: int) -> Halves:
    """Each firm's chances of roles: the largest over its offers, scaled to sum to 1; zeros without an offer.

    Args:
        offer_roles: float16 (n_offers, n_roles).
        owners: int64 (n_offers,), the firm of each offer, ascending.
        n_firms: How many firms there are.
    """
    scaled = np.zeros((n_firms, offer_roles.shape[1]), np.float16)
    selling, starts = np.unique(owners, return_index=True)
    for at in range(0, len(selling), _BLOCK):
        first, end = starts[at], starts[at + _BLOCK] if at + _BLOCK < len(starts) else len(owners)
        best = np.maximum.reduceat(offer_roles[first:end].astype(np.float32), starts[at : at + _BLOCK] - first)
        scaled[selling[at : at + _BLOCK]] = best / best.sum(axis=1, keepdims=True)
    return scaled


def _texts(firms: Sequence[Firm]) -> dict[str, tuple[str, list[str]]]:
    """What is encoded of some firms, with its prompt; the passages in the order `prepare` splits them."""
    owned = [(firm, offer) for firm in firms for offer in firm.offers]
    return {
        "offers": ("passage", [offer.text for _, offer in owned]),
        "said": ("passage", [stated_role(firm, offer) or offer.text for firm, offer in owned]),
        "firms": ("passage", [whole(firm) for firm in firms]),
        "needs": ("query", [need.text for firm in firms for need in firm.needs]),
    }


def _offer_roles(firms: Sequence[Firm], roles: Roles, vectors: Vectors) -> Chances:
    """Chances of each offer's role; a code that the firm states is certain."""
    owned = [(firm, offer) for firm in firms for offer in firm.offers]
    chances = roles.chances(
        vectors,
        clusters=[offer.cluster for _, offer in owned],
        stages=[offer.stage for _, offer in owned],
        other_cluster=OFFER_OTHER_CLUSTER,
        other_stage=OFFER_OTHER_STAGE,
    )
    for row, (firm, offer) in enumerate(owned):
        if known := roles.known(offer.cluster, stated_role(firm, offer)):
            chances[row] = 0.0
            chances[row, roles.index(known)] = 1.0
    return chances


def _tokens(
    texts: Sequence[str], glossary: Glossary, name: str, bulk: Bulk, progress: Progress | None
) -> Iterator[Fields]:
    for done, tokens in enumerate(bulk.tokens(_fields_of, texts, shared=glossary), 1):
        if progress:
            progress(name, done, len(texts))
        yield tokens


def _fields_of(glossary: Glossary, texts: Sequence[str]) -> list[Fields]:
    return [fields(text, glossary) for text in texts]


def _shifted(progress: Progress | None, before: int, total: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, _all: progress("vectors", before + done, total)
