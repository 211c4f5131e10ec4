"""A fair's set-up changed without harm done unsaid, and a fair taken away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.errors import ChangedMeanwhileError, PublishedError
from api.fairs.publishing import folder_of
from api.store.database import Database
from api.store.fair_tables import FairRow, ParticipantRow
from api.store.fairs import Deed, change_fair, fair_row, load_fair, remove_fair
from api.store.timetables import add_timetable, get_timetable, places_of
from matcher.engine import Sentence
from matcher.fair import Fair, FairError
from matcher.fair.fair import Pair, Place


@dataclass(frozen=True, slots=True)
class Harm:
    """What a change of the set-up takes away; false where that is nothing.

    Attributes:
        unplaced: Meetings whose slot or table is gone.
        narrowed: Ids of participants who lose some of the slots in which they can meet.
        stranded: Ids of those who lose all of them.
    """

    unplaced: tuple[Pair, ...]
    narrowed: tuple[str, ...]
    stranded: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.unplaced or self.narrowed or self.stranded)


def harm(session: Session, fair: Fair) -> Harm:
    """What another set-up would take away.

    A slot is the same one if its session has the same id and it stands at the same place in it, whatever
    its times.

    Args:
        session: Of a reading.
        fair: The new set-up; its participants and preferences are left out.

    Raises:
        MissingError: there is no such fair.
    """
    before = load_fair(session, fair.id)
    numbers = _renumbered(before, fair)
    places = places_of(get_timetable(session, fair.id))
    losing = {one.firm_id: one.available & numbers.keys() for one in before.participants if one.available is not None}
    had = {one.firm_id: one.available for one in before.participants}
    return Harm(
        unplaced=tuple(sorted(places.keys() - _moved(places, numbers, fair.tables).keys())),
        narrowed=tuple(sorted(id for id, left in losing.items() if left and left != had[id])),
        stranded=tuple(sorted(id for id, left in losing.items() if not left and had[id])),
    )


def change_set_up(
    database: Database,
    fair: Fair,
    settings: Mapping[str, Any],
    deed: Deed,
    *,
    seen: int | None = None,
    harmless: bool = False,
) -> None:
    """Write another set-up of a fair; participants stay, and so do times and places wherever their slots do.

    Args:
        database: Where the fair stands.
        fair: The new set-up; its participants and preferences are left out.
        settings: `venue`, `dial`, `request_ttl_h`; what is missing stays.
        deed: For the log.
        seen: The version that the caller saw; None takes any.
        harmless: Whether a change that takes something away is refused.

    Raises:
        MissingError: there is no such fair.
        ChangedMeanwhileError: it is another version than the caller saw.
        FairError: what is there does not fit the new set-up, or the change does harm.
    """
    with database.writing() as session:
        expect_fair(fair_row(session, fair.id), seen)
        if harmless and (done := harm(session, fair)):
            raise FairError([_said(done)])
        numbers = _renumbered(load_fair(session, fair.id), fair)
        _move_available(session, fair.id, numbers)
        change_fair(session, fair, settings, deed)
        _move_places(session, fair, numbers, deed)


def take_away(database: Database, fair_id: str, *, even_if_published: bool, files_dir: Path) -> None:
    """Delete a fair with all that is of it, its files too.

    Raises:
        MissingError: there is no such fair.
        PublishedError: it was published, and nobody said that it shall go all the same.
    """
    with database.writing() as session:
        version = fair_row(session, fair_id).published
        if version and not even_if_published:
            raise PublishedError(id=fair_id, version=version)
        remove_fair(session, fair_id)
    shutil.rmtree(folder_of(files_dir, fair_id, 1).parent, ignore_errors=True)


def expect_fair(row: FairRow, seen: int | None) -> None:
    """Refuse a fair that is no longer what somebody saw.

    Raises:
        ChangedMeanwhileError: it has another version.
    """
    if seen is not None and seen != row.changed:
        raise ChangedMeanwhileError(id=row.id, seen=seen, found=row.changed)


def _renumbered(before: Fair, after: Fair) -> dict[int, int]:
    """The new number of each slot that is still there."""
    new = _slots(after)
    return {number: new[name] for name, number in _slots(before).items() if name in new}


def _slots(fair: Fair) -> dict[tuple[str, int], int]:
    """Numbers of the slots by their session and their place in it."""
    names = [(session.id, at) for session in fair.sessions for at in range(len(session.times))]
    return {name: number for number, name in enumerate(names)}


def _move_available(session: Session, fair_id: str, numbers: Mapping[int, int]) -> None:
    people = session.execute(select(ParticipantRow).where(col(ParticipantRow.fair_id) == fair_id)).scalars()
    for row in people:
        if row.available is not None:
            row.available = sorted(numbers[slot] for slot in row.available if slot in numbers)


def _move_places(session: Session, fair: Fair, numbers: Mapping[int, int], deed: Deed) -> None:
    places = places_of(get_timetable(session, fair.id))
    left = _moved(places, numbers, fair.tables)
    if left != places:
        lost = len(places) - len(left)
        why = Sentence(
            f"เปลี่ยนรอบหรือโต๊ะของงาน นำออกจากตาราง {lost} นัด",
            f"the fair's sessions or tables changed; {lost} meetings left the timetable",
        )
        add_timetable(session, fair.id, left, deed, why=why, what="timetable.renumbered")


def _moved(places: Mapping[Pair, Place], numbers: Mapping[int, int], tables: int) -> dict[Pair, Place]:
    return {
        pair: (numbers[slot], table) for pair, (slot, table) in places.items() if slot in numbers and table <= tables
    }


def _said(harm: Harm) -> Sentence:
    meetings, people = len(harm.unplaced), len(harm.narrowed) + len(harm.stranded)
    return Sentence(
        f"การเปลี่ยนนี้ทำให้ {meetings} นัดไม่มีช่วงเวลาหรือโต๊ะ และ {people} กิจการเหลือเวลาว่างน้อยลง "
        "ถ้าต้องการจริง ให้ยืนยันด้วย even_if_harmful",
        f"the change would take slot or table from {meetings} meetings and free slots from {people} firms: "
        "confirm with even_if_harmful",
    )
