from __future__ import annotations

from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.torture.machines import run


class Broken(RuleBasedStateMachine):
    """Breaks at its first step."""

    template = None

    @rule()
    def breaks(self):
        """As it says."""
        raise AssertionError("as it should")


def test_a_machine_that_breaks_is_said_to(tmp_path):
    examples, problem = run(Broken, examples=3, steps=2, scratch=tmp_path / "broken")
    assert examples > 0
    assert "as it should" in problem
