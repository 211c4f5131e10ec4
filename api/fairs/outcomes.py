"""What came of a fair's meetings: told, and reported."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from openpyxl import Workbook
from sqlmodel import Session

from api.exports.sheets import Column, fill, saved
from api.pages.words import Language
from api.privacy.consenting import agreeing
from api.privacy.policy import Purpose
from api.settings import BANGKOK
from api.store.database import Database
from api.store.fair_tables import OutcomeRow
from api.store.fairs import Deed, load_fair, log_event
from api.store.firms import load_firms
from api.store.meetings import find_meetings, list_outcomes, put_outcome
from api.store.timetables import places_now
from matcher.domain import Chains
from matcher.exchange.formulas import with_guard
from matcher.fair.meetings import HELD
from matcher.fair.outcomes import Outcome, OutcomeReport, Told, as_rows, report

_NAMES_WIDTH, _FIGURES_WIDTH, _NAMES, _SHARE = 26.0, 14.0, 3, 5


def tell(database: Database, fair_id: str, told: Told, deed: Deed) -> None:
    """Write what a side, or the organiser, tells of a meeting; it replaces what it told before.

    Raises:
        MissingError: the two have no meeting at this fair.
    """
    values = {
        "outcome": told.outcome,
        "expected_thb": told.expected_thb,
        "actual_thb": told.actual_thb,
        "note": told.note or None,
    }
    with database.writing() as session:
        put_outcome(session, fair_id, told.pair, told.by or "", values)
        log_event(session, fair_id, deed, "outcome.told", pair=told.pair)


def told_of(row: OutcomeRow) -> Told:
    """A stored record as the core knows it."""
    return Told(
        first=row.first,
        second=row.second,
        by=row.teller or None,
        outcome=Outcome(row.outcome),
        at=row.at,
        expected_thb=row.expected_thb,
        actual_thb=row.actual_thb,
        note=row.note or "",
    )


def told_for_statistics(session: Session, fair_id: str) -> list[Told]:
    """What was told of meetings of firms that let themselves be counted, in the order it was told."""
    rows = list_outcomes(session, fair_id)
    counted = agreeing(session, Purpose.STATISTICS, fair_id, {id for row in rows for id in (row.first, row.second)})
    return [told_of(row) for row in rows if {row.first, row.second} <= counted]


def outcome_report(session: Session, fair_id: str, chains: Chains) -> OutcomeReport:
    """What came of all meetings that are held; what was told of a firm that withdrew from statistics is left out.

    Raises:
        MissingError: there is no such fair.
    """
    fair = load_fair(session, fair_id)
    places = places_now(session, fair)
    told = told_for_statistics(session, fair_id)
    held = [one.meeting.pair for one in find_meetings(session, fair_id, states=HELD)]
    meetings = {pair: places[pair][0] if pair in places else None for pair in held}
    firms = [one.firm for one in load_firms(session, {id for pair in held for id in pair})]
    return report(fair, meetings, told, firms, chains=chains)


def report_csv(found: OutcomeReport, language: Language) -> bytes:
    """The report as UTF-8 with a byte-order mark, which Excel reads as Thai; no cell is a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in as_rows(found, language):
        writer.writerow([with_guard(cell) if isinstance(cell, str) else cell for cell in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def report_workbook(found: OutcomeReport, language: Language, *, title: str, at: datetime) -> bytes:
    """The report as a workbook, with the rule by which figures are taken over its header."""
    head, *rows = as_rows(found, language)
    columns = [
        Column(str(name), _NAMES_WIDTH if column < _NAMES else _FIGURES_WIDTH, "0%" if column == _SHARE else "#,##0")
        for column, name in enumerate(head)
    ]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "ผลการเจรจา" if language == "th" else "Outcomes"
    rule = found.rule.th if language == "th" else found.rule.en
    fill(sheet, columns, rows, titles=(title, rule), fixed=_NAMES)
    return saved(book, title=title, creator="Khukha", at=at.astimezone(BANGKOK))
