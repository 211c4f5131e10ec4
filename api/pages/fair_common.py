"""What all pages of a fair share: its head with the six steps, chances and slots in words, jobs, notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from api.errors import MissingError
from api.fairs.links import Links
from api.fairs.looking import jobs_of
from api.pages.fair_words import FAIR_TEXTS
from api.pages.rendering import Speech, address, templates
from api.pages.visiting import Visitor, caller_of, check_token
from api.pages.words import Language
from api.store.fair_tables import FairRow
from api.store.fairs import Deed, count_participants, fair_row
from api.store.jobs import State
from api.store.tables import JobRow
from matcher.engine import Sentence
from matcher.fair import Slot
from matcher.fair.fair import Pair

Data = dict[str, Any]

STRONG, GOOD, SOME = 0.4, 0.15, 0.05
"""Chances that both accept from which a meeting is called well worth it, worth it, possible."""

STEPS = ("setup", "people", "lists", "timetable", "publish", "outcomes")
_DAYS_TH = ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา.")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARK = "~"
_ESCAPES = {"~": "~0", " ": "~1"}


async def fields_of(request: Request) -> FormData:
    """The fields of a form, as many as a large fair needs."""
    return await request.form(max_fields=5_000)


Fields = Annotated[FormData, Depends(fields_of)]


def said(form: FormData, name: str) -> str:
    """One field of a form without the spaces around it; empty where it is missing or a file."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def checked(visitor: Visitor, form: FormData) -> None:
    """Refuse a form that was not on a page of this visitor's; raises as `check_token`."""
    check_token(visitor, said(form, "token"))


def frame(visitor: Visitor, session: Session, fair_id: str, section: str) -> Data:
    """The head of a fair's page: its name, and the steps with where each stands.

    Raises:
        MissingError: there is no such fair.
    """
    row = fair_row(session, fair_id)
    people = count_participants(session).get(fair_id, 0) > 0
    done = {
        "setup": True,
        "people": people,
        "lists": row.planned > 0,
        "timetable": row.timetable > 0,
        "publish": row.published > 0,
    }
    steps = [
        {
            "name": name,
            "number": "①②③④⑤⑥"[at],
            "url": fair_url(visitor, fair_id, f"/{name}"),
            "current": name == section,
            "done": done.get(name, False),
        }
        for at, name in enumerate(STEPS)
    ]
    return {
        "fair": {
            "id": row.id,
            "name": name_of_fair(row, visitor.language),
            "venue": row.venue,
            "planned": row.planned,
            "timetable": row.timetable,
            "published": row.published,
            "url": fair_url(visitor, fair_id),
        },
        "steps": steps,
        "jobs": jobs_view(visitor, session, fair_id),
    }


def name_of_fair(row: FairRow, language: Language) -> str:
    """A fair's name."""
    return row.name_en if language == "en" and row.name_en else row.name_th


def fair_url(visitor: Visitor, fair_id: str, path: str = "", pairs: Iterable[tuple[str, object]] = ()) -> str:
    """The address of a page of a fair in the visitor's language."""
    return address(f"/fairs/{fair_id}{path}", pairs, language=visitor.language)


def to(visitor: Visitor, fair_id: str, path: str = "", *, anchor: str = "", **pairs: object) -> RedirectResponse:
    """Send a browser on to a page of the fair; `anchor` is the id of an element."""
    url = fair_url(visitor, fair_id, path, pairs.items())
    return RedirectResponse(url + (f"#{quote(anchor)}" if anchor else ""), 303)


def notice_of(language: Language, name: str, **values: object) -> str:
    """What a page says was done; empty for a name that is none of ours, as an address may hold anything."""
    key = f"did_{name}"
    return Speech(language)(key, **values) if key in FAIR_TEXTS else ""


def deed_of(visitor: Visitor, firm_id: str | None = None) -> Deed:
    """What an organiser does, for the log."""
    return Deed(caller_of(visitor).id, firm_id)


def links_of(visitor: Visitor) -> Links:
    """To the participants' pages."""
    return Links(visitor.here.pepper, visitor.here.settings.public_url)


def in_words(sentence: Sentence | Mapping[str, str], language: Language) -> str:
    """A sentence in a language, as the core or as the database holds it."""
    if isinstance(sentence, Sentence):
        return sentence.en if language == "en" else sentence.th
    return sentence[language]


def strength(chance: float | None) -> str:
    """How worthwhile a meeting looks, by the name of its text."""
    if chance is None:
        return "chance_none"
    if chance >= STRONG:
        return "chance_strong"
    return "chance_good" if chance >= GOOD else "chance_part" if chance >= SOME else "chance_weak"


def day_text(slot: Slot, language: Language) -> str:
    """A slot's day, short.

    Example: "พฤ. 4 ก.พ."
    """
    t, day = Speech(language), slot.start.date()
    name = (_DAYS_EN if language == "en" else _DAYS_TH)[day.weekday()]
    return f"{name} {t.day(day).rpartition(' ')[0]}"


def time_text(slot: Slot) -> str:
    """A slot's time, as 09:00–09:30."""
    return f"{slot.start:%H:%M}–{slot.end:%H:%M}"


def slot_text(slot: Slot, language: Language) -> str:
    """When a slot is, with its day."""
    return f"{day_text(slot, language)} {time_text(slot)}"


def pair_key(pair: Pair) -> str:
    """Two ids in one word for addresses, fields and element ids.

    Example: `pair_key(("b", "a")) -> "a~~b"`
    """
    return f"{_MARK}{_MARK}".join(_coded(id) for id in sorted(pair))


def pair_of(key: str) -> Pair:
    """The two ids of a key.

    Raises:
        MissingError: it names no two firms.
    """
    first, _, second = key.partition(_MARK * 2)
    pair = (_plain(first), _plain(second))
    if not all(pair):
        raise MissingError(kind="meeting", id=key[:80])
    return min(pair), max(pair)


def jobs_view(visitor: Visitor, session: Session, fair_id: str) -> list[Data]:
    """The last job of each kind, as templates read it."""
    return [job_view(visitor, row) for row in jobs_of(session, fair_id)]


def job_view(visitor: Visitor, row: JobRow) -> Data:
    """A job of a fair as templates read it."""
    ended = row.state in {State.DONE, State.FAILED}
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "ended": ended,
        "doing": row.doing,
        "done": row.done,
        "total": row.total,
        "problem": in_words(row.problem, visitor.language) if row.problem else "",
        "made_at": row.made_at,
    }


def number_or(text: str, *, otherwise: int | None, least: int = 0, most: int = 1_000_000) -> int | None:
    """A whole number of a field, Thai digits too; `otherwise` where it is none or out of range."""
    plain = re.sub(r"[,\s]", "", text)
    if not plain.isdecimal() or len(plain) > 15:
        return otherwise
    number = int(plain)
    return number if least <= number <= most else otherwise


def _coded(id: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in id)


def _plain(coded: str) -> str:
    return coded.replace("~1", " ").replace("~0", "~")


templates.globals.update(strength_of=strength)
