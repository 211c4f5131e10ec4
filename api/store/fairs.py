"""Fairs in and out of the database: set-up, participants, wishes, and the log of what was changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session as Transaction
from sqlmodel import col

from api.errors import BadCursorError, IdTakenError, MissingError
from api.store.fair_tables import FairEventRow, FairRow, MeetingRow, OutcomeRow, ParticipantRow, PreferenceRow
from api.store.firms import versions_of
from api.store.tables import now
from matcher.engine.answer import Sentence
from matcher.exchange.citizen import masked_text
from matcher.fair import By, Fair, MeetingRules, Participant, Preference, Rule, Session, Wish
from matcher.fair.meetings import MeetingState


@dataclass(frozen=True, slots=True)
class Deed:
    """Who changes a fair.

    Attributes:
        by: Id of a key, `link`, `command line` or `clock`.
        firm_id: The firm that does it, or for which an organiser acts; None where the organiser does it.
    """

    by: str
    firm_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """How a participant is told what happened. Personal data.

    Attributes:
        address: An e-mail address or an Apprise URL; None where nobody said.
        language: `th` or `en`.
    """

    address: str | None = None
    language: str = "th"


def add_fair(session: Transaction, fair: Fair, settings: Mapping[str, Any], deed: Deed) -> FairRow:
    """Make a fair, without its participants.

    Args:
        session: Of `Database.writing()`.
        fair: Its participants and preferences are left out.
        settings: `venue`, `dial`, `request_ttl_h`; what is missing keeps its default.
        deed: For the log.

    Raises:
        IdTakenError: there is a fair of this id.
    """
    if session.get(FairRow, fair.id) is not None:
        raise IdTakenError(kind="fair", id=fair.id)
    row = FairRow(**set_up(fair), **settings, id=fair.id, made_at=now())
    session.add(row)
    session.flush()
    log_event(session, fair.id, deed, "fair.made")
    return row


def change_fair(session: Transaction, fair: Fair, settings: Mapping[str, Any], deed: Deed) -> FairRow:
    """Write another set-up of a fair; its participants stay.

    Raises:
        MissingError: there is no such fair.
        FairError: what is there does not fit the new set-up: see `load_fair`.
    """
    row = fair_row(session, fair.id)
    for name, value in {**set_up(fair), **settings}.items():
        setattr(row, name, value)
    session.flush()
    load_fair(session, fair.id)
    log_event(session, fair.id, deed, "fair.changed")
    return row


def set_up(fair: Fair) -> dict[str, Any]:
    """The columns that a fair's set-up fills."""
    return {
        "name_th": fair.name.th,
        "name_en": fair.name.en,
        "sessions": [session_object(one) for one in fair.sessions],
        "tables": fair.tables,
        "rules": {
            "only": [_rule_object(rule) for rule in fair.rules.only],
            "never": [_rule_object(rule) for rule in fair.rules.never],
            "common_language": fair.rules.common_language,
        },
    }


def session_object(session: Session) -> dict[str, Any]:
    """A session as JSON."""
    times = [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in session.times]
    return {"id": session.id, "day": session.day.isoformat(), "times": times}


def session_of(data: Mapping[str, Any]) -> Session:
    """The session that `session_object` wrote."""
    times = tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in data["times"])
    return Session(data["id"], date.fromisoformat(data["day"]), times)


def fair_row(session: Transaction, id: str) -> FairRow:
    """A fair's row.

    Raises:
        MissingError: there is no such fair.
    """
    row = session.get(FairRow, id)
    if row is None:
        raise MissingError(kind="fair", id=id)
    return row


def list_fairs(session: Transaction) -> list[FairRow]:
    """All fairs, newest first."""
    rows = list(session.execute(select(FairRow).order_by(col(FairRow.made_at).desc(), col(FairRow.id))).scalars())
    session.expunge_all()
    return rows


def find_fairs(session: Transaction, *, after: str, limit: int, firm_id: str | None = None) -> list[FairRow]:
    """Fairs, newest first.

    Args:
        session: Of a reading.
        after: Id of the last one seen; empty to begin.
        limit: How many at most.
        firm_id: Only those in which this firm takes part.

    Raises:
        BadCursorError: there is no fair of that id any more.
    """
    query = select(FairRow)
    if firm_id is not None:
        own = select(col(ParticipantRow.fair_id)).where(col(ParticipantRow.firm_id) == firm_id)
        query = query.where(col(FairRow.id).in_(own))
    if after:
        last = session.get(FairRow, after)
        if last is None:
            raise BadCursorError
        older = col(FairRow.made_at) < last.made_at
        query = query.where(older | ((col(FairRow.made_at) == last.made_at) & (col(FairRow.id) > after)))
    rows = list(session.execute(query.order_by(col(FairRow.made_at).desc(), col(FairRow.id)).limit(limit)).scalars())
    session.expunge_all()
    return rows


