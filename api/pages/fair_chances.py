"""What a fair can learn of its chances: shown first, used when the organiser says so, and taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.errors import TooFewAnswersError
from api.fairs.learning import Lesson, apply, preview, take_back
from api.pages.both import both, page_router
from api.pages.fair_common import Data, Fields, checked, deed_of, frame, notice_of, said, to
from api.pages.rendering import page
from api.pages.visiting import Organiser, Visitor
from matcher.fair.outcomes.learning import LEAST_ANSWERS, LEAST_OF_EACH, Reliability

router = page_router()

Said = Annotated[str, Query(max_length=40)]


@both(router, "/fairs/{fair_id}/chances")
def chances_page(visitor: Organiser, fair_id: str, did: Said = "") -> HTMLResponse:
    """What chances are made with, and how far those learned would be nearer to the answers."""
    return _chances(visitor, fair_id, notice=notice_of(visitor.language, did))


@both(router, "/fairs/{fair_id}/chances", method="POST")
def post_chances(visitor: Organiser, fair_id: str, form: Fields) -> Response:
    """Use what is learned from the next lists on, or take back what was learned last."""
    checked(visitor, form)
    database, deed = visitor.here.database, deed_of(visitor)
    if said(form, "act") == "undo":
        take_back(database, fair_id, deed)
        return to(visitor, fair_id, "/chances", did="chances_taken_back")
    try:
        apply(database, fair_id, deed)
    except TooFewAnswersError:
        return _chances(visitor, fair_id, status=409)  # the page says how many it takes
    return to(visitor, fair_id, "/chances", did="chances_learnt")


def _chances(visitor: Visitor, fair_id: str, *, notice: str = "", status: int = 200) -> HTMLResponse:
    with visitor.here.database.reading() as session:
        head = frame(visitor, session, fair_id, "outcomes")
        lesson = preview(session, fair_id)
    learnt = lesson.learnt
    view: Data = {
        "answers": learnt.answers,
        "yes": learnt.yes,
        "firms": learnt.firms,
        "left_out": list(lesson.left_out.items()),
        "applied": lesson.applied,
        "enough": learnt.enough,
        "better": learnt.better,
        "least": LEAST_ANSWERS,
        "of_each": LEAST_OF_EACH,
        "numbers": _numbers(lesson),
        "reliable": [("usual", _reliability(learnt.before)), ("learnt", _reliability(learnt.after))],
        "notice": notice,
    }
    return page(visitor, "fair_chances.html", path=f"/fairs/{fair_id}/chances", status=status, **head, **view)


def _numbers(lesson: Lesson) -> list[tuple[str, str, str]]:
    """Name, what is in force and what is learned, of each number."""
    now, then = lesson.in_force.as_table(), lesson.learnt.belief.as_table()
    return [(name, f"{now[name]:.2f}", f"{then[name]:.2f}") for name in now]


def _reliability(found: Reliability) -> Data:
    return {
        "brier": f"{found.brier:.3f}",
        "error": f"{100 * found.error:.1f}",
        "bins": [
            {
                "range": f"{one.low:.0%}–{one.high:.0%}",
                "count": one.count,
                "said": f"{one.said:.0%}" if one.count else "–",
                "found": f"{one.found:.0%}" if one.count else "–",
            }
            for one in found.bins
        ],
    }
