"""Who takes part in a fair: shown with what each profile lacks, put, taken out, given links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from api.fairs.links import Links
from api.fairs.meetings import call_off
from api.store.database import Database
from api.store.fair_tables import ParticipantRow
from api.store.fairs import Deed, Reached, load_fair, log_event, participant_of, participant_row, remove_participant
from api.store.firms import load_firms
from api.store.meetings import find_meetings
from matcher.domain import Firm
from matcher.engine import Sentence
from matcher.fair import Fair, Participant
from matcher.fair.meetings import OPEN
from matcher.fair.pairs import lacking


@dataclass(frozen=True, slots=True)
class TakingPart:
    """A firm at a fair.

    Attributes:
        reached: Personal data.
        lacks: What its profile must say before any chance can be told; None where it says enough.
        link_version: Of its signed links.
    """

    participant: Participant
    firm: Firm
    reached: Reached
    lacks: Sentence | None
    link_version: int


def find_people(
    session: Session, fair_id: str, *, after: str = "", limit: int | None = None, firm_id: str | None = None
) -> list[TakingPart]:
    """Participants in the order of their ids.

    Args:
        session: Of a reading or a writing.
        fair_id: Of the fair.
        after: Only ids after this one.
        limit: How many at most.
        firm_id: This firm alone.
    """
    query = select(ParticipantRow).where(col(ParticipantRow.fair_id) == fair_id, col(ParticipantRow.firm_id) > after)
    if firm_id is not None:
        query = query.where(col(ParticipantRow.firm_id) == firm_id)
    rows = list(session.execute(query.order_by(col(ParticipantRow.firm_id)).limit(limit)).scalars())
    firms = {one.firm.id: one.firm for one in load_firms(session, [row.firm_id for row in rows])}
    return [_taking_part(row, firms[row.firm_id]) for row in rows]


def get_person(session: Session, fair_id: str, firm_id: str) -> TakingPart:
    """One participant.

    Raises:
        MissingError: the firm does not take part.
    """
    row = participant_row(session, fair_id, firm_id)
    return _taking_part(row, next(load_firms(session, [firm_id])).firm)


def take_out(database: Database, links: Links, fair_id: str, firm_id: str, deed: Deed) -> None:
    """Take a firm out of a fair; those whom it would have met are told.

    Raises:
        MissingError: there is no such fair, or the firm does not take part.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        participant_row(session, fair_id, firm_id)
        open_ = find_meetings(session, fair_id, firm_id=firm_id, states=OPEN)
        call_off(session, links, fair, [one.meeting.pair for one in open_], deed)
        remove_participant(session, fair_id, firm_id, deed)


def link_paths(session: Session, links: Links, fair: Fair, firm_ids: Sequence[str] | None) -> dict[str, str]:
    """Addresses of participants' pages below the service's own, by id; of all where no ids are given.

    Raises:
        MissingError: a firm does not take part.
    """
    ids = sorted(one.firm_id for one in fair.participants) if firm_ids is None else list(dict.fromkeys(firm_ids))
    return {id: links.path(fair, id, participant_row(session, fair.id, id).link_version) for id in ids}


def withdraw_links(session: Session, fair_id: str, firm_id: str, deed: Deed) -> None:
    """End all links of a participant that were given out.

    Raises:
        MissingError: the firm does not take part.
    """
    participant_row(session, fair_id, firm_id).link_version += 1
    session.flush()
    log_event(session, fair_id, deed, "links.withdrawn", pair=(firm_id, None))


def _taking_part(row: ParticipantRow, firm: Firm) -> TakingPart:
    reached = Reached(row.address, row.language)
    return TakingPart(participant_of(row), firm, reached, lacking(firm), row.link_version)
