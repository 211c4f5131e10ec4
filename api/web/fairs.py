"""What the routes of fairs share: who sees a fair, for whom a caller acts, and fairs in the API's shapes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Annotated, TypeVar
from uuid import uuid4

from fastapi import Path
from fastapi.exceptions import RequestValidationError
from sqlmodel import Session as Transaction

from api.errors import BadCursorError, MissingError, UnknownValueError
from api.fairs.looking import jobs_of
from api.fairs.summary import summary
from api.settings import BANGKOK
from api.store.fair_tables import FairRow, ParticipantRow
from api.store.fairs import Deed, load_fair, session_of
from api.store.jobs import State
from api.store.keys import Caller, Role
from api.store.timetables import get_publication, get_timetable, places_of
from api.web.access import own_firm
from api.web.cursors import id_of, next_cursor
from api.web.routes.jobs import job_out, start_job
from api.web.running import Running
from api.web.schemas import (
    FairIn,
    FairOut,
    JobOut,
    PlaceOut,
    RuleIO,
    RulesOut,
    SessionIn,
    SessionOut,
    Str,
    SummaryOut,
    TimeOut,
)
from api.web.schemas import Sentence as SentenceOut
from matcher.engine import Sentence
from matcher.fair import Fair, MeetingRules, Rule, Session, Slot
from matcher.fair.fair import Place

FairPath = Annotated[Str, Path(max_length=80, examples=["demo"])]
FirmPath = Annotated[Str, Path(max_length=80, examples=["agritech-d01"])]
Item = TypeVar("Item")
NumberPath = Annotated[int, Path(ge=1, le=10**9)]


def see_fair(session: Transaction, caller: Caller, fair_id: str) -> Fair:
    """A fair; a firm's key sees those in which its firm takes part.

    Raises:
        MissingError: there is no such fair, or it is not the caller's to see.
    """
    if caller.role is Role.FIRM and session.get(ParticipantRow, (fair_id, caller.firm_id)) is None:
        raise MissingError(kind="fair", id=fair_id)
    return load_fair(session, fair_id)


def acting(caller: Caller, by: str | None) -> str:
    """The firm for which a caller acts: a firm's key for its own, an organiser for the one that is named.

    Raises:
        MissingError: a firm's key names another firm.
        RequestValidationError: an organiser names none.
    """
    if by is not None:
        own_firm(caller, by, kind="participant")
        return by
    if caller.firm_id is None:
        raise RequestValidationError(
            [{"type": "missing", "loc": ("body", "by"), "msg": "Field required", "input": None}]
        )
    return caller.firm_id


def deed_of(caller: Caller, firm_id: str | None = None) -> Deed:
    """What a caller does, for the log."""
    return Deed(caller.id, firm_id)


def fair_of(body: FairIn, *, id: str | None = None) -> Fair:
    """The set-up that a body means.

    Raises:
        FairError: it contradicts itself.
        UnknownValueError: the body names another id than its address.
    """
    if id is not None and body.id not in (None, id):
        raise UnknownValueError(field="id", value=str(body.id), known=(id,))
    return Fair(
        id=id or body.id or f"f{uuid4().hex[:10]}",
        name=Sentence(body.name_th, body.name_en or body.name_th),
        sessions=tuple(_session(one) for one in body.sessions),
        tables=body.tables,
        participants=(),
        rules=MeetingRules(_rules(body.rules.only), _rules(body.rules.never), body.rules.common_language),
    )


def settings_of(body: FairIn) -> dict[str, object]:
    """What the store keeps of a fair beside its set-up."""
    return {"venue": body.venue, "dial": body.dial, "request_ttl_h": body.request_ttl_h}


def fair_out(session: Transaction, row: FairRow, *, participants: int, in_figures: bool = False) -> FairOut:
    """A fair in the API's shape.

    Args:
        session: Of a reading.
        row: The fair's.
        participants: How many firms take part.
        in_figures: Whether its summary is wanted.
    """
    sessions = [session_of(one) for one in row.sessions]
    return FairOut(
        **row.model_dump(include=set(FairOut.model_fields) - {"sessions", "rules"}),
        version=row.changed,
        sessions=[_session_out(one) for one in sessions],
        slots=sum(len(one.times) for one in sessions),
        rules=RulesOut(
            only=[RuleIO(**one) for one in row.rules["only"]],
            never=[RuleIO(**one) for one in row.rules["never"]],
            common_language=row.rules["common_language"],
        ),
        participants=participants,
        lists=row.planned,
        summary=_summary(session, row.id) if in_figures else None,
    )


def sentence(said: Sentence | Mapping[str, str]) -> SentenceOut:
    """A sentence in the API's shape, from the core's or the database's."""
    return SentenceOut(**said) if isinstance(said, Mapping) else SentenceOut(th=said.th, en=said.en)


