"""All that is held on a person: for the person who asks (ม.30), and before an erasure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.privacy import subjects
from api.privacy.files import naming
from api.privacy.people import Person
from api.privacy.revealing import FIELDS
from api.privacy.tables import Hit, hits
from api.settings import Settings
from api.store.audit import find_audit
from api.store.consents import list_consents
from api.store.fair_tables import ParticipantRow
from api.store.firms import get_firm
from api.store.keys import list_keys
from api.store.tables import ContactRow
from matcher.engine.answer import Sentence
from matcher.exchange import as_object

Data = dict[str, Any]
TRAIL_LINES = 500
"""Lines of the trail that an export lists, the newest."""

_TITLES = {
    "contacts": Sentence("ข้อมูลผู้ติดต่อ", "Contacts"),
    "firms": Sentence("กิจการที่เป็นบุคคลนี้", "The firm that is this person"),
    "fairs": Sentence("การร่วมงาน", "At fairs"),
    "texts": Sentence("ข้อความอื่นที่เอ่ยถึง", "Other texts that name them"),
    "files": Sentence("ไฟล์ที่เอ่ยถึง", "Files that name them"),
    "consents": Sentence("ความยินยอม", "Consents"),
    "trail": Sentence("ใครเห็นอะไร เมื่อไร", "Who saw what, and when"),
}
_TOLD_APART = {"contact", "participant"}


def held_on(session: Session, settings: Settings, person: Person) -> list[Data]:
    """Sections with a title in both languages and rows of plain data; empty ones too.

    Args:
        session: Of a reading or a writing.
        settings: Where files are.
        person: As `find_person` found them.
    """
    texts = [_text(hit) for hit in hits(session, person.traces) if hit.table not in _TOLD_APART]
    files = [{"file": str(path.relative_to(settings.files_dir))} for path in naming(settings.files_dir, person.traces)]
    return [
        _section("contacts", _contacts(session, person)),
        _section("firms", [as_object(get_firm(session, id).firm) for id in person.firms]),
        _section("fairs", _fairs(session, person)),
        _section("texts", texts),
        _section("files", files),
        _section("consents", consents_of(session, person.named)),
        _section("trail", sightings(session, person.named)),
    ]


def consents_of(session: Session, named: Iterable[str]) -> list[Data]:
    """What somebody agreed to and took back, oldest first."""
    return [row.model_dump(mode="json") for row in list_consents(session, list(named))]


def sightings(session: Session, named: Iterable[str]) -> list[Data]:
    """Who saw what of somebody, oldest first; whole fairs that were exported among them."""
    own = list(named)
    fairs = {one.removeprefix("participant:").rpartition("/")[0] for one in own if one.startswith("participant:")}
    names = {row.id: row.name for row in list_keys(session)}
    rows = find_audit(session, subjects=[*own, *map(subjects.fair, sorted(fairs))], limit=TRAIL_LINES) if own else []
    return [
        row.model_dump(mode="json", exclude={"previous", "seal"})
        | {"by_name": names.get(row.by), "subjects": [one for one in row.subjects if one in own or one[:5] == "fair:"]}
        for row in rows
    ]


def as_text(sections: Iterable[Data], language: str) -> str:
    """The same to read."""
    lines = []
    for one in sections:
        lines += [f"## {one['title'][language]} ({len(one['rows'])})"]
        lines += ["- " + " · ".join(f"{name}: {value}" for name, value in row.items() if value) for row in one["rows"]]
        lines.append("")
    return "\n".join(lines)


def _section(name: str, rows: list[Data]) -> Data:
    return {"name": name, "title": {"th": _TITLES[name].th, "en": _TITLES[name].en}, "rows": rows}


def _contacts(session: Session, person: Person) -> list[Data]:
    rows = session.execute(select(ContactRow).where(col(ContactRow.id).in_(person.contacts))).scalars()
    return [row.model_dump(mode="json", include={"id", "firm_id", "updated_at", *FIELDS}) for row in rows]


def _fairs(session: Session, person: Person) -> list[Data]:
    found = [{"fair": fair, "firm": firm, "delegate": name} for fair, firm, name in person.delegates]
    for fair_id, firm_id in person.addresses:
        row = session.get_one(ParticipantRow, (fair_id, firm_id))
        found.append({"fair": fair_id, "firm": firm_id, "address": str(row.address)})
    return found


def _text(hit: Hit) -> Data:
    return {"table": hit.table, "column": hit.column, "row": " ".join(map(str, hit.key)), "says": hit.value}
