"""What came of the meetings: told by the organiser, beside what the firms say, and reported in pairs and baht."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.fairs.looking import names_of
from api.fairs.outcomes import outcome_report, report_csv, report_workbook, tell, told_of
from api.pages.both import both, page_router
from api.pages.fair_common import (
    Data,
    Fields,
    checked,
    deed_of,
    fair_url,
    frame,
    in_words,
    name_of_fair,
    notice_of,
    number_or,
    pair_key,
    pair_of,
    said,
    slot_text,
    to,
)
from api.pages.rendering import page
from api.pages.visiting import Organiser, Visitor
from api.store.fairs import fair_row, load_fair
from api.store.meetings import held_pairs, list_outcomes, remove_outcome
from api.store.tables import now
from api.store.timetables import places_now
from api.web.files import XLSX
from matcher.fair.outcomes import OUTCOME_LABELS, Group, Outcome, Sums, Told
from matcher.fair.outcomes.told import MAX_THB, latest_of

router = page_router()

A_PAGE = 30
_LAST = 1_000_000

Said = Annotated[str, Query(max_length=40)]
Words = Annotated[str, Query(max_length=200)]


@both(router, "/fairs/{fair_id}/outcomes")
def outcomes_page(
    visitor: Organiser,
    fair_id: str,
    did: Said = "",
    q: Words = "",
    show: Said = "",
    at: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The report, and every meeting with what was told of it."""
    return _outcomes(visitor, fair_id, q=q, show=show, at=at, notice=notice_of(visitor.language, did))


@both(router, "/fairs/{fair_id}/outcomes", method="POST")
def post_outcome(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Tell what came of a meeting; choosing nothing takes it back."""
    checked(visitor, form)
    pair, outcome = pair_of(said(form, "pair")), said(form, "outcome")
    q, show, at = said(form, "q")[:200], said(form, "show"), number_or(said(form, "at"), otherwise=1, least=1) or 1
    if not outcome:
        with visitor.here.database.writing() as session:
            remove_outcome(session, fair_id, pair, "")
    else:
        expected, actual = (baht(said(form, name)) for name in ("expected_thb", "actual_thb"))
        if outcome not in set(Outcome) or -1 in (expected, actual):
            return _outcomes(visitor, fair_id, q=q, show=show, at=at, wrong=pair_key(pair))
        told = Told(*pair, None, Outcome(outcome), now(), expected, actual, note=said(form, "note")[:500])
        tell(visitor.here.database, fair_id, told, deed_of(visitor))
    return to(visitor, fair_id, "/outcomes", anchor=f"m-{pair_key(pair)}", q=q, show=show, did="outcome", at=at)


@both(router, "/fairs/{fair_id}/outcomes/report.{kind}")
def report_file(visitor: Organiser, fair_id: str, kind: str) -> Response:
    """The report as a sheet: csv or xlsx."""
    with visitor.here.database.reading() as session:
        found = outcome_report(session, fair_id, visitor.here.chains)
        title = name_of_fair(fair_row(session, fair_id), visitor.language)
    if kind == "csv":
        data, media = report_csv(found, visitor.language), "text/csv; charset=utf-8"
    else:
        data, media = report_workbook(found, visitor.language, title=title, at=now()), XLSX
    name = f"outcomes.{'csv' if kind == 'csv' else 'xlsx'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media, headers=headers)


def baht(text: str) -> int | None:
    """Whole baht of a field; None where it is empty, −1 where it is no number of baht.

    Example: `baht("1,250,000") -> 1250000`
    """
    return number_or(text, otherwise=-1, most=MAX_THB) if text else None


def _outcomes(
    visitor: Visitor, fair_id: str, *, q: str, show: str, at: int, notice: str = "", wrong: str = ""
) -> HTMLResponse:
    language = visitor.language
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "outcomes")
        fair = load_fair(session, fair_id)
        places = places_now(session, fair)
        pairs = held_pairs(session, fair_id)
        told = latest_of(map(told_of, list_outcomes(session, fair_id)))
        found = outcome_report(session, fair_id, visitor.here.chains)
        names = {id: in_words(name, language) for id, name in names_of(session, {i for p in pairs for i in p}).items()}
    words = q.casefold().split()
    chosen = [
        pair
        for pair in sorted(pairs, key=lambda pair: (places.get(pair, (_LAST, 0)), pair))
        if set(pair) <= names.keys()
        and all(word in f"{names[pair[0]]} {names[pair[1]]} {pair}".casefold() for word in words)
        and not (show == "open" and told.get(pair))
        and not (show == "told" and not told.get(pair))
    ]
    pages = max(1, -(-len(chosen) // A_PAGE))
    rows = []
    for pair in chosen[(at - 1) * A_PAGE : at * A_PAGE]:
        place = places.get(pair)
        sides = told.get(pair, {})
        rows.append(
            {
                "key": pair_key(pair),
                "names": [names[id] for id in pair],
                "place": (slot_text(fair.slots[place[0]], language), place[1]) if place else None,
                "own": _told_view(sides.get(None), language),
                "sides": [(names[id], _told_view(sides[id], language)) for id in pair if id in sides],
            }
        )
    query = [("q", q), ("show", show)]
    view: Data = {
        "rows": rows,
        "count": len(chosen),
        "q": q,
        "show": show,
        "at": at,
        "pages": pages,
        "previous": fair_url(visitor, fair_id, "/outcomes", [*query, ("at", at - 1)]) if at > 1 else "",
        "following": fair_url(visitor, fair_id, "/outcomes", [*query, ("at", at + 1)]) if at < pages else "",
        "outcomes": outcome_options(language),
        "total": found.total,
        "by_outcome": [(in_words(OUTCOME_LABELS[one], language), found.total.outcomes[one]) for one in Outcome],
        "clusters": _groups(found.clusters, language),
        "rule": in_words(found.rule, language),
        "differences": len(found.differences),
        "notice": notice,
        "wrong": wrong,
    }
    status = 422 if wrong else 200
    return page(visitor, "fair_outcomes.html", path=f"/fairs/{fair_id}/outcomes", status=status, **head, **view)


def outcome_options(language: str) -> list[tuple[str, str]]:
    """The four outcomes with their words."""
    return [(str(one), OUTCOME_LABELS[one].en if language == "en" else OUTCOME_LABELS[one].th) for one in Outcome]


def _told_view(told: Told | None, language: str) -> Data:
    if told is None:
        return {"outcome": "", "text": "", "expected": "", "actual": "", "note": ""}
    label = OUTCOME_LABELS[told.outcome]
    return {
        "outcome": str(told.outcome),
        "text": label.en if language == "en" else label.th,
        "expected": "" if told.expected_thb is None else f"{told.expected_thb:,}",
        "actual": "" if told.actual_thb is None else f"{told.actual_thb:,}",
        "note": told.note,
    }


def _groups(groups: tuple[Group, ...], language: str) -> list[tuple[str, Sums]]:
    return [(one.name.en if language == "en" else one.name.th, one.sums) for one in groups]
