"""An encoder without a model, and firms to store."""

from __future__ import annotations

import threading
import zlib
from collections import Counter
from datetime import date
from functools import cache

import numpy as np

from matcher.domain import Certificate, Firm, Need, Offer, Position, Size, Stage
from matcher.encoder.encoder import Encoder
from matcher.encoder.vectors import unit


@cache
def _direction(piece: str, dim: int):
    return np.random.default_rng(zlib.crc32(piece.encode("utf-8", "surrogatepass"))).normal(size=dim)


@cache
def _vector(text: str, dim: int):
    pieces = Counter(text[at : at + 3] for at in range(len(text)))
    return sum((count * _direction(piece, dim) for piece, count in pieces.items()), np.zeros(dim))


class FakeEncoder(Encoder):
    """Texts that share three letters in a row are alike.

    Attributes:
        batches: Number of texts of each call, in order.
        asked: Every text it was asked for with its prompt.
    """

    def __init__(self, *, fingerprint: str = "fake", dim: int = 16) -> None:
        self.name = fingerprint
        self.fingerprint = fingerprint
        self._dim = dim
        self._lock = threading.Lock()
        self.batches: list[int] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def encode(self, texts, *, prompt, progress=None):
        """As `Encoder.encode`."""
        with self._lock:
            self.batches.append(len(texts))
            self.asked += [(prompt, text) for text in texts]
        if progress:
            progress(len(texts), len(texts))
        rows = [_vector(f"{self.fingerprint} {text}", self._dim) for text in texts]
        return unit(np.array(rows, np.float32).reshape(len(texts), self._dim))


def a_firm(id: str, *, said: str = "ผ้าไหมมัดหมี่ย้อมคราม", description: str = "") -> Firm:
    """A firm with one of everything; `said` is what it sells and stands in its other texts."""
    return Firm(
        id=id,
        name_th=f"กลุ่ม {id}",
        province_th="ขอนแก่น",
        size=Size.MICRO,
        description=description or f"ทำ{said}",
        certificates=(Certificate("มผช.", "12/2566", date(2099, 12, 31)),),
        positions=(Position("thai_textile", Stage.MIDSTREAM, None),),
        offers=(Offer(f"{id}/o1", said, "thai_textile", Stage.MIDSTREAM, price_thb=2500.0, lead_time_days=7),),
        needs=(Need(f"{id}/n1", f"เส้นไหมสำหรับ{said}", "thai_textile", Stage.UPSTREAM),),
    )


def some_firms(count: int, *, prefix: str = "f", said: str = "ผ้าไหมลาย") -> tuple[Firm, ...]:
    """Firms `f000`, `f001`, …, each with texts of its own."""
    return tuple(a_firm(f"{prefix}{number:03}", said=f"{said} {prefix}{number:03}") for number in range(count))
