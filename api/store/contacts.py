"""Contacts of firms: personal data, in a table of their own. A citizen number in any field is masked."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select
from sqlmodel import Session, col

from api.errors import MissingError
from api.store.tables import ContactRow, FirmRow, now
from matcher.exchange.citizen import masked


def list_contacts(session: Session, firm_id: str) -> list[ContactRow]:
    """The contacts of a firm, in the order they were made.

    Raises:
        MissingError: there is no such firm.
    """
    _firm(session, firm_id)
    query = select(ContactRow).where(col(ContactRow.firm_id) == firm_id).order_by(col(ContactRow.id))
    return list(session.execute(query).scalars())


def get_contact(session: Session, id: str) -> ContactRow:
    """A contact.

    Raises:
        MissingError: there is none of this id.
    """
    row = session.get(ContactRow, id)
    if row is None:
        raise MissingError(kind="contact", id=id)
    return row


def add_contact(session: Session, values: dict[str, Any]) -> ContactRow:
    """Add a contact to the firm that `values` names; raises as `list_contacts`."""
    _firm(session, values["firm_id"])
    row = ContactRow(id=f"c{uuid4().hex[:16]}", updated_at=now(), **masked(values))
    session.add(row)
    session.flush()
    return row


def change_contact(session: Session, id: str, values: dict[str, Any]) -> ContactRow:
    """Replace what a contact says; raises as `get_contact`."""
    row = get_contact(session, id)
    for name, value in masked(values).items():
        setattr(row, name, value)
    row.updated_at = now()
    session.flush()
    return row


def remove_contact(session: Session, id: str) -> None:
    """Delete a contact, if it is there."""
    session.execute(delete(ContactRow).where(col(ContactRow.id) == id))


def _firm(session: Session, id: str) -> None:
    if session.get(FirmRow, id) is None:
        raise MissingError(kind="firm", id=id)
