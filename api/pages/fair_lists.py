"""The match lists as the organiser reviews them: by firm, with reasons; pin, veto, answer for a firm, and undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from api.errors import RequestError
from api.fairs.editing import pin, veto
from api.fairs.looking import names_of
from api.fairs.meetings import answer
from api.fairs.planning import firms_of
from api.fairs.undoing import take_back, unpin, unveto
from api.pages.both import both, page_router
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    deed_of,
    fair_url,
    frame,
    in_words,
    links_of,
    notice_of,
    pair_key,
    pair_of,
    said,
    slot_text,
    strength,
    to,
)
from api.pages.rendering import page
from api.pages.searching import cluster_text
from api.pages.visiting import Organiser, Visitor
from api.store.fairs import load_fair
from api.store.meetings import StoredMeeting, find_meetings
from api.store.timetables import get_lists, places_now
from matcher.engine import Sentence
from matcher.fair import By, Fair, Wish, diff
from matcher.fair.errors import FairError, MeetingRefusedError
from matcher.fair.fair import Pair
from matcher.fair.meetings import HELD, MeetingState
from matcher.fair.rules import places as stands_in
from matcher.fair.runs import run_of

router = page_router()

A_PAGE = 8
"""Firms on a page."""
STATES = ("proposed", "accepted", "requested", "declined", "expired", "withdrawn", "cancelled", "pinned", "vetoed")
UNDO = {"accept": "unsay", "decline": "unsay", "pin": "unpin", "unpin": "pin", "veto": "unveto", "unveto": "veto"}
"""What takes each deed back."""
_CHANGES = 400

Said = Annotated[str, Query(max_length=40)]
Words = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the lists is shown."""

    firm: str
    q: str
    state: str
    cluster: str
    short: bool
    at: int

    def pairs(self, **changes: object) -> list[tuple[str, object]]:
        """The query of its address, something changed."""
        own: Data = {
            "firm": self.firm,
            "q": self.q,
            "state": self.state,
            "cluster": self.cluster,
            "short": "1" if self.short else "",
            "at": self.at if self.at > 1 else "",
        }
        return list((own | changes).items())


@both(router, "/fairs/{fair_id}/lists")
def lists_page(
    visitor: Organiser,
    fair_id: str,
    firm: Words = "",
    q: Words = "",
    state: Said = "",
    cluster: Said = "",
    short: bool = False,
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
    did: Said = "",
    pair: Annotated[str, Query(max_length=400)] = "",
    by: Words = "",
) -> HTMLResponse:
    """Every firm's list, some firms at a time."""
    asked = Asked(firm, q, state, cluster, short, at)
    undo = {"act": UNDO[did], "pair": pair, "by": by} if did in UNDO and pair else None
    return _lists(visitor, fair_id, asked, notice=notice_of(visitor.language, did), undo=undo)


