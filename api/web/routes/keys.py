"""API keys: make, list, end."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Response

from api.errors import MissingError
from api.store.keys import Caller, list_keys, make_key, revoke_key, rotate_key
from api.store.tables import KeyRow, now
from api.web.access import ORGANISER, In, allow, keyed_router
from api.web.headers import CREATED, put_location
from api.web.refusals import refused
from api.web.routes.firms import IdPath
from api.web.schemas import KeyIn, KeyOut, NewKeyOut, RotateIn

router = keyed_router(prefix="/v1/keys", tags=["keys"])

Organiser = Annotated[Caller, allow(*ORGANISER)]


@router.post("", status_code=201, responses=CREATED | refused(404))
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
        out = NewKeyOut(**_out(made.row).model_dump(), key=made.text)
    put_location(response, router.prefix, out.id)
    return out


@router.get("", name="list_keys")
def keys(here: In, _caller: Organiser) -> list[KeyOut]:
    """All keys, ended ones among them, newest first."""
    with here.database.reading() as session:
        return [_out(row) for row in list_keys(session)]


@router.get("/{id}")
def read_key(here: In, _caller: Organiser, id: IdPath) -> KeyOut:
    """One key, without its secret."""
    with here.database.reading() as session:
        row = session.get(KeyRow, id)
        if row is None:
            raise MissingError(kind="key", id=id)
        return _out(row)


@router.post("/{id}/rotate", name="rotate_key")
def rotate(here: In, _caller: Organiser, id: IdPath, body: RotateIn) -> NewKeyOut:
    """Give a key a new secret, shown in this answer and nowhere else; for a while the one before opens too."""
    with here.database.writing() as session:
        made = rotate_key(session, id, pepper=here.pepper, both_for=timedelta(hours=body.both_for_h))
        return NewKeyOut(**_out(made.row).model_dump(), key=made.text)


@router.delete("/{id}", status_code=204)
def end_key(here: In, _caller: Organiser, id: IdPath) -> None:
    """End a key at once."""
    with here.database.writing() as session:
        revoke_key(session, id)


def _out(row: KeyRow) -> KeyOut:
    former = row.former_until if row.former_until is not None and row.former_until > now() else None
    known = row.model_dump(include=set(KeyOut.model_fields) - {"former_until"})
    return KeyOut(**known, former_until=former)
