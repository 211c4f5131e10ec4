from __future__ import annotations

from tests.torture.clients import GONE, Told
from tests.torture.soak import Outcome, Seen, _differing, _untrue, run

TOLD = [Told("f1", "old", 0, 10), Told("f1", "new", 20, 30), Told("f1", GONE, 40, 50)]


def test_answers_while_firms_come_and_go_are_those_of_an_index_built_anew(tmp_path):
    outcome = run(minutes=0.04, readers=8, scratch=tmp_path, quiet_s=2)
    assert outcome.answers > 0
    assert outcome.compared > 0
    assert outcome.wrong == []


def test_an_answer_may_show_what_was_so_at_any_moment_of_it_and_nothing_else():
    def untrue(asked_ns, there_ns, mark):
        return list(_untrue([Seen(asked_ns, there_ns, {"f1": mark})], TOLD))

    assert untrue(12, 15, "old") == untrue(15, 25, "new") == untrue(25, 27, "old") == untrue(35, 45, "new") == []
    assert untrue(31, 35, "old")
    assert untrue(51, 60, "new")
    assert untrue(5, 8, "new")


def test_an_answer_differs_by_a_score_that_is_off_and_by_a_firm_left_out_for_worse_ones():
    right = {"f1": 0.5, "f2": 0.4, "f3": 0.1}
    assert _differing({"f1": 0.5, "f2": 0.4, "f3": 0.105}, right) == []
    assert _differing({"f1": 0.5, "f2": 0.3, "f3": 0.1, "ghost": 0.2}, right) == ["f2", "ghost"]
    assert _differing({"f1": 0.5, "f3": 0.1}, right) == ["f2"]


def test_memory_is_judged_by_what_it_grew_after_the_first_quarter():
    assert Outcome(memory_mb=[100, 300, 500, 510, 505, 500, 520, 510]).grown == 515 / 505 - 1