@both(router, "/fairs/{fair_id}/lists", method="POST")
def post_lists(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Answer for a firm, pin, veto, or take that back."""
    checked(visitor, form)
    act, by = said(form, "act"), said(form, "by")
    if said(form, "first") or said(form, "second"):
        pair = (min(ids := (said(form, "first"), said(form, "second"))), max(ids))
    else:
        pair = pair_of(said(form, "pair"))
    asked = _asked_of(said(form, "back"))
    try:
        _act(visitor, fair_id, act, pair, by)
    except FairError as problem:
        return _lists(visitor, fair_id, asked, wrong=[in_words(one, visitor.language) for one in problem.problems])
    except (MeetingRefusedError, RequestError) as problem:
        return _lists(visitor, fair_id, asked, wrong=[problem.th if visitor.language == "th" else problem.en])
    query: Data = dict(asked.pairs()) | {"did": act, "pair": pair_key(pair), "by": by}
    return to(visitor, fair_id, "/lists", anchor=f"m-{by}-{pair_key(pair)}" if by else "", **query)


@both(router, "/fairs/{fair_id}/lists/changes")
def changes_page(
    visitor: Organiser,
    fair_id: str,
    before: Annotated[int, Query(ge=1)] = 1,
    after: Annotated[int | None, Query(ge=1)] = None,
) -> HTMLResponse:
    """What changed between two makings of the lists, and why."""
    language = visitor.language
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "lists")
        last = head["fair"]["planned"]
        old, new = get_lists(session, fair_id, before), get_lists(session, fair_id, after or last)
        found = diff(run_of(old.lists, old.manifest), run_of(new.lists, new.manifest))
        names = names_of(session, {id for one in found for id in (one.first, one.second)})
    rows = [
        {
            "kind": one.kind,
            "firms": [in_words(names[id], language) if id in names else id for id in (one.first, one.second)],
            "why": in_words(one.why, language),
        }
        for one in found
    ]
    view: Data = {
        "rows": rows[:_CHANGES],
        "count": {kind: sum(row["kind"] == kind for row in rows) for kind in ("added", "removed", "score")},
        "before": before,
        "after": after or last,
        "at": (old.at, new.at),
    }
    path = f"/fairs/{fair_id}/lists/changes?before={before}"
    return page(visitor, "fair_changes.html", path=path, **head, **view)


def _act(visitor: Visitor, fair_id: str, act: str, pair: Pair, by: str) -> None:
    """Do what a button says; a name that no button has does nothing."""
    database, links = visitor.here.database, links_of(visitor)
    other = pair[0] if by == pair[1] else pair[1]
    organiser, acting = deed_of(visitor), deed_of(visitor, by or None)
    acts: Mapping[str, Callable[[], object]] = {
        "accept": lambda: answer(database, links, fair_id, by=by, other=other, yes=True, deed=acting),
        "decline": lambda: answer(database, links, fair_id, by=by, other=other, yes=False, deed=acting),
        "unsay": lambda: take_back(database, fair_id, by=by, other=other, deed=acting),
        "pin": lambda: pin(database, fair_id, pair, organiser),
        "unpin": lambda: unpin(database, fair_id, pair, organiser),
        "veto": lambda: veto(database, links, fair_id, pair, organiser),
        "unveto": lambda: unveto(database, fair_id, pair, organiser),
    }
    if act in acts:
        acts[act]()


def _asked_of(text: str) -> Asked:
    """What was shown when a button was pressed, from the query that its form kept."""
    said = dict(parse_qsl(text[:2_000]))
    at = said.get("at", "1")
    return Asked(
        said.get("firm", ""),
        said.get("q", ""),
        said.get("state", ""),
        said.get("cluster", ""),
        bool(said.get("short")),
        int(at) if at.isdecimal() and 0 < int(at) < 10_000 else 1,
    )


def _lists(
    visitor: Visitor,
    fair_id: str,
    asked: Asked,
    *,
    notice: str = "",
    undo: Data | None = None,
    wrong: list[str] | None = None,
) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "lists")
        found = _Lists(visitor, session, load_fair(session, fair_id))
        ids = found.chosen(session, asked)
        unmet = get_lists(session, fair_id).lists["unmet"] if head["fair"]["planned"] else {}
    shown = ids[(asked.at - 1) * A_PAGE : asked.at * A_PAGE]
    pages = max(1, -(-len(ids) // A_PAGE))
    view: Data = {
        "firms": [found.card(id, asked, unmet.get(id)) for id in shown],
        "everybody": sorted(found.names.items(), key=lambda one: in_words(one[1], visitor.language)),
        "count": len(ids),
        "asked": asked,
        "back": urlencode([(name, value) for name, value in asked.pairs() if value]),
        "states": STATES,
        "clusters": [(code, cluster_text(visitor, code)) for code in visitor.here.chains.clusters],
        "short": sum(id in unmet for id in found.names),
        "pages": pages,
        "previous": fair_url(visitor, fair_id, "/lists", asked.pairs(at=asked.at - 1)) if asked.at > 1 else "",
        "following": fair_url(visitor, fair_id, "/lists", asked.pairs(at=asked.at + 1)) if asked.at < pages else "",
        "undo": undo,
        "wrong": wrong or [],
        "notice": notice,
    }
    return page(
        visitor, "fair_lists.html", path=f"/fairs/{fair_id}/lists", status=409 if wrong else 200, **head, **view
    )


class _Lists:
    """All meetings of a fair, by firm."""

    def __init__(self, visitor: Visitor, session: Session, fair: Fair) -> None:
        self.visitor = visitor
        self.fair = fair
        self.people = {one.firm_id: one for one in fair.participants}
        self.names: dict[str, Sentence] = names_of(session, self.people)
        self.places = places_now(session, fair)
        self.must, self.never = fair.pairs_with(Wish.MUST_MEET), fair.pairs_with(Wish.NO_THANKS)
        self.known = {one.meeting.pair: one for one in find_meetings(session, fair.id)}
        self.own: dict[str, list[Pair]] = {id: [] for id in self.people}
        for pair in self.known.keys() | self.never | self.must:
            if set(pair) <= self.people.keys():
                for id in pair:
                    self.own[id].append(pair)

    def chosen(self, session: Session, asked: Asked) -> list[str]:
        """Ids of the firms that are asked for, those under their floor first."""
        ids = [id for id in self.names if not asked.firm or id == asked.firm]
        words = asked.q.casefold().split()
        ids = [id for id in ids if all(word in self._text(id) for word in words)]
        if asked.cluster:
            firms = firms_of(session, self.fair)
            ids = [id for id in ids if id in firms and asked.cluster in stands_in(firms[id], By.CLUSTER)]
        if asked.state:
            ids = [id for id in ids if any(self.state(pair) == asked.state for pair in self.own[id])]
        if asked.short:
            ids = [id for id in ids if self.held(id) < self.people[id].min_meetings]
        return sorted(ids)

    def _text(self, id: str) -> str:
        return f"{id} {self.names[id].th} {self.names[id].en}".casefold()

    def held(self, id: str) -> int:
        """How many meetings of a firm are held."""
        return sum(pair in self.known and self.known[pair].meeting.state in HELD for pair in self.own[id])

    def state(self, pair: Pair) -> str:
        """Where a pair stands, with what the organiser said of it above all."""
        if pair in self.never:
            return "vetoed"
        if pair in self.must and (pair not in self.known or self.known[pair].meeting.state in HELD):
            return "pinned"
        return str(self.known[pair].meeting.state) if pair in self.known else "withdrawn"

    def card(self, id: str, asked: Asked, unmet: Data | None) -> Data:
        """A firm with its list."""
        one = self.people[id]
        pairs = [pair for pair in self.own[id] if not asked.state or self.state(pair) == asked.state]
        rows = [self.row(id, pair) for pair in pairs]
        return {
            "id": id,
            "name": in_words(self.names[id], self.visitor.language),
            "held": self.held(id),
            "min": one.min_meetings,
            "max": one.max_meetings,
            "unmet": in_words(unmet, self.visitor.language) if unmet and self.held(id) < one.min_meetings else "",
            "rows": sorted(rows, key=lambda row: (row["over"], -(row["chance"] or 0.0), row["name"])),
        }

    def row(self, id: str, pair: Pair) -> Data:
        """A partner on a firm's list."""
        language = self.visitor.language
        other = pair[0] if id == pair[1] else pair[1]
        stored: StoredMeeting | None = self.known.get(pair)
        why, state = stored.why if stored else None, self.state(pair)
        place = self.places.get(pair)
        chance = stored.listing.chance if stored and stored.listing else None
        meeting = stored.meeting if stored else None
        return {
            "key": pair_key(pair),
            "other": other,
            "name": in_words(self.names[other], language),
            "chance": chance,
            "strength": strength(chance),
            "reason": in_words(why.reason, language) if why else "",
            "question": in_words(why.question, language) if why else "",
            "state": state,
            "over": state not in {"proposed", "accepted", "requested", "pinned"},
            "pinned": pair in self.must,
            "vetoed": pair in self.never,
            "said": meeting.said(id) if meeting else None,
            "other_said": meeting.said(other) if meeting else None,
            "answerable": meeting is not None and _answerable(meeting.state) and pair not in self.never,
            "asked_by": meeting.asked_by if meeting else None,
            "place": (slot_text(self.fair.slots[place[0]], language), place[1]) if place else None,
        }


def _answerable(state: MeetingState) -> bool:
    return state in {*HELD, MeetingState.REQUESTED, MeetingState.DECLINED}
