"""The form of a fair's set-up: sessions by an even form, tables, rules, the dial, and how long requests wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.datastructures import FormData

from api.pages.fair_common import number_or, said
from api.pages.rendering import Speech
from api.pages.searching import cluster_text
from api.pages.visiting import Visitor
from api.store.fair_tables import FairRow
from api.store.tables import now
from matcher.domain import Stage
from matcher.engine import Sentence
from matcher.fair import By, Fair, MeetingRules, Rule, Session
from matcher.fair.rules import ANY

Data = dict[str, Any]
ROW = ("id", "day", "start", "slots", "minutes", "pause")
MAX_SLOTS, MAX_MINUTES, MAX_TABLES, MAX_TTL_H = 60, 480, 2_000, 24 * 60
MORE = 2
"""Empty rows that stand at the end of a form, and that a press on "more" adds."""
_IN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says.

    Attributes:
        fair: None where something must be mended first.
        settings: `venue`, `dial`, `request_ttl_h`.
        wrong: Fields that must be mended, each with the name of the text that says how.
    """

    fair: Fair | None
    settings: Data
    wrong: dict[str, str]


def blank() -> Data:
    """The form of a new fair: one day, morning and afternoon."""
    day = (now() + timedelta(days=_IN_DAYS)).date().isoformat()
    rows = [
        {"id": "", "day": day, "start": start, "slots": "6", "minutes": "30", "pause": "0", "kept": ""}
        for start in ("09:00", "13:00")
    ]
    return {
        "name_th": "",
        "name_en": "",
        "venue": "",
        "tables": "20",
        "dial": "0",
        "ttl": "72",
        "common_language": False,
        "sessions": rows + _empty(MORE),
        "rules": _no_rules(1),
    }


def typed_of(row: FairRow, fair: Fair) -> Data:
    """The form of a fair that stands."""
    rules = [("only", one) for one in fair.rules.only] + [("never", one) for one in fair.rules.never]
    return {
        "name_th": row.name_th,
        "name_en": row.name_en,
        "venue": row.venue or "",
        "tables": str(row.tables),
        "dial": f"{row.dial:g}",
        "ttl": str(row.request_ttl_h),
        "common_language": fair.rules.common_language,
        "sessions": [_row_of(one) for one in fair.sessions] + _empty(MORE),
        "rules": [_rule_row(kind, one) for kind, one in rules] + _no_rules(1),
    }


def typed_in(form: FormData) -> Data:
    """The form as it came back."""
    columns = [[str(one).strip() for one in form.getlist(f"session_{name}")] for name in (*ROW, "kept")]
    rules = [[str(one) for one in form.getlist(f"rule_{name}")] for name in ("kind", "one", "other")]
    return {name: said(form, name) for name in ("name_th", "name_en", "venue", "tables", "dial", "ttl")} | {
        "common_language": bool(said(form, "common_language")),
        "sessions": [dict(zip((*ROW, "kept"), row, strict=True)) for row in zip(*columns, strict=False)],
        "rules": [dict(zip(("kind", "one", "other"), row, strict=True)) for row in zip(*rules, strict=False)],
    }


def with_more(typed: Data) -> Data:
    """The form with more empty rows."""
    return typed | {"sessions": typed["sessions"] + _empty(MORE), "rules": typed["rules"] + _no_rules(1)}


def read(typed: Data, *, id: str, before: Fair | None) -> Read:
    """What a form says.

    Args:
        typed: From `typed_in`.
        id: Of the fair.
        before: As it stands; sessions that are not even are taken from it.

    Raises:
        FairError: sessions overlap, or there is none.
    """
    wrong: dict[str, str] = {}
    if not typed["name_th"]:
        wrong["name_th"] = "set_wrong_name"
    tables = number_or(typed["tables"], otherwise=0, least=1, most=MAX_TABLES)
    if not tables:
        wrong["tables"] = "set_wrong_tables"
    ttl = number_or(typed["ttl"], otherwise=0, least=1, most=MAX_TTL_H)
    if not ttl:
        wrong["ttl"] = "set_wrong_ttl"
    sessions, rules = _sessions(typed["sessions"], before, wrong), _rules(typed, wrong)
    settings = {"venue": typed["venue"] or None, "dial": _dial(typed["dial"]), "request_ttl_h": ttl}
    if wrong or not tables:
        return Read(None, settings, wrong)
    name = Sentence(typed["name_th"], typed["name_en"] or typed["name_th"])
    return Read(Fair(id, name, sessions, tables, (), rules=rules), settings, {})


