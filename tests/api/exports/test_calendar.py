from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from api.exports import calendar_of, cancellation_of, cancelled


def events(data: bytes):
    return Calendar.from_ical(data).walk("VEVENT")


def later(pack, meetings):
    return replace(pack, meetings=tuple(meetings), version=2, issued=pack.issued + timedelta(days=1))


def test_times_are_those_of_bangkok(pack):
    first = pack.ordered[0]
    event = next(one for one in events(calendar_of(pack, first.a)))
    start = pack.fair.slots[pack.of(first.a)[0].slot].start
    assert event["DTSTART"].dt.astimezone(UTC) == start.replace(tzinfo=UTC) - timedelta(hours=7)
    assert event["DTSTART"].params["TZID"] == "Asia/Bangkok"
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=25)
    assert (start, event["DTSTART"].dt.astimezone(UTC)) == (
        datetime(2026, 12, 5, 9, 0),
        datetime(2026, 12, 5, 2, 0, tzinfo=UTC),
    )


def test_the_zone_is_described_in_the_file(pack):
    calendar = Calendar.from_ical(calendar_of(pack, pack.ordered[0].a))
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Bangkok"
    assert zone.subcomponents[0]["TZOFFSETTO"].td == timedelta(hours=7)
    assert calendar["METHOD"] == "PUBLISH"


def test_both_sides_and_all_versions_name_a_meeting_alike(pack):
    first = pack.ordered[0]
    moved = later(pack, [replace(one, slot=19, table=40) if one == first else one for one in pack.meetings])
    a, b, again = (events(calendar_of(one, id)) for one, id in ((pack, first.a), (pack, first.b), (moved, first.a)))
    uid = next(iter({one["UID"] for one in a} & {one["UID"] for one in b}))
    (old,), (new,) = ([one for one in found if one["UID"] == uid] for found in (a, again))
    assert new["SEQUENCE"] > old["SEQUENCE"]
    assert new["DTSTAMP"].dt > old["DTSTAMP"].dt
    assert new["DTSTART"].dt > old["DTSTART"].dt
    assert (str(old["LOCATION"]), str(new["LOCATION"])) == (f"โต๊ะ {first.table}", "โต๊ะ 40")
    assert len({one["UID"] for one in a}) == len(a)


def test_a_meeting_that_is_gone_is_called_off_and_a_moved_one_is_not(pack):
    gone, moved, untimed = pack.ordered[:3]
    rest = [one for one in pack.meetings if one not in (gone, moved, untimed)]
    after = later(pack, [*rest, replace(moved, slot=18), replace(untimed, slot=None, table=None)])
    assert set(cancelled(pack, after)) == {gone, untimed}
    data = cancellation_of(pack, after, gone.a)
    (event,) = events(data)
    assert Calendar.from_ical(data)["METHOD"] == "CANCEL"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)
    assert event["UID"] in {one["UID"] for one in events(calendar_of(pack, gone.a))}
    untouched = next(id for id in pack.firms if id not in (*gone.pair, *untimed.pair))
    assert cancellation_of(pack, after, untouched) is None


def test_versions_must_follow_each_other(pack):
    with pytest.raises(ValueError, match="does not follow"):
        cancelled(pack, pack)


def test_no_delegate_is_named(pack):
    for id in pack.firms:
        data = calendar_of(pack, id)
        assert "สมชาย".encode() not in data.replace(b"\r\n ", b"")
        assert b"ATTENDEE" not in data
        assert b"ORGANIZER" not in data


def test_hostile_names_stay_inside_their_property(hostile):
    for id in hostile.firms:
        data = calendar_of(hostile, id)
        assert len(events(data)) == len(hostile.of(id))
        assert all(len(line) <= 75 for line in data.split(b"\r\n"))
        assert not {0x00, 0x07, 0x1B} & set(data)
