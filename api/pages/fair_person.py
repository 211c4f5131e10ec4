"""One participant: what is said of it, its link, not coming, and coming late."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from api.errors import AddressRefusedError, MissingError, NoTimetableError
from api.fairs.editing import absent
from api.fairs.looking import names_of
from api.fairs.noting import note_people
from api.fairs.people import TakingPart, get_person, link_paths, take_out, withdraw_links
from api.fairs.planning import Mended
from api.pages.both import both, page_router
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    day_text,
    deed_of,
    frame,
    in_words,
    links_of,
    notice_of,
    number_or,
    said,
    slot_text,
    time_text,
    to,
)
from api.pages.fair_setup import side_text
from api.pages.rendering import Speech, page
from api.pages.visiting import Organiser, Visitor, caller_of
from api.pages.words import Language
from api.store.addresses import check_address
from api.store.fairs import Reached, load_fair, put_participants
from api.store.firms import get_firm
from api.store.meetings import find_meetings
from matcher.domain import Firm
from matcher.fair import Fair, Participant, Slot
from matcher.fair.errors import FairError
from matcher.fair.meetings import HELD
from matcher.fair.pairs import lacking

router = page_router()

Said = Annotated[str, Query(max_length=40)]
FirmId = Annotated[str, Query(max_length=80)]
MAX_MEETINGS = 1_000
LANGUAGES = ("th", "en", "zh", "ja")
"""Languages that stand in sight; others are kept as they are."""


@both(router, "/fairs/{fair_id}/person")
def person_page(visitor: Organiser, fair_id: str, firm: FirmId, did: Said = "") -> HTMLResponse:
    """What is said of one firm at the fair; a firm that does not take part yet can be added."""
    return _person(visitor, fair_id, firm, notice=notice_of(visitor.language, did))


@both(router, "/fairs/{fair_id}/person", method="POST")
def post_person(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Add a firm, or change what is said of it."""
    checked(visitor, form)
    id = said(form, "firm")
    with visitor.here.database.reading() as session:
        fair = load_fair(session, fair_id)
        known = _known(session, fair_id, id)
        get_firm(session, id)
    fewest = number_or(said(form, "min"), otherwise=None, most=MAX_MEETINGS)
    most = number_or(said(form, "max"), otherwise=None, most=MAX_MEETINGS)
    if fewest is None or most is None or fewest > most:
        return _person(visitor, fair_id, id, wrong="person_wrong_counts")
    one = _participant(form, fair, id, fewest, most, known)
    if one.available == frozenset():
        return _person(visitor, fair_id, id, wrong="person_wrong_free")
    address = said(form, "address") or None
    try:
        if address:
            check_address(address, services=visitor.here.settings.services)
        reached = {id: Reached(address, "en" if said(form, "language") == "en" else "th")}
        with visitor.here.database.writing() as session:
            put_participants(session, fair_id, [one], reached, deed_of(visitor, id))
    except AddressRefusedError as problem:
        return _person(visitor, fair_id, id, problems=[problem.th if visitor.language == "th" else problem.en])
    except FairError as problem:
        return _person(visitor, fair_id, id, problems=[in_words(said_, visitor.language) for said_ in problem.problems])
    return to(visitor, fair_id, "/person", firm=id, did="person_saved" if known else "person_added")


