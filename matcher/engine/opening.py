"""The index on disk: opened where it stands and brought up to date, or built anew.

A snapshot holds vectors of offers, needs and whole firms, the token indexes, the chances of each
offer's role, and which firms its rows are. It is a cache: whatever is missing, damaged or made by
another model is built again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes import ON_DISK, DenseIndex, Mask, SnapshotError, Store, open_snapshot, write_snapshot
from matcher.bulk import HERE, Bulk
from matcher.domain import Chains, Firm, Need, Offer
from matcher.engine.amend import amend
from matcher.engine.build import Built, Halves, Progress, VectorSource, firm_roles, prepare, wants_of, words_of
from matcher.engine.catalog import Catalog
from matcher.engine.moments import Moments
from matcher.engine.roles import Roles
from matcher.engine.texts import FIELDS
from matcher.text import NORMALISER_VERSION, Glossary
from matcher.text.denial import DENIAL_VERSION
from matcher.text.tokens import TOKENISER_VERSION

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

LAYOUT = "6"
"""Raise it when the snapshot's content changes shape."""

MOST_CHANGED = 0.2
"""Share of a snapshot's rows up to which a difference is amended rather than built anew …"""

FEW_ROWS = 50
"""… and the number of rows up to which it is in any case."""

_ROWS = "rows.json"
_OFFER_ROLES = "offer_roles.npy"
_MOMENTS = "moments.npz"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Maker:
    """All that it takes to make an index, and to tell whether a stored one was made with the same."""

    roles: Roles
    encoder: Encoder
    glossary: Glossary
    vectors: VectorSource
    progress: Progress | None
    store: Store
    bulk: Bulk

    @property
    def made_with(self) -> dict[str, str]:
        return _made_with(self.roles, self.encoder, self.glossary, self.store)


def _made_with(roles: Roles, encoder: Encoder, glossary: Glossary, store: Store) -> dict[str, str]:
    chains = hashlib.sha256(repr([(role, role.words) for role in roles.all]).encode()).hexdigest()[:16]
    return {
        "model": encoder.fingerprint,
        "chains": chains,
        "text": f"{NORMALISER_VERSION}.{TOKENISER_VERSION}.{DENIAL_VERSION}.{glossary.digest}",
        "layout": LAYOUT,
        "store": store.name,
    }


@dataclass(frozen=True, slots=True)
class _Row:
    """What a snapshot knows of the firm in a row."""

    id: str
    digest: str
    n_offers: int
    n_needs: int

    def blank(self) -> Firm:
        """What stands in the row of a firm that is no longer as it was: as many offers and needs."""
        return Firm("", "", offers=(Offer("", ""),) * self.n_offers, needs=(Need("", ""),) * self.n_needs)


def open_or_build(
    catalog: Catalog,
    *,
    chains: Chains,
    encoder: Encoder,
    glossary: Glossary,
    root: Path,
    vectors: VectorSource,
    progress: Progress | None = None,
    rebuild: bool = False,
    store: Store = ON_DISK,
    bulk: Bulk = HERE,
) -> Built:
    """The snapshot below `root` with what changed since amended; else a new one, written there.

    Args:
        catalog: Its living firms are searched; their rows may come in another order.
        chains: The clusters' chains.
        encoder: Of all vectors.
        glossary: Knows which words mean the same.
        root: Where snapshots live.
        vectors: Asked for `texts_of` each firm that the snapshot lacks.
        progress: Told how far the work is.
        rebuild: Build and write a new snapshot whatever stands there.
        store: Where the snapshot's indexes are kept.
        bulk: Who reads words where there are many.
    """
    maker = _Maker(Roles(chains, encoder), encoder, glossary, vectors, progress, store, bulk)
    built = None if rebuild else _reopened(root, catalog, maker)
    return built or _rebuilt(root, catalog.compacted(), maker)


def _rebuilt(root: Path, catalog: Catalog, maker: _Maker) -> Built:
    with write_snapshot(root, built_for=maker.made_with) as folder:
        _write(folder, catalog, maker)
    return _loaded(open_snapshot(root, built_for=maker.made_with), catalog, maker)


def _reopened(root: Path, catalog: Catalog, maker: _Maker) -> Built | None:
    """The snapshot brought up to date; None where there is none to use, or too much changed."""
    try:
        folder = open_snapshot(root, built_for=maker.made_with)
        rows = [_Row(*row) for row in json.loads((folder / _ROWS).read_bytes())]
        given = {firm.id: firm for firm in catalog.living}
        alive = np.array([catalog.digests.get(row.id) == row.digest for row in rows], np.bool_)
        same = {row.id for row, lives in zip(rows, alive.tolist(), strict=True) if lives}
        put = [firm for firm in given.values() if firm.id not in same]
        changed = int((~alive).sum()) + len(put)
        if changed > max(FEW_ROWS, MOST_CHANGED * len(rows)):
            log.info("building the index: %d rows differ from the snapshot's %d", changed, len(rows))
            return None
        firms = [given[row.id] if row.id in same else row.blank() for row in rows]
        built = _loaded(folder, Catalog(firms, [row.digest for row in rows], alive=alive), maker)
        return amend(
            built,
            put=put,
            gone=(),
            digests=catalog.digests,
            encoder=maker.encoder,
            glossary=maker.glossary,
            vectors=maker.vectors,
            progress=maker.progress,
        )
    except SnapshotError as problem:
        log.info("building the index: %s", problem)
        return None


