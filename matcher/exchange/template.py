"""The empty exhibitor sheet that organisers hand out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from matcher.domain import Chains, Seeking, Size, Stage, load_chains, load_provinces
from matcher.domain.words import LABELS_TH
from matcher.exchange.fields import FIELDS

SHEET_TITLE = "ผู้ร่วมงาน"
HELP_TITLE = "คำอธิบาย"
LISTS_TITLE = "รายการ"
LAST_ROW = 2_000
"""Lists are offered down to here."""

_HEADER = PatternFill("solid", fgColor="1F4E5F")
_EXAMPLE = PatternFill("solid", fgColor="EEEEEE")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_TEXT_COLUMNS = {"id", "juristic_id"}


def write_template(path: Path | str, *, chains: Chains | None = None) -> None:
    """Write an XLSX sheet to fill in: headers in Thai and English, lists to choose from, one worked example.

    The example is marked by its id and never imported. A second sheet explains every column.

    Args:
        path: Where to; ends in .xlsx.
        chains: Whose clusters are offered; those that come with the project where it is not given.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET_TITLE
    _fill_sheet(sheet)
    _fill_help(book.create_sheet(HELP_TITLE))
    _fill_lists(book.create_sheet(LISTS_TITLE), sheet, _choices(chains or load_chains()))
    book.save(path)


def _choices(chains: Chains) -> dict[str, list[str]]:
    return {
        "cluster": [cluster.th for cluster in chains.clusters.values()],
        "stage": [LABELS_TH[stage] for stage in Stage],
        "stage_sought": [LABELS_TH[stage] for stage in Stage],
        "size": [LABELS_TH[size] for size in Size],
        "seeking": [LABELS_TH[seeking] for seeking in Seeking],
        "province_th": sorted(load_provinces().by_th),
    }


def _fill_sheet(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 36
    for number, field in enumerate(FIELDS, 1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = field.width
        if field.name in _TEXT_COLUMNS:
            column.number_format = "@"  # a number would lose the zeros at its front
        head = sheet.cell(1, number, f"{field.th} / {field.en}")
        head.font, head.fill, head.alignment = Font(bold=True, color="FFFFFF"), _HEADER, _WRAPPED
        example = sheet.cell(2, number, field.example or None)
        example.font, example.fill, example.alignment = Font(italic=True, color="666666"), _EXAMPLE, _WRAPPED


def _fill_help(sheet: Worksheet) -> None:
    sheet.freeze_panes = "A2"
    sheet.append(["คอลัมน์", "คำอธิบาย", "Column", "What to write"])
    for field in FIELDS:
        sheet.append([field.th, field.help_th, field.en, field.help_en])
    sheet.append(
        [
            "แถวตัวอย่าง",
            "แถวสีเทาเป็นตัวอย่าง จะไม่ถูกนำเข้า",
            "Example row",
            "The grey row is an example and is never imported.",
        ]
    )
    for letter, width in zip("ABCD", (26, 70, 26, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = _WRAPPED
    for cell in sheet[1]:
        cell.font = Font(bold=True)


def _fill_lists(lists: Worksheet, sheet: Worksheet, choices: Mapping[str, list[str]]) -> None:
    """Put the choices into a hidden sheet and offer them; another spelling is asked about, not refused."""
    lists.sheet_state = "hidden"
    columns = {field.name: get_column_letter(number) for number, field in enumerate(FIELDS, 1)}
    for number, (name, values) in enumerate(choices.items(), 1):
        letter = get_column_letter(number)
        for row, value in enumerate(values, 1):
            lists.cell(row, number, value)
        offered = DataValidation(
            type="list",
            formula1=f"'{LISTS_TITLE}'!${letter}$1:${letter}${len(values)}",
            allow_blank=True,
            errorStyle="warning",
            errorTitle="ไม่อยู่ในรายการ / not in the list",
            error="เลือกจากรายการ / choose from the list",
            showErrorMessage=True,
        )
        offered.add(f"{columns[name]}3:{columns[name]}{LAST_ROW}")
        sheet.add_data_validation(offered)
