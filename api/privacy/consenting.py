"""Consents said and taken back, with what follows from each at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlmodel import Session

from api.privacy import subjects
from api.privacy.policy import Policy, Purpose, load_policy
from api.settings import Settings
from api.store.audit import Seen, Trail
from api.store.consents import Word, add_consent, standing
from api.store.contacts import get_contact
from api.store.fairs import participant_row
from api.store.outbox import silence
from api.store.privacy_tables import ConsentRow


def policy_in_force() -> Policy:
    """The policy of the settings; raises `PolicyError`."""
    return load_policy(Settings().privacy_policy)


def say_for_participant(
    session: Session, trail: Trail, purpose: Purpose, *, fair_id: str, firm_id: str, given: bool, by: str, route: str
) -> ConsentRow:
    """Write down what those who come for a firm to a fair agree to; withdrawn messages are not sent any more.

    Args:
        session: Of a writing.
        trail: Of the service.
        purpose: Of what is said.
        fair_id: Of the fair.
        firm_id: Of the participant.
        given: Whether they agree.
        by: Id of a key, `link` or `command line`.
        route: How they said it.

    Raises:
        MissingError: the firm does not take part.
    """
    row = participant_row(session, fair_id, firm_id)
    if purpose is Purpose.MESSAGES and not given:
        silence(session, firm_id, row.address)
    return _say(session, trail, subjects.participant(fair_id, firm_id), purpose, given=given, by=by, route=route)


def say_for_contact(
    session: Session, trail: Trail, purpose: Purpose, *, contact_id: str, given: bool, by: str, route: str
) -> ConsentRow:
    """The same for one contact, above what is said for its firm at a fair.

    Raises:
        MissingError: there is no such contact.
    """
    row = get_contact(session, contact_id)
    if purpose is Purpose.MESSAGES and not given:
        silence(session, row.firm_id, row.email)
    return _say(session, trail, subjects.contact(contact_id), purpose, given=given, by=by, route=route)


def agreeing(
    session: Session, purpose: Purpose, fair_id: str, firm_ids: Iterable[str], *, policy: Policy | None = None
) -> set[str]:
    """Those of some participants for whom a purpose holds now, by what they said last or by the policy."""
    unless_said = (policy or policy_in_force()).purposes[purpose].unless_said
    named = {subjects.participant(fair_id, id): id for id in firm_ids}
    said = standing(session, list(named), purpose)
    return {id for subject, id in named.items() if said.get(subject, unless_said)}


def agreeing_contacts(
    session: Session, purpose: Purpose, contact_ids: Collection[str], *, firm_agrees: bool
) -> set[str]:
    """Those of some contacts for whom a purpose holds: by their own word, else by what holds for their firm."""
    named = {subjects.contact(id): id for id in contact_ids}
    said = standing(session, list(named), purpose)
    return {id for subject, id in named.items() if said.get(subject, firm_agrees)}


def _say(
    session: Session, trail: Trail, subject: str, purpose: Purpose, *, given: bool, by: str, route: str
) -> ConsentRow:
    word = Word(by, route, policy_in_force().purposes[purpose].version)
    row = add_consent(session, subject, purpose, given=given, word=word)
    said = f"{purpose} {'given' if given else 'withdrawn'} {word.wording} {row.sequence}"
    trail.add(session, Seen(by, "consent", route, purpose, (subject,), (said,)))
    return row
