"""From a catalog to something that can be searched, and back from disk.

A snapshot holds vectors of offers, needs and whole firms, the token indexes, and the chances of each
offer's role. It is a cache: whatever is missing, damaged or made by another model is built again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes import Fields, FlatIndex, LexicalIndex, SnapshotError, Vectors, open_snapshot, write_snapshot
from matcher.domain import Chains, Firm
from matcher.encoder.vectors import unit
from matcher.engine.catalog import Catalog
from matcher.engine.roles import OFFER_OTHER_CLUSTER, OFFER_OTHER_STAGE, Chances, Roles
from matcher.engine.texts import FIELDS, fields, searchable, stated_role, wanted, whole
from matcher.text import NORMALISER_VERSION, Glossary
from matcher.text.tokens import TOKENISER_VERSION

if TYPE_CHECKING:
    from matcher.encoder.cache import VectorCache
    from matcher.encoder.encoder import Encoder

LAYOUT = "3"
"""Raise it when the snapshot's content changes shape."""

ROLE_SHARE = 0.5
"""What a firm's own words for its role count beside the offer's text, when a role is placed."""

USUAL_ROWS = 10
"""Rows that the roles' texts count for beside a catalog's own, when similarities are scaled."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and covariance of a collection of vectors.

    With them the z-score of a similarity against the whole collection costs one matrix product and no
    scan: a query q meets similarities of mean q·μ and variance qᵀΣq.
    """

    mean: npt.NDArray[np.float32]
    covariance: npt.NDArray[np.float32]

    @classmethod
    def of(cls, vectors: Vectors, *, usual: Vectors | None = None) -> Moments:
        """Of float32 (n, dim).

        Args:
            vectors: The collection; of fewer than two rows nothing is known, and z-scores are plain.
            usual: Other texts' vectors that stand in for `USUAL_ROWS` rows more, so that a catalog of a
                few firms has a scale too.
        """
        dim = vectors.shape[1]
        prior = cls(np.zeros(dim, np.float32), np.eye(dim, dtype=np.float32)) if usual is None else cls.of(usual)
        if len(vectors) < 2:
            return prior
        share = 0.0 if usual is None else USUAL_ROWS / (USUAL_ROWS + len(vectors))
        centred = vectors - vectors.mean(axis=0)
        covariance = centred.T @ centred / (len(vectors) - 1)
        return cls(
            ((1 - share) * vectors.mean(axis=0) + share * prior.mean).astype(np.float32),
            ((1 - share) * covariance + share * prior.covariance).astype(np.float32),
        )

    def z(self, similarity: Vectors, query: Vectors) -> Vectors:
        """Similarities of one query, float32 (n,), in standard deviations above the usual."""
        spread = float(np.sqrt(max(float(query @ self.covariance @ query), 1e-12)))
        scaled: Vectors = (similarity - float(query @ self.mean)) / spread
        return scaled.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Built:
    """A catalog with everything that is needed to search it; never changed once made.

    Attributes:
        offers: One vector an offer, as passages.
        firms: One vector a firm, of its whole profile, as passages.
        needs: One vector a need, as queries: what looks for an offer.
        words: Tokens of each firm's whole profile.
        wants: Tokens of all that each firm needs.
        offer_roles: Chance of each role for each offer.
        firm_roles: Largest chance over a firm's offers, rows scaled to sum to 1.
        fingerprint: What all this was built from.
    """

    catalog: Catalog
    roles: Roles
    offers: FlatIndex
    firms: FlatIndex
    needs: FlatIndex
    offer_moments: Moments
    firm_moments: Moments
    need_moments: Moments
    words: LexicalIndex
    wants: LexicalIndex
    offer_roles: Chances
    firm_roles: Chances
    fingerprint: str


def open_or_build(
    catalog: Catalog,
    *,
    chains: Chains,
    encoder: Encoder,
    glossary: Glossary,
    root: Path,
    vectors: VectorCache,
    progress: Progress | None = None,
) -> Built:
    """The snapshot below `root` if it is whole and of these very inputs, else a new one."""
    roles = Roles(chains, encoder)
    built_for = _built_for(catalog, encoder=encoder, glossary=glossary, roles=roles)
    try:
        return _load(open_snapshot(root, built_for=built_for), catalog, roles, built_for)
    except SnapshotError as problem:
        log.info("building the index: %s", problem)
    with write_snapshot(root, built_for=built_for) as folder:
        _build(
            folder,
            catalog,
            encoder=encoder,
            glossary=glossary,
            roles=roles,
            vectors=vectors,
            progress=progress,
        )
    return _load(open_snapshot(root, built_for=built_for), catalog, roles, built_for)


