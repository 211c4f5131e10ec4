from __future__ import annotations

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from matcher.fair import Participant, Preference, Wish
from matcher.fair.registration import read_registration, write_registration, write_registration_template
from matcher.fair.registration.columns import COLUMNS
from tests.matcher.exchange.files import LINES
from tests.matcher.fair.registration.sheets import FAIR, FIRMS

IDS = [firm.id for firm in FIRMS]
NAMES = LINES.filter(lambda text: text not in {",", ";"})


def test_the_template_gives_each_firm_as_a_participant_and_no_problem(tmp_path, demo_firms):
    path = tmp_path / "template.xlsx"
    write_registration_template(FAIR, demo_firms, path)
    read = read_registration(path, fair=FAIR, firms=demo_firms)
    assert (read.problems, read.warnings, read.preferences, read.addresses) == ((), (), (), {})
    assert read.participants == tuple(Participant(firm.id) for firm in demo_firms)


def test_the_template_explains_each_column_and_slot_and_offers_the_sides(tmp_path):
    path = tmp_path / "template.xlsx"
    write_registration_template(FAIR, FIRMS, path)
    book = openpyxl.load_workbook(path)
    sheet, explained, lists = book.worksheets
    assert [cell.value for cell in sheet[1]] == [f"{column.th} / {column.en}" for column in COLUMNS]
    told = [cell.value for cell in explained["A"]]
    assert set(told) >= {column.th for column in COLUMNS} | {f"ช่วง {number}" for number in range(1, 21)}
    (offered,) = sheet.data_validations.dataValidation
    assert [cell.value for (cell,) in lists[offered.formula1.partition("!")[2].replace("$", "")]] == [
        "ผู้ซื้อ",
        "ผู้ขาย",
        "ทั้งสอง",
    ]
    assert str(offered.sqref) == "I2:I2000"
    assert lists.sheet_state == "hidden"


def test_no_cell_is_a_formula_whatever_a_firm_is_called(tmp_path):
    path = tmp_path / "template.xlsx"
    people = [Participant(id, delegates=("=1+1", "@SUM(1)", "_x0041_"), group="-5") for id in IDS]
    write_registration(FAIR, FIRMS, path, participants=people)
    for sheet in openpyxl.load_workbook(path):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in {"s", "n"}
            assert not str(cell.value).startswith(("=", "+", "-", "@")) or cell.quotePrefix
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[5][0] == "=f5"


@st.composite
def _registrations(draw: st.DrawFn) -> tuple[list[Participant], list[Preference], dict[str, str]]:
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    people = []
    for id in ids:
        fewest = draw(st.integers(0, 12))
        people.append(
            Participant(
                id,
                delegates=tuple(draw(st.lists(NAMES, max_size=3))),
                available=draw(st.none() | st.frozensets(st.integers(0, 19), min_size=1)),
                min_meetings=fewest,
                max_meetings=draw(st.integers(fewest, 20)),
                languages=draw(st.frozensets(st.sampled_from(["th", "en", "zh", "id", "xx"]), min_size=1)),
                side=draw(st.sampled_from(["both", "buyer", "seller"])),
                group=draw(st.none() | LINES),
            )
        )
    pairs = draw(st.lists(st.sampled_from([(a, b) for a in ids for b in ids if a < b] or [None]), unique=True))
    wishes = [Preference(draw(st.sampled_from(Wish)), *pair) for pair in pairs if pair]
    addresses = {id: "name@example.com" for id in ids if draw(st.booleans())}
    return people, wishes, addresses


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(registration=_registrations())
def test_what_is_written_is_read_back(tmp_path, registration):
    people, wishes, addresses = registration
    path = tmp_path / "out.xlsx"
    write_registration(FAIR, FIRMS, path, participants=people, preferences=wishes, addresses=addresses)
    read = read_registration(path, fair=FAIR, firms=FIRMS)
    assert (read.problems, read.warnings) == ((), ())
    assert read.participants == tuple(people)
    assert set(read.preferences) == set(wishes)
    assert read.addresses == addresses
