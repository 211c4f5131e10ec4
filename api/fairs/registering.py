"""Participants from a registration sheet, and the sheet to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlmodel import Session

from api.fairs.people import TakingPart, find_people
from api.store.database import Database
from api.store.fairs import Deed, Reached, load_fair, put_participants, put_preferences
from api.store.firms import load_firms
from matcher.exchange import Problem
from matcher.fair import Fair, Participant, Preference
from matcher.fair.registration import (
    Registration,
    read_registration,
    write_registration,
    write_registration_template,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """What a sheet does to a fair.

    Attributes:
        new: Ids of firms that take part from now on.
        changed: Ids of those of which something else is said than before.
        same: How many are as they were.
        preferences: Wishes that are new.
        problems: Each keeps its row out; `warnings` do not.
    """

    rows: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    preferences: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def register(database: Database, fair_id: str, path: Path, deed: Deed, *, preview: bool) -> Registered:
    """Take in who takes part; firms that the sheet does not name stay as they are.

    Args:
        database: Where the fair stands.
        fair_id: Of the fair.
        path: Ends in .xlsx or .csv.
        deed: For the log.
        preview: Only say what would happen.

    Raises:
        MissingError: there is no such fair.
        CatalogError: the file cannot be read.
        FairError: what the rows say together cannot be; nothing is written.
    """
    with database.reading() as session:
        fair = load_fair(session, fair_id)
        firms = [one.firm for one in load_firms(session)]
        known = {one.participant.firm_id: one for one in find_people(session, fair_id)}
    found = read_registration(path, fair=fair, firms=firms)
    people = [one for one in found.participants if _differs(one, found, known.get(one.firm_id))]
    wishes = _new_wishes(fair, found)
    if preview:
        _joined(fair, people, wishes)
    elif people or wishes:
        with database.writing() as session:
            put_participants(session, fair_id, people, _reached(people, found, known), deed)
            for by in dict.fromkeys(one.firm_id for one in wishes):
                put_preferences(session, fair_id, [one for one in wishes if one.firm_id == by], deed, by=by)
    return Registered(
        rows=found.rows_read,
        new=tuple(one.firm_id for one in people if one.firm_id not in known),
        changed=tuple(one.firm_id for one in people if one.firm_id in known),
        same=len(found.participants) - len(people),
        preferences=len(wishes),
        problems=found.problems,
        warnings=found.warnings,
    )


def write_sheet(session: Session, fair_id: str, path: Path, *, filled: bool) -> None:
    """Write the sheet to fill in, with all firms of the catalog; or, `filled`, with those that take part.

    Raises:
        MissingError: there is no such fair.
    """
    fair = load_fair(session, fair_id)
    if not filled:
        write_registration_template(fair, [one.firm for one in load_firms(session)], path)
        return
    people = find_people(session, fair_id)
    write_registration(
        fair,
        [one.firm for one in people],
        path,
        participants=[one.participant for one in people],
        preferences=fair.preferences,
        addresses={one.firm.id: one.reached.address for one in people if one.reached.address},
    )


def _differs(said: Participant, found: Registration, known: TakingPart | None) -> bool:
    """Whether a row says something new; a row without an address says nothing of it."""
    if known is None or said != known.participant:
        return True
    return found.addresses.get(said.firm_id, known.reached.address) != known.reached.address


def _new_wishes(fair: Fair, found: Registration) -> list[Preference]:
    there = {(one.wish, one.pair) for one in fair.preferences}
    return [one for one in found.preferences if (one.wish, one.pair) not in there]


def _joined(fair: Fair, people: list[Participant], wishes: list[Preference]) -> Fair:
    """The fair as it would be; raises FairError where it cannot be."""
    named = {one.firm_id for one in people}
    kept = tuple(one for one in fair.participants if one.firm_id not in named)
    return replace(fair, participants=(*kept, *people), preferences=(*fair.preferences, *wishes))


def _reached(people: list[Participant], found: Registration, known: Mapping[str, TakingPart]) -> dict[str, Reached]:
    """How those are told whose address the sheet states; each in the language in which it was told before."""
    reached = {}
    for one in people:
        if address := found.addresses.get(one.firm_id):
            before = known.get(one.firm_id)
            spoken = "th" if "th" in one.languages else "en"
            reached[one.firm_id] = Reached(address, before.reached.language if before else spoken)
    return reached