def place_out(slots: Sequence[Slot], place: Place) -> PlaceOut:
    """When and where in the API's shape; times are those of Thailand."""
    slot, table = slots[place[0]], place[1]
    start, end = (one.replace(tzinfo=BANGKOK) for one in (slot.start, slot.end))
    return PlaceOut(slot=slot.number, session=slot.session, start=start, end=end, table=table)


def places_for(session: Transaction, caller: Caller, fair: Fair) -> dict[tuple[str, str], PlaceOut]:
    """Where meetings are: in the timetable in force; for a firm's key, in the one that was published last."""
    if caller.role is not Role.FIRM:
        slots, row = fair.slots, get_timetable(session, fair.id)
    elif published := get_publication(session, fair.id):
        sessions = tuple(session_of(one) for one in published.fair["sessions"])
        slots = replace(fair, sessions=sessions, participants=(), preferences=()).slots
        row = get_timetable(session, fair.id, published.timetable)
    else:
        return {}
    return {pair: place_out(slots, place) for pair, place in places_of(row).items()}


def start_once(here: Running, caller: Caller, kind: str, given: dict[str, object]) -> JobOut:
    """Start long work for a fair, unless the same waits to be begun: then that."""
    with here.database.reading() as session:
        for row in jobs_of(session, str(given["fair"])):
            if row.kind == kind and row.state == State.WAITING and row.given == given:
                return job_out(row)
    return start_job(here, caller, kind, given)


def page_of(
    found: Sequence[Item], *, cursor: str | None, limit: int, name: Callable[[Item], tuple[str, ...]]
) -> tuple[list[Item], str | None]:
    """A page of things that go by several ids, and the next cursor, which names the last thing by a hash.

    Args:
        found: All of them, in any order that stays.
        cursor: As the caller sent it.
        limit: How many at most.
        name: The ids of one.

    Raises:
        BadCursorError: it is not one of ours, or the last thing seen is gone.
    """
    after, start = id_of(cursor), 0
    if after:
        seen = [at for at, one in enumerate(found) if _hash(name(one)) == after]
        if not seen:
            raise BadCursorError
        start = seen[0] + 1
    rest = found[start : start + limit + 1]
    return list(rest[:limit]), next_cursor(rest, limit, lambda one: _hash(name(one)))


def _hash(ids: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(ids).encode()).hexdigest()[:24]


def _session(said: SessionIn) -> Session:
    if said.times is not None:
        times = tuple((time.fromisoformat(one.start), time.fromisoformat(one.end)) for one in said.times)
        return Session(said.id, said.day, times)
    assert said.start is not None
    assert said.slots is not None
    assert said.slot_minutes is not None
    return Session.even(
        said.id,
        day=said.day,
        start=time.fromisoformat(said.start),
        slots=said.slots,
        slot_minutes=said.slot_minutes,
        pause_minutes=said.pause_minutes or 0,
    )


def _session_out(session: Session) -> SessionOut:
    times = [TimeOut(start=f"{begin:%H:%M}", end=f"{end:%H:%M}") for begin, end in session.times]
    return SessionOut(id=session.id, day=session.day, times=times)


def _rules(said: Iterable[RuleIO]) -> tuple[Rule, ...]:
    return tuple(Rule(one.by, one.one, one.other) for one in said)


def _summary(session: Transaction, fair_id: str) -> SummaryOut:
    found = summary(session, fair_id)
    plain = {name: getattr(found, name) for name in SummaryOut.model_fields if name != "unmet"}
    return SummaryOut(**plain, unmet={id: sentence(why) for id, why in found.unmet.items()})
