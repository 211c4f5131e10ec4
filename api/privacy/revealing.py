"""Whose contacts a firm sees: of the firms with which both sides have agreed to meet, who let them be seen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from api.privacy import subjects
from api.privacy.consenting import agreeing, agreeing_contacts
from api.privacy.policy import Purpose
from api.store.audit import Seen, Trail
from api.store.contacts import list_contacts
from api.store.fair_tables import ParticipantRow
from api.store.meetings import StoredMeeting, find_meetings
from api.store.tables import ContactRow
from matcher.fair.meetings import MeetingState

FIELDS = ("name", "position", "email", "phone", "line_id")


@dataclass(frozen=True, slots=True)
class Revealed:
    """The people of a firm that somebody meets.

    Attributes:
        delegates: Names of those who come.
    """

    firm_id: str
    contacts: tuple[ContactRow, ...]
    delegates: tuple[str, ...]


def reveal(
    session: Session, trail: Trail, fair_id: str, firm_id: str, *, by: str, route: str, other: str | None = None
) -> list[Revealed]:
    """What a firm may see of the people whom it meets at a fair, written into the trail.

    Both sides must have said yes, and the other side's people must have agreed to be seen; a meeting that is off
    hides them again.

    Args:
        session: Of a writing: the trail is written with the read.
        trail: Of the service.
        fair_id: Of the fair.
        firm_id: Who looks.
        by: Id of a key, or `link`.
        route: Where.
        other: Of this firm alone.
    """
    agreed = [one for one in find_meetings(session, fair_id, firm_id=firm_id) if both_said_yes(one)]
    ids = sorted({one.meeting.other(firm_id) for one in agreed} & ({other} if other else _all(agreed)))
    sharing = agreeing(session, Purpose.SHARING, fair_id, ids)
    found = [_people_of(session, fair_id, id, firm_agrees=id in sharing) for id in ids]
    shown = [one for one in found if one.contacts or one.delegates]
    if named := [subject for one in shown for subject in _named(fair_id, one)]:
        trail.add(session, Seen(by, "read", route, Purpose.SHARING, tuple(named), (*FIELDS, "delegates")))
    return shown


def both_said_yes(one: StoredMeeting) -> bool:
    """Whether a meeting is agreed, by both sides and in so many words."""
    meeting = one.meeting
    return meeting.state is MeetingState.ACCEPTED and meeting.first_said is True and meeting.second_said is True


def _all(agreed: list[StoredMeeting]) -> set[str]:
    return {id for one in agreed for id in one.meeting.pair}


def _people_of(session: Session, fair_id: str, firm_id: str, *, firm_agrees: bool) -> Revealed:
    contacts = list_contacts(session, firm_id)
    seen = agreeing_contacts(session, Purpose.SHARING, [one.id for one in contacts], firm_agrees=firm_agrees)
    row = session.get(ParticipantRow, (fair_id, firm_id))
    delegates = tuple(row.delegates or ()) if row is not None and firm_agrees else ()
    return Revealed(firm_id, tuple(one for one in contacts if one.id in seen), delegates)


def _named(fair_id: str, one: Revealed) -> list[str]:
    own = [subjects.contact(contact.id) for contact in one.contacts]
    return own + ([subjects.participant(fair_id, one.firm_id)] if one.delegates else [])
