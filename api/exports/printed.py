"""A pack to print for a venue without internet: cover, timetable, a page for each firm, tables by firm.

Set by typst from `pack.typ`, which is fixed: all that people wrote comes in as JSON, so nothing of it is
ever read as markup. Thai lines are broken between words by typst's own model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC
from importlib.resources import files
from typing import Any

import typst

from api.exports.faces import FAMILY, WEIGHTS, faces
from api.exports.pack import Pack, PackMeeting
from api.exports.texts import clean, clipped, day_and_time, day_of, name_of, needs_of, offers_of, said
from api.exports.words import TEXTS, say

COLUMNS = 5
"""Slots beside each other on a page of the timetable."""

_GRID_NAME, _OWN_TEXT, _WHY, _RUNNING = 44, 95, 190, 80
_LONG_RUN = re.compile(r"[^\s\u0e00-\u0e7f\u200b]{25,}")
_PIECE = re.compile(".{8}")
_BREAK = "\u200b"


def printed_pack(pack: Pack) -> bytes:
    """The PDF: tagged, fonts embedded, equal bytes for equal packs."""
    made: bytes = typst.compile(
        files("api.exports").joinpath("pack.typ").read_bytes(),
        font_paths=faces(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(_data(pack), ensure_ascii=False, sort_keys=True)},
        timestamp=int(pack.issued.timestamp()),
    )
    return made


def _data(pack: Pack) -> dict[str, Any]:
    language = pack.language
    issued = pack.issued.astimezone(UTC)
    return {
        "font": FAMILY,
        "weights": list(WEIGHTS),
        "language": language,
        "words": {name: say(name, language) for name, (text, _) in TEXTS.items() if "{" not in text},
        "title": _shown(said(pack.fair.name, language)),
        "running": _shown(clipped(said(pack.fair.name, language), _RUNNING)),
        "issued": {"year": issued.year, "month": issued.month, "day": issued.day},
        "facts": _facts(pack),
        "sessions": [part for session in pack.fair.sessions for part in _session(pack, session.id)],
        "firms": [_firm(pack, one.firm_id) for one in pack.participants],
    }


def _facts(pack: Pack) -> list[list[str]]:
    """Lines of the cover."""
    language, timed = pack.language, sum(one.slot is not None for one in pack.meetings)
    sessions = [(session, pack.fair.slots_of(session.id)) for session in pack.fair.sessions]
    times = [(pack.fair.slots[own[0]], pack.fair.slots[own[-1]], session) for session, own in sessions if len(own)]
    held = " · ".join(f"{one.id} {begin.start:%H:%M}–{end.end:%H:%M}" for begin, end, one in times)
    found = {
        "days": " · ".join(day_of(day, language) for day in pack.fair.days),
        "sessions": _shown(clean(held)),
        "slots": f"{len(pack.fair.slots):,}",
        "tables": f"{pack.fair.tables:,}",
        "firms": f"{len(pack.firms):,}",
        "meetings": f"{timed:,}",
        "waiting": f"{len(pack.meetings) - timed:,}",
        "version": f"{pack.version:,}",
        "issued": day_of(pack.issued.date(), language),
    }
    return [[say(name, language), value] for name, value in found.items()]


def _session(pack: Pack, session_id: str) -> list[dict[str, Any]]:
    """A session's grid, tables down and slots across, in parts that fit the page."""
    own = pack.fair.slots_of(session_id)
    parts = [own[at : at + COLUMNS] for at in range(0, len(own), COLUMNS)]
    found = []
    for number, slots in enumerate(parts, 1):
        day = day_of(pack.fair.slots[slots[0]].start.date(), pack.language)
        title = say("grid_title", pack.language, session=clean(session_id), day=day)
        if len(parts) > 1:
            title += f" · {say('part', pack.language, n=number, of=len(parts))}"
        times = [f"{pack.fair.slots[slot].start:%H:%M}–{pack.fair.slots[slot].end:%H:%M}" for slot in slots]
        found.append({"title": _shown(title), "times": times, "rows": _rows(pack, slots)})
    return found


def _rows(pack: Pack, slots: Sequence[int]) -> list[dict[str, Any]]:
    """Tables in use."""
    rows = []
    for table in range(1, pack.fair.tables + 1):
        cells = [[_names(pack, meeting) for meeting in pack.at(slot, table)] for slot in slots]
        if any(cells):
            rows.append({"table": str(table), "cells": cells})
    return rows


def _names(pack: Pack, meeting: PackMeeting) -> list[str]:
    return [_shown(clipped(name_of(pack.firms[id], pack.language), _GRID_NAME)) for id in meeting.pair]


def _firm(pack: Pack, firm_id: str) -> dict[str, Any]:
    firm, own = pack.firms[firm_id], pack.of(firm_id)
    return {
        "id": _shown(clean(firm_id)),
        "name": _shown(name_of(firm, pack.language)),
        "province": _shown(clean(firm.province_th or "")),
        "places": _places(pack, own),
        "meetings": [_meeting(pack, meeting, firm_id) for meeting in own],
    }


def _places(pack: Pack, own: Sequence[PackMeeting]) -> list[dict[str, str]]:
    """Starts and tables by day, as "09:00 โต๊ะ 5 · 10:30 โต๊ะ 2"."""
    by_day: dict[str, list[str]] = {}
    for meeting in own:
        if slot := pack.slot(meeting):
            table = say("table_n", pack.language, n=meeting.table) if meeting.table else "–"
            by_day.setdefault(day_of(slot.start.date(), pack.language), []).append(
                f"{slot.start:%H:%M} {table}".replace(" ", "\u00a0")
            )
    return [{"day": day, "at": " · ".join(at)} for day, at in by_day.items()]


def _meeting(pack: Pack, meeting: PackMeeting, firm_id: str) -> dict[str, str]:
    other = pack.other(meeting, firm_id)
    day, time = day_and_time(pack, meeting)
    return {
        "day": day,
        "time": time,
        "table": str(meeting.table or "–"),
        "name": _shown(name_of(other, pack.language)),
        "province": _shown(clean(other.province_th or "")),
        "offers": _shown(clipped(offers_of(other), _OWN_TEXT)),
        "needs": _shown(clipped(needs_of(other), _OWN_TEXT)),
        "why": _shown(clipped(said(meeting.reason, pack.language), _WHY)),
        "ask": _shown(clipped(said(meeting.next_question, pack.language), _WHY)),
    }


def _shown(text: str) -> str:
    """The text with places to break in runs that no line could hold."""
    return _LONG_RUN.sub(lambda run: _PIECE.sub(rf"\g<0>{_BREAK}", run.group()), text)
