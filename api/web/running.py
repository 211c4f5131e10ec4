"""All that a serving process holds."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from api.batching import BatchingEncoder
from api.errors import NotReadyError, ServiceError
from api.fairs.links import Links
from api.jobs.queue import Queue
from api.live import Live
from api.machines import bulk_of, store_of
from api.settings import Settings
from api.store.audit import Trail
from api.store.database import Database, open_database
from api.store.keys import read_pepper
from indexes import IndexesError
from matcher.domain import Chains, load_chains
from matcher.encoder.encoder import Encoder, load_encoder
from matcher.errors import MatcherError
from matcher.text import Glossary, load_glossary

log = logging.getLogger(__name__)


@dataclass
class Running:
    """The database at once; model and index as soon as they are loaded.

    Attributes:
        failed: Why the model could not be loaded, or None.
    """

    settings: Settings
    database: Database
    chains: Chains
    glossary: Glossary
    pepper: bytes
    queue: Queue
    live_or_none: Live | None = None
    failed: Exception | None = None
    _opening: threading.Thread | None = field(default=None, repr=False)

    @classmethod
    def open(cls, settings: Settings, *, encoder: Encoder | None = None) -> Running:
        """Open the database, and begin to load the model and the index in the background.

        Args:
            settings: The operator's.
            encoder: One that is loaded already, as in tests.
        """
        running = cls(
            settings=settings,
            database=open_database(settings.database),
            chains=load_chains(settings.chains),
            glossary=load_glossary(settings.glossary),
            pepper=read_pepper(settings.pepper_path),
            queue=Queue(database_url=settings.database, path=settings.queue_path),
        )
        running._opening = threading.Thread(target=running._load, args=(encoder,), name="open", daemon=True)
        running._opening.start()
        return running

    @property
    def links(self) -> Links:
        """Makes and reads participants' links."""
        return Links(self.pepper, self.settings.public_url)

    @property
    def trail(self) -> Trail:
        """Writes who read what of whom."""
        return Trail(self.pepper)

    @property
    def live(self) -> Live:
        """The live index.

        Raises:
            NotReadyError: the model is still being loaded.
            MatcherError: it cannot be; likewise the other trees' errors.
        """
        if isinstance(self.failed, (MatcherError, IndexesError, ServiceError)):
            raise self.failed.with_traceback(None)
        if self.live_or_none is None:
            raise NotReadyError
        return self.live_or_none

    @property
    def encoder(self) -> BatchingEncoder:
        """The batching encoder; raises as `live`."""
        encoder = self.live.encoder
        assert isinstance(encoder, BatchingEncoder)
        return encoder

    def wait(self) -> None:
        """Until model and index are open, or cannot be; raises as `live`."""
        if self._opening is not None:
            self._opening.join()
        _ = self.live

    def close(self) -> None:
        """Stop what runs in the background."""
        if self._opening is not None:
            self._opening.join()
        if self.live_or_none is not None:
            self.live_or_none.stop()
            self.encoder.close()
        self.database.close()

    def _load(self, encoder: Encoder | None) -> None:
        try:
            settings = self.settings
            loaded = encoder or load_encoder(settings.model, models_dir=settings.models_dir, threads=settings.threads)
            live = Live(
                self.database,
                chains=self.chains,
                glossary=self.glossary,
                encoder=BatchingEncoder(loaded),
                root=settings.index_dir,
                store=store_of(settings),
                bulk=bulk_of(settings),
            )
            live.open()
            live.engine.search("ทดสอบ warm up", limit=1)  # the Thai tokeniser loads its words at the first call
            live.start()
            self.live_or_none = live
        except Exception as problem:
            log.exception("the index cannot be opened")
            self.failed = problem
