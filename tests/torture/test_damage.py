from __future__ import annotations

from tests.torture.damage import HARMS, run


def test_a_damaged_index_is_refused_and_made_anew(tmp_path):
    outcome = run(ways=150, opened=3, scratch=tmp_path)
    assert outcome.ways.keys() == HARMS.keys()
    assert (outcome.accepted, outcome.wrong) == ([], [])
    assert outcome.opened == 3
