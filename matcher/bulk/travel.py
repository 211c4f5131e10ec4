"""An encoder on its way to another machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexes import Vectors
from matcher.errors import WorkersLostError

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder


class Travelling:
    """An encoder that other machines load for themselves, each process once.

    Args:
        encoder: As it is here.
        models_dir: Where the bundled model is unpacked, on every machine.
        threads: It may use there; bytes are the same only where they are.
    """

    def __init__(self, encoder: Encoder, *, models_dir: Path = Path("models"), threads: int = 1) -> None:
        self.encoder = encoder
        self._source = (encoder.name, str(models_dir.absolute()), threads, encoder.fingerprint)

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, self._source


@lru_cache(1)
def _arrived(name: str, models_dir: str, threads: int, fingerprint: str) -> Travelling:
    """The encoder on a worker.

    Raises:
        WorkersLostError: its vectors would be others, as on a processor of another kind.
    """
    from matcher.encoder.encoder import load_encoder  # a worker that only counts words needs no model

    encoder = load_encoder(name, models_dir=Path(models_dir), threads=threads)
    if encoder.fingerprint != fingerprint:
        raise WorkersLostError(
            problem="a worker's model gives other vectors: every machine needs the same version and kind of processor"
        )
    return Travelling(encoder, models_dir=Path(models_dir), threads=threads)


def encode_both(travelling: Travelling, job: tuple[Sequence[str], Sequence[str]]) -> tuple[Vectors, Vectors]:
    """A job: the vectors of some passages and of some queries, float32 (n, dim) each."""
    encoder = travelling.encoder
    none = np.zeros((0, encoder.dim), np.float32)
    passages, queries = (
        encoder.encode(texts, prompt=prompt) if texts else none
        for prompt, texts in zip(("passage", "query"), job, strict=True)
    )
    return passages, queries
