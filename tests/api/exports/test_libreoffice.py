"""Another program's reading of our workbooks: LibreOffice loads, recalculates and saves each anew."""

from __future__ import annotations

import io
import shutil
import subprocess

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from api.exports import firm_workbook, organiser_workbook
from api.exports.texts import name_of
from matcher.fair import Participant, Preference, Wish
from matcher.fair.registration import read_registration, write_registration, write_registration_template
from tests.matcher.fair.registration.sheets import FAIR, FIRMS

PEOPLE = (
    Participant("f1", delegates=("สมหญิง ใจดี", "น้ำผึ้ง ปิ่นเพชร"), available=frozenset({0, 1, 2, 12}), side="seller"),
    Participant("f2", languages=frozenset({"th", "zh"}), min_meetings=0, max_meetings=3, group="=กลุ่ม 1"),
    Participant("=f5", delegates=("=1+1", "_x0041_")),
)
WISHES = (Preference(Wish.MUST_MEET, "f1", "=f5"), Preference(Wish.NO_THANKS, "f2", "f1"))


@pytest.fixture(scope="module")
def books(pack, hostile, demo_firms, tmp_path_factory) -> dict[str, tuple[bytes, bytes]]:
    """Each workbook as we write it and as LibreOffice saves it, by name."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if not office:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("office")
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    for name, data in {
        "organiser": organiser_workbook(pack),
        "firm": firm_workbook(pack, pack.ordered[0].a),
        "hostile": organiser_workbook(hostile),
        "hostile_firm": firm_workbook(hostile, sorted(hostile.firms)[0]),
    }.items():
        (ours / f"{name}.xlsx").write_bytes(data)
    write_registration_template(FAIR, demo_firms, ours / "template.xlsx")
    write_registration(FAIR, FIRMS, ours / "registration.xlsx", participants=PEOPLE, preferences=WISHES)
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", theirs, *sorted(ours.iterdir())], check=True, capture_output=True, timeout=300
    )
    return {path.stem: (path.read_bytes(), (theirs / path.name).read_bytes()) for path in ours.iterdir()}


NAMES = ["organiser", "firm", "hostile", "hostile_firm", "template", "registration"]


@pytest.mark.parametrize("name", NAMES)
def test_every_value_survives(books, name):
    ours, theirs = (CalamineWorkbook.from_filelike(io.BytesIO(data)) for data in books[name])
    assert theirs.sheet_names == ours.sheet_names
    for sheet in ours.sheet_names:
        assert _values(theirs, sheet) == _values(ours, sheet), sheet


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_a_formula_or_an_error(books, name):
    for sheet in openpyxl.load_workbook(io.BytesIO(books[name][1])):
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_thai_names_are_whole(books, pack):
    book = CalamineWorkbook.from_filelike(io.BytesIO(books["organiser"][1]))
    names = [row[1] for row in book.get_sheet_by_index(0).to_python()[1:]]
    assert names == [name_of(pack.firms[one.firm_id], "th") for one in pack.participants]
    first = pack.firms[pack.ordered[0].a]
    own = CalamineWorkbook.from_filelike(io.BytesIO(books["firm"][1])).get_sheet_by_index(0).to_python()
    assert own[0][0] == name_of(first, "th")


def test_a_registration_saved_there_is_read_as_the_same_participants(books, demo_firms, tmp_path):
    path = tmp_path / "saved.xlsx"
    path.write_bytes(books["registration"][1])
    read = read_registration(path, fair=FAIR, firms=FIRMS)
    assert (read.participants, set(read.preferences), read.problems) == (PEOPLE, set(WISHES), ())
    path.write_bytes(books["template"][1])
    read = read_registration(path, fair=FAIR, firms=demo_firms)
    assert read.participants == tuple(Participant(firm.id) for firm in demo_firms)
    assert (read.problems, read.warnings) == ((), ())


def test_the_sides_are_still_offered_there(books, demo_firms):
    sheet = openpyxl.load_workbook(io.BytesIO(books["template"][1])).worksheets[0]
    (offered,) = sheet.data_validations.dataValidation
    first, last = str(offered.sqref).split(":")
    assert (offered.type, first) == ("list", "I2")
    assert int(last.removeprefix("I")) > len(demo_firms)


def _values(book: CalamineWorkbook, sheet: str) -> list[list[object]]:
    """All values, without the empty cells that a program may keep around them."""
    rows = book.get_sheet_by_name(sheet).to_python()
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell != ""), default=0)
    return [row[:width] for row in rows if any(cell != "" for cell in row)]
