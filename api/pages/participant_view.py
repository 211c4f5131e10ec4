"""What a participant's page shows: partners, requests with the time left, the timetable by day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from api.fairs.looking import Seat, names_of, seats
from api.fairs.outcomes import told_of
from api.pages.fair_common import Data, in_words, name_of_fair, pair_key, strength
from api.pages.fair_outcomes import outcome_options
from api.pages.rendering import Speech
from api.pages.searching import province_text
from api.pages.words import Language
from api.settings import BANGKOK
from api.store.fairs import fair_row, load_fair, participant_of, participant_row
from api.store.firms import load_firms
from api.store.meetings import StoredMeeting, find_meetings, list_outcomes
from api.store.tables import now
from api.store.timetables import get_publication
from matcher.domain import Firm
from matcher.fair import Fair, Participant, Wish
from matcher.fair.meetings import HELD, Meeting, MeetingState
from matcher.fair.outcomes import OUTCOME_LABELS, Told
from matcher.fair.outcomes.told import latest_of
from matcher.fair.pairs import lacking

FOUND = 30
"""Participants that a search shows."""
_OVER = (MeetingState.DECLINED, MeetingState.EXPIRED, MeetingState.WITHDRAWN, MeetingState.CANCELLED)
_MANY_HOURS = 48


def home_view(session: Session, fair_id: str, firm_id: str, language: Language) -> Data:
    """All of a participant's own at a fair.

    Args:
        session: Of a reading.
        fair_id: Of the fair.
        firm_id: Of the participant.
        language: Of the page.
    """
    meetings = find_meetings(session, fair_id, firm_id=firm_id)
    ids = {id for one in meetings for id in one.meeting.pair}
    row, fair = fair_row(session, fair_id), load_fair(session, fair_id)
    publication = get_publication(session, fair_id)
    own_seats = seats(session, fair_id, publication).get(firm_id, ())
    ids |= {seat[3] for seat in own_seats} | {firm_id}
    firms = {one.firm.id: one.firm for one in load_firms(session, ids)}
    names = {id: in_words(name, language) for id, name in names_of(session, ids).items()}
    told = {pair: sides for pair, sides in latest_of(map(told_of, list_outcomes(session, fair_id))).items()}
    places = {seat[3]: seat for seat in own_seats}
    partners = [
        _partner(one, firm_id, firms, names, places, language)
        for one in meetings
        if one.meeting.other(firm_id) in names
    ]
    held = {one.meeting.other(firm_id) for one in meetings if one.meeting.state in HELD}
    me = participant_of(participant_row(session, fair_id, firm_id))
    lacks = lacking(firms[firm_id])
    return {
        "fair_name": name_of_fair(row, language),
        "venue": row.venue,
        "fair_days": [Speech(language).day(day) for day in fair.days],
        "own_name": names[firm_id],
        "lacks": in_words(lacks, language) if lacks else "",
        "most": fair.cap(me),
        "n_held": len(held),
        "partners": partners,
        "listed": sorted(
            (one for one in partners if one["kind"] == "held"), key=lambda one: (-(one["chance"] or 0), one["name"])
        ),
        "incoming": [one for one in partners if one["kind"] == "incoming"],
        "outgoing": [one for one in partners if one["kind"] == "outgoing"],
        "over": [one for one in partners if one["kind"] == "over"],
        "published": publication.version if publication else 0,
        "days": _days(own_seats, firm_id, names, held, told, language),
        "outcomes": outcome_options(language),
    }


def find_view(session: Session, fair_id: str, firm_id: str, q: str, language: Language) -> Data:
    """Participants whom one may ask for a meeting, by name or by what they sell or look for."""
    fair = load_fair(session, fair_id)
    people = list(fair.participants)
    firms = {one.firm.id: one.firm for one in load_firms(session, [one.firm_id for one in people])}
    open_ids = _askable(fair, people, firms, firm_id)
    known = {one.meeting.other(firm_id): one.meeting for one in find_meetings(session, fair_id, firm_id=firm_id)}
    words = q.casefold().split()
    found = [firms[id] for id in sorted(open_ids) if all(word in _searched(firms[id]) for word in words)]
    return {
        "found": [
            {
                "id": one.id,
                "name": _name(one, language),
                "province": province_text(one.province_th, language),
                "offers": [offer.text for offer in one.offers[:2]],
                "needs": [need.text for need in one.needs[:1]],
                "state": _asked_state(known.get(one.id), firm_id),
            }
            for one in found[:FOUND]
        ],
        "more": max(0, len(found) - FOUND),
        "fair_name": name_of_fair(fair_row(session, fair_id), language),
    }


def _askable(fair: Fair, people: list[Participant], firms: dict[str, Firm], firm_id: str) -> set[str]:
    """Ids of those whom the rules, wishes and free times let a firm meet."""
    at = next(row for row, one in enumerate(people) if one.firm_id == firm_id)
    allowed = fair.rules.allowed(people, [firms[one.firm_id] for one in people])[at]
    never, mine = fair.pairs_with(Wish.NO_THANKS), fair.free_slots(people[at])
    return {
        one.firm_id
        for row, one in enumerate(people)
        if allowed[row]
        and (min(firm_id, one.firm_id), max(firm_id, one.firm_id)) not in never
        and mine & fair.free_slots(one)
    }


def _asked_state(meeting: Meeting | None, firm_id: str) -> str:
    """Where a participant stands towards another, by the name of its text; empty where it can ask."""
    if meeting is None:
        return ""
    if meeting.state in HELD:
        return "find_held"
    if meeting.state is MeetingState.REQUESTED:
        return "find_asked" if meeting.asked_by == firm_id else "find_asks"
    return "find_declined" if meeting.said(meeting.other(firm_id)) is False else ""


def _searched(firm: Firm) -> str:
    texts = [*(one.text for one in firm.offers), *(one.text for one in firm.needs)]
    return " ".join([firm.name_th, firm.name_en or "", *texts]).casefold()


def _name(firm: Firm, language: Language) -> str:
    return (firm.name_en if language == "en" else None) or firm.name_th


def _partner(
    one: StoredMeeting,
    firm_id: str,
    firms: dict[str, Firm],
    names: dict[str, str],
    places: dict[str, Seat],
    language: Language,
) -> Data:
    meeting, id = one.meeting, one.meeting.other(firm_id)
    chance = one.listing.chance if one.listing else None
    seat = places.get(id)
    return {
        "id": id,
        "key": pair_key(meeting.pair),
        "name": names[id],
        "province": province_text(firms[id].province_th, language),
        "offers": [offer.text for offer in firms[id].offers[:2]],
        "kind": _kind(one, firm_id),
        "state": str(meeting.state),
        "said": meeting.said(firm_id),
        "other_said": meeting.said(id),
        "chance": chance,
        "strength": strength(chance) if one.listing else "",
        "reason": in_words(one.why.reason, language) if one.why else "",
        "question": in_words(one.why.question, language) if one.why else "",
        "message": one.message if meeting.asked_by == id else "",
        "left": _left(meeting.expires_at, language) if meeting.expires_at else "",
        "place": (_when(seat, language), seat[2]) if seat and meeting.state in HELD else None,
    }


def _kind(one: StoredMeeting, firm_id: str) -> str:
    """Under which heading a meeting stands."""
    if one.meeting.state in HELD:
        return "held"
    if one.meeting.state is MeetingState.REQUESTED:
        return "outgoing" if one.meeting.asked_by == firm_id else "incoming"
    return "over" if one.meeting.state in _OVER else ""


def _left(until: datetime, language: Language) -> str:
    """How much time is left to answer."""
    left = until - now()
    if left <= timedelta(0):
        return Speech(language)("left_none")
    hours = int(left.total_seconds() // 3600)
    t = Speech(language)
    if hours >= _MANY_HOURS:
        return t("left_days", n=hours // 24)
    return t("left_hours", n=hours) if hours else t("left_minutes", n=max(1, int(left.total_seconds() // 60)))


def _when(seat: Seat, language: Language) -> str:
    return f"{Speech(language).day(seat[0].date())} {seat[0]:%H:%M}–{seat[1]:%H:%M}"


def _days(
    own: tuple[Seat, ...],
    firm_id: str,
    names: dict[str, str],
    held: set[str],
    told: dict[tuple[str, str], dict[str | None, Told]],
    language: Language,
) -> list[Data]:
    """The published meetings by day; one that is off by now says so."""
    t, here = Speech(language), now().astimezone(BANGKOK).replace(tzinfo=None)
    found: dict[str, list[Data]] = {}
    for begin, end, table, other in own:
        pair = (min(firm_id, other), max(firm_id, other))
        mine = told.get(pair, {}).get(firm_id)
        found.setdefault(t.day(begin.date()), []).append(
            {
                "id": other,
                "key": pair_key(pair),
                "name": names.get(other, other),
                "time": f"{begin:%H:%M}–{end:%H:%M}",
                "table": table,
                "off": other not in held,
                "over": begin <= here and other in held,
                "outcome": str(mine.outcome) if mine else "",
                "outcome_text": in_words(OUTCOME_LABELS[mine.outcome], language) if mine else "",
                "expected": "" if mine is None or mine.expected_thb is None else f"{mine.expected_thb:,}",
                "actual": "" if mine is None or mine.actual_thb is None else f"{mine.actual_thb:,}",
                "note": mine.note if mine else "",
            }
        )
    return [{"day": day, "meetings": rows} for day, rows in found.items()]
