"""Knowing an erased person again, in a database restored from before, by keyed hashes alone."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from api.privacy.ledger import CONTACT, EMAIL, FIRM, LINE, NAME, PHONE, Erasure, Ledger
from api.privacy.people import Person, all_contacts, person_of
from api.privacy.tables import texts_in
from api.privacy.traces import Traces, emails_in, lines_in, phones_in, plain_email, plain_name, plain_phone
from api.store.firms import load_firms
from api.store.tables import ContactRow


def known_again(session: Session, ledger: Ledger, erasure: Erasure) -> Person:
    """The person of an erasure, as far as the database still holds them.

    Args:
        session: Of a reading or a writing.
        ledger: Whose key made the hashes.
        erasure: A line of it.
    """
    marks = _Marks(ledger, erasure)
    contacts: list[ContactRow] = []
    others: list[ContactRow] = []
    for one in all_contacts(session):
        (contacts if marks.is_contact(one) else others).append(one)
    traces = Traces()
    for text in set(texts_in(session)):
        traces |= marks.traces_in(text)
    firm = next(load_firms(session, marks.ids(FIRM)), None)
    return person_of(session, contacts, others, traces=traces, firm=firm.firm if firm else None)


class _Marks:
    """The marks of an erasure, ready to be asked."""

    def __init__(self, ledger: Ledger, erasure: Erasure) -> None:
        self._hashed = ledger.hashed
        self._of: dict[str, set[str]] = {}
        self._shapes: set[tuple[int, ...]] = set()
        for one in erasure.marks:
            self._of.setdefault(one.kind, set()).add(one.value)
            if one.kind == NAME:
                self._shapes.add(one.lengths)

    def ids(self, kind: str) -> list[str]:
        """Ids of contacts or of firms."""
        return sorted(self._of.get(kind, ()))

    def has(self, kind: str, plain: str) -> bool:
        """Whether this named the person."""
        return kind in self._of and bool(plain) and self._hashed(plain) in self._of[kind]

    def is_contact(self, one: ContactRow) -> bool:
        """Whether a contact is the person: by its id, or by what only they have."""
        return one.id in self._of.get(CONTACT, ()) or (
            self.has(NAME, plain_name(one.name))
            and (self.has(EMAIL, plain_email(one.email or "")) or self.has(PHONE, plain_phone(one.phone or "")))
        )

    def traces_in(self, text: str) -> Traces:
        """What names the person in a text."""
        return Traces(
            emails=frozenset(one for one in emails_in(text) if self.has(EMAIL, plain_email(one))),
            phones=frozenset(one for one in phones_in(text) if self.has(PHONE, plain_phone(one))),
            names=frozenset(self._names_in(text)),
            lines=frozenset(one for one in lines_in(text) if self.has(LINE, one)) if LINE in self._of else frozenset(),
        )

    def _names_in(self, text: str) -> Iterator[str]:
        """Pieces of a text that are a name of the person, sought by the lengths of its words."""
        if NAME not in self._of:
            return
        said = plain_name(text)
        if self.has(NAME, said):
            yield said
        for lengths in self._shapes:
            whole, gap = sum(lengths) + len(lengths) - 1, lengths[0]
            if len(lengths) < 2:
                continue  # a name of one word may be anybody's word
            at = said.find(" ", gap)
            while at != -1 and at - gap + whole <= len(said):
                piece = said[at - gap : at - gap + whole]
                if tuple(map(len, piece.split(" "))) == lengths and self.has(NAME, piece):
                    yield piece
                at = said.find(" ", at + 1)
