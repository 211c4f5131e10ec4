"""A fair's chances learned from answers and outcomes: looked at, put in force, taken back.

Nothing is learned by itself: the organiser sees what would change and says so. The next lists use it; what was
in force before stays beside it, and the fair's log says who changed it, when, and from how many answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.errors import NothingToUndoError, TooFewAnswersError
from api.fairs.outcomes import told_for_statistics
from api.store.database import Database
from api.store.fair_tables import FairRow, ListsRow
from api.store.fairs import Deed, fair_row, log_event
from api.store.firms import load_firms
from api.store.meetings import find_meetings
from api.store.tables import now
from matcher.domain import Firm, Seeking
from matcher.engine.seeking import need_seeking
from matcher.fair.chance import Belief, Calibration, load_belief
from matcher.fair.fair import Pair
from matcher.fair.meetings import Meeting
from matcher.fair.outcomes.learning import LEAST_ANSWERS, LEAST_OF_EACH, Answer, Learnt, learn, wanted
from matcher.fair.outcomes.told import Told, latest_of

SILENT, UNLISTED, OWN_WISH, GONE = "silent", "unlisted", "own_wish", "gone"
"""Why a side's answer is left out: it has not said; no lists proposed the meeting, or only since it must be;
it asked for the meeting itself; the need behind it is gone."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the answers of some fairs would teach a fair.

    Attributes:
        fairs: Ids of those that were learned from.
        in_force: What chances are made with now.
        applied: How often something was learned and not taken back.
        left_out: Answers that were not learned from, by reason.
    """

    fairs: tuple[str, ...]
    in_force: Belief
    applied: int
    learnt: Learnt
    left_out: Mapping[str, int]


def belief_of(row: FairRow) -> Belief:
    """What a fair's chances are made with: what it learned last, or what comes with the project."""
    return Belief.from_table(row.learnt[-1]) if row.learnt else load_belief()


def preview(session: Session, fair_id: str, *, of: Sequence[str] = ()) -> Lesson:
    """What would be learned; nothing is changed.

    Args:
        session: Of a reading.
        fair_id: Of the fair.
        of: Fairs to learn from; the fair itself where none is named.

    Raises:
        MissingError: there is no such fair.
    """
    row = fair_row(session, fair_id)
    fairs = tuple(sorted(set(of or [fair_id])))
    answers: list[Answer] = []
    left_out: Counter[str] = Counter()
    for id in fairs:
        fair_row(session, id)
        for found in _answers(session, id):
            if isinstance(found, Answer):
                answers.append(found)
            else:
                left_out[found] += 1
    learnt = learn(answers, prior=load_belief())
    return Lesson(fairs, belief_of(row), len(row.learnt or ()), learnt, dict(sorted(left_out.items())))


def apply(database: Database, fair_id: str, deed: Deed, *, of: Sequence[str] = ()) -> Lesson:
    """Put in force what is learned; the next lists use it. What was learned, and what was in force before.

    Raises:
        MissingError: there is no such fair.
        TooFewAnswersError: there is too little to learn from.
    """
    with database.writing() as session:
        lesson = preview(session, fair_id, of=of)
        learnt = lesson.learnt
        if not learnt.enough:
            raise TooFewAnswersError(answers=learnt.answers, yes=learnt.yes, least=LEAST_ANSWERS, of_each=LEAST_OF_EACH)
        row = fair_row(session, fair_id)
        source = {"fairs": list(lesson.fairs), "answers": learnt.answers, "yes": learnt.yes}
        new = {**learnt.belief.as_table(), **source, "by": deed.by, "at": now().isoformat()}
        row.learnt = [*(row.learnt or ()), new]
        change = {"old": lesson.in_force.as_table(), "new": learnt.belief.as_table()}
        log_event(session, fair_id, deed, "chances.learnt", said={**change, **source, "number": learnt.answers})
        return lesson


