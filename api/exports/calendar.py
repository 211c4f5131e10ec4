"""Meetings for the calendar of a telephone: one file a firm, updated and called off by its stable ids.

No delegate's name and no address stands in it: a calendar is easily passed on.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from api.exports.pack import Pack, PackMeeting
from api.exports.texts import clean, name_of, said
from api.exports.words import say

ZONE = "Asia/Bangkok"
_BANGKOK = ZoneInfo(ZONE)
_OFFSET = timedelta(hours=7)


def calendar_of(pack: Pack, firm_id: str) -> bytes:
    """A firm's meetings as METHOD:PUBLISH; a later version's SEQUENCE makes it replace this one."""
    timed = [meeting for meeting in pack.of(firm_id) if meeting.slot is not None]
    return _calendar(pack, "PUBLISH", [_event(pack, meeting, firm_id) for meeting in timed])


def cancellation_of(before: Pack, after: Pack, firm_id: str) -> bytes | None:
    """METHOD:CANCEL for a firm's meetings that are gone; None where there are none."""
    gone = [meeting for meeting in cancelled(before, after) if firm_id in meeting.pair]
    events = [_event(before, meeting, firm_id) for meeting in gone]
    for event, meeting in zip(events, gone, strict=True):
        name = name_of(before.other(meeting, firm_id), after.language)
        event["SEQUENCE"] = after.version
        event["STATUS"] = "CANCELLED"
        event.pop("SUMMARY")
        event.add("summary", say("event_gone", after.language, name=name))
        event.pop("DTSTAMP")
        event.add("dtstamp", after.issued.astimezone(UTC))
    return _calendar(after, "CANCEL", events) if events else None


def cancelled(before: Pack, after: Pack) -> tuple[PackMeeting, ...]:
    """Meetings that had a time and have none now; one that was only moved is not among them.

    Raises:
        ValueError: these are packs of two fairs, or the later version is not the greater.
    """
    if before.fair.id != after.fair.id or before.version >= after.version:
        raise ValueError(f"version {after.version} of {after.fair.id} does not follow version {before.version}")
    still = {meeting.pair for meeting in after.meetings if meeting.slot is not None}
    return tuple(one for one in before.ordered if one.slot is not None and one.pair not in still)


def meeting_uid(fair_id: str, pair: tuple[str, str]) -> str:
    """The id that a meeting keeps through all versions, whoever's calendar it stands in."""
    digest = hashlib.sha256("\0".join((fair_id, *sorted(pair))).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:32]}@khukha"


def _calendar(pack: Pack, method: str, events: list[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Khukha//fair//TH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add("x-wr-calname", said(pack.fair.name, pack.language))
    calendar.add("x-wr-timezone", ZONE)
    calendar.add_component(_timezone())
    for event in events:
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def _event(pack: Pack, meeting: PackMeeting, firm_id: str) -> Event:
    slot, event, language = pack.slot(meeting), Event(), pack.language
    assert slot is not None
    event.add("uid", meeting_uid(pack.fair.id, meeting.pair))
    event.add("sequence", pack.version)
    event.add("dtstamp", pack.issued.astimezone(UTC))
    event.add("dtstart", slot.start.replace(tzinfo=_BANGKOK))
    event.add("dtend", slot.end.replace(tzinfo=_BANGKOK))
    event.add("status", "CONFIRMED")
    event.add("summary", say("event", language, name=name_of(pack.other(meeting, firm_id), language)))
    if meeting.table is not None:
        event.add("location", say("table_n", language, n=meeting.table))
    event.add("description", _description(pack, meeting))
    return event


def _description(pack: Pack, meeting: PackMeeting) -> str:
    language = pack.language
    lines = (
        said(pack.fair.name, language),
        f"{say('why', language)}: {said(meeting.reason, language)}",
        f"{say('ask', language)}: {said(meeting.next_question, language)}",
    )
    return "\n".join(clean(line) for line in lines)


def _timezone() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE)
    standard.add("dtstart", datetime(1970, 1, 1))
    standard.add("tzoffsetfrom", _OFFSET)
    standard.add("tzoffsetto", _OFFSET)
    standard.add("tzname", "+07")
    zone.add_component(standard)
    return zone
