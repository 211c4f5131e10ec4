"""Jobs, keys, lists, problems, health: what a service has beside its firms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.store.jobs import State
from api.store.keys import Role
from api.web.schemas.answers import RoleOut
from api.web.schemas.base import Id, Model, Moment, Sentence, Str


class JobOut(Model):
    """Long work and how far it is."""

    id: str
    kind: str
    state: State
    doing: str | None
    done: int
    total: int
    result: dict[str, Any] | None
    problem: Sentence | None
    made_at: datetime
    ended_at: datetime | None


class ExportIn(Model):
    """What to write."""

    format: Annotated[
        str, Field(pattern="^(jsonl|csv|xlsx)$", json_schema_extra={"enum": ["jsonl", "csv", "xlsx"]})
    ] = "xlsx"


class UndoIn(Model):
    """What to take back."""

    batch: Id = Field(description="As an import's result names it.")


class UndoOut(Model):
    """What was taken back."""

    batch: str = Field(description="Take this one back to bring the changes again.")
    firms: list[str]
    left: list[str] = Field(description="Changed by somebody since; left as they are.")


class KeyIn(Model):
    """A key to make."""

    role: Role
    name: Annotated[Str, Field(min_length=1, max_length=200)] = Field(description="Whose it is.")
    firm_id: Id | None = Field(
        default=None, validate_default=True, description="The firm of a firm's key, and of no other."
    )
    expires_at: Moment | None = None

    @field_validator("firm_id")
    @classmethod
    def _for_a_firm(cls, firm_id: str | None, info: ValidationInfo) -> str | None:
        role = info.data.get("role")
        if role is not None and (role is Role.FIRM) != (firm_id is not None):
            raise PydanticCustomError("firm_and_role", "A firm's key names its firm, and no other key does")
        return firm_id


class RotateIn(Model):
    """How a key's secret is replaced."""

    both_for_h: Annotated[int, Field(ge=0, le=720, strict=True)] = Field(
        default=24, description="Hours for which the former secret opens too; 0 ends it at once, with its sessions."
    )


class KeyOut(Model):
    """A key without its secret."""

    id: str
    role: Role
    name: str
    firm_id: str | None
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    former_until: datetime | None = Field(description="Until then the secret before the last rotation opens.")


class NewKeyOut(KeyOut):
    """A key just made."""

    key: str = Field(description="Shown now and never again.")


class ClusterOut(Model):
    """A cluster and its roles."""

    code: str
    th: str
    en: str
    roles: list[RoleOut]


class ProvinceOut(Model):
    """A province with its centre."""

    code: str
    th: str
    en: str
    region: str
    lat: float
    lon: float


class CertificateOut(Model):
    """A certificate that is known by its names."""

    code: str
    th: str
    en: str


class FieldProblem(Model):
    """One of several things wrong."""

    field: str | None
    code: str
    detail_th: str
    detail_en: str


_PROBLEM: Any = {
    "type": "urn:khukha:problem:id_taken",
    "title": "id taken",
    "status": 409,
    "code": "id_taken",
    "detail_th": "รหัส r12 มีผู้ใช้แล้ว ใช้รหัสอื่น หรือแก้รายการเดิมแทน",
    "detail_en": "the id 'r12' is taken by another firm: use another id, or change the one that is there",
    "field": "id",
    "errors": [],
}


class ProblemOut(Model):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROBLEM]})

    type: str = Field(description="`urn:khukha:problem:` and the code.")
    title: str
    status: int
    code: str = Field(description="The same for the same mistake; programs may rely on it.")
    detail_th: str = Field(description="What is wrong and what to do.")
    detail_en: str
    field: str | None = Field(description="The field of the request that is meant, as `offers.0.text`.")
    errors: list[FieldProblem] = Field(description="Every mistake, where there are several; fifty at most.")


class Health(Model):
    """Whether the service can answer."""

    state: str
    firms: int | None = None
    sequence: int | None = None
    fingerprint: str | None = None
    detail: str | None = None
