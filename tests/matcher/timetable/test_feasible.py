"""Why there is no timetable, in words that name the firms."""

from __future__ import annotations

from hypothesis import given, settings

from matcher.timetable import Problem, Session, obstacles
from tests.matcher.timetable.fairs import fewest_breaks_by_trying, small_fairs

NAMES = ("ไหมไทย", "Silk & Co", "ฟาร์มเมล่อน", "AgriBot")


def _fair(**given: object) -> Problem:
    return Problem(
        **{
            "n_participants": 4,
            "meetings": ((0, 1), (0, 2), (0, 3), (1, 2)),
            "n_slots": 4,
            "n_tables": 2,
            "names": NAMES,
            **given,
        }
    )


def test_a_firm_with_more_meetings_than_free_slots_is_named_with_both_numbers() -> None:
    found = obstacles(_fair(forbidden=(frozenset({0, 2}), frozenset(), frozenset(), frozenset())))
    assert "this firm has more meetings than free slots: ไหมไทย (3 meetings, 2 free slots)" in [r.en for r in found]
    assert any("ไหมไทย (3 การพบ ว่าง 2 ช่วง)" in r.th for r in found)


def test_three_over_subscribed_firms_are_all_named() -> None:
    pairs = tuple((one, other) for one in range(3) for other in range(one + 1, 3))
    found = obstacles(_fair(meetings=(*pairs, (0, 3)), n_slots=1, n_tables=9))
    assert "these 3 firms" in found[0].en
    assert all(name in found[0].en for name in NAMES[:3])
    assert "AgriBot" not in found[0].en


def test_too_few_tables_are_said_with_the_numbers() -> None:
    found = obstacles(_fair(n_slots=3, n_tables=1))
    assert "there are 4 meetings, but 1 tables and 3 slots hold 3" in [r.en for r in found]


def test_a_session_that_cannot_hold_its_meetings_is_named() -> None:
    found = obstacles(_fair(n_tables=1, first_slots=3, sessions=(Session.FIRST,) * 4))
    assert any("first session, which holds 3" in r.en for r in found)


def test_a_fixed_slot_at_which_somebody_is_away_names_who() -> None:
    found = obstacles(
        _fair(fixed=(None, 2, None, None), forbidden=(frozenset(), frozenset(), frozenset({2}), frozenset()))
    )
    assert [r.en for r in found] == [
        "meeting 2 (ไหมไทย – ฟาร์มเมล่อน) is fixed to slot 3, when ฟาร์มเมล่อน cannot be there"
    ]


def test_meetings_that_share_too_few_slots_are_named_with_the_slots() -> None:
    # Silk & Co and ฟาร์มเมล่อน are both there only at slot 2
    away = frozenset({0, 2, 3})
    found = obstacles(_fair(meetings=((0, 1), (0, 2), (0, 3)), forbidden=(frozenset(), away, away, frozenset())))
    assert [r.en for r in found] == ["ไหมไทย is to meet Silk & Co, ฟาร์มเมล่อน (2 meetings), which only slots 2 allow"]


def test_precedences_that_go_round_are_named() -> None:
    after = (frozenset({1}), frozenset({2}), frozenset({0}), frozenset())
    found = obstacles(_fair(earlier=after))
    assert "these meetings must each come before the next" in found[0].en
    assert all(str(number) in found[0].en for number in (1, 2, 3))


def test_more_meetings_fixed_to_a_slot_than_tables() -> None:
    found = obstacles(_fair(meetings=((0, 1), (2, 3)), n_tables=1, fixed=(1, 1)))
    assert [r.en for r in found] == ["2 meetings are fixed to slot 2, and there are 1 tables"]


@settings(max_examples=150, deadline=None)
@given(problem=small_fairs())
def test_no_fair_with_a_timetable_is_refused(problem: Problem) -> None:
    if obstacles(problem):
        assert fewest_breaks_by_trying(problem) is None
