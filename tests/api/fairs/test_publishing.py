from __future__ import annotations

from datetime import timedelta
from zipfile import ZipFile

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from api.errors import MissingError
from api.fairs.editing import move, veto
from api.fairs.meetings import ask
from api.fairs.planning import make_timetable, plan_lists
from api.fairs.publishing import ZIP, folder_of, pack_of, publish, write_files
from api.fairs.summary import summary
from api.store.fairs import Reached, add_fair, change_fair, put_participants
from api.store.firms import Change, delete_firms, put_firms
from api.store.timetables import get_publication
from tests.api.fairs.small import (
    ID,
    LINKS,
    ORGANISER,
    a_fair,
    as_firm,
    clashes,
    deliveries,
    dump,
    listen,
    place,
    plant,
    set_up,
    states,
    timetable,
    told,
)
from tests.api.fakes import some_firms

IDS = [firm.id for firm in some_firms(6)]
A, B, C, D, E, F = IDS
MEETINGS = {(A, B): (0, 1), (C, D): (0, 2), (A, C): (1, 1)}


@pytest.fixture
def fair(database):
    """Six firms, four slots, two tables, three meetings with a place."""
    made = set_up(database)
    plant(database, *MEETINGS)
    place(database, MEETINGS)
    return made


def publishes(database):
    return publish(database, LINKS, ID, ORGANISER)


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def events_of(folder, firm_id, *, cancelled=False):
    """Sequence, status and start of each meeting in a calendar, by its id."""
    path = folder / "calendars" / ("cancelled" if cancelled else "") / f"{firm_id}.ics"
    calendar = Calendar.from_ical(path.read_bytes())
    found = {
        str(event["UID"]): (int(event["SEQUENCE"]), str(event["STATUS"]), event.decoded("DTSTART"))
        for event in calendar.walk("VEVENT")
    }
    return str(calendar["METHOD"]), found


def test_a_real_fair_goes_from_lists_to_files(database, demo, demo_firms, cache_dir, tmp_path):
    firms = demo_firms[:8]
    made = a_fair([firm.id for firm in firms], slots=8, tables=4, delegates=("สมชาย ใจดี",))
    with database.writing() as session:
        put_firms(session, firms, Change("b", "me"), embedded=None)
        add_fair(session, made, {}, ORGANISER)
        put_participants(session, ID, made.participants, {}, ORGANISER)
    plan_lists(database, demo, ID, ORGANISER)
    make_timetable(database, ID, ORGANISER, cache_dir=cache_dir, steps=20_000)
    assert timetable(database).keys() == states(database).keys() != set()
    assert clashes(database) == []
    assert publishes(database) == 1
    folder = write_files(database, ID, 1, files_dir=tmp_path / "a")
    assert folder == folder_of(tmp_path / "a", ID, 1)
    first = files_of(folder)
    assert first == files_of(write_files(database, ID, 1, files_dir=tmp_path / "b"))
    assert first == files_of(write_files(database, ID, 1, files_dir=tmp_path / "a"))  # over what is there
    with ZipFile(folder / ZIP) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: data for name, data in first.items() if name != ZIP
        }
    assert first["pack.pdf"].startswith(b"%PDF")
    assert len(load_workbook(folder / "organiser.xlsx").sheetnames) > 1
    pair = min(timetable(database))
    _, before = events_of(folder, pair[0])
    assert {sequence for sequence, _, _ in before.values()} == {1}
    assert {start.replace(tzinfo=None) for _, _, start in before.values()} == {
        made.slots[slot].start for ids, (slot, _) in timetable(database).items() if pair[0] in ids
    }
    veto(database, LINKS, ID, pair, ORGANISER)
    assert publishes(database) == 2
    folder = write_files(database, ID, 2, files_dir=tmp_path / "a")
    for id in pair:
        _, after = events_of(folder, id)
        assert {sequence for sequence, _, _ in after.values()} <= {2}
        method, gone = events_of(folder, id, cancelled=True)
        assert method == "CANCEL"
        ((uid, (sequence, status, _)),) = gone.items()
        assert (sequence, status) == (2, "CANCELLED")
        assert uid not in after
    assert uid in before
    assert {path.stem for path in (folder / "calendars" / "cancelled").iterdir()} == set(pair)
    assert first == files_of(folder_of(tmp_path / "a", ID, 1))  # the version before stands as it was


