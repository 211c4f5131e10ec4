"""The participants of a fair on their way to other machines, where needs are answered block by block."""

from __future__ import annotations

import hashlib
import pickle  # noqa: TID251 - what our own processes send each other; nothing of it is ever stored
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from threadpoolctl import threadpool_limits

from indexes import DenseIndex, ExactIndex, Rows, Vectors
from matcher.bulk import Bulk
from matcher.bulk.travel import Travelling
from matcher.domain import Seeking
from matcher.engine import Engine
from matcher.fair.answers import Answering


@dataclass(frozen=True, slots=True)
class Answered:
    """How well m firms answer b needs.

    Attributes:
        scores: float32 (b, m), as `Answers` has them; `offers` likewise.
        seeking: What each need looks for.
    """

    scores: Vectors
    offers: Rows
    seeking: tuple[Seeking, ...]


class Party:
    """Participants, and the engine that knows them; sent to another process, it is opened there once.

    What is sent is the catalog, its vectors and its words: some 100 MB for 10,000 firms.

    Args:
        engine: Over the catalog.
        rows: int64 (m,), the participants' rows in it.
        on: The day on which certificates must hold.
        bulk: Says where a worker has its model.
    """

    def __init__(self, engine: Engine, rows: Rows, *, on: date, bulk: Bulk) -> None:
        self._engine = engine
        self._rows = rows
        self._on = on
        self._bulk = bulk
        with _in_one_thread():
            self._answering = Answering(engine, rows, on=on)

    def answered(self, needs: Sequence[int]) -> Answered:
        """Every participant against some needs, by their rows in the catalog."""
        with _in_one_thread():
            briefs = self._answering.briefs(needs)
            found = self._answering.score(briefs)
        return Answered(found.scores, found.offers, tuple(brief.seeking for brief in briefs))

    def __reduce__(self) -> tuple[object, ...]:
        engine, built = self._engine, self._engine.built
        plain = replace(
            built,
            offers=_kept(built.offers),
            firms=_kept(built.firms),
            needs=_kept(built.needs),
            offer_roles=np.array(built.offer_roles),  # it may be a file, mapped into memory
            firm_roles=np.array(built.firm_roles),
        )
        encoder = Travelling(engine.encoder, models_dir=self._bulk.models_dir, threads=self._bulk.threads)
        packed = pickle.dumps(
            (plain, encoder, engine.glossary, engine.weights, engine.verdict, self._rows, self._on, self._bulk.threads)
        )
        return _arrived, (hashlib.sha256(packed).hexdigest(), packed)


def answer_block(party: Party, needs: Sequence[int]) -> Answered:
    """A job: some needs."""
    return party.answered(needs)


def _in_one_thread() -> threadpool_limits:
    """Products of matrices in one thread: how many there are changes their last digits, and machines differ."""
    return threadpool_limits(1, user_api="blas")


def _kept(index: DenseIndex) -> ExactIndex:
    """The vectors alone, whatever they are searched with."""
    return ExactIndex(np.asarray(index.vectors[:], np.float32))


_OPEN: dict[str, Party] = {}
"""The party that this process opened last."""


def _arrived(key: str, packed: bytes) -> Party:
    if key not in _OPEN:
        built, travelling, glossary, weights, verdict, rows, on, threads = pickle.loads(packed)  # noqa: S301 - ours
        engine = Engine(built, encoder=travelling.encoder, glossary=glossary, weights=weights, verdict=verdict)
        _OPEN.clear()
        _OPEN[key] = Party(engine, rows, on=on, bulk=Bulk(threads=threads))
    return _OPEN[key]
