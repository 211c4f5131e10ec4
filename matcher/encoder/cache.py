"""Vectors kept by text and model, so that only what changed is encoded again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

_KEY_BYTES = 16


class VectorCache:
    """One file a model below a folder; a file that cannot be read counts as empty.

    Args:
        folder: Made if need be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def encode(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        *,
        prompt: str,
        progress: Callable[[int, int], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Vectors of the texts: float32 (n, dim), from the file where it has them.

        Args:
            encoder: Encodes what is missing.
            texts: In any order, repeats allowed.
            prompt: `query` or `passage`.
            progress: Called with the number of texts done and the number of all.
        """
        known = self._read(encoder)
        keys = [_key(prompt, text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            had = len(texts) - len(missing)
            report = (lambda done, _all: progress(had + done, len(texts))) if progress else None
            known.update(
                zip(
                    missing,
                    encoder.encode(list(missing.values()), prompt=prompt, progress=report),
                    strict=True,
                )
            )
            self._write(encoder, known)
        elif progress and texts:
            progress(len(texts), len(texts))
        if not texts:
            return np.zeros((0, encoder.dim), np.float32)
        return np.stack([known[key] for key in keys])

    def _path(self, encoder: Encoder) -> Path:
        return self._folder / f"{encoder.fingerprint}.npz"

    def _read(self, encoder: Encoder) -> dict[bytes, npt.NDArray[np.float32]]:
        try:
            # opened here: np.load leaves a file open that turns out to be no zip
            with self._path(encoder).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                keys, vectors, digest = stored["keys"], stored["vectors"], stored["digest"].tobytes()
            whole = digest == _digest(keys, vectors) and vectors.shape == (len(keys), encoder.dim)
        except Exception:  # a damaged zip raises a dozen kinds of error, BadZipFile and zlib.error among them
            whole = False
        if not whole:
            return {}
        return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}

    def _write(self, encoder: Encoder, known: dict[bytes, npt.NDArray[np.float32]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = np.frombuffer(b"".join(known), np.uint8).reshape(-1, _KEY_BYTES)
        vectors = np.stack(list(known.values()))
        scratch = self._path(encoder).with_suffix(f".{uuid4().hex}.tmp")
        try:
            with scratch.open("wb") as file:
                digest = np.frombuffer(_digest(keys, vectors), np.uint8)
                np.savez(file, keys=keys, vectors=vectors, digest=digest)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self._path(encoder))
        finally:
            scratch.unlink(missing_ok=True)


def _key(prompt: str, text: str) -> bytes:
    return hashlib.sha256(f"{prompt}\0{text}".encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


def _digest(keys: npt.NDArray[np.uint8], vectors: npt.NDArray[np.float32]) -> bytes:
    return hashlib.sha256(keys.tobytes() + vectors.tobytes()).digest()
