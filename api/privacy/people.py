"""A person, as the database knows them: by a contact, an e-mail address, a phone number, a name, or as a firm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlmodel import Session, col

from api.privacy import subjects
from api.privacy.traces import Traces, plain_email, plain_name, plain_phone, texts_of
from api.store.contacts import get_contact
from api.store.fair_tables import ParticipantRow
from api.store.firms import get_firm, load_firms
from api.store.tables import ContactRow
from matcher.domain import Firm
from matcher.exchange import as_object


@dataclass(frozen=True)
class Asked:
    """By what somebody is looked for; any of these is enough.

    Attributes:
        firm_id: A firm that is a person, a sole trader: all of it is personal.
    """

    contact_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    firm_id: str | None = None


@dataclass(frozen=True)
class Person:
    """Where somebody stands, and what names them elsewhere.

    Attributes:
        contacts: Ids.
        delegates: Fair, firm and name as it stands there.
        addresses: Fair and firm whose address is theirs.
        firms: Ids of firms that are this person.
        kept: What names somebody else too, as an office's phone: it is left where it names them.
    """

    contacts: tuple[str, ...] = ()
    delegates: tuple[tuple[str, str, str], ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    firms: tuple[str, ...] = ()
    traces: Traces = field(default_factory=Traces)
    kept: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """As the trail and the ledger of consents name them."""
        at = [(fair_id, firm_id) for fair_id, firm_id, _ in self.delegates] + list(self.addresses)
        return (
            *(subjects.contact(id) for id in self.contacts),
            *dict.fromkeys(subjects.participant(*one) for one in at),
            *(subjects.firm(id) for id in self.firms),
        )


def find_person(session: Session, asked: Asked) -> Person:
    """Where somebody stands.

    Raises:
        MissingError: there is no such contact or firm.
    """
    if asked.contact_id is not None:
        get_contact(session, asked.contact_id)
    firm = get_firm(session, asked.firm_id).firm if asked.firm_id is not None else None
    contacts, others = _contacts(session, asked)
    return person_of(session, contacts, others, traces=_asked_traces(asked), firm=firm)


def person_of(
    session: Session, contacts: list[ContactRow], others: list[ContactRow], *, traces: Traces, firm: Firm | None
) -> Person:
    """The person behind some contacts and some traces.

    Args:
        session: Of a reading or a writing.
        contacts: Theirs.
        others: Everybody else's: what names those too is kept.
        traces: What else is known to name them.
        firm: A firm that is this person.
    """
    own = traces | traces_of(contacts) | (_firm_traces(firm) if firm else Traces())
    shared = {plain_phone(one.phone) for one in others if one.phone} - {plain_phone(one) for one in traces.phones}
    mailed = {plain_email(one.email) for one in others if one.email} - {plain_email(one) for one in traces.emails}
    kept = [one for one in own.phones if plain_phone(one) in shared]
    kept += [one for one in own.emails if plain_email(one) in mailed]
    left = Traces(own.emails - set(kept), own.phones - set(kept), own.names, own.lines)
    left = replace(left, others=_other_names(others, left))
    delegates, addresses = _at_fairs(session, left)
    firms = (firm.id,) if firm else ()
    return Person(tuple(one.id for one in contacts), delegates, addresses, firms, left, tuple(sorted(kept)))


def traces_of(contacts: Iterable[ContactRow]) -> Traces:
    """What names people by their contacts."""
    rows = list(contacts)
    return Traces(
        emails=frozenset(one.email for one in rows if one.email),
        phones=frozenset(one.phone for one in rows if one.phone),
        names=frozenset(one.name for one in rows if one.name),
        lines=frozenset(one.line_id for one in rows if one.line_id),
    )


def all_contacts(session: Session) -> list[ContactRow]:
    """Every contact."""
    return list(session.execute(select(ContactRow).order_by(col(ContactRow.id))).scalars())


def _contacts(session: Session, asked: Asked) -> tuple[list[ContactRow], list[ContactRow]]:
    """The contacts that are meant, and all others."""
    meant: list[ContactRow] = []
    others: list[ContactRow] = []
    for one in all_contacts(session):
        (meant if any(_is_meant(one, asked)) else others).append(one)
    return meant, others


def _is_meant(one: ContactRow, asked: Asked) -> Iterator[bool]:
    yield one.id == asked.contact_id
    yield one.firm_id == asked.firm_id
    yield bool(asked.email and one.email) and plain_email(one.email or "") == plain_email(asked.email or "")
    yield bool(asked.phone and one.phone) and plain_phone(one.phone or "") == plain_phone(asked.phone or "")
    yield bool(asked.name) and plain_name(one.name) == plain_name(asked.name or "")


def _asked_traces(asked: Asked) -> Traces:
    def one(value: str | None) -> frozenset[str]:
        return frozenset({value} if value else ())

    return Traces(one(asked.email), one(asked.phone), one(asked.name))


def _other_names(others: list[ContactRow], traces: Traces) -> frozenset[str]:
    """Names of other people that hold somebody's name, as สมชาย ใจดี holds ชาย ใจดี, and nothing else of theirs."""
    addresses = replace(traces, names=frozenset())
    return frozenset(one.name for one in others if traces.found(one.name) and not addresses.found(one.name))


def _firm_traces(firm: Firm) -> Traces:
    return Traces(names=frozenset(filter(None, (firm.name_th, firm.name_en))))


def _at_fairs(session: Session, traces: Traces) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]]:
    emails = {plain_email(one) for one in traces.emails}
    delegates, addresses = [], []
    for row in session.execute(select(ParticipantRow)).scalars():
        delegates += [
            (row.fair_id, row.firm_id, name)
            for name in row.delegates or ()
            if traces.is_name(name) or traces.found(name)
        ]
        if row.address and (plain_email(row.address) in emails or traces.found(row.address)):
            addresses.append((row.fair_id, row.firm_id))
    return tuple(delegates), tuple(addresses)


def firms_naming(session: Session, traces: Traces) -> list[Firm]:
    """Firms whose profiles name a person."""
    return [one.firm for one in load_firms(session) if any(map(traces.found, texts_of(as_object(one.firm))))]