def _write(folder: Path, catalog: Catalog, maker: _Maker) -> None:
    firms, glossary = catalog.firms, maker.glossary
    made = prepare(firms, roles=maker.roles, encoder=maker.encoder, vectors=maker.vectors, progress=maker.progress)
    sums: dict[str, Any] = {}
    for name, found in {"offers": made.offers, "firms": made.firms, "needs": made.needs}.items():
        maker.store.write_dense(folder / name, found, parts=made.offer_parts if name == "offers" else None)
        moments = Moments.of(found)
        sums |= {f"{name}_total": moments.total, f"{name}_products": moments.products}
    np.savez(folder / _MOMENTS, **sums)
    for name, tokens_of in (("words", words_of), ("wants", wants_of)):
        rows = tokens_of(firms, glossary, bulk=maker.bulk, progress=maker.progress)
        maker.store.write_words(folder / name, rows, fields=FIELDS)
    np.save(folder / _OFFER_ROLES, made.offer_roles, allow_pickle=False)
    known = [(firm.id, catalog.digests[firm.id], len(firm.offers), len(firm.needs)) for firm in firms]
    (folder / _ROWS).write_text(json.dumps(known), "ascii")


def _loaded(folder: Path, catalog: Catalog, maker: _Maker) -> Built:
    """A snapshot's content over the catalog whose rows it holds, some of them perhaps dead."""
    words, wants = (maker.store.load_words(folder / name) for name in ("words", "wants"))
    dead = np.flatnonzero(~catalog.alive)
    if len(dead):
        words, wants = words.extended((), without=dead), wants.extended((), without=dead)
    chances: Halves = np.load(folder / _OFFER_ROLES, allow_pickle=False, mmap_mode="r")
    usual = Moments.of(maker.roles.vectors)
    offers, offer_moments = _dense(folder, "offers", maker.store, catalog.alive[catalog.offer_firm], usual)
    firms, firm_moments = _dense(folder, "firms", maker.store, catalog.alive, usual)
    needs, need_moments = _dense(folder, "needs", maker.store, catalog.alive[catalog.need_firm], usual)
    return Built(
        catalog=catalog,
        roles=maker.roles,
        offers=offers,
        firms=firms,
        needs=needs,
        offer_moments=offer_moments,
        firm_moments=firm_moments,
        need_moments=need_moments,
        words=words,
        wants=wants,
        offer_roles=chances,
        firm_roles=firm_roles(chances, catalog.offer_firm, n_firms=len(catalog.firms)),
        made_with=maker.made_with,
    )


def _dense(folder: Path, name: str, store: Store, alive: Mask, usual: Moments) -> tuple[DenseIndex, Moments]:
    """A stored index and its moments, both without the dead rows."""
    index = store.load_dense(folder / name)
    with np.load(folder / _MOMENTS, allow_pickle=False) as sums:
        moments = Moments.of_sums(len(alive), sums[f"{name}_total"], sums[f"{name}_products"], usual=usual)
    dead = np.flatnonzero(~alive)
    if len(dead):
        none = index.vectors[dead[:0]]
        moments = moments.amended(added=none, removed=index.vectors[dead])
        index = index.extended(none, without=dead)
    return index, moments


def snapshot_difference(
    root: Path,
    digests: Mapping[str, str],
    *,
    chains: Chains,
    encoder: Encoder,
    glossary: Glossary,
    store: Store = ON_DISK,
) -> int:
    """How many firms a stored snapshot has otherwise than they are, or has not, or has too many.

    Args:
        root: Where snapshots live.
        digests: Of every firm, by id.
        chains: The clusters' chains.
        encoder: The model in use.
        glossary: Knows which words mean the same.
        store: Where the snapshot's indexes are kept.

    Raises:
        SnapshotError: there is none, it is damaged, or made with something else.
    """
    made_with = _made_with(Roles(chains, encoder), encoder, glossary, store)
    folder = open_snapshot(root, built_for=made_with)
    stored = {row[0]: row[1] for row in json.loads((folder / _ROWS).read_bytes())}
    return sum(stored.get(id) != digests.get(id) for id in {*stored, *digests})
