"""Match lists and meetings of a fair: made, compared, asked for, answered, settled by the organiser."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response

from api.errors import MissingError
from api.fairs.editing import pin, veto
from api.fairs.looking import names_of
from api.fairs.meetings import answer, ask
from api.store.fair_tables import ListsRow
from api.store.fairs import fair_row
from api.store.keys import Caller
from api.store.meetings import StoredMeeting, find_meetings, get_meeting
from api.store.timetables import get_lists
from api.web.access import ORGANISER, OWNERS, In, allow, keyed_router, own_firm
from api.web.fairs import FairPath, acting, deed_of, page_of, places_for, see_fair, sentence, start_once
from api.web.headers import ACCEPTED
from api.web.refusals import refused
from api.web.routes.firms import Cursor, Limit
from api.web.routes.jobs import at_job
from api.web.running import Running
from api.web.schemas import (
    AnswerIn,
    AskIn,
    JobOut,
    ListChangeOut,
    ListsIn,
    ListsOut,
    MeetingFirm,
    MeetingOut,
    Page,
    PairIn,
    PlaceOut,
    Str,
)
from matcher.engine import Sentence
from matcher.fair import diff
from matcher.fair.meetings import HELD, MeetingState
from matcher.fair.runs import run_of

router = keyed_router(prefix="/v1/fairs/{id}", tags=["meetings"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
Owner = Annotated[Caller, allow(*OWNERS)]
Number = Annotated[int, Query(ge=1, le=10**9)]

UNKNOWN = Sentence("ข้อมูลไม่พอ", "not enough to say")
UNLISTED = Sentence("ไม่อยู่ในรายชื่อคู่เจรจา จึงไม่ได้ประเมินโอกาส", "not on the match lists, so no chance was told")
_HEAD = ("value", "objective", "bound", "gap", "price_of_fairness")


@router.post("/lists", status_code=202, name="start_lists", responses=ACCEPTED)
def post_lists(here: In, caller: Organiser, id: FairPath, body: ListsIn, response: Response) -> JobOut:
    """Make the match lists anew; what firms have answered stays. The job's result names the lists' number.

    A job that asks for the same and has not begun is answered again.
    """
    with here.database.reading() as session:
        fair_row(session, id)
    return at_job(response, start_once(here, caller, "lists", {"fair": id, "keep": body.keep}))


@router.get("/lists")
def read_lists(
    here: In,
    _caller: Organiser,
    id: FairPath,
    number: Annotated[int | None, Query(ge=1, le=10**9, description="The last ones where it is left out.")] = None,
) -> ListsOut:
    """Lists as they were made, ids and numbers only; `meetings` has names and reasons, and comes in pages."""
    with here.database.reading() as session:
        return _lists_out(get_lists(session, id, number))


@router.get("/lists/changes", name="list_changes")
def lists_changes(here: In, _caller: Organiser, id: FairPath, before: Number, after: Number) -> list[ListChangeOut]:
    """What changed between two lists, pair by pair, and why."""
    with here.database.reading() as session:
        rows = [get_lists(session, id, number) for number in (before, after)]
        old, new = (run_of(row.lists, row.manifest) for row in rows)
    return [ListChangeOut.model_validate(asdict(one)) for one in diff(old, new)]


@router.get("/meetings")
def list_meetings(
    here: In,
    caller: Owner,
    id: FairPath,
    firm_id: Annotated[Str | None, Query(max_length=80, description="Only those of this firm.")] = None,
    state: Annotated[list[MeetingState] | None, Query(max_length=10, description="Only in these states.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[MeetingOut]:
    """Meetings with their reasons, answers, times and tables; a firm's key sees its own."""
    with here.database.reading() as session:
        fair = see_fair(session, caller, id)
        if firm_id is not None:
            own_firm(caller, firm_id, kind="participant")
        meetings = find_meetings(session, id, firm_id=firm_id or caller.firm_id, states=state)
        found, next_ = page_of(meetings, cursor=cursor, limit=limit, name=lambda one: one.meeting.pair)
        names = names_of(session, {firm for one in found for firm in one.meeting.pair})
        places = places_for(session, caller, fair)
    return Page(items=[_out(one, names, places) for one in found], next_cursor=next_)


