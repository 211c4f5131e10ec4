"""What is stored for the sake of people: their consents, who read what of theirs, and who was erased.

These rows name people by ids and keyed hashes alone, so none of them has to be erased with a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from api.store.tables import SEQUENCE, json_column, moment


class ConsentRow(SQLModel, table=True):
    """One word of a person, or of the organiser for them: given or withdrawn; never changed, the newest counts.

    Attributes:
        subject: `contact:<id>` or `participant:<fair>/<firm>`.
        purpose: A purpose of the policy.
        by: Id of a key, `link` or `command line`.
        route: How it was said: `link`, `page`, `api`, `paper`, `phone`, …
        wording: Which wording was shown, as `sharing-1`.
    """

    __tablename__ = "consent"
    __table_args__ = {"sqlite_autoincrement": True}
    sequence: int | None = Field(default=None, sa_column=Column(SEQUENCE, primary_key=True, autoincrement=True))
    subject: str = Field(max_length=200, index=True)
    purpose: str = Field(max_length=20)
    given: bool
    by: str = Field(max_length=80)
    route: str = Field(max_length=20)
    wording: str = Field(max_length=40)
    at: datetime = moment()


class AuditRow(SQLModel, table=True):
    """That somebody read, changed, exported or erased personal data; each row vouches for the one before.

    Attributes:
        number: From 1, without a gap.
        by: Id of a key, `link`, `command line` or `clock`.
        act: `read`, `change`, `export`, `consent`, `erase`, `forget`.
        route: Where: an API's or page's path with its names in braces, or a command.
        why: A purpose of the policy.
        subjects: Whose, as of `ConsentRow`.
        fields: Which of their fields, as `phone`.
        previous: `seal` of the row before; empty for the first.
        seal: HMAC-SHA256 over all the rest, with a key that no database holds.
    """

    __tablename__ = "audit"
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = moment(index=True)
    by: str = Field(max_length=80)
    act: str = Field(max_length=12)
    route: str = Field(max_length=120)
    why: str = Field(max_length=20)
    subjects: Any = json_column()
    fields: Any = json_column()
    previous: str = Field(max_length=64)
    seal: str = Field(max_length=64)


class ErasureRow(SQLModel, table=True):
    """An erasure that was carried out on this database; see `api.privacy.ledger`.

    Attributes:
        marks: Keyed hashes of what named the person: nothing can be read from them.
    """

    __tablename__ = "erasure"
    id: str = Field(primary_key=True, max_length=40)
    marks: Any = json_column()
    at: datetime = moment()
