from __future__ import annotations

from tests.torture.crowds import run


def test_crowds_of_slow_and_silent_clients_do_not_stop_healthz(tmp_path):
    outcome = run(seconds=2, connections=1_200, scratch=tmp_path, wait_s=20)
    assert outcome.unanswered == []
    assert all(outcome.asked.values())
    assert outcome.left == 0