def rule_options(visitor: Visitor, fair: Fair | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a rule may name, by kind: the value of each option and its words."""
    t = Speech(visitor.language)
    people = fair.participants if fair else ()
    own = [rule for rule in (*fair.rules.only, *fair.rules.never)] if fair else []
    sides = dict.fromkeys(["buyer", "seller", "both", *(one.side for one in people), *_named(own, By.SIDE)])
    groups = dict.fromkeys([*(one.group for one in people if one.group), *_named(own, By.GROUP)])
    clusters = visitor.here.chains.clusters
    return [
        (t("rule_side"), [(f"side:{one}", side_text(visitor, one)) for one in sides]),
        (t("rule_cluster"), [(f"cluster:{code}", cluster_text(visitor, code)) for code in clusters]),
        (t("rule_stage"), [(f"stage:{one}", t.label(one)) for one in Stage]),
        *([(t("rule_group"), [(f"group:{one}", str(one)) for one in groups])] if groups else []),
    ]


def side_text(visitor: Visitor, side: str) -> str:
    """A side in words; the organiser's own stand for themselves."""
    return Speech(visitor.language)(f"side_{side}") if side in {"buyer", "seller", "both"} else side


def _named(rules: Sequence[Rule], by: By) -> Iterator[str]:
    for rule in rules:
        if rule.by is by:
            yield from (value for value in (rule.one, rule.other) if value != ANY)


def _empty(count: int) -> list[Data]:
    return [dict.fromkeys((*ROW, "kept"), "") for _ in range(count)]


def _no_rules(count: int) -> list[Data]:
    return [dict.fromkeys(("kind", "one", "other"), "") for _ in range(count)]


def _rule_row(kind: str, rule: Rule) -> Data:
    one, other = sorted((rule.one, rule.other), key=lambda value: value == ANY)
    return {"kind": kind, "one": f"{rule.by}:{one}", "other": "" if other == ANY else f"{rule.by}:{other}"}


def _row_of(session: Session) -> Data:
    """A session as a row; one that is not even is kept as it is, with its times in words."""
    times = session.times
    lengths = {_minutes(begin, end) for begin, end in times}
    pauses = {_minutes(times[at][1], times[at + 1][0]) for at in range(len(times) - 1)} or {0}
    even = len(lengths) == 1 and len(pauses) == 1
    return {
        "id": session.id,
        "day": session.day.isoformat(),
        "start": f"{times[0][0]:%H:%M}",
        "slots": str(len(times)),
        "minutes": str(min(lengths)),
        "pause": str(min(pauses)),
        "kept": "" if even else ", ".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in times),
    }


def _minutes(begin: time, end: time) -> int:
    return (end.hour - begin.hour) * 60 + end.minute - begin.minute


def _sessions(rows: Sequence[Data], before: Fair | None, wrong: dict[str, str]) -> tuple[Session, ...]:
    known = {one.id: one for one in before.sessions} if before else {}
    found: list[Session] = []
    for at, row in enumerate(rows):
        if not row["day"] and not row["start"]:
            continue
        if row["kept"] and row["id"] in known:
            found.append(known[row["id"]])
        elif (made := _even(row)) is not None:
            found.append(made)
        else:
            wrong[f"session-{at}"] = "set_wrong_session"
    if not found and not wrong:
        wrong["sessions"] = "set_wrong_none"
    return _named_sessions(sorted(found, key=lambda one: (one.day, one.times[0])))


def _even(row: Data) -> Session | None:
    """The session of a row; None where a field is wrong, or it runs past midnight."""
    slots = number_or(row["slots"], otherwise=0, least=1, most=MAX_SLOTS)
    length = number_or(row["minutes"], otherwise=0, least=5, most=MAX_MINUTES)
    pause = number_or(row["pause"] or "0", otherwise=None, most=MAX_MINUTES)
    try:
        day, start = date.fromisoformat(row["day"]), time.fromisoformat(row["start"])
    except ValueError:
        return None
    if not slots or not length or pause is None:
        return None
    total = timedelta(minutes=slots * length + (slots - 1) * pause)
    if (datetime.combine(day, start) + total).date() != day:
        return None
    return Session.even(row["id"], day=day, start=start, slots=slots, slot_minutes=length, pause_minutes=pause)


def _named_sessions(sessions: Sequence[Session]) -> tuple[Session, ...]:
    """Each with an id: new ones get the number of their day and the first letter that is free."""
    days = sorted({one.day for one in sessions})
    taken = {one.id for one in sessions if one.id}
    found: list[Session] = []
    for one in sessions:
        number = days.index(one.day) + 1
        free = (f"{number}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz" if f"{number}{letter}" not in taken)
        id = one.id or next(free, f"{number}-{len(found)}")
        taken.add(id)
        found.append(Session(id, one.day, one.times))
    return tuple(found)


def _rules(typed: Data, wrong: dict[str, str]) -> MeetingRules:
    found: dict[str, list[Rule]] = {"only": [], "never": []}
    for at, row in enumerate(typed["rules"]):
        if row["kind"] not in found:
            continue
        by, _, one = row["one"].partition(":")
        other_by, _, other = row["other"].partition(":")
        if by not in set(By) or not one or (row["other"] and (other_by != by or not other)):
            wrong[f"rule-{at}"] = "set_wrong_rule"
            continue
        found[row["kind"]].append(Rule(By(by), one, other or ANY))
    return MeetingRules(tuple(found["only"]), tuple(found["never"]), typed["common_language"])


def _dial(text: str) -> float:
    try:
        return min(1.0, max(0.0, round(float(text), 2)))
    except ValueError:
        return 0.0