def remove_fair(session: Transaction, id: str) -> None:
    """Delete a fair and all that is of it; raises as `fair_row`."""
    session.delete(fair_row(session, id))
    session.flush()


def load_fair(session: Transaction, id: str, *, settled: bool = False) -> Fair:
    """A fair as the core knows it.

    Args:
        session: Of a reading or a writing.
        id: Of the fair.
        settled: Whether meetings that both accepted count as must-meets, and those that one declined as
            no-thanks: so lists are made.

    Raises:
        MissingError: there is no such fair.
        FairError: participants or wishes contradict the set-up; every problem is listed.
    """
    row = fair_row(session, id)
    people = session.execute(
        select(ParticipantRow).where(col(ParticipantRow.fair_id) == id).order_by(col(ParticipantRow.firm_id))
    ).scalars()
    wishes = set(_preferences(session, id))
    if settled:
        wishes = _settled(session, id, wishes)
    return Fair(
        id=row.id,
        name=Sentence(row.name_th, row.name_en),
        sessions=tuple(session_of(one) for one in row.sessions),
        tables=row.tables,
        participants=tuple(participant_of(one) for one in people),
        preferences=tuple(sorted(wishes, key=lambda one: (one.pair, one.wish))),
        rules=_rules_of(row.rules),
    )


def participant_of(row: ParticipantRow) -> Participant:
    """A participant as the core knows it."""
    return Participant(
        firm_id=row.firm_id,
        delegates=tuple(row.delegates or ()),
        available=None if row.available is None else frozenset(row.available),
        min_meetings=row.min_meetings,
        max_meetings=row.max_meetings,
        languages=frozenset(row.languages),
        side=row.side,
        group=row.group_name,
    )


def participant_row(session: Transaction, fair_id: str, firm_id: str) -> ParticipantRow:
    """A participant's row.

    Raises:
        MissingError: the firm does not take part.
    """
    row = session.get(ParticipantRow, (fair_id, firm_id))
    if row is None:
        raise MissingError(kind="participant", id=firm_id)
    return row


def put_participants(
    session: Transaction,
    fair_id: str,
    people: Sequence[Participant],
    reached: Mapping[str, Reached],
    deed: Deed,
) -> None:
    """Add participants or replace what is said of them; how they are reached stays where `reached` is silent.

    Raises:
        MissingError: there is no such fair, or no such firm.
        FairError: see `load_fair`; nothing is written.
    """
    fair_row(session, fair_id)
    there = versions_of(session, {one.firm_id for one in people})
    for one in people:
        if one.firm_id not in there:
            raise MissingError(kind="firm", id=one.firm_id)
    for one in people:
        row = session.get(ParticipantRow, (fair_id, one.firm_id))
        values: dict[str, Any] = {
            "delegates": [masked_text(name) for name in one.delegates],
            "available": None if one.available is None else sorted(one.available),
            "min_meetings": one.min_meetings,
            "max_meetings": one.max_meetings,
            "languages": sorted(one.languages),
            "side": one.side,
            "group_name": one.group,
        }
        if how := reached.get(one.firm_id):
            values |= {"address": how.address, "language": how.language}
        if row is None:
            session.add(ParticipantRow(fair_id=fair_id, firm_id=one.firm_id, **values))
            continue
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    load_fair(session, fair_id)
    log_event(session, fair_id, deed, "participants.put", said={"firms": [one.firm_id for one in people]})


def remove_participant(session: Transaction, fair_id: str, firm_id: str, deed: Deed) -> None:
    """Take a firm out of a fair, with its wishes, its meetings and what came of them; raises as `participant_row`."""
    session.delete(participant_row(session, fair_id, firm_id))
    for table in (PreferenceRow, MeetingRow, OutcomeRow):
        own = (col(table.first) == firm_id) | (col(table.second) == firm_id)
        session.execute(delete(table).where(col(table.fair_id) == fair_id, own))
    session.flush()
    log_event(session, fair_id, deed, "participant.removed", pair=(firm_id, None))