@both(router, "/fairs/{fair_id}/person/absent", method="POST")
def post_absent(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """A firm does not come, or leaves: shown first, done when it is meant."""
    checked(visitor, form)
    id, sure = said(form, "firm"), said(form, "act") == "sure"
    slot = number_or(said(form, "from"), otherwise=0) or 0
    try:
        found = absent(
            visitor.here.database,
            links_of(visitor),
            fair_id,
            id,
            deed_of(visitor, id),
            cache_dir=visitor.here.settings.compiled_dir,
            from_slot=slot,
            preview=not sure,
        )
    except NoTimetableError as problem:
        return _person(visitor, fair_id, id, problems=[problem.th if visitor.language == "th" else problem.en])
    if sure:
        return to(visitor, fair_id, "/timetable", did="absent")
    return _person(visitor, fair_id, id, away=_away(visitor, fair_id, found, slot))


@both(router, "/fairs/{fair_id}/person/act", method="POST")
def post_act(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Take a firm out, or end the links that were given to it."""
    checked(visitor, form)
    id, act = said(form, "firm"), said(form, "act")
    if act == "remove" and said(form, "sure"):
        take_out(visitor.here.database, links_of(visitor), fair_id, id, deed_of(visitor, id))
        return to(visitor, fair_id, "/people", did="person_removed")
    if act == "links":
        with visitor.here.database.writing() as session:
            withdraw_links(session, fair_id, id, deed_of(visitor, id))
        return to(visitor, fair_id, "/person", firm=id, did="links_withdrawn")
    return to(visitor, fair_id, "/person", firm=id, anchor="remove")


def free_text(fair: Fair, available: frozenset[int] | None, language: Language) -> str:
    """When a firm can meet, in words.

    Example: "พฤ. 4 ก.พ. 09:00–11:30 · ศ. 5 ก.พ. 09:00–15:30"
    """
    t = Speech(language)
    if available is None or len(available) == len(fair.slots):
        return t("free_always")
    runs: list[list[Slot]] = []
    for slot in (one for one in fair.slots if one.number in available):
        last = runs[-1][-1] if runs else None
        if last and last.number == slot.number - 1 and last.start.date() == slot.start.date():
            runs[-1].append(slot)
        else:
            runs.append([slot])
    days: dict[str, list[str]] = {}
    for run in runs:
        days.setdefault(day_text(run[0], language), []).append(f"{run[0].start:%H:%M}–{run[-1].end:%H:%M}")
    return " · ".join(f"{day} {', '.join(times)}" for day, times in days.items()) or t("free_never")


def _known(session: Session, fair_id: str, firm_id: str) -> TakingPart | None:
    try:
        return get_person(session, fair_id, firm_id)
    except MissingError:
        return None


def _participant(form: FormData, fair: Fair, id: str, fewest: int, most: int, known: TakingPart | None) -> Participant:
    slots = {number_or(str(one), otherwise=None) for one in form.getlist("slot")}
    free = frozenset(slot for slot in slots if slot is not None and slot < len(fair.slots))
    others = known.participant.languages - set(LANGUAGES) if known else frozenset()
    spoken = {str(one) for one in form.getlist("spoken")} & set(LANGUAGES) | others
    names = (" ".join(line.split()) for line in said(form, "delegates").splitlines())
    return Participant(
        firm_id=id,
        delegates=tuple(name for name in names if name),
        available=None if len(free) == len(fair.slots) else free,
        min_meetings=fewest,
        max_meetings=most,
        languages=frozenset(spoken or {"th"}),
        side=said(form, "side")[:80] or "both",
        group=said(form, "group")[:80] or None,
    )


def _person(
    visitor: Visitor,
    fair_id: str,
    firm_id: str,
    *,
    notice: str = "",
    wrong: str = "",
    problems: list[str] | None = None,
    away: Data | None = None,
) -> HTMLResponse:
    with visitor.here.database.writing() as session:  # the trail is written with the read
        head = frame(visitor, session, fair_id, "people")
        fair = load_fair(session, fair_id)
        firm = get_firm(session, firm_id).firm
        known = _known(session, fair_id, firm_id)
        route = "/fairs/{fair_id}/person"
        note_people(session, visitor.here.trail, caller_of(visitor).id, route, fair_id, [known] if known else [])
        held = len(find_meetings(session, fair_id, firm_id=firm_id, states=HELD)) if known else 0
        path = link_paths(session, links_of(visitor), fair, [firm_id])[firm_id] if known else ""
    base = visitor.here.settings.public_url.rstrip("/")
    view = _view(visitor, fair, firm, known) | {
        "held": held,
        "link": f"{base}{path}" if known else "",
        "away": away,
        "wrong": wrong,
        "problems": problems or [],
        "notice": notice,
    }
    status = 422 if wrong or problems else 200
    return page(
        visitor, "fair_person.html", path=f"/fairs/{fair_id}/person?firm={firm_id}", status=status, **head, **view
    )


def _view(visitor: Visitor, fair: Fair, firm: Firm, known: TakingPart | None) -> Data:
    one = known.participant if known else Participant(firm.id)
    language = visitor.language
    free = fair.free_slots(one)
    days: dict[str, list[Data]] = {}
    for slot in fair.slots:
        row = {"number": slot.number, "time": time_text(slot), "free": slot.number in free}
        days.setdefault(day_text(slot, language), []).append(row)
    lacks = lacking(firm)
    sides = dict.fromkeys(["both", "buyer", "seller", *(person.side for person in fair.participants)])
    return {
        "firm": firm,
        "names": {"name_th": firm.name_th, "name_en": firm.name_en},
        "known": known is not None,
        "lacks": in_words(lacks, language) if lacks else "",
        "one": one,
        "days": days,
        "slots": [(slot.number, slot_text(slot, language)) for slot in fair.slots],
        "sides": [(side, side_text(visitor, side)) for side in sides],
        "spoken": [(code, code in one.languages) for code in LANGUAGES],
        "delegates": "\n".join(one.delegates),
        "address": (known.reached.address or "") if known else "",
        "told_in": known.reached.language if known else ("th" if firm.name_th else "en"),
    }


def _away(visitor: Visitor, fair_id: str, found: Mended, slot: int) -> Data:
    """What would happen if a firm were away from a slot on."""
    with visitor.here.database.reading() as session:
        fair = load_fair(session, fair_id)
        names = names_of(
            session, {id for pair, _, _ in found.moved for id in pair} | {i for p in found.gone for i in p}
        )
    language = visitor.language

    def pair_text(pair: tuple[str, str]) -> str:
        return " × ".join(in_words(names[id], language) for id in pair if id in names)

    return {
        "from": slot,
        "gone": [pair_text(pair) for pair in found.gone],
        "moved": [
            (pair_text(pair), slot_text(fair.slots[a], language), slot_text(fair.slots[b], language))
            for pair, a, b in found.moved
        ],
        "new": len(found.new),
    }
