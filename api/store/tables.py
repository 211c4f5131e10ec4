"""What is stored. Rows are checked before they come here: table models do not validate.

A firm is written whole, with its child rows, by `firms.put_firms`, and never otherwise.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column that is called INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC; what comes back knows that it is."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC without its zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """Plain data as JSON in a text column; None is NULL.

    SQLAlchemy's own JSON column is NUMERIC to SQLite, which gives the price 189000.0 back as 189000.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To JSON, Thai as Thai."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From JSON."""
        return None if value is None else json.loads(value)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """A column of moments."""
    return Field(default=None if nullable else ..., sa_column=Column(UtcDateTime, nullable=nullable, index=index))


def of_firm(*, primary: bool = False, nullable: bool = False) -> Any:
    """A column that names a firm; the row goes when the firm goes."""
    return Field(
        default=None if nullable else ...,
        sa_column=Column(
            String(80),
            ForeignKey("firm.id", ondelete="CASCADE"),
            primary_key=primary,
            nullable=nullable,
            index=not primary,
        ),
    )


def json_column() -> Any:
    """A column of plain data."""
    return Field(default=None, sa_column=Column(Json, nullable=True))


class FirmRow(SQLModel, table=True):
    """A firm itself.

    Attributes:
        digest: `firm_digest` of the firm with all its children.
        version: Sequence number of its last change.
        embedded: Fingerprint of the model for which all its vectors are stored.
    """

    __tablename__ = "firm"
    id: str = Field(primary_key=True, max_length=80)
    name_th: str = Field(sa_type=Text)
    name_en: str | None = Field(default=None, sa_type=Text)
    province_th: str | None = Field(default=None, index=True, max_length=80)
    size: str | None = Field(default=None, max_length=16)
    description: str = Field(default="", sa_type=Text)
    juristic_id: str | None = Field(default=None, max_length=13)
    digest: str = Field(max_length=32)
    version: int = Field(sa_type=BigInteger)
    embedded: str | None = Field(default=None, max_length=32, index=True)
    updated_at: datetime = moment()


class CertificateRow(SQLModel, table=True):
    """A certificate as the firm states it."""

    __tablename__ = "certificate"
    firm_id: str = of_firm(primary=True)
    place: int = Field(primary_key=True)
    code: str = Field(sa_type=Text)
    number: str | None = Field(default=None, sa_type=Text)
    expires: date | None = None


class PositionRow(SQLModel, table=True):
    """A place on a chain."""

    __tablename__ = "position"
    firm_id: str = of_firm(primary=True)
    place: int = Field(primary_key=True)
    cluster: str | None = Field(default=None, max_length=80, index=True)
    stage: str | None = Field(default=None, max_length=16)
    role: str | None = Field(default=None, sa_type=Text)


class OfferRow(SQLModel, table=True):
    """สิ่งที่ขาย. `price_thb` and `lead_time_days` are numbers or the owner's words."""

    __tablename__ = "offer"
    id: str = Field(primary_key=True, max_length=80)
    firm_id: str = of_firm()
    place: int
    text: str = Field(sa_type=Text)
    cluster: str | None = Field(default=None, max_length=80, index=True)
    stage: str | None = Field(default=None, max_length=16)
    role: str | None = Field(default=None, sa_type=Text)
    capacity: str | None = Field(default=None, sa_type=Text)
    moq: str | None = Field(default=None, sa_type=Text)
    price_thb: Any = json_column()
    lead_time_days: Any = json_column()


class NeedRow(SQLModel, table=True):
    """สิ่งที่ต้องการ."""

    __tablename__ = "need"
    id: str = Field(primary_key=True, max_length=80)
    firm_id: str = of_firm()
    place: int
    text: str = Field(sa_type=Text)
    cluster: str | None = Field(default=None, max_length=80, index=True)
    stage_sought: str | None = Field(default=None, max_length=16)
    role_sought: str | None = Field(default=None, sa_type=Text)
    seeking: str | None = Field(default=None, max_length=16)
    must_certificates: Any = json_column()
    volume: str | None = Field(default=None, sa_type=Text)
    deliver_to: str | None = Field(default=None, sa_type=Text)
    partnership: str | None = Field(default=None, sa_type=Text)


