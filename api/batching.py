"""The encoder of a server: concurrent queries share batches, and a full queue says so.

Forty clients that encode one by one keep the model busy with batches of one. Here a query waits only
for the batch that runs now; whatever came meanwhile is encoded together.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from api.errors import BusyError
from indexes import Vectors
from matcher.encoder.encoder import Encoder

MAX_BATCH = 32
"""Texts encoded together at most."""

MAX_WAITING = 256
"""Texts that may wait; more are refused, for they would wait for seconds."""

GIVE_WAY_S = 1.0
"""How long a batch of many texts lets queries go first, so that it is done some day too."""

RETRY_AFTER_S = 1


@dataclass(slots=True)
class _Asked:
    texts: list[str]
    answer: Future[Vectors] = field(default_factory=Future)


class BatchingEncoder(Encoder):
    """An `Encoder` for many threads: a few queries share batches, everything else goes to the model in turn.

    Args:
        encoder: Does the work; nobody else may use it.
        max_waiting: Texts that may wait.

    Attributes:
        batches: Batches of queries encoded.
        texts: Texts in them.
    """

    def __init__(self, encoder: Encoder, *, max_waiting: int = MAX_WAITING) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.batches = 0
        self.texts = 0
        self._max_waiting = max_waiting
        self._waiting: deque[_Asked] = deque()
        self._changed = threading.Condition()
        self._model_lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self._thread.start()

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._encoder.dim

    @property
    def waiting(self) -> int:
        """Texts that wait now."""
        return sum(len(asked.texts) for asked in tuple(self._waiting))

    def encode(
        self, texts: Sequence[str], *, prompt: str, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """As `Encoder.encode`; many texts go a batch at a time, so that queries get their turn between.

        Raises:
            BusyError: too many queries wait already.
        """
        if prompt == "query" and 0 < len(texts) <= MAX_BATCH:
            return self._in_turn(list(texts))
        parts = [np.zeros((0, self.dim), np.float32)]
        for start in range(0, len(texts), MAX_BATCH):
            with self._changed:  # queries first, for somebody waits for them
                self._changed.wait_for(lambda: not self._waiting, timeout=GIVE_WAY_S)
            with self._model_lock:
                parts.append(self._encoder.encode(texts[start : start + MAX_BATCH], prompt=prompt))
            if progress:
                progress(min(start + MAX_BATCH, len(texts)), len(texts))
        return np.concatenate(parts)

    def close(self) -> None:
        """Answer what waits, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _in_turn(self, texts: list[str]) -> Vectors:
        asked = _Asked(texts)
        with self._changed:
            if self._closed or (self._waiting and self.waiting + len(texts) > self._max_waiting):
                raise BusyError(retry_after_s=RETRY_AFTER_S)
            self._waiting.append(asked)
            self._changed.notify_all()
        return asked.answer.result()

    def _run(self) -> None:
        while batch := self._next_batch():
            texts = [text for asked in batch for text in asked.texts]
            try:
                with self._model_lock:
                    vectors = self._encoder.queries(texts)
            except Exception as problem:  # the model's own: everybody who waits must hear of it
                for asked in batch:
                    asked.answer.set_exception(problem)
                continue
            self.batches += 1
            self.texts += len(texts)
            start = 0
            for asked in batch:
                asked.answer.set_result(vectors[start : start + len(asked.texts)])
                start += len(asked.texts)

    def _next_batch(self) -> list[_Asked]:
        """What to encode together; empty once the encoder is closed and nothing waits."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            batch: list[_Asked] = []
            texts = 0
            while self._waiting and (not batch or texts + len(self._waiting[0].texts) <= MAX_BATCH):
                batch.append(self._waiting.popleft())
                texts += len(batch[-1].texts)
            self._changed.notify_all()
            return batch
