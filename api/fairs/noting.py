"""What is written into the trail where participants' personal data are seen."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from api.fairs.people import TakingPart
from api.privacy import subjects
from api.store.audit import Seen, Trail

FIELDS = ("delegates", "address")


def note_people(
    session: Session,
    trail: Trail,
    by: str,
    route: str,
    fair_id: str,
    people: Iterable[TakingPart],
    *,
    act: str = "read",
) -> None:
    """Note whose delegates and address somebody saw; participants of whom neither is known are nobody.

    Args:
        session: Of a writing.
        trail: Of the service.
        by: Id of a key, `link` or `command line`.
        route: Where.
        fair_id: Of the fair.
        people: Who was seen.
        act: What was done.
    """
    seen = [one for one in people if one.participant.delegates or one.reached.address]
    named = tuple(subjects.participant(fair_id, one.firm.id) for one in seen)
    trail.add(session, Seen(by, act, route, "matching", named, FIELDS))


def note_fair(session: Session, trail: Trail, by: str, route: str, fair_id: str) -> None:
    """Note that somebody took files that name everybody at a fair."""
    trail.add(session, Seen(by, "export", route, "matching", (subjects.fair(fair_id),), ("delegates",)))
