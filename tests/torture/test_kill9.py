from __future__ import annotations

from tests.torture.kill9 import run


def test_a_killed_service_has_lost_nothing_it_acknowledged_and_finds_nothing_that_was_deleted(tmp_path):
    outcome = run(rounds=3, data_dir=tmp_path)
    assert outcome.acknowledged > 0
    assert (outcome.lost, outcome.ghosts, outcome.stale) == ([], [], [])
