"""Vectors of firms' texts in the database, by text and model.

A firm's vectors are written in the transaction that writes the firm, so that whoever meets the change
finds them there. `StoredVectors` is what the engine reads them through.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlmodel import Session, col

from api.store.database import Database
from api.store.firms import StoredFirm, chunks, load_firms
from api.store.soundness import is_sound
from api.store.tables import FirmRow, VectorRow
from indexes import Vectors
from matcher.bulk import HERE, Bulk
from matcher.bulk.travel import Travelling, encode_both
from matcher.domain import Firm
from matcher.engine.build import texts_of

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

FIRMS_AT_ONCE = 100
"""Firms whose texts are encoded and written together."""

Vector = npt.NDArray[np.float32]
"""float32 (dim,)."""

Progress = Callable[[int, int], None]
"""Called with what is done and what there is."""


def vector_key(prompt: str, text: str) -> str:
    """The name of a text's vector: sha256 of prompt and text, 32 hex digits."""
    return hashlib.sha256(f"{prompt}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """A source of vectors for the engine: the database, and the model for what it lacks."""

    session: Session

    def encode(
        self, encoder: Encoder, texts: Sequence[str], *, prompt: str, progress: Progress | None = None
    ) -> npt.NDArray[np.float32]:
        """Vectors of the texts: float32 (n, dim)."""
        keys = [vector_key(prompt, text) for text in texts]
        known = _known(self.session, set(keys), model=encoder.fingerprint)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            made = encoder.encode(list(missing.values()), prompt=prompt)
            known.update(zip(missing, made, strict=True))
        if progress:
            progress(len(texts), len(texts))
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, encoder.dim), np.float32)


def vectors_of(session: Session, encoder: Encoder, firms: Sequence[Firm]) -> dict[str, Vector]:
    """The vectors of all that firms say, by key; only what the database lacks is encoded."""
    lot = _lot(session, firms, model=encoder.fingerprint)
    return lot.filled(*encode_both(Travelling(encoder), lot.job))


def put_vectors(session: Session, firms: Sequence[Firm], vectors: Mapping[str, Vector], *, model: str) -> None:
    """Store the vectors of firms that stand in the database, in place of any they had."""
    for some in chunks([firm.id for firm in firms]):
        session.execute(delete(VectorRow).where(col(VectorRow.firm_id).in_(some)))
    rows = [
        {"firm_id": firm.id, "model": model, "key": key, "data": np.asarray(vectors[key], "<f4").tobytes()}
        for firm in firms
        for key in dict.fromkeys(vector_key(*text) for text in texts_of(firm))
    ]
    if rows:
        session.execute(insert(VectorRow), rows)


def embed_missing(database: Database, encoder: Encoder, *, bulk: Bulk = HERE, progress: Progress | None = None) -> int:
    """Store the vectors of every firm that has none by this model; how many firms had none.

    A firm that changes meanwhile is left to whoever changed it. Stopped half way, it goes on where it
    stopped when it is called again.
    """
    model = encoder.fingerprint
    with database.reading() as session:
        ids = list(session.execute(select(col(FirmRow.id)).where(_lacks(model)).order_by(col(FirmRow.id))).scalars())
    read: deque[tuple[dict[str, StoredFirm], _Lot]] = deque()

    def jobs() -> Iterator[tuple[list[str], list[str]]]:
        for some in _some(ids):
            with database.reading() as session:
                stored = {one.firm.id: one for one in load_firms(session, some)}
                lot = _lot(session, [one.firm for one in stored.values()], model=model)
            read.append((stored, lot))
            yield lot.job

    done = 0
    for made in bulk.encode(encoder, jobs()):
        stored, lot = read.popleft()
        _write(database, stored, lot.filled(*made), model=model)
        done += FIRMS_AT_ONCE
        if progress:
            progress(min(done, len(ids)), len(ids))
    return len(ids)


def _write(database: Database, read: Mapping[str, StoredFirm], vectors: Mapping[str, Vector], *, model: str) -> None:
    """Store the vectors of those firms that are still as they were read."""
    with database.writing() as session:
        unchanged = [one for one in load_firms(session, list(read)) if one.version == read[one.firm.id].version]
        put_vectors(session, [one.firm for one in unchanged], vectors, model=model)
        written = [one.firm.id for one in unchanged]
        session.execute(update(FirmRow).where(col(FirmRow.id).in_(written)).values(embedded=model))


@dataclass(frozen=True, slots=True)
class _Lot:
    """What some firms say, and the vectors of it that are known.

    Attributes:
        known: By key.
        passages: Texts to encode, by key; `queries` likewise.
    """

    known: dict[str, Vector]
    passages: dict[str, str]
    queries: dict[str, str]

    @property
    def job(self) -> tuple[list[str], list[str]]:
        """The texts to encode."""
        return list(self.passages.values()), list(self.queries.values())

    def filled(self, passages: Vectors, queries: Vectors) -> dict[str, Vector]:
        """All vectors by key, given those of `job`."""
        made = [*zip(self.passages, passages, strict=True), *zip(self.queries, queries, strict=True)]
        return {**self.known, **dict(made)}


def _lot(session: Session, firms: Sequence[Firm], *, model: str) -> _Lot:
    texts = {vector_key(prompt, text): (prompt, text) for firm in firms for prompt, text in texts_of(firm)}
    known = _known(session, texts, model=model)
    missing = {key: found for key, found in texts.items() if key not in known}
    return _Lot(
        known,
        {key: text for key, (prompt, text) in missing.items() if prompt == "passage"},
        {key: text for key, (prompt, text) in missing.items() if prompt == "query"},
    )


def count_without(session: Session, *, model: str) -> int:
    """How many firms have no vectors by this model."""
    return int(session.execute(select(func.count()).select_from(FirmRow).where(_lacks(model))).scalar_one())


def _lacks(model: str) -> ColumnElement[bool]:
    there = exists().where(col(VectorRow.firm_id) == col(FirmRow.id), col(VectorRow.model) == model)
    return col(FirmRow.embedded).is_distinct_from(model) | ~there


def _some(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), FIRMS_AT_ONCE):
        yield ids[start : start + FIRMS_AT_ONCE]


def _known(session: Session, keys: Iterable[str], *, model: str) -> dict[str, Vector]:
    found: dict[str, Vector] = {}
    for some in chunks(keys):
        query = select(col(VectorRow.key), col(VectorRow.data)).where(
            col(VectorRow.model) == model, col(VectorRow.key).in_(some)
        )
        rows = session.execute(query)
        found.update((key, np.frombuffer(data, "<f4")) for key, data in rows if is_sound(data))  # else made anew
    return found
