"""What happened to a fair, in words."""

from __future__ import annotations

from sqlmodel import Session

from api.fairs.looking import names_of
from api.pages.fair_common import Data, in_words
from api.pages.fair_words import FAIR_TEXTS
from api.pages.rendering import Speech
from api.pages.visiting import Visitor
from api.store.fair_tables import FairEventRow
from api.store.fairs import list_events
from api.store.keys import list_keys

_NOBODY = {"link": "by_link", "clock": "by_clock", "command line": "by_command_line"}


def events_view(
    visitor: Visitor, session: Session, fair_id: str, *, limit: int, before: int | None = None
) -> list[Data]:
    """The last events, newest first."""
    rows = list_events(session, fair_id, before=before, limit=limit)
    ids = {id for row in rows for id in (row.firm_id, row.first, row.second) if id}
    names = {id: in_words(name, visitor.language) for id, name in names_of(session, ids).items()}
    keys = {row.id: row.name for row in list_keys(session)}
    t = Speech(visitor.language)
    return [
        {
            "number": row.sequence,
            "at": row.at,
            "what": _what(t, row),
            "firms": [names.get(id, id) for id in (row.first, row.second) if id],
            "by": t(_NOBODY[row.by]) if row.by in _NOBODY else keys.get(row.by, row.by),
            "acting": names.get(row.firm_id or "", "") if row.by not in _NOBODY else "",
        }
        for row in rows
    ]


def _what(t: Speech, row: FairEventRow) -> str:
    key = f"event_{row.what.replace('.', '_')}"
    said = row.said if isinstance(row.said, dict) else {}
    count = said.get("number") or said.get("version") or len(said.get("firms", ()))
    return t(key, n=count) if key in FAIR_TEXTS else row.what
