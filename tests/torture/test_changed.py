from __future__ import annotations

import pytest

from tests.torture.changed import SCENES, run


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_it_starts_or_says_what_to_do_whatever_was_changed_under_it(scene, tmp_path):
    assert run(scene, scratch=tmp_path) == []
