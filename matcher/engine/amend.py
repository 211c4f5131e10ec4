"""Following a change of a few firms without building the whole index again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from indexes import DenseIndex, Mask, Vectors
from matcher.domain import Firm
from matcher.engine.build import Built, Progress, VectorSource, prepare, wants_of, words_of
from matcher.engine.moments import Moments
from matcher.text import Glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder


def amend(
    built: Built,
    *,
    put: Sequence[Firm],
    gone: Collection[str],
    digests: Mapping[str, str] | None = None,
    encoder: Encoder,
    glossary: Glossary,
    vectors: VectorSource,
    progress: Progress | None = None,
) -> Built:
    """Another index with some firms new, changed or gone; threads that search the old one go on.

    Where firms are only added, it answers as one that was built at once. The words of firms that
    changed or went count on in the idf, until tantivy merges them away or the index is built anew.

    There is one line of indexes and one thread that amends: each is amended at most once. Where
    amending fails half-way, open the snapshot again.

    Args:
        built: The newest index.
        put: New firms, and firms that take the place of those with their ids; one that is as it
            stands already changes nothing.
        gone: Ids of firms to take out; ids that name nothing are left out.
        digests: `firm_digest` of the firms put, by id, where it is known already.
        encoder: The one `built` was made with.
        glossary: Likewise.
        vectors: Asked for `texts_of` each new firm.
        progress: Told how far the work is.

    Returns:
        `built` itself where nothing changes.

    Raises:
        IndexOutgrownError: `built` was amended already.
        SnapshotDamagedError: the snapshot it was opened from is gone, and it was never amended.
    """
    old, catalog = built.catalog, built.catalog.amended(put, gone, digests)
    if catalog is old:
        return built
    new = catalog.firms[len(old.firms) :]
    made = prepare(new, roles=built.roles, encoder=encoder, vectors=vectors, progress=progress)
    words, wants = list(words_of(new, glossary)), list(wants_of(new, glossary))  # nothing fails between the indexes
    leaving = old.alive & ~catalog.alive[: len(old.firms)]
    without = np.flatnonzero(leaving)
    return replace(
        built,
        catalog=catalog,
        offers=built.offers.extended(made.offers, without=np.flatnonzero(leaving[old.offer_firm])),
        firms=built.firms.extended(made.firms, without=without),
        needs=built.needs.extended(made.needs, without=np.flatnonzero(leaving[old.need_firm])),
        offer_moments=_moments(built.offer_moments, built.offers, made.offers, leaving[old.offer_firm]),
        firm_moments=_moments(built.firm_moments, built.firms, made.firms, leaving),
        need_moments=_moments(built.need_moments, built.needs, made.needs, leaving[old.need_firm]),
        offer_roles=np.concatenate([built.offer_roles, made.offer_roles]),
        firm_roles=np.concatenate([built.firm_roles, made.firm_roles]),
        words=built.words.extended(words, without=without),
        wants=built.wants.extended(wants, without=without),
    )


def _moments(moments: Moments, index: DenseIndex, added: Vectors, leaving: Mask) -> Moments:
    return moments.amended(added=added, removed=index.vectors[leaving])