def take_back(database: Database, fair_id: str, deed: Deed) -> Belief:
    """Take back what was learned last; what is in force from then on.

    Raises:
        MissingError: there is no such fair.
        NothingToUndoError: nothing was learned.
    """
    with database.writing() as session:
        row = fair_row(session, fair_id)
        if not row.learnt:
            raise NothingToUndoError
        old, row.learnt = belief_of(row), row.learnt[:-1] or None
        change = {"old": old.as_table(), "new": belief_of(row).as_table()}
        log_event(session, fair_id, deed, "chances.taken_back", said=change)
        return belief_of(row)


def as_plain(lesson: Lesson) -> dict[str, Any]:
    """A lesson as plain data."""
    learnt = lesson.learnt
    return {
        "fairs": list(lesson.fairs),
        "applied": lesson.applied,
        "usual": learnt.prior.as_table(),
        "in_force": lesson.in_force.as_table(),
        "learnt": learnt.belief.as_table(),
        "answers": learnt.answers,
        "yes": learnt.yes,
        "firms": learnt.firms,
        "left_out": dict(lesson.left_out),
        "enough": learnt.enough,
        "better": learnt.better,
        "before": asdict(learnt.before),
        "after": asdict(learnt.after),
    }


def _answers(session: Session, fair_id: str) -> Iterator[Answer | str]:
    """Each side's answer to each meeting of a fair, or why it is left out."""
    listed = _first_listed(session, fair_id)
    meetings = [one.meeting for one in find_meetings(session, fair_id)]
    firms = {one.firm.id: one.firm for one in load_firms(session, {id for one in meetings for id in one.pair})}
    told = latest_of(told_for_statistics(session, fair_id))
    for meeting in meetings:
        for side in meeting.pair:
            yes = _wants(meeting, side, told.get(meeting.pair, {}))
            if yes is None:
                yield SILENT
            elif meeting.pair not in listed:
                yield UNLISTED
            elif meeting.asked_by == side:
                yield OWN_WISH
            else:
                yield _answer(meeting, side, listed[meeting.pair], firms, yes=yes) or GONE


def _wants(meeting: Meeting, side: str, told: Mapping[str | None, Told]) -> bool | None:
    said = told.get(side) or told.get(None)
    return wanted(meeting.said(side), said.outcome if said else None)


def _answer(
    meeting: Meeting, side: str, listing: Mapping[str, Any], firms: Mapping[str, Firm], *, yes: bool
) -> Answer | None:
    own, others = ("first", "second") if side == meeting.first else ("second", "first")
    asked = _seeking(firms[meeting.other(side)], listing[f"{others}_need"])
    if asked is None:
        return None
    return Answer(side, listing[f"{own}_wants"], listing[f"{others}_wants"], asked, yes)


def _seeking(firm: Firm, need_id: str | None) -> Seeking | None:
    """What a firm looks for in the other; any where it looks for nothing there, None where its need is gone."""
    if need_id is None:
        return Seeking.SUPPLIER
    need = next((one for one in firm.needs if one.id == need_id), None)
    return None if need is None else need_seeking(need, firm.offers)


def _first_listed(session: Session, fair_id: str) -> dict[Pair, dict[str, Any]]:
    """How each pair stood in the lists that first proposed it, with the engine's scores as `…_wants`.

    Later lists know a pair only by what was answered meanwhile; what must be was not proposed for its chance.
    """
    query = select(ListsRow).where(col(ListsRow.fair_id) == fair_id).order_by(col(ListsRow.number))
    found: dict[Pair, dict[str, Any]] = {}
    for row in session.execute(query).scalars():
        belief = row.manifest.get("belief")
        calibration = (Belief.from_table(belief) if belief else load_belief()).calibration
        for pair in _proposed(row.lists["pairs"]):
            key = (pair["first"], pair["second"])
            if key not in found:
                found[key] = pair | _scores(pair, calibration)
    return found


def _proposed(pairs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (pair for pair in pairs if not pair["must"] and pair["chance"] is not None)


def _scores(pair: Mapping[str, Any], calibration: Calibration) -> dict[str, float]:
    return {name: calibration.score_of(pair[name]) for name in ("first_wants", "second_wants")}