def _built_for(catalog: Catalog, *, encoder: Encoder, glossary: Glossary, roles: Roles) -> dict[str, str]:
    chains = hashlib.sha256(repr([(role, role.words) for role in roles.all]).encode()).hexdigest()[:16]
    return {
        "catalog": catalog.digest,
        "model": encoder.fingerprint,
        "chains": chains,
        "text": f"{NORMALISER_VERSION}.{TOKENISER_VERSION}.{glossary.digest}",
        "layout": LAYOUT,
    }


def _build(
    folder: Path,
    catalog: Catalog,
    *,
    encoder: Encoder,
    glossary: Glossary,
    roles: Roles,
    vectors: VectorCache,
    progress: Progress | None,
) -> None:
    said = [
        stated_role(catalog.firms[firm], offer)
        for offer, firm in zip(catalog.offers, catalog.offer_firm.tolist(), strict=True)
    ]
    texts = {
        "offers": ("passage", [offer.text for offer in catalog.offers]),
        "firms": ("passage", [whole(firm) for firm in catalog.firms]),
        "needs": ("query", [need.text for need in catalog.needs]),
        "said": ("passage", [role or offer.text for role, offer in zip(said, catalog.offers, strict=True)]),
    }
    total = sum(len(found) for _, found in texts.values())
    before = 0
    encoded = {}
    for name, (prompt, found) in texts.items():
        report = _shifted(progress, before, total)
        encoded[name] = vectors.encode(encoder, found, prompt=prompt, progress=report)
        before += len(found)
    for name in ("offers", "firms", "needs"):
        FlatIndex(encoded[name]).save(folder / f"{name}.faiss")
    chances = _offer_roles(catalog, roles, said, unit(encoded["offers"] + ROLE_SHARE * encoded["said"]))
    np.save(folder / "offer_roles.npy", chances, allow_pickle=False)
    for name, text_of in (("words", searchable), ("wants", wanted)):
        rows = _tokens(catalog, text_of, glossary=glossary, progress=progress, name=name)
        LexicalIndex.build(rows, fields=FIELDS, folder=folder / name)


def _tokens(
    catalog: Catalog,
    text_of: Callable[[Firm], str],
    *,
    glossary: Glossary,
    progress: Progress | None,
    name: str,
) -> Iterator[Fields]:
    for done, firm in enumerate(catalog.firms, 1):
        if progress:
            progress(name, done, len(catalog.firms))
        yield fields(text_of(firm), glossary)


def _offer_roles(catalog: Catalog, roles: Roles, said: Sequence[str | None], vectors: Vectors) -> Chances:
    """Chances of each offer's role; a code that the firm states is certain."""
    chances = roles.chances(
        vectors,
        clusters=[offer.cluster for offer in catalog.offers],
        stages=[offer.stage for offer in catalog.offers],
        other_cluster=OFFER_OTHER_CLUSTER,
        other_stage=OFFER_OTHER_STAGE,
    )
    for row, (offer, role) in enumerate(zip(catalog.offers, said, strict=True)):
        if known := roles.known(offer.cluster, role):
            chances[row] = 0.0
            chances[row, roles.index(known)] = 1.0
    return chances


def _load(folder: Path, catalog: Catalog, roles: Roles, built_for: dict[str, str]) -> Built:
    offers, firms, needs = (FlatIndex.load(folder / f"{name}.faiss") for name in ("offers", "firms", "needs"))
    chances: Chances = np.load(folder / "offer_roles.npy", allow_pickle=False)
    return Built(
        catalog=catalog,
        roles=roles,
        offers=offers,
        firms=firms,
        needs=needs,
        offer_moments=Moments.of(offers.vectors, usual=roles.vectors),
        firm_moments=Moments.of(firms.vectors, usual=roles.vectors),
        need_moments=Moments.of(needs.vectors, usual=roles.vectors),
        words=LexicalIndex.load(folder / "words"),
        wants=LexicalIndex.load(folder / "wants"),
        offer_roles=chances,
        firm_roles=_firm_roles(catalog, chances),
        fingerprint=hashlib.sha256(repr(sorted(built_for.items())).encode()).hexdigest()[:16],
    )


def _firm_roles(catalog: Catalog, offer_roles: Chances) -> Chances:
    best = np.zeros((len(catalog.firms), offer_roles.shape[1]), np.float32)
    np.maximum.at(best, catalog.offer_firm, offer_roles)
    sums = best.sum(axis=1, keepdims=True)
    scaled: Chances = np.divide(best, sums, out=np.zeros_like(best), where=sums > 0)
    return scaled


def _shifted(progress: Progress | None, before: int, total: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, _all: progress("vectors", before + done, total)