@router.post("/meetings/ask", responses=refused(409))
def ask_meeting(here: In, caller: Owner, id: FairPath, body: AskIn) -> MeetingOut:
    """Ask another participant for a meeting; where it wants that already, the meeting is settled.

    A request holds no slot and expires by itself. An organiser names the firm for which it asks.
    """
    by = _acting(here, caller, id, body.by)
    ask(here.database, here.links, id, by=by, other=body.other, deed=deed_of(caller, by), message=body.message)
    return _read(here, caller, id, (by, body.other))


@router.post("/meetings/answer", responses=refused(409))
def answer_meeting(here: In, caller: Owner, id: FairPath, body: AnswerIn) -> MeetingOut:
    """Say yes or no to a meeting that is proposed or asked for; no to one's own request withdraws it."""
    by = _acting(here, caller, id, body.by)
    answer(here.database, here.links, id, by=by, other=body.other, yes=body.yes, deed=deed_of(caller, by))
    return _read(here, caller, id, (by, body.other))


@router.post("/meetings/pin")
def pin_meeting(here: In, caller: Organiser, id: FairPath, body: PairIn) -> MeetingOut:
    """The two must meet: from now on in all lists, and held at once."""
    pin(here.database, id, (body.firm_id, body.other_id), deed_of(caller))
    return _read(here, caller, id, (body.firm_id, body.other_id))


@router.post("/meetings/veto", status_code=204)
def veto_meeting(here: In, caller: Organiser, id: FairPath, body: PairIn) -> None:
    """The two do not meet: in no list, and what is held between them is off; both are told."""
    veto(here.database, here.links, id, (body.firm_id, body.other_id), deed_of(caller))


def _acting(here: Running, caller: Caller, fair_id: str, by: str | None) -> str:
    with here.database.reading() as session:
        see_fair(session, caller, fair_id)
    return acting(caller, by)


def _read(here: Running, caller: Caller, fair_id: str, pair: tuple[str, str]) -> MeetingOut:
    with here.database.reading() as session:
        fair = see_fair(session, caller, fair_id)
        found = get_meeting(session, fair_id, pair)
        if found is None:
            raise MissingError(kind="meeting", id=" ".join(pair))
        return _out(found, names_of(session, pair), places_for(session, caller, fair))


def _lists_out(row: ListsRow) -> ListsOut:
    lists = row.lists
    return ListsOut.model_validate(
        {name: lists[name] for name in (*_HEAD, "pairs", "unmet")}
        | {"number": row.number, "by": row.by, "at": row.at, "manifest": row.manifest}
    )


def _out(one: StoredMeeting, names: dict[str, Sentence], places: dict[tuple[str, str], PlaceOut]) -> MeetingOut:
    meeting, listing, why = one.meeting, one.listing, one.why
    chance = listing.chance if listing else None
    first, second = (MeetingFirm(id=id, name_th=names[id].th, name_en=names[id].en) for id in meeting.pair)
    return MeetingOut(
        first=first,
        second=second,
        state=meeting.state,
        listed=meeting.listed,
        asked_by=meeting.asked_by,
        message=one.message,
        first_said=meeting.first_said,
        second_said=meeting.second_said,
        expires_at=meeting.expires_at,
        chance=chance,
        chance_unknown=sentence(UNKNOWN if listing else UNLISTED) if chance is None else None,
        must=bool(listing and listing.must),
        met_before=bool(listing and listing.met_before),
        reason=sentence(why.reason) if why else None,
        question=sentence(why.question) if why else None,
        reasons=why.count if why else 0,
        place=places.get(meeting.pair) if meeting.state in HELD else None,
        updated_at=one.updated_at,
    )
