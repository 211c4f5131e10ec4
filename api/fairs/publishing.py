"""Publishing a timetable: what changed for whom, who is told, and the files of each version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlmodel import Session

from api.exports import Pack, PackMeeting, file_stem, write_pack
from api.fairs.links import Links
from api.fairs.looking import seats
from api.fairs.making import ASK, NOTHING_SAID
from api.fairs.telling import published
from api.settings import BANGKOK
from api.store.database import Database
from api.store.fair_tables import PublicationRow
from api.store.fairs import Deed, fair_row, load_fair, session_of
from api.store.firms import load_firms
from api.store.meetings import find_meetings
from api.store.timetables import (
    add_publication,
    add_timetable,
    get_lists,
    get_publication,
    get_timetable,
    places_now,
    places_of,
)
from matcher.engine import Sentence
from matcher.fair import Fair, Participant
from matcher.fair.fair import Pair, Place
from matcher.fair.meetings import HELD
from matcher.fair.runs import LISTS, LISTS_MANIFEST

ZIP = "files.zip"


def publish(database: Database, links: Links, fair_id: str, deed: Deed) -> int:
    """Publish the timetable in force and tell every firm for which something is new; the publication's version.

    Raises:
        MissingError: there is no such fair, or it has no timetable yet.
    """
    with database.writing() as session:
        fair = load_fair(session, fair_id)
        before = seats(session, fair_id, get_publication(session, fair_id))
        _only_what_is_held(session, fair, deed)
        made = add_publication(session, fair, deed)
        after = seats(session, fair_id, made)
        everybody = {one.firm_id for one in fair.participants}
        changed = {id for id in everybody if before.get(id) != after.get(id)} if made.version > 1 else everybody
        number = fair_row(session, fair_id).changed
        published(session, fair, version=made.version, changed=changed, links=links, number=number)
        return made.version


def write_files(database: Database, fair_id: str, version: int, *, files_dir: Path) -> Path:
    """Write the files of a publication; the folder. The same publication and reasons give the same bytes.

    Raises:
        MissingError: there is no such publication.
    """
    with database.reading() as session:
        pack = pack_of(session, fair_id, version)
        before = pack_of(session, fair_id, version - 1) if version > 1 else None
        lists = _lists(session, fair_id)
    folder = folder_of(files_dir, fair_id, version)
    files = write_pack(pack, folder, before=before)
    for name, data in lists.items():
        files.append(folder / name)
        files[-1].write_bytes(data)
    _zip(files, folder)
    return folder


def folder_of(files_dir: Path, fair_id: str, version: int) -> Path:
    """Where the files of a publication are."""
    return files_dir / "fairs" / file_stem(fair_id) / f"v{version}"


def pack_of(session: Session, fair_id: str, version: int) -> Pack:
    """What a publication said, of the firms that are still there.

    Raises:
        MissingError: there is no such publication.
    """
    row = get_publication(session, fair_id, version)
    assert row is not None  # versions count from 1
    timetable = get_timetable(session, fair_id, row.timetable)
    assert timetable is not None
    places = places_of(timetable)
    fair = _as_published(load_fair(session, fair_id), row, places)
    firms = {one.firm.id: one.firm for one in load_firms(session, [one.firm_id for one in fair.participants])}
    fair = replace(fair, participants=tuple(one for one in fair.participants if one.firm_id in firms))
    lists = get_lists(session, fair_id) if fair_row(session, fair_id).planned else None
    return Pack(
        fair=fair,
        firms=firms,
        meetings=_meetings(session, fair, places),
        issued=row.at.astimezone(BANGKOK),
        unmet={
            id: Sentence(why["th"], why["en"])
            for id, why in (lists.lists["unmet"] if lists else {}).items()
            if id in firms
        },
        manifest=(lists.manifest if lists else {}) | {"timetable": timetable.made_of | {"number": row.timetable}},
        version=version,
    )


def _lists(session: Session, fair_id: str) -> dict[str, bytes]:
    """The last lists and what they were made of, as they are compared by `khukha lists diff`."""
    if not fair_row(session, fair_id).planned:
        return {}
    run = get_lists(session, fair_id)
    return {LISTS: _json(run.lists), LISTS_MANIFEST: _json(run.manifest)}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def _as_published(fair: Fair, row: PublicationRow, places: Mapping[Pair, Place]) -> Fair:
    """The fair with the sessions of a publication and all whom it placed; wishes play no part any more."""
    known = {one.firm_id for one in fair.participants}
    gone = sorted({id for pair in places for id in pair} - known)
    return replace(
        fair,
        sessions=tuple(session_of(one) for one in row.fair["sessions"]),
        tables=row.fair["tables"],
        participants=(
            *(replace(one, available=None) for one in fair.participants),
            *(Participant(id) for id in gone),
        ),
        preferences=(),
    )


def _meetings(session: Session, fair: Fair, places: Mapping[Pair, Place]) -> tuple[PackMeeting, ...]:
    there = {one.firm_id for one in fair.participants}
    known = {one.meeting.pair: one for one in find_meetings(session, fair.id)}
    waiting = {pair for pair, one in known.items() if one.meeting.state in HELD} - places.keys()
    found = []
    for pair in sorted({*places, *waiting}):
        if not set(pair) <= there:
            continue
        slot, table = places.get(pair, (None, None))
        stored = known.get(pair)
        why = stored.why if stored else None
        chance = stored.listing.chance if stored and stored.listing else None
        reason, question = (why.reason, why.question) if why else (NOTHING_SAID, ASK)
        found.append(PackMeeting(*pair, chance, reason, question, slot, table))
    return tuple(found)


def _only_what_is_held(session: Session, fair: Fair, deed: Deed) -> None:
    """Take out of the timetable what went with its firm: nobody said so to the timetable."""
    left = places_now(session, fair)
    if count := len(places_of(get_timetable(session, fair.id))) - len(left):
        why = Sentence(f"{count} นัดไม่มีแล้ว", f"{count} meetings are no more")
        add_timetable(session, fair.id, left, deed, why=why, what="timetable.freed")


def _zip(files: list[Path], folder: Path) -> None:
    """All files in one, with equal bytes for equal files."""
    path = folder / ZIP
    with ZipFile(path.with_suffix(".part"), "w", ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(ZipInfo(str(file.relative_to(folder))), file.read_bytes(), ZIP_DEFLATED)
    path.with_suffix(".part").replace(path)
