"""The data directory of one catalog: its firms, its index, its vectors.

var/
├── catalog.jsonl            the firms
├── catalog.previous.jsonl   the firms before the last change, for `khukha undo`
├── index/                   snapshots, a cache
├── vectors/                 vectors by text and model, a cache
└── models/                  the bundled model, unpacked once
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from matcher.domain import Chains, Firm, load_chains
from matcher.encoder.cache import VectorCache
from matcher.engine import Catalog, Engine, open_or_build
from matcher.engine.build import Progress
from matcher.errors import CatalogError
from matcher.exchange import read_catalog, write_catalog
from matcher.text import Glossary, load_glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder


class Workspace:
    """Loads what a command asks for, once.

    Args:
        settings: The operator's.
        root: Where the catalog stands; None takes the data directory itself.
    """

    def __init__(self, settings: Settings, *, root: Path | None = None) -> None:
        self.settings = settings
        self.root = root or settings.data_dir

    @property
    def catalog_path(self) -> Path:
        """Where the firms stand."""
        return self.root / "catalog.jsonl"

    @property
    def previous_path(self) -> Path:
        """Where the firms before the last change stand."""
        return self.root / "catalog.previous.jsonl"

    @cached_property
    def chains(self) -> Chains:
        """The clusters' chains; raises `ChainError`."""
        return load_chains(self.settings.chains)

    @cached_property
    def glossary(self) -> Glossary:
        """Words that mean the same."""
        return load_glossary(self.settings.glossary)

    @cached_property
    def encoder(self) -> Encoder:
        """The model, unpacked if it is the bundled one and loaded; raises `ModelError`."""
        from matcher.encoder.encoder import load_encoder  # takes seconds; most commands need no model

        return load_encoder(self.settings.model, models_dir=self.settings.models_dir, threads=self.settings.threads)

    def firms(self) -> tuple[Firm, ...]:
        """The firms of the catalog.

        Raises:
            CatalogError: there is none yet, or its file was damaged.
        """
        if not self.catalog_path.is_file():
            raise CatalogError(
                path=self.catalog_path,
                problem="there is no catalog yet",
                remedy="import one with `khukha import FILE`, or try `khukha demo`",
            )
        found = read_catalog(self.catalog_path)
        if found.rows_rejected:
            raise CatalogError(
                path=self.catalog_path,
                problem=f"{found.rows_rejected} firms of the stored catalog cannot be read",
                remedy="`khukha undo` takes the former catalog back",
            )
        return found.firms

    def save(self, firms: Iterable[Firm]) -> None:
        """Replace the catalog in one step; the former one is kept for `undo`."""
        self.root.mkdir(parents=True, exist_ok=True)
        scratch = self.root / f".catalog-{os.getpid()}.jsonl"
        write_catalog(firms, scratch)
        if self.catalog_path.is_file():
            os.replace(self.catalog_path, self.previous_path)
        os.replace(scratch, self.catalog_path)

    def undo(self) -> int:
        """Exchange the catalog and the one before the last change; returns how many firms it has now.

        Raises:
            CatalogError: nothing was changed yet.
        """
        if not self.previous_path.is_file():
            raise CatalogError(
                path=self.previous_path, problem="there is nothing to undo", remedy="nothing was changed"
            )
        scratch = self.root / f".catalog-{os.getpid()}.jsonl"
        os.replace(self.previous_path, scratch)
        if self.catalog_path.is_file():
            os.replace(self.catalog_path, self.previous_path)
        os.replace(scratch, self.catalog_path)
        return len(self.firms())

    def engine(self, firms: Iterable[Firm] | None = None, *, progress: Progress | None = None) -> Engine:
        """The engine over the catalog, its index built where need be."""
        built = open_or_build(
            Catalog(self.firms() if firms is None else firms),
            chains=self.chains,
            encoder=self.encoder,
            glossary=self.glossary,
            root=self.root / "index",
            vectors=VectorCache(self.root / "vectors"),
            progress=progress,
        )
        return Engine(built, encoder=self.encoder, glossary=self.glossary)