def put_preferences(
    session: Transaction, fair_id: str, wishes: Iterable[Preference], deed: Deed, *, by: str | None
) -> None:
    """Add wishes.

    Raises:
        MissingError: there is no such fair, or one of the two does not take part.
        FairError: see `load_fair`; nothing is written.
    """
    said = []
    fair_row(session, fair_id)
    wishes = list(wishes)
    for id in sorted({id for one in wishes for id in one.pair}):
        participant_row(session, fair_id, id)
    for one in wishes:
        first, second = one.pair
        if session.get(PreferenceRow, (fair_id, first, second, one.wish)) is None:
            session.add(PreferenceRow(fair_id=fair_id, first=first, second=second, wish=one.wish, by=by))
            said.append([first, second, one.wish])
            session.flush()
    load_fair(session, fair_id)
    if said:
        log_event(session, fair_id, deed, "preferences.put", said={"preferences": said})


def remove_preference(session: Transaction, fair_id: str, wish: Preference, deed: Deed) -> None:
    """Take a wish back.

    Raises:
        MissingError: nobody uttered it.
    """
    row = session.get(PreferenceRow, (fair_id, *wish.pair, wish.wish))
    if row is None:
        raise MissingError(kind="preference", id=" ".join(wish.pair))
    session.delete(row)
    session.flush()
    log_event(session, fair_id, deed, "preference.removed", pair=wish.pair, said={"wish": wish.wish})


def drop_preferences(session: Transaction, fair_id: str, firm_id: str, wish: Wish) -> None:
    """Take all wishes of a kind back that name a firm."""
    own = (col(PreferenceRow.first) == firm_id) | (col(PreferenceRow.second) == firm_id)
    session.execute(
        delete(PreferenceRow).where(col(PreferenceRow.fair_id) == fair_id, col(PreferenceRow.wish) == wish, own)
    )


def log_event(
    session: Transaction,
    fair_id: str,
    deed: Deed,
    what: str,
    *,
    pair: tuple[str, str | None] = ("", None),
    said: Any = None,
) -> int:
    """Write down a change in the transaction that makes it; its number, which the fair then bears."""
    event = FairEventRow(
        fair_id=fair_id,
        by=deed.by,
        firm_id=deed.firm_id,
        what=what,
        first=pair[0] or None,
        second=pair[1],
        said=said,
        at=now(),
    )
    session.add(event)
    session.flush()
    fair_row(session, fair_id).changed = number = int(event.sequence or 0)
    session.flush()
    return number


def list_events(
    session: Transaction, fair_id: str, *, before: int | None = None, limit: int = 50
) -> list[FairEventRow]:
    """What happened to a fair, newest first; `before` is the number of an event."""
    query = select(FairEventRow).where(col(FairEventRow.fair_id) == fair_id)
    if before is not None:
        query = query.where(col(FairEventRow.sequence) < before)
    rows = list(session.execute(query.order_by(col(FairEventRow.sequence).desc()).limit(limit)).scalars())
    session.expunge_all()
    return rows


def count_participants(session: Transaction) -> dict[str, int]:
    """How many firms take part in each fair."""
    query = select(col(ParticipantRow.fair_id), func.count()).group_by(col(ParticipantRow.fair_id))
    return {id: int(count) for id, count in session.execute(query)}


def _preferences(session: Transaction, fair_id: str) -> Iterable[Preference]:
    rows = session.execute(select(PreferenceRow).where(col(PreferenceRow.fair_id) == fair_id)).scalars()
    return [Preference(Wish(row.wish), row.first, row.second) for row in rows]


def _settled(session: Transaction, fair_id: str, wishes: set[Preference]) -> set[Preference]:
    """The wishes with what the two sides of meetings have answered: a no is above everything."""
    query = select(MeetingRow).where(
        col(MeetingRow.fair_id) == fair_id, col(MeetingRow.state).in_([MeetingState.ACCEPTED, MeetingState.DECLINED])
    )
    for row in session.execute(query).scalars():
        wish = Wish.MUST_MEET if row.state == MeetingState.ACCEPTED else Wish.NO_THANKS
        wishes.add(Preference(wish, row.first, row.second))
    never = {one.pair for one in wishes if one.wish is Wish.NO_THANKS}
    return {one for one in wishes if one.wish is not Wish.MUST_MEET or one.pair not in never}


def _rule_object(rule: Rule) -> dict[str, str]:
    return {"by": rule.by, "one": rule.one, "other": rule.other}


def _rules_of(data: Mapping[str, Any]) -> MeetingRules:
    def rules(name: str) -> tuple[Rule, ...]:
        return tuple(Rule(By(one["by"]), one["one"], one["other"]) for one in data[name])

    return MeetingRules(only=rules("only"), never=rules("never"), common_language=data["common_language"])
