"""A firm as an object of the catalog format, and as rows of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeVar

from matcher.domain import Certificate, Firm, Need, Offer, Position
from matcher.exchange.cells import join_certificates, join_items
from matcher.exchange.report import Cell
from matcher.exchange.rows import NEED_FACTS, OFFER_FACTS
from matcher.exchange.sheets import stated_positions

SheetRow = dict[str, Cell]
Block = tuple[Position, tuple[Offer, ...], tuple[Need, ...]]
"""What one row holds: a place, offers there, and needs of its cluster."""

Part = TypeVar("Part", Offer, Need, Certificate)

CELL_CHARS = 32_000
"""Joined texts go on in another row beyond this; a spreadsheet's cell holds 32,767 characters."""


def as_object(firm: Firm) -> dict[str, Any]:
    """The firm in the catalog format: its fields always, further ones where they are told."""
    return {
        "id": firm.id,
        "name_th": firm.name_th,
        "name_en": firm.name_en,
        "province_th": firm.province_th,
        "size": firm.size,
        "description": firm.description,
        "certificates": [_certificate(one) for one in firm.certificates],
        "positions": [{"cluster": one.cluster, "stage": one.stage, "role": one.role} for one in firm.positions],
        "offers": [_offer(one) for one in firm.offers],
        "needs": [_need(one) for one in firm.needs],
    } | _told(juristic_id=firm.juristic_id)


def as_rows(firm: Firm) -> list[SheetRow]:
    """The firm's rows by field: the first has all that is the firm's own, each its id and name.

    Offers of one place and with the same facts share a row, and so do needs that seek the same.
    Positions that the offers' rows do not already state come first, in rows of their own.
    """
    offers: list[Block] = [(_place(block[0]), block, ()) for block in _offer_blocks(firm.offers)]
    rows = _with_needs(offers, _need_blocks(firm.needs))
    implied = stated_positions([(place, True) for place, _, _ in rows])
    if implied != firm.positions:
        rows = [*((place, (), ()) for place in firm.positions), *rows]
    certificates = list(_filled(firm.certificates, lambda one: join_certificates([one])))
    missing = max(1, len(certificates)) - len(rows)
    cells = [_row(*row) for row in rows] + [SheetRow() for _ in range(missing)]
    for row, held in zip(cells, certificates, strict=False):
        row["certificates"] = join_certificates(held)
    cells[0] |= {
        "juristic_id": firm.juristic_id,
        "name_en": firm.name_en,
        "province_th": firm.province_th,
        "size": firm.size,
        "description": firm.description,
    }
    return [SheetRow(id=firm.id, name_th=firm.name_th) | row for row in cells]


def _with_needs(rows: list[Block], needs: Iterable[tuple[Need, ...]]) -> list[Block]:
    """Each block of needs in the next row of its cluster that has none, or in a row of its own; in order."""
    rows, start = list(rows), 0
    for block in needs:
        cluster = block[0].cluster
        fits = (at for at in range(start, len(rows)) if not rows[at][2] and rows[at][0].cluster == cluster)
        at = next(fits, len(rows))
        if at == len(rows):
            rows.append((Position(cluster, None), (), block))
        else:
            rows[at] = (rows[at][0], rows[at][1], block)
        start = at + 1
    return rows


def _row(place: Position, offers: tuple[Offer, ...], needs: tuple[Need, ...]) -> SheetRow:
    row: SheetRow = {"cluster": place.cluster, "stage": place.stage, "role": place.role}
    if offers:
        row["offers"] = join_items(one.text for one in offers)
        row |= {fact: getattr(offers[0], fact) for fact in OFFER_FACTS}
    if needs:
        row["needs"] = join_items(one.text for one in needs)
        row |= {fact: getattr(needs[0], fact) for fact in NEED_FACTS}
    return row


def _offer_blocks(offers: Iterable[Offer]) -> Iterator[tuple[Offer, ...]]:
    for _, alike in groupby(offers, key=lambda offer: replace(offer, id="", text="")):
        yield from _filled(alike, lambda offer: join_items([offer.text]))


def _need_blocks(needs: Iterable[Need]) -> Iterator[tuple[Need, ...]]:
    for _, alike in groupby(needs, key=lambda need: (need.cluster, need.stage_sought, need.seeking)):
        yield from _filled(alike, lambda need: join_items([need.text]))


def _filled(parts: Iterable[Part], written: Callable[[Part], str]) -> Iterator[tuple[Part, ...]]:
    """The parts in order, as many together as a cell holds."""
    block: list[Part] = []
    chars = 0
    for part in parts:
        chars += len(written(part)) + 1
        if block and chars > CELL_CHARS:
            yield tuple(block)
            block, chars = [], len(written(part)) + 1
        block.append(part)
    if block:
        yield tuple(block)


def _place(offer: Offer) -> Position:
    return Position(offer.cluster, offer.stage, offer.role)


def _certificate(one: Certificate) -> str | dict[str, Any]:
    if one.number is None and one.expires is None:
        return one.code
    return {"code": one.code} | _told(number=one.number, expires=one.expires.isoformat() if one.expires else None)


def _offer(one: Offer) -> dict[str, Any]:
    return {
        "id": one.id,
        "cluster": one.cluster,
        "stage": one.stage,
        "role": one.role,
        "text": one.text,
    } | _told(capacity=one.capacity, moq=one.moq, price_thb=one.price_thb, lead_time_days=one.lead_time_days)


def _need(one: Need) -> dict[str, Any]:
    return {
        "id": one.id,
        "cluster": one.cluster,
        "stage_sought": one.stage_sought,
        "role_sought": one.role_sought,
        "text": one.text,
    } | _told(
        seeking=one.seeking,
        volume=one.volume,
        must_certificates=list(one.must_certificates) or None,
        deliver_to=one.deliver_to,
        partnership=one.partnership,
    )


def _told(**fields: object) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
