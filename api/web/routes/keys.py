"""API keys: make, list, end."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from api.errors import MissingError
from api.store.keys import Caller, list_keys, make_key, revoke_key
from api.store.tables import KeyRow
from api.web.access import ORGANISER, In, allow, keyed_router
from api.web.headers import CREATED, put_location
from api.web.routes.firms import IdPath
from api.web.schemas import KeyIn, KeyOut, NewKeyOut

router = keyed_router(prefix="/v1/keys", tags=["keys"])

Organiser = Annotated[Caller, allow(*ORGANISER)]


@router.post("", status_code=201, responses=CREATED)
def create_key(here: In, _caller: Organiser, body: KeyIn, response: Response) -> NewKeyOut:
    """Make a key; its text is in this answer and nowhere else."""
    with here.database.writing() as session:
        made = make_key(
            session,
            role=body.role,
            name=body.name,
            firm_id=body.firm_id,
            expires_at=body.expires_at,
            pepper=here.pepper,
        )
        out = NewKeyOut(**made.row.model_dump(exclude={"secret_hmac"}), key=made.text)
    put_location(response, router.prefix, out.id)
    return out


@router.get("", name="list_keys")
def keys(here: In, _caller: Organiser) -> list[KeyOut]:
    """All keys, ended ones among them, newest first."""
    with here.database.reading() as session:
        return [KeyOut(**row.model_dump(exclude={"secret_hmac"})) for row in list_keys(session)]


@router.get("/{id}")
def read_key(here: In, _caller: Organiser, id: IdPath) -> KeyOut:
    """One key, without its secret."""
    with here.database.reading() as session:
        row = session.get(KeyRow, id)
        if row is None:
            raise MissingError(kind="key", id=id)
        return KeyOut(**row.model_dump(exclude={"secret_hmac"}))


@router.delete("/{id}", status_code=204)
def end_key(here: In, _caller: Organiser, id: IdPath) -> None:
    """End a key at once."""
    with here.database.writing() as session:
        revoke_key(session, id)
