from __future__ import annotations

from tests.matcher.exchange.files import CITIZEN_NUMBER, kinds, read_fields


def test_a_citizen_number_is_masked_everywhere_and_the_firm_goes_in(tmp_path):
    for written in (CITIZEN_NUMBER, int(CITIZEN_NUMBER), "3-1006-00445-63-5", "๓๑๐๐๖๐๐๔๔๕๖๓๕"):
        imported = read_fields(tmp_path, juristic_id=written)
        assert kinds(imported.warnings) == ["citizen_number"]
        assert imported.firms[0].juristic_id is None
        assert _digits(imported).count(CITIZEN_NUMBER) == 0
        rejected = read_fields(tmp_path, juristic_id=written, size=CITIZEN_NUMBER)
        assert rejected.rows_rejected == 1
        assert _digits(rejected).count(CITIZEN_NUMBER) == 0


def _digits(imported: object) -> str:
    """Everything the report holds, without what separates digits."""
    text = repr(imported).translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))
    return "".join(char for char in text if char not in " -–.")


def test_a_wrong_juristic_id_is_left_out_with_a_warning_and_the_firm_goes_in(tmp_path):
    imported = read_fields(tmp_path, juristic_id="0105536112015")
    assert imported.firms[0].juristic_id is None
    assert [(one.kind, one.value) for one in imported.warnings] == [("bad_juristic_id", "0105536112015")]
