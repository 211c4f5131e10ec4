"""Making a stored fair's lists and its timetable; both run outside a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session

from api.errors import NoTimetableError
from api.fairs.learning import belief_of
from api.fairs.making import Report, make_lists, problem_of
from api.privacy.consenting import agreeing
from api.privacy.policy import Purpose
from api.store.database import Database
from api.store.fairs import Deed, fair_row, load_fair
from api.store.firms import load_firms
from api.store.meetings import find_meetings, held_pairs, put_listed, put_reasons
from api.store.tables import now
from api.store.timetables import Places, add_lists, add_timetable, places_now
from matcher.bulk import HERE, Bulk
from matcher.domain import Firm
from matcher.engine import Engine, Sentence
from matcher.fair import Fair, MatchLists, Preference, Wish
from matcher.fair.fair import Pair
from matcher.fair.meetings import Meeting, MeetingState, proposed, relist
from matcher.fair.moves import free_places, sound
from matcher.timetable import Change, Problem, Reason, Status, Timetable, keep_compiled_in, repair, solve

STEPS = 20_000_000
"""Of a search for a timetable: so many rather than so long, so that equal fairs get equal timetables."""

SECONDS = 120.0
MENDING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Mended:
    """A timetable after a change of its fair.

    Attributes:
        moved: Meetings that had another slot, with both slots from 0.
        gone: Meetings that are held no longer.
        new: Meetings that had no slot before.
        fewest: Whether no mending moves fewer; that is proven.
        number: Of the timetable; None where this is only a preview.
    """

    places: Places
    moved: tuple[tuple[Pair, int, int], ...]
    gone: tuple[Pair, ...]
    new: tuple[Pair, ...]
    fewest: bool
    what: Sentence
    number: int | None


def plan_lists(
    database: Database,
    engine: Engine,
    fair_id: str,
    deed: Deed,
    *,
    keep: bool = False,
    report: Report | None = None,
    bulk: Bulk = HERE,
) -> int:
    """Make the lists of a fair anew; what firms have answered stays. The lists' number.

    Args:
        database: Where the fair stands.
        engine: Over the catalog of its firms.
        fair_id: Of the fair.
        deed: For the log.
        keep: Whether every meeting that is held stays, as for a firm that comes late.
        report: Told how far it is.
        bulk: Who scores the pairs.

    Raises:
        MissingError: there is no such fair.
        FairError: it contradicts itself.
        UnknownIdError: a participant is not in the index yet.
    """
    with database.reading() as session:
        fair, row = load_fair(session, fair_id, settled=True), fair_row(session, fair_id)
        dial, belief = row.dial, belief_of(row)
        off = {one.meeting.pair for one in find_meetings(session, fair_id, states=[MeetingState.CANCELLED])}
        if keep:
            decided = fair.pairs_with(Wish.MUST_MEET) | fair.pairs_with(Wish.NO_THANKS)
            held = [pair for pair in held_pairs(session, fair_id) if pair not in decided]
            fair = replace(fair, preferences=(*fair.preferences, *(Preference(Wish.MUST_MEET, *pair) for pair in held)))
        fair = _agreeing_alone(
            fair, agreeing(session, Purpose.MATCHING, fair_id, (p.firm_id for p in fair.participants))
        )
    made = make_lists(fair, engine, dial=dial, belief=belief, report=report, bulk=bulk)
    with database.writing() as session:
        _write_lists(session, fair_id, made.lists, off)
        put_reasons(session, fair_id, made.whys.items())
        return add_lists(session, fair_id, made.lists, made.manifest, deed)


def _agreeing_alone(fair: Fair, agreeing: Collection[str]) -> Fair:
    """A fair without those who withdrew from matching, and without their wishes."""
    return replace(
        fair,
        participants=tuple(one for one in fair.participants if one.firm_id in agreeing),
        preferences=tuple(one for one in fair.preferences if set(one.pair) <= set(agreeing)),
    )


def _write_lists(session: Session, fair_id: str, lists: MatchLists, off: Collection[Pair]) -> None:
    """Join what the lists propose with where each meeting stands now: much may have happened meanwhile.

    Args:
        session: Of a writing.
        fair_id: Of the fair.
        lists: As they were made.
        off: Meetings that were cancelled when the making began; those cancelled since stay so.
    """
    fair, ttl = load_fair(session, fair_id), timedelta(hours=fair_row(session, fair_id).request_ttl_h)
    present = agreeing(session, Purpose.MATCHING, fair_id, (one.firm_id for one in fair.participants))
    known = {one.meeting.pair: one.meeting for one in find_meetings(session, fair_id)}
    since = {pair for pair, one in known.items() if one.state is MeetingState.CANCELLED and pair not in off}
    not_now, sure = since | fair.pairs_with(Wish.NO_THANKS), fair.pairs_with(Wish.MUST_MEET)
    pairs = [
        replace(pair, must=(pair.first, pair.second) in sure)
        for pair in lists.pairs
        if {pair.first, pair.second} <= present and (pair.first, pair.second) not in not_now
    ]
    listed = {(pair.first, pair.second) for pair in pairs} | {pair for pair in sure if present.issuperset(pair)}
    after: list[Meeting] = [proposed(*pair) for pair in sorted(listed - known.keys())]
    for pair, meeting in known.items():
        kept = relist(meeting, listed=pair in listed, at=now(), ttl=ttl)
        if kept is not None:
            after.append(kept)
    put_listed(session, fair_id, pairs, after)


def make_timetable(
    database: Database,
    fair_id: str,
    deed: Deed,
    *,
    cache_dir: Path,
    steps: int = STEPS,
    seed: int = 1,
    report: Report | None = None,
) -> int:
    """Make a fair's timetable from nothing; its number.

    Args:
        database: Where the fair stands.
        fair_id: Of the fair.
        deed: For the log.
        cache_dir: Where the compiled search is kept between runs.
        steps: How long to search for fewer breaks.
        seed: Of the search.
        report: Told of the breaks left and the fewest there can be.

    Raises:
        MissingError: there is no such fair.
        NoTimetableError: its meetings fit no timetable; says why.
    """
    with database.reading() as session:
        fair, pairs, firms = _held(session, fair_id)
    keep_compiled_in(cache_dir)
    found = solve(
        _problem(fair, pairs, firms),
        seconds=SECONDS,
        steps=steps,
        seed=seed,
        progress=lambda known: report("breaks", known.bound, known.objective or 0) if report else None,
    )
    if found.status not in {Status.OPTIMAL, Status.FEASIBLE}:
        raise NoTimetableError(th=found.reason.th, en=found.reason.en)
    made_of = {"objective": found.objective, "bound": found.bound, "status": found.status, "seed": seed, "steps": steps}
    with database.writing() as session:
        return add_timetable(
            session,
            fair_id,
            _as_of_now(session, fair_id, _places(pairs, found)),
            deed,
            why=Sentence(found.reason.th, found.reason.en),
            what="timetable.made",
            made_of=made_of,
        )


def mend_timetable(
    database: Database,
    fair_id: str,
    deed: Deed,
    *,
    cache_dir: Path,
    preview: bool,
    off: Collection[Pair] = (),
    seconds: float = MENDING_SECONDS,
) -> Mended:
    """Fit the timetable to what the fair is now, so that as few meetings as possible leave their slots.

    Args:
        database: Where the fair stands.
        fair_id: Of the fair.
        deed: For the log.
        cache_dir: Where the compiled search is kept between runs.
        preview: Only say what would happen.
        off: Meetings that were called off just before, to be told of with the rest.
        seconds: How long to look for the fewest moves.

    Raises:
        MissingError: there is no such fair.
        NoTimetableError: its meetings fit no timetable any more; says why.
    """
    keep_compiled_in(cache_dir)
    while True:
        with database.reading() as session:
            fair, pairs, firms = _held(session, fair_id)
            seen, before = fair_row(session, fair_id).timetable, places_now(session, fair)
        mended = mend(fair, pairs, before, firms, off=off, seconds=seconds)
        if preview:
            return mended
        with database.writing() as session:
            if fair_row(session, fair_id).timetable != seen:
                continue  # somebody moved a meeting meanwhile
            kept = _as_of_now(session, fair_id, mended.places)
            number = add_timetable(session, fair_id, kept, deed, why=mended.what, what="timetable.mended")
        return replace(mended, places=kept, number=number)


def mend(
    fair: Fair,
    pairs: Sequence[Pair],
    before: Places,
    firms: Mapping[str, Firm],
    *,
    off: Collection[Pair] = (),
    seconds: float,
) -> Mended:
    """The timetable of some meetings that moves fewest of those that had a place.

    Args:
        fair: As it now is.
        pairs: Meetings that are to be held.
        before: Where meetings were.
        firms: By id, for their names.
        off: Meetings that lost their place already.
        seconds: How long to look.

    Raises:
        NoTimetableError: the meetings fit no timetable; says why.
    """
    gone = tuple(sorted({*off, *before} - set(pairs)))
    new = tuple(pair for pair in pairs if pair not in before)
    change = Change(
        _problem(fair, pairs, firms),
        tuple(before[pair][0] if pair in before else -1 for pair in pairs),
        tuple(before[pair][1] - 1 if pair in before else -1 for pair in pairs),
        tuple(range(len(pairs))),
        Reason(f"ยกเลิก {len(gone)} นัด เพิ่ม {len(new)} นัด", f"{len(gone)} meetings are off, {len(new)} are new"),
    )
    mended = repair(change, seconds=seconds)
    if pairs and not mended.timetable.slots:
        raise NoTimetableError(th=mended.reason.th, en=mended.reason.en)
    return Mended(
        places=_places(pairs, mended.timetable),
        moved=tuple((pairs[at], before[pairs[at]][0], mended.timetable.slots[at]) for at in mended.moved),
        gone=gone,
        new=new,
        fewest=mended.fewest,
        what=Sentence(mended.reason.th, mended.reason.en),
        number=None,
    )


def _held(session: Session, fair_id: str) -> tuple[Fair, list[Pair], dict[str, Firm]]:
    fair = load_fair(session, fair_id)
    return fair, held_pairs(session, fair_id), firms_of(session, fair)


def firms_of(session: Session, fair: Fair) -> dict[str, Firm]:
    """The profiles of a fair's participants, by id."""
    return {one.firm.id: one.firm for one in load_firms(session, [one.firm_id for one in fair.participants])}


def _problem(fair: Fair, pairs: Sequence[Pair], firms: Mapping[str, Firm]) -> Problem:
    return problem_of(fair, pairs, {id: firm.name_th for id, firm in firms.items()})


def _places(pairs: Sequence[Pair], found: Timetable) -> dict[Pair, tuple[int, int]]:
    return {pair: (found.slots[at], found.tables[at] + 1) for at, pair in enumerate(pairs)}


def _as_of_now(session: Session, fair_id: str, places: Places) -> Places:
    """Without what was called off while the timetable was made, and with what was agreed, where it finds a place."""
    fair, held = load_fair(session, fair_id), held_pairs(session, fair_id)
    there = sound(fair, places)
    kept = {pair: there[pair] for pair in held if pair in there}
    for pair in held:
        if pair not in kept and (free := free_places(fair, kept, pair)):
            kept[pair] = next(iter(free.items()))
    return kept
