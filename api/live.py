"""The live index: the engine over what the database holds now.

The database is the truth, the index a cache of it. A change is written with its row in the log; every
process that serves tails the log by number and swaps in an amended index, while searches go on over
the one they began with. Before an answer leaves, its firms are held against their live rows: a firm
that was deleted or changed since is never shown.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import Session

from api.errors import NotReadyError
from api.store.changes import changed_since, count_erasures, last_sequence, mark_at
from api.store.database import Database
from api.store.firms import load_firms, versions_of
from api.store.soundness import forget_unsound
from api.store.vectors import StoredVectors, embed_missing
from indexes import ON_DISK, Store
from matcher.bulk import HERE, Bulk
from matcher.domain import Chains
from matcher.engine import Answer, Catalog, Engine, open_or_build
from matcher.engine.amend import amend
from matcher.engine.build import Progress
from matcher.engine.suggest import Suggester
from matcher.text import Glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

POLL_S = 0.1
"""How long a change made by another process may go unnoticed."""

COMPACT_FROM = 0.25
"""Share of dead rows from which the index is built anew in the background."""

MANY_CHANGES = 2_000
"""So many changed firms are built anew rather than amended one upon another."""

SUGGEST_EVERY_S = 30.0
"""Suggestions may be this much older than the index."""

AGAIN_S = 5.0
COMPACT_AGAIN_S = 60.0
TRIES = 3

Asked = TypeVar("Asked")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """An index and the moment it shows.

    Attributes:
        sequence: Number of the last change it holds.
        mark: What the log says there: another database restored in its place says something else.
        versions: Version of every firm in it.
        erased: How many people were erased by then: an index from before holds their words, even amended.
    """

    engine: Engine
    sequence: int
    mark: str
    versions: dict[str, int]
    erased: int = 0


class Live:
    """Keeps an engine in step with a database.

    Args:
        database: The truth.
        chains: The clusters' chains.
        glossary: Knows which words mean the same.
        encoder: Of all vectors; a `BatchingEncoder` in a server.
        root: Where snapshots live.
        store: Where their indexes are kept.
        bulk: Who encodes and reads words where there are many.
    """

    def __init__(
        self,
        database: Database,
        *,
        chains: Chains,
        glossary: Glossary,
        encoder: Encoder,
        root: Path,
        store: Store = ON_DISK,
        bulk: Bulk = HERE,
    ) -> None:
        self.database = database
        self.chains = chains
        self.glossary = glossary
        self.encoder = encoder
        self.root = root
        self.store = store
        self.bulk = bulk
        self._state: State | None = None
        self._suggester: Suggester | None = None
        self._suggested = (0, 0.0)
        self._amending = threading.Lock()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._tailing: threading.Thread | None = None
        self._compacting: threading.Thread | None = None

    @property
    def state(self) -> State:
        """What is searched now.

        Raises:
            NotReadyError: the index is still being opened.
        """
        if self._state is None:
            raise NotReadyError
        return self._state

    @property
    def engine(self) -> Engine:
        """The engine of `state`."""
        return self.state.engine

    def open(self, *, rebuild: bool = False, progress: Progress | None = None) -> None:
        """Open the snapshot, catch up with the database, and serve that.

        Args:
            rebuild: Build the index anew and write its snapshot, whatever stands there.
            progress: Told how far the work is.
        """
        with _alone(self.root):
            state = self._opened(rebuild=rebuild, progress=progress)
            with self._amending:  # not while another thread amends the index that this one takes the place of
                self._state = self._caught_up(state) or state

    def _opened(self, *, rebuild: bool, progress: Progress | None) -> State:
        vectors = (lambda done, total: progress("vectors", done, total)) if progress else None
        if rebuild:
            forget_unsound(self.database, model=self.encoder.fingerprint)
        embed_missing(self.database, self.encoder, bulk=self.bulk, progress=vectors)
        with self.database.reading() as session:
            sequence = last_sequence(session)
            mark, erased = mark_at(session, sequence), count_erasures(session)
            stored = list(load_firms(session))
            built = open_or_build(
                Catalog([one.firm for one in stored], digests=[one.digest for one in stored]),
                chains=self.chains,
                encoder=self.encoder,
                glossary=self.glossary,
                root=self.root,
                store=self.store,
                bulk=self.bulk,
                vectors=StoredVectors(session),
                progress=progress,
                rebuild=rebuild,
            )
        engine = Engine(built, encoder=self.encoder, glossary=self.glossary)
        return State(engine, sequence, mark, {one.firm.id: one.version for one in stored}, erased)

    def start(self) -> None:
        """Open in the background, then tail the log until `stop`."""
        self._tailing = threading.Thread(target=self._tail, name="tail", daemon=True)
        self._tailing.start()

    def stop(self) -> None:
        """Stop tailing."""
        self._ended.set()
        self._wake.set()
        for thread in (self._tailing, self._compacting):
            if thread is not None:
                thread.join()

    @property
    def suggests(self) -> bool:
        """Whether suggestions were gathered, which takes a second after the index is open."""
        return self._suggester is not None

    @property
    def suggester(self) -> Suggester:
        """Suggests what the catalog holds, or held half a minute ago; raises as `state`."""
        if self._suggester is None:  # asked before the tail came to it
            self._suggest()
        assert self._suggester is not None
        return self._suggester

    def wake(self) -> None:
        """Say that something was just written, so that it is searchable at once."""
        self._wake.set()

    def catch_up(self) -> None:
        """Swap in an index that holds every change committed by now."""
        with self._amending:
            found = self._caught_up(self.state)
            if found is not None:
                self._state = found
                return
        self.open()

    def answer(self, ask: Callable[[Engine], Asked], *, firms: Callable[[Asked], Iterable[str]]) -> Asked:
        """Ask the engine, and ask again where a firm of the answer is no longer as the index has it.

        Where firms change faster than that, the answer is that of a moment after the question came: it shows all that
        was acknowledged before, and may not show what is being written now.

        Args:
            ask: Called with the engine.
            firms: The ids of an answer's firms.

        Raises:
            NotReadyError: the index is still being opened.
        """
        for _ in range(TRIES):
            state = self.state
            found = ask(state.engine)
            ids = set(firms(found))
            with self.database.reading() as session:
                there = versions_of(session, ids)
            if all(there.get(id) == state.versions.get(id) for id in ids):
                return found
            self.catch_up()
        return ask(self.engine)

    def _caught_up(self, state: State) -> State | None:
        """The state with all that happened since; None where it must be opened again.

        That is so where an older database was restored, somebody was erased, or too much happened to go step by step.
        """
        with self.database.reading() as session:
            sequence = last_sequence(session)
            touched = changed_since(session, state.sequence)
            other = mark_at(session, state.sequence) != state.mark or count_erasures(session) != state.erased
            if other or len(touched) > MANY_CHANGES:
                return None
            try:
                return self._amended(session, state, touched, sequence) if touched else state
            except Exception:  # amending is one-way: half done, only the snapshot leads on
                log.exception("the index could not be amended and is opened again")
                return None

    def _amended(self, session: Session, state: State, touched: set[str], sequence: int) -> State:
        stored = {one.firm.id: one for one in load_firms(session, touched)}
        gone = touched - stored.keys()
        new = [one for one in stored.values() if state.versions.get(one.firm.id) != one.version]
        built = amend(
            state.engine.built,
            put=[one.firm for one in new],
            gone=[id for id in gone if id in state.versions],
            digests={one.firm.id: one.digest for one in new},
            encoder=self.encoder,
            glossary=self.glossary,
            vectors=StoredVectors(session),
        )
        versions = {id: version for id, version in state.versions.items() if id not in gone}
        versions.update((one.firm.id, one.version) for one in new)
        return State(state.engine.amended(built), sequence, mark_at(session, sequence), versions, state.erased)

    def _tail(self) -> None:
        while not self._ended.is_set():
            pause_s = POLL_S
            try:
                if self._state is None:
                    self.open()
                self.catch_up()
                self._compact()
                self._suggest()
            except Exception:  # whatever it is, what is searchable now stays so, and it is tried again
                log.exception("the index could not follow the database")
                pause_s = AGAIN_S
            self._wake.wait(pause_s)
            self._wake.clear()

    def _suggest(self) -> None:
        """Gather suggestions anew where the catalog changed since, now and then."""
        sequence, at = self._suggested
        if self._suggester is None or (sequence != self.state.sequence and time.monotonic() - at > SUGGEST_EVERY_S):
            self._suggested = (self.state.sequence, time.monotonic())
            self._suggester = Suggester(self.engine.built, glossary=self.glossary)

    def _compact(self) -> None:
        """Build anew, beside the searches and the tailing, once many rows are dead."""
        busy = self._compacting is not None and self._compacting.is_alive()
        if not busy and self.engine.built.dead_share > COMPACT_FROM:
            self._compacting = threading.Thread(target=self._build_anew, name="compact", daemon=True)
            self._compacting.start()

    def _build_anew(self) -> None:
        try:
            self.open(rebuild=True)
        except Exception:  # a full disk, perhaps: the index goes on as it is
            log.exception("the index could not be built anew")
            self._ended.wait(COMPACT_AGAIN_S)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One thread of one process opens or builds at a time: who writes a snapshot removes all others."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def firms_of(answer: Answer) -> list[str]:
    """Ids of the firms that an answer shows."""
    return [match.firm.id for match in (*answer.matches, *answer.near)]