def test_a_publication_says_what_the_timetable_said_then(database, fair):
    publishes(database)
    move(database, ID, (A, B), (3, 2), ORGANISER)
    publishes(database)
    with database.reading() as session:
        first, second = (
            {one.pair: (one.slot, one.table) for one in pack_of(session, ID, version).meetings} for version in (1, 2)
        )
        assert (get_publication(session, ID, 1).timetable, get_publication(session, ID, 2).timetable) == (1, 2)
    assert (first, second) == (MEETINGS, MEETINGS | {(A, B): (3, 2)})


def test_a_meeting_without_a_place_is_in_the_pack_without_a_time(database, fair):
    plant(database, *MEETINGS, (E, F))
    ask(database, LINKS, ID, by=A, other=D, deed=as_firm(A))
    publishes(database)
    with database.reading() as session:
        found = {one.pair: one.slot for one in pack_of(session, ID, 1).meetings}
    assert found == {(A, B): 0, (C, D): 0, (A, C): 1, (E, F): None}


def test_first_all_are_told_then_only_those_for_whom_something_changed(database, fair):
    listen(database)
    publishes(database)
    assert told(database) == [(id, "timetable.published") for id in IDS] + [("webhook", "timetable.published")]
    move(database, ID, (A, B), (3, 2), ORGANISER)
    publishes(database)
    publishes(database)
    changed = [one for one in told(database) if one[1] == "timetable.changed"]
    assert changed == [(A, "timetable.changed"), (B, "timetable.changed")] + [("webhook", "timetable.changed")] * 2
    assert [row.data for row in deliveries(database) if row.webhook_id] == [
        {"fair": ID, "version": version} for version in (1, 2, 3)
    ]


def test_a_firm_whose_last_meeting_is_off_is_told_too(database, fair):
    publishes(database)
    veto(database, LINKS, ID, (A, B), ORGANISER)
    publishes(database)
    assert [id for id, topic in told(database) if topic == "timetable.changed"] == [A, B]


def test_everybody_is_written_to_in_its_language_with_its_own_link(database):
    reached = {A: Reached("a@firm.example", "en"), B: Reached("b@firm.example", "th")}
    fair = set_up(database, 3, reached=reached)
    place(database, {})
    publishes(database)
    a, b, c = deliveries(database)
    assert (a.firm_id, a.address, a.title) == (A, "a@firm.example", "Your timetable for Business fair")
    assert (b.firm_id, b.address, b.title) == (B, "b@firm.example", "ตารางนัดของท่านในงาน งานเจรจา")
    assert (c.firm_id, c.state) == (C, "no_channel")
    for row in (a, b, c):
        assert LINKS.page(fair, row.firm_id, 1) in row.body
        assert f"กลุ่ม {row.firm_id}" in row.body


def test_without_a_timetable_nothing_is_published(database):
    set_up(database)
    before = dump(database)
    with pytest.raises(MissingError) as raised:
        publishes(database)
    assert raised.value.kind == "timetable"
    assert dump(database) == before


def test_files_of_a_version_that_is_not_there_are_missing(database, fair, tmp_path):
    for version in (0, 1, -1):
        with pytest.raises(MissingError) as raised:
            write_files(database, ID, version, files_dir=tmp_path / "files")
        assert raised.value.kind == "publication"
    assert not (tmp_path / "files").exists()


def test_a_version_can_be_written_after_the_fair_has_other_days_and_firms(database, fair, tmp_path):
    publishes(database)
    with database.writing() as session:
        later = a_fair([], slots=1, tables=1)
        days = tuple(type(one)(one.id, one.day + timedelta(days=7), one.times) for one in later.sessions)
        change_fair(session, type(later)(ID, later.name, days, 1, ()), {}, ORGANISER)
        delete_firms(session, [B], Change("b", "me"))
        assert summary(session, ID).timed == 0  # their only slots are gone
    assert publishes(database) == 2
    assert timetable(database) == {}
    folder = write_files(database, ID, 2, files_dir=tmp_path)
    _, gone = events_of(folder, C, cancelled=True)
    assert {start.replace(tzinfo=None) for _, _, start in gone.values()} == {fair.slots[0].start, fair.slots[1].start}
    _, first = events_of(write_files(database, ID, 1, files_dir=tmp_path), C)
    assert {uid: start for uid, (_, _, start) in first.items()} == {uid: start for uid, (_, _, start) in gone.items()}


@pytest.mark.parametrize("id", ["งาน/๑", "../up", "CON", "a" * 80])
def test_any_fair_has_a_folder_of_its_own_in_the_files(tmp_path, id):
    folder = folder_of(tmp_path, id, 1)
    assert folder.resolve().is_relative_to((tmp_path / "fairs").resolve())
    assert folder != folder_of(tmp_path, id + "x", 1)
    folder.mkdir(parents=True)
