"""What commands share: one catalog with its database, its index and the model.

var/
├── khukha.sqlite            the firms and all that must not be forgotten
├── index/                   snapshots, a cache
├── files/                   uploads and exports of jobs
├── queue.sqlite             jobs that wait
├── pepper                   what keys are hashed with
├── models/                  the bundled model, unpacked once
└── demo/                    the same for the demo catalog
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from api.errors import EmptyCatalogError
from api.machines import bulk_of, store_of
from api.settings import Settings
from api.store.changes import TakenBack, new_batch
from api.store.database import Database, open_database
from api.store.firms import Change
from api.writing import all_firms, import_firms, take_back
from matcher.bulk import Bulk
from matcher.domain import Chains, Firm, load_chains
from matcher.engine import Engine
from matcher.engine.build import Progress
from matcher.exchange import read_catalog
from matcher.text import Glossary, load_glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

COMMAND_LINE = "command line"
"""Who changes come from, as the log names it."""


class Workspace:
    """Loads what a command asks for, once.

    Args:
        settings: The operator's.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """The database; raises `DatabaseError`."""
        return open_database(self.settings.database)

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

    @cached_property
    def bulk(self) -> Bulk:
        """Who does bulk work; raises `WorkersError`."""
        return bulk_of(self.settings)

    def firms(self) -> tuple[Firm, ...]:
        """The firms of the catalog.

        Raises:
            EmptyCatalogError: there are none.
        """
        found = all_firms(self.database)
        if not found:
            raise EmptyCatalogError
        return found

    def put(self, firms: Sequence[Firm], *, replace: bool = False, progress: Progress | None = None) -> None:
        """Write firms; those of the same id are replaced, others stay unless the firms are the whole catalog."""
        import_firms(
            self.database,
            self.encoder,
            firms,
            Change(new_batch(), COMMAND_LINE),
            replace=replace,
            progress=(lambda done, total: progress("vectors", done, total)) if progress else None,
        )

    def put_demo(self, *, progress: Progress | None = None) -> None:
        """Make the demo catalog the catalog, unless it is already."""
        with as_file(files("api") / "demo_catalog" / "firms.jsonl") as path:
            firms = read_catalog(path, chains=self.chains).firms
        if {firm.id: firm for firm in all_firms(self.database)} != {firm.id: firm for firm in firms}:
            self.put(firms, replace=True, progress=progress)

    def take_back(self) -> TakenBack:
        """Undo the last batch of changes; once more brings it again. Raises `NothingToUndoError`."""
        return take_back(self.database, self.encoder, by=COMMAND_LINE)

    def engine(self, *, rebuild: bool = False, progress: Progress | None = None) -> Engine:
        """The engine over the catalog, its index brought up to date.

        Raises:
            EmptyCatalogError: there is nothing to search.
        """
        from api.live import Live

        live = Live(
            self.database,
            chains=self.chains,
            glossary=self.glossary,
            encoder=self.encoder,
            root=self.settings.index_dir,
            store=store_of(self.settings),
            bulk=self.bulk,
        )
        live.open(rebuild=rebuild, progress=progress)
        if live.engine.built.catalog.n_firms == 0:
            raise EmptyCatalogError
        return live.engine
