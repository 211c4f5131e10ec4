"""The report of a fair's outcomes as a table for a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matcher.engine.answer import Sentence
from matcher.fair.outcomes.report import Group, OutcomeReport, Sums
from matcher.fair.outcomes.told import OUTCOME_LABELS, Outcome

Cell = str | int | float

_HEADS = (
    Sentence("แยกตาม", "By"),
    Sentence("รหัส", "Id"),
    Sentence("ชื่อ", "Name"),
    Sentence("นัดทั้งหมด", "Meetings"),
    Sentence("ตอบแล้ว", "Answered"),
    Sentence("สัดส่วนที่ตอบ", "Share answered"),
    Sentence("คู่เจรจา", "Pairs that met"),
    Sentence("มูลค่าคาดการณ์ 1 ปี (บาท)", "Value expected in 1 year (THB)"),
    Sentence("มูลค่าซื้อขายจริง (บาท)", "Value traded (THB)"),
    *(OUTCOME_LABELS[outcome] for outcome in Outcome),
)
_TOTAL = Sentence("รวม", "Total")
_CLUSTERS = Sentence("คลัสเตอร์", "Cluster")
_PROVINCES = Sentence("จังหวัด", "Province")
_DAYS = Sentence("วัน", "Day")
_FIRMS = Sentence("กิจการ", "Firm")


def as_rows(report: OutcomeReport, language: Literal["th", "en"]) -> list[list[Cell]]:
    """A header, the total, then a row for each cluster, province, day and firm; values in whole baht."""
    parts: tuple[tuple[Sentence, Sequence[Group]], ...] = (
        (_CLUSTERS, report.clusters),
        (_PROVINCES, report.provinces),
        (_DAYS, report.days),
        (_FIRMS, report.firms),
    )
    rows: list[list[Cell]] = [[_said(head, language) for head in _HEADS]]
    rows.append([_said(_TOTAL, language), "", "", *_figures(report.total)])
    for by, groups in parts:
        rows += [
            [_said(by, language), group.id, _said(group.name, language), *_figures(group.sums)] for group in groups
        ]
    return rows


def _figures(sums: Sums) -> list[Cell]:
    return [
        sums.meetings,
        sums.answered,
        round(sums.share_answered, 4),
        sums.met,
        sums.expected_thb,
        sums.actual_thb,
        *(sums.outcomes[outcome] for outcome in Outcome),
    ]


def _said(sentence: Sentence, language: Literal["th", "en"]) -> str:
    return sentence.en if language == "en" else sentence.th
