"""People: what they agreed to, what is held on them, who saw it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.privacy.policy import Purpose
from api.web.schemas.base import Id, Model, Sentence, Str


class ConsentIn(Model):
    """What somebody agrees to, or takes back: of a contact, or of those who come for a firm to a fair."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"fair_id": "demo", "firm_id": "agritech-d01", "purpose": "sharing", "given": True}]
        }
    )

    purpose: Purpose
    given: bool
    contact_id: Id | None = None
    fair_id: Id | None = None
    firm_id: Id | None = None
    route: Literal["api", "paper", "phone", "email", "page"] = Field(default="api", description="How they said it.")

    @model_validator(mode="after")
    def _one_subject(self) -> ConsentIn:
        if (self.contact_id is None) == (self.fair_id is None or self.firm_id is None):
            raise PydanticCustomError("whose_consent", "Give either contact_id, or fair_id and firm_id")
        return self


class ConsentOut(Model):
    """One line of the ledger."""

    sequence: int
    subject: str = Field(examples=["participant:demo/agritech-d01"])
    purpose: Purpose
    given: bool
    by: str
    route: str
    wording: str = Field(description="Which wording was shown.", examples=["sharing-1"])
    at: datetime


class RevealedContact(Model):
    """A person of a firm that is met."""

    id: str
    name: str
    position: str | None
    email: str | None
    phone: str | None
    line_id: str | None


class RevealedOut(Model):
    """The people of a firm with which both sides agreed to meet."""

    firm_id: str
    contacts: list[RevealedContact]
    delegates: list[str]


class PersonIn(Model):
    """By what somebody is looked for: one of these or several, any of which is enough."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "name@example.com"}]})

    contact_id: Id | None = None
    email: Annotated[Str, Field(min_length=3, max_length=320)] | None = None
    phone: Annotated[Str, Field(min_length=8, max_length=40)] | None = None
    name: Annotated[Str, Field(min_length=2, max_length=200)] | None = None
    firm_id: Id | None = Field(default=None, description="A sole trader: the firm is the person.")

    @model_validator(mode="after")
    def _something(self) -> PersonIn:
        if not any(self.model_dump().values()):
            raise PydanticCustomError("who", "Say who is looked for")
        return self


class HeldOut(Model):
    """All that is held on a person."""

    subjects: list[str] = Field(description="As consents and the trail name them.")
    kept_too: list[str] = Field(description="What names somebody else too.")
    sections: list[dict[str, Any]] = Field(description="Each with a title in both languages and its rows.")


class ErasedOut(Model):
    """What an erasure did: ids and counts."""

    id: str
    contacts: list[str]
    participants: list[str]
    firms: list[str]
    profiles: list[str]
    texts: int
    files: list[str]
    index: bool = Field(description="Whether the index is built anew.")
    left: list[str] = Field(description="Keys that name them still.")
    short_names: int = Field(description="Names too short to be sought in free texts.")
    kept: int = Field(description="What names somebody else too, and stays with them.")
    compacted: bool


class SightingOut(Model):
    """One line of the trail."""

    number: int
    at: datetime
    by: str
    by_name: str | None = Field(description="Of the key, where there is one.")
    act: str
    route: str
    why: str
    subjects: list[str]
    fields: list[str]


class TrailOut(Model):
    """Whether the trail is as it was written."""

    rows: int
    whole: bool
    broken: list[dict[str, Any]] = Field(description="Number and kind of each place, fifty at most.")
    head: str = Field(description="Number and seal of the last row: note it down, it can be asked for again.")


class RecordOut(Model):
    """The record of processing (ม.39)."""

    controller: Sentence
    purposes: list[dict[str, Any]]
    kinds: list[dict[str, Any]]
    recipients: list[Sentence]
    measures: list[Sentence]
    figures: dict[str, int]
