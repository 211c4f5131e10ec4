"""What a database holds, in figures that an operator can compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel, col

from api.store.changes import last_sequence
from api.store.fair_tables import FairRow
from api.store.outbox_tables import Delivery, DeliveryRow
from api.store.tables import ChangeRow, ContactRow, FirmRow, KeyRow


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a database.

    Attributes:
        revision: Of its tables.
        sequence: Number of the last change.
        changed_at: When that was, in ISO 8601; empty where nothing ever changed.
        firms: How many.
        contacts: How many.
        fairs: How many.
        keys: How many.
        waiting: Messages that are still to be sent.
        models: How many firms have vectors by the model of each fingerprint.
    """

    revision: str
    sequence: int
    changed_at: str
    firms: int
    contacts: int
    fairs: int
    keys: int
    waiting: int
    models: Mapping[str, int]


def facts_of(session: Session) -> Facts:
    """The figures of a database whose tables have this version's shape."""
    at = session.execute(select(func.max(col(ChangeRow.at)))).scalar()
    by_model = select(col(FirmRow.embedded), func.count()).group_by(col(FirmRow.embedded))
    waiting = select(func.count()).where(col(DeliveryRow.state) == Delivery.WAITING)
    return Facts(
        revision=str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
        sequence=last_sequence(session),
        changed_at=at.isoformat() if at else "",
        firms=_count(session, FirmRow),
        contacts=_count(session, ContactRow),
        fairs=_count(session, FairRow),
        keys=_count(session, KeyRow),
        waiting=int(session.execute(waiting).scalar_one()),
        models={model: n for model, n in session.execute(by_model) if model is not None},
    )


def _count(session: Session, table: type[SQLModel]) -> int:
    return int(session.execute(select(func.count()).select_from(table)).scalar_one())
