"""One row of a sheet, cleaned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from matcher.domain import Certificate, Cluster, Need, Offer, Position, Seeking, Size, Stage
from matcher.exchange import values as clean
from matcher.exchange.cells import certificates, items
from matcher.exchange.dates import day
from matcher.exchange.findings import Findings
from matcher.exchange.firms import derived_id
from matcher.exchange.headers import Column
from matcher.exchange.mapping import Mapping
from matcher.exchange.numbers import juristic_id, lead_time_days, price_thb
from matcher.exchange.report import Cell

Cleaners = ReadOnly[str, Callable[[object], Any]]
OFFER_FACTS = ("capacity", "moq", "price_thb", "lead_time_days")
NEED_FACTS = ("stage_sought", "seeking")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds anything.

    Attributes:
        cells: By column; what lies beyond the last one given is blank.
        raw: Enough to write the row back.
    """

    number: int
    cells: tuple[Cell, ...]
    raw: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowValues:
    """What a row says; ids of offers and needs are given when the firm is whole.

    Attributes:
        key: Id of the firm, given or derived; None where the row has neither id nor name.
        has_id: Whether the id was given.
        place: Of the row's offers and, where it says enough, of the firm.
    """

    number: int
    key: str | None
    has_id: bool
    name_th: str | None
    name_en: str | None
    province_th: str | None
    size: Size | None
    description: str
    juristic_id: str | None
    certificates: tuple[Certificate, ...]
    place: Position
    offers: tuple[Offer, ...]
    needs: tuple[Need, ...]

    @property
    def has_content(self) -> bool:
        """Whether it offers or needs anything."""
        return bool(self.offers or self.needs)


def sheet_cleaners(clusters: ReadOnly[str, Cluster]) -> Cleaners:
    """The cleaner of each field of a sheet."""
    return {
        "id": clean.identifier,
        "juristic_id": juristic_id,
        "name_th": clean.line,
        "name_en": clean.line,
        "province_th": clean.province,
        "size": partial(clean.choice, Size),
        "description": clean.paragraph,
        "certificates": certificates,
        "certificate_expires": day,
        "cluster": partial(clean.cluster, clusters=clusters),
        "stage": partial(clean.choice, Stage),
        "role": clean.line,
        "offers": items,
        "needs": items,
        "stage_sought": partial(clean.choice, Stage),
        "seeking": partial(clean.choice, Seeking),
        "capacity": clean.line,
        "moq": clean.line,
        "price_thb": price_thb,
        "lead_time_days": lead_time_days,
    }


def read_row(
    row: Row, columns: Sequence[Column], *, cleaners: Cleaners, mapping: Mapping, findings: Findings
) -> RowValues:
    """The values of a row; what cannot be read is None and noted."""
    headers = {column.field: column.header for column in columns}
    raw = {column.field: _cell(row, column, mapping, findings) for column in columns}
    given = {name for name, value in raw.items() if not clean.is_nothing(value)}
    for name, default in mapping.defaults.items():
        if name not in given:
            raw[name] = default
    found = {
        name: findings.clean(cleaners[name], value, row=row.number, column=headers.get(name, name))
        for name, value in raw.items()
        if not clean.is_nothing(value)
    }
    _warn_of_lonely(found, given, row=row.number, headers=headers, findings=findings)
    return _values(row.number, found, has_id="id" in found)


def _cell(row: Row, column: Column, mapping: Mapping, findings: Findings) -> Cell:
    cells = [row.cells[index] for index in column.indexes if index < len(row.cells)]
    cells = [cell for cell in cells if not clean.is_nothing(cell)]
    if len(cells) < 2:
        return mapping.translated(column.field, cells[0] if cells else None)
    joined = findings.clean(partial(_join, column.joiner), cells, row=row.number, column=column.header)
    return mapping.translated(column.field, joined)


def _join(joiner: str, cells: Any) -> str:  # noqa: ANN401 -- a list of cells, behind a cleaner's signature
    return joiner.join(clean.text(cell) for cell in cells)


def _values(number: int, found: dict[str, Any], *, has_id: bool) -> RowValues:
    name_th, name_en, province_th = found.get("name_th"), found.get("name_en"), found.get("province_th")
    name = name_th or name_en
    place = Position(found.get("cluster"), found.get("stage"), found.get("role"))
    offer_facts: dict[str, Any] = {fact: found.get(fact) for fact in OFFER_FACTS}
    need_facts: dict[str, Any] = {fact: found.get(fact) for fact in NEED_FACTS}
    return RowValues(
        number=number,
        key=found["id"] if has_id else derived_id(name, province_th) if name else None,
        has_id=has_id,
        name_th=name_th,
        name_en=name_en,
        province_th=province_th,
        size=found.get("size"),
        description=found.get("description") or "",
        juristic_id=found.get("juristic_id"),
        certificates=_certificates(found),
        place=place,
        offers=tuple(
            Offer("", said, place.cluster, place.stage, place.role, **offer_facts) for said in found.get("offers") or ()
        ),
        needs=tuple(Need("", said, place.cluster, **need_facts) for said in found.get("needs") or ()),
    )


def _certificates(found: dict[str, Any]) -> tuple[Certificate, ...]:
    expires = found.get("certificate_expires")
    held: tuple[Certificate, ...] = found.get("certificates") or ()
    return tuple(one if one.expires else replace(one, expires=expires) for one in held)


def _warn_of_lonely(
    found: dict[str, Any], given: set[str], *, row: int, headers: dict[str, str], findings: Findings
) -> None:
    """Warn of values that speak of an offer, need or certificate that the row does not have."""
    owners = dict.fromkeys(OFFER_FACTS, "offers") | dict.fromkeys(NEED_FACTS, "needs")
    owners["certificate_expires"] = "certificates"
    for name, owner in owners.items():
        if name in given and found.get(name) is not None and not found.get(owner):
            kind = "expiry_alone" if owner == "certificates" else "facts_alone"
            findings.warn(kind, row=row, column=headers[name], value=found[name])
