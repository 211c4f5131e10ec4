from __future__ import annotations

import pytest

from tests.torture.disk import COMPILER
from tests.torture.fulldisk import run


@pytest.mark.skipif(COMPILER is None, reason="no C compiler: the disk with a limit cannot be built")
def test_a_full_disk_loses_nothing_and_with_room_again_writing_goes_on(tmp_path):
    outcome = run(rounds=2, scratch=tmp_path)
    assert sum(outcome.refused.values()) > 0
    assert outcome.wrong == []
