"""A fair's chances, learned from what was answered and told."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.fairs.learning import apply, as_plain, preview, take_back
from api.store.keys import Caller
from api.web.access import ORGANISER, In, allow, keyed_router
from api.web.fairs import FairPath, deed_of
from api.web.refusals import refused
from api.web.schemas import BeliefOut, Id, LearnIn, LessonOut
from matcher.fair.chance import Belief

router = keyed_router(prefix="/v1/fairs/{id}", tags=["outcomes"])

Organiser = Annotated[Caller, allow(*ORGANISER)]
OfFairs = Annotated[
    list[Id] | None, Query(max_length=20, description="Fairs to learn from; the fair itself where none is named.")
]


@router.get("/chances")
def read_chances(here: In, _caller: Organiser, id: FairPath, of: OfFairs = None) -> LessonOut:
    """What chances are made with now, and what would be learned from answers and outcomes; nothing is changed.

    Only meetings that lists proposed have answers, so nothing is learned of pairs that looked hopeless, nor of
    firms that never answer.
    """
    with here.database.reading() as session:
        return LessonOut.model_validate(as_plain(preview(session, id, of=of or ())))


@router.post("/chances/learn", responses=refused(409))
def learn_chances(here: In, caller: Organiser, id: FairPath, body: LearnIn) -> BeliefOut:
    """Put in force what is learned; what is in force from then on. The next lists use it, the fair's log says so."""
    return _out(apply(here.database, id, deed_of(caller), of=body.of).learnt.belief)


@router.post("/chances/undo", responses=refused(409))
def undo_chances(here: In, caller: Organiser, id: FairPath) -> BeliefOut:
    """Take back what was learned last; what is in force from then on."""
    return _out(take_back(here.database, id, deed_of(caller)))


def _out(belief: Belief) -> BeliefOut:
    return BeliefOut.model_validate(belief.as_table())
