"""Starts the real service again and again, quickly: a parent that has everything loaded forks it.

Usage: python -m tests.torture.serving SETTINGS

Reads a port a start from standard input, writes the process id of the service that listens there. The parent
has made the app, but opened nothing: database, log and index are opened by each service. Torch and FAISS are
loaded but never used before the fork.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import uvicorn

from api.settings import Settings
from api.web import running
from api.web.app import create_app
from api.web.patience import serving_options
from matcher.domain import load_chains
from matcher.encoder.encoder import Encoder
from matcher.encoder.vectors import unit
from matcher.engine.roles import Roles
from matcher.engine.spelling import trade_words
from matcher.text import load_glossary, words

DIM = 64


class WordEncoder(Encoder):
    """Texts that share words lie near each other; no model, so that a round takes a moment."""

    def __init__(self) -> None:
        self.name = "words"
        self.fingerprint = "words-1"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return DIM

    def encode(
        self, texts: Sequence[str], *, prompt: str, progress: Callable[[int, int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """A vector for each word, summed."""
        vectors = np.zeros((len(texts), DIM), np.float32)
        for row, text in enumerate(texts):
            for word in words(text) or [text]:
                vectors[row] += _direction(word)
        return unit(vectors)


@cache
def _direction(word: str) -> npt.NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)


def main() -> None:
    """Fork a service for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they are killed
    chains = load_chains()
    Roles(chains, WordEncoder())  # dictionaries and chains take a second or two, whatever was killed
    running.load_chains = lambda _path: chains
    trade_words(load_glossary())
    asked = json.loads(sys.argv[1])
    settings = Settings(data_dir=Path(asked["data_dir"]), database_url=asked["database_url"], rate="100000000/minute")
    app = create_app(settings, encoder=WordEncoder())
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            uvicorn.run(app, host="127.0.0.1", port=int(line), **serving_options())
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
