from __future__ import annotations

import pytest

from tests.torture.guards import GUARDS, PERSONAL, ROOT, Guard, run

TESTS = """
import pytest

def test_holds_one():
    pass

def test_holds_two():
    pass

def test_breaks():
    assert False

def test_is_skipped():
    pytest.skip("no browser")
"""


@pytest.mark.parametrize(
    ("only", "reached", "kept"),
    [
        ("holds", "2 passed", True),
        ("", "2 passed, 1 failed, 1 skipped", False),
        ("skipped", "0 passed, 1 skipped", None),
        ("nothing_of_this_name", "0 passed", None),
    ],
)
def test_a_guards_tests_are_run_and_counted(tmp_path, only, reached, kept):
    (tmp_path / "test_some.py").write_text(TESTS)
    row = run(Guard("p", "t", (str(tmp_path / "test_some.py"),), only), scratch=tmp_path)
    assert (row.reached, row.kept) == (reached, kept)


@pytest.mark.parametrize("guard", [*GUARDS, *PERSONAL], ids=lambda guard: guard.promise)
def test_every_guard_names_tests_that_are_there(guard):
    assert all((ROOT / file).is_file() for file in guard.files)
