"""Whether stored vectors are what they were: SQLite looks at its pages, not at what is in them."""

from __future__ import annotations

import numpy as np
from sqlalchemy import select, update
from sqlmodel import Session, col

from api.store.database import Database
from api.store.firms import chunks
from api.store.tables import FirmRow, VectorRow

LENGTH_OFF = 0.02
"""A stored vector whose square length is further from 1 was damaged."""


def is_sound(data: bytes) -> bool:
    """Whether these are the bytes of a vector: float32, of length 1, or of nothing."""
    if not data or len(data) % 4:
        return False
    vector = np.frombuffer(data, "<f4")
    with np.errstate(over="ignore", invalid="ignore"):
        length = float(vector @ vector)
    return length == 0.0 or abs(length - 1.0) < LENGTH_OFF


def unsound_firms(session: Session, *, model: str) -> set[str]:
    """Firms of whose vectors by a model one was damaged."""
    query = select(col(VectorRow.firm_id), col(VectorRow.data)).where(col(VectorRow.model) == model)
    return {id for id, data in session.execute(query) if not is_sound(data)}


def forget_unsound(database: Database, *, model: str) -> None:
    """Let firms with damaged vectors count as having none, so that they are made anew."""
    with database.reading() as session:
        ids = unsound_firms(session, model=model)
    if ids:
        with database.writing() as session:
            for some in chunks(ids):
                session.execute(update(FirmRow).where(col(FirmRow.id).in_(some)).values(embedded=None))
