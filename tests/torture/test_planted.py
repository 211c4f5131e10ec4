from __future__ import annotations

from tests.torture.faults import FAULTS
from tests.torture.planted import run


def test_the_doctor_names_every_planted_fault_and_nothing_else_and_its_advice_mends(tmp_path):
    outcome = run(scratch=tmp_path)
    assert outcome.wrong == ()
    assert outcome.found == outcome.planted == len(FAULTS)
