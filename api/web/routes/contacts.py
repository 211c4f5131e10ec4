"""Contacts: personal data, kept apart from profiles. The firm itself and the organiser see them.

Firms that agreed to meet see them through `routes/privacy.py`, if the person lets them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response
from sqlmodel import Session

from api.errors import UnknownValueError
from api.privacy.revealing import FIELDS
from api.privacy.subjects import contact
from api.store.audit import Seen
from api.store.contacts import add_contact, change_contact, get_contact, list_contacts, remove_contact
from api.store.keys import Caller
from api.store.tables import ContactRow
from api.web.access import OWNERS, In, allow, keyed_router, own_firm
from api.web.cursors import id_of, next_cursor
from api.web.headers import CREATED, put_location
from api.web.refusals import refused
from api.web.routes.firms import Cursor, IdPath, Limit
from api.web.running import Running
from api.web.schemas import ContactIn, ContactOut, Page, Str

router = keyed_router(prefix="/v1/contacts", tags=["contacts"])

Owner = Annotated[Caller, allow(*OWNERS)]


@router.get("", name="list_contacts", responses=refused(404))
def contacts(
    here: In,
    caller: Owner,
    firm_id: Annotated[Str, Query(max_length=80, description="Whose.")],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ContactOut]:
    """The contacts of a firm, in the order of their ids."""
    own_firm(caller, firm_id)
    after = id_of(cursor)
    with here.database.writing() as session:  # the trail is written with the read
        found = [one for one in list_contacts(session, firm_id) if one.id > after]
        _note(session, here, caller, "read", f"GET {router.prefix}", found[:limit])
        items = [_out(one) for one in found[:limit]]
    return Page(items=items, next_cursor=next_cursor(found, limit, lambda one: one.id))


@router.post("", status_code=201, responses=CREATED | refused(404))
def create_contact(here: In, caller: Owner, body: ContactIn, response: Response) -> ContactOut:
    """Add a contact to a firm."""
    own_firm(caller, body.firm_id)
    with here.database.writing() as session:
        row = add_contact(session, body.model_dump())
        _note(session, here, caller, "change", f"POST {router.prefix}", [row])
        made = _out(row)
    put_location(response, router.prefix, made.id)
    return made


@router.get("/{id}")
def read_contact(here: In, caller: Owner, id: IdPath) -> ContactOut:
    """One contact."""
    with here.database.writing() as session:
        found = get_contact(session, id)
        own_firm(caller, found.firm_id, kind="contact", id=id)
        _note(session, here, caller, "read", f"GET {router.prefix}/{{id}}", [found])
        return _out(found)


@router.put("/{id}")
def replace_contact(here: In, caller: Owner, id: IdPath, body: ContactIn) -> ContactOut:
    """Replace a contact; it stays with its firm, which the body names again."""
    with here.database.writing() as session:
        firm_id = get_contact(session, id).firm_id
        own_firm(caller, firm_id, kind="contact", id=id)
        if body.firm_id != firm_id:
            raise UnknownValueError(field="firm_id", value=body.firm_id, known=(firm_id,))
        row = change_contact(session, id, body.model_dump(exclude={"firm_id"}))
        _note(session, here, caller, "change", f"PUT {router.prefix}/{{id}}", [row])
        return _out(row)


@router.delete("/{id}", status_code=204)
def delete_contact(here: In, caller: Owner, id: IdPath) -> None:
    """Delete a contact."""
    with here.database.writing() as session:
        row = get_contact(session, id)
        own_firm(caller, row.firm_id, kind="contact", id=id)
        _note(session, here, caller, "erase", f"DELETE {router.prefix}/{{id}}", [row])
        remove_contact(session, id)


def _note(session: Session, here: Running, caller: Caller, act: str, route: str, rows: Sequence[ContactRow]) -> None:
    """Write into the trail whose contacts somebody saw or changed."""
    here.trail.add(session, Seen(caller.id, act, route, "sharing", tuple(contact(one.id) for one in rows), FIELDS))


def _out(row: ContactRow) -> ContactOut:
    return ContactOut(**row.model_dump())
