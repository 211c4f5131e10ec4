"""An encoder without a model, and where its vectors come from."""

from __future__ import annotations

import zlib
from collections import Counter

import numpy as np

from matcher.encoder.vectors import unit


class TrigramEncoder:
    """Texts that share three letters in a row are alike: each triple is a fixed random direction."""

    dim = 48
    name = "trigrams"
    fingerprint = "trigrams"

    def encode(self, texts, *, prompt, progress=None):
        """Unit rows, the same for both prompts."""
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for triple, count in Counter(text[at : at + 3] for at in range(len(text))).items():
                rows[row] += count * np.random.default_rng(zlib.crc32(triple.encode())).normal(size=self.dim)
        return unit(rows)

    def queries(self, texts):
        """See `encode`."""
        return self.encode(texts, prompt="query")

    def passages(self, texts):
        """See `encode`."""
        return self.encode(texts, prompt="passage")


class Vectors:
    """Encodes, and writes down what it was asked for."""

    def __init__(self):
        self.asked = []

    def encode(self, encoder, texts, *, prompt, progress=None):
        """See `VectorSource.encode`."""
        self.asked += [(prompt, text) for text in texts]
        return encoder.encode(texts, prompt=prompt)