class VectorRow(SQLModel, table=True):
    """The vector of one of a firm's texts.

    Attributes:
        key: sha256 of prompt and text, first 32 hex digits.
        model: Fingerprint of the model that made it.
        data: float32 (dim,), little endian.
    """

    __tablename__ = "vector"
    __table_args__ = (Index("vector_by_key", "model", "key"),)
    firm_id: str = of_firm(primary=True)
    model: str = Field(primary_key=True, max_length=32)
    key: str = Field(primary_key=True, max_length=32)
    data: bytes = Field(sa_type=LargeBinary)


class ContactRow(SQLModel, table=True):
    """A person of a firm. Personal data: never in a catalog, an embedding, an index or a log."""

    __tablename__ = "contact"
    id: str = Field(primary_key=True, max_length=40)
    firm_id: str = of_firm()
    name: str = Field(sa_type=Text)
    position: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    line_id: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = moment()


class ChangeRow(SQLModel, table=True):
    """One change of one firm, written in the transaction that makes it.

    Attributes:
        sequence: Grows in the order of commits: writers take turns.
        kind: `put` or `delete`.
        batch: Changes that belong together, as one import.
        before: The firm as it was, in the catalog format; None where there was none.
    """

    __tablename__ = "change"
    __table_args__ = {"sqlite_autoincrement": True}
    sequence: int | None = Field(default=None, sa_column=Column(SEQUENCE, primary_key=True, autoincrement=True))
    firm_id: str = Field(max_length=80, index=True)
    kind: str = Field(max_length=8)
    batch: str = Field(max_length=40, index=True)
    by: str = Field(max_length=80)
    before: Any = json_column()
    at: datetime = moment()


class MatchRequestRow(SQLModel, table=True):
    """A buying brief that was filed, and what was answered, without the matches.

    Attributes:
        owner: Id of the key that filed it.
        firm_id: The firm it was filed for, or None.
        idempotency_key: Given by the caller; the same one again gives the same request.
        asked: The brief as filed.
        answer: All of the answer but its matches.
    """

    __tablename__ = "match_request"
    __table_args__ = (Index("match_request_once", "owner", "idempotency_key", unique=True),)
    id: str = Field(primary_key=True, max_length=40)
    owner: str = Field(max_length=40, index=True)
    firm_id: str | None = of_firm(nullable=True)
    idempotency_key: str | None = Field(default=None, max_length=200)
    asked_digest: str = Field(max_length=64)
    asked: Any = json_column()
    answer: Any = json_column()
    index_fingerprint: str = Field(max_length=32)
    model_fingerprint: str = Field(max_length=32)
    at: datetime = moment(index=True)


class MatchResultRow(SQLModel, table=True):
    """One match of a filed request; it goes when its firm goes."""

    __tablename__ = "match_result"
    request_id: str = Field(
        sa_column=Column(String(40), ForeignKey("match_request.id", ondelete="CASCADE"), primary_key=True)
    )
    place: int = Field(primary_key=True)
    firm_id: str = of_firm()
    near: bool
    match: Any = json_column()


class JobRow(SQLModel, table=True):
    """Long work.

    Attributes:
        state: `waiting`, `running`, `done` or `failed`.
        doing: What is being done, as `vectors`.
        beat_at: When its worker was last seen alive.
    """

    __tablename__ = "job"
    id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=20)
    owner: str = Field(max_length=40, index=True)
    state: str = Field(max_length=10, index=True)
    attempts: int = 0
    given: Any = json_column()
    doing: str | None = Field(default=None, max_length=20)
    done: int = 0
    total: int = 0
    result: Any = json_column()
    problem: Any = json_column()
    made_at: datetime = moment(index=True)
    beat_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)


class KeyRow(SQLModel, table=True):
    """An API key; its secret is shown once and only its HMAC is stored."""

    __tablename__ = "api_key"
    id: str = Field(primary_key=True, max_length=40)
    role: str = Field(max_length=12)
    firm_id: str | None = of_firm(nullable=True)
    name: str = Field(max_length=200)
    secret_hmac: str = Field(max_length=64)
    former_hmac: str | None = Field(default=None, max_length=64)
    former_until: datetime | None = moment(nullable=True)
    made_at: datetime = moment()
    expires_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)
