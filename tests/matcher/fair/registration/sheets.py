"""A fair of two days, a small catalog, and sheets that an organiser might keep."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

from matcher.domain import Firm
from matcher.engine.answer import Sentence
from matcher.fair import Fair, Session
from matcher.fair.registration import Registration, read_registration
from tests.matcher.exchange.files import JURISTIC_ID, write_xlsx

FAIR = Fair(
    id="expo",
    name=Sentence("งานเจรจาธุรกิจ", "Business fair"),
    sessions=tuple(
        Session.even(f"{day}{half}", day=date(2027, 2, 3 + day), start=start, slots=5, slot_minutes=30)
        for day in (1, 2)
        for half, start in (("a", time(9)), ("b", time(13)))
    ),
    tables=40,
    participants=(),
)
"""Slots 0–4 and 5–9 are morning and afternoon of 4 February 2027, 10–14 and 15–19 those of the fifth."""

FIRMS = (
    Firm("f1", "บริษัท ผ้าไหมไทย จำกัด", name_en="Thai Silk Co., Ltd.", juristic_id=JURISTIC_ID),
    Firm("f2", "สวนกล้วยไม้", name_en="Orchid Garden"),
    Firm("f3", "ร้านปลากัด"),
    Firm("f4", "ร้านปลากัด", name_en="Betta Shop Four"),
    Firm("=f5", "=1+1"),
)


def read_rows(tmp_path: Path, *rows: list[object]) -> Registration:
    """What a sheet of these rows says."""
    return read_registration(write_xlsx(tmp_path / "sheet.xlsx", *rows), fair=FAIR, firms=FIRMS)


def read_cells(tmp_path: Path, **cells: object) -> Registration:
    """What a sheet says of the firm f1, with these cells beside its id; f2 to f4 take part too."""
    header = ["id", *cells]
    return read_rows(tmp_path, header, ["f1", *cells.values()], *([id] for id in ("f2", "f3", "f4")))
