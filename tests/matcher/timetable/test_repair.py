"""Mending a timetable: what need not move does not."""

from __future__ import annotations

from itertools import product

import pytest

from matcher.timetable import (
    Problem,
    Status,
    Timetable,
    broken_rules,
    late_firm,
    lost_slot,
    lost_table,
    no_show,
    repair,
    solve,
)
from tests.matcher.timetable.fairs import day_fair

PAIRS = tuple((seller, 6 + (seller + step) % 6) for seller in range(6) for step in range(3))
FAIR = Problem(n_participants=12, meetings=PAIRS, n_slots=6, n_tables=5, fairness=3)


@pytest.fixture(scope="module")
def out() -> Timetable:
    """The timetable everybody has in hand."""
    return solve(FAIR, seconds=20, steps=20_000)


def _sound(change, mended) -> None:
    table = mended.timetable
    assert broken_rules(change.problem, table.slots, table.tables) == []
    moved = [m for m, was in enumerate(change.slots) if was >= 0 and table.slots[m] != was]
    assert list(mended.moved) == moved
    for meeting, was in enumerate(change.tables):
        if meeting not in moved and was >= 0:
            assert table.tables[meeting] == was


def test_after_a_no_show_nobody_moves(out: Timetable) -> None:
    change = no_show(FAIR, out, 0)
    mended = repair(change, seconds=20)
    _sound(change, mended)
    assert (mended.moved, mended.fewest) == ((), True)
    assert len(mended.timetable.slots) == len(PAIRS) - 3
    assert mended.reason.en == "1 does not come: 3 meetings are off; no other meeting moves"
    assert "นัดอื่นอยู่ที่เดิมทั้งหมด" in mended.reason.th
    assert [PAIRS[m] for m in change.meetings if m is not None] == [pair for pair in PAIRS if 0 not in pair]


def test_after_a_lost_slot_only_its_meetings_move_where_that_can_be(out: Timetable) -> None:
    slot = out.slots[0]
    change = lost_slot(FAIR, out, slot)
    mended = repair(change, seconds=20, threads=2)
    _sound(change, mended)
    assert set(mended.moved) >= {m for m, was in enumerate(out.slots) if was == slot}
    assert mended.fewest


def test_after_a_lost_table_only_the_meetings_too_many_move(out: Timetable) -> None:
    change = lost_table(FAIR, out, 2)
    mended = repair(change, seconds=20, threads=2)
    _sound(change, mended)
    most = sum(max(0, out.slots.count(slot) - 4) for slot in range(6))
    assert mended.fewest
    assert most <= len(mended.moved)


def test_a_late_firm_gets_its_meetings(out: Timetable) -> None:
    change = late_firm(FAIR, out, meets=(6, 7, 8), away=frozenset({0}), name="มาสาย")
    mended = repair(change, seconds=20, threads=2)
    _sound(change, mended)
    assert len(mended.timetable.slots) == len(PAIRS) + 3
    assert "3 new meetings" in mended.reason.en


def test_the_fewest_moves_are_those_that_trying_everything_finds() -> None:
    small = Problem(n_participants=4, meetings=((0, 1), (2, 3), (0, 2), (1, 3), (0, 3)), n_slots=5, n_tables=2)
    out = solve(small, seconds=20, steps=5_000)
    for change in (lost_slot(small, out, out.slots[0]), lost_table(small, out, 0)):
        fewest = min(
            sum(one != was for one, was in zip(slots, change.slots, strict=True))
            for slots in product(range(5), repeat=5)
            if not broken_rules(change.problem, slots, [slots[:m].count(slot) for m, slot in enumerate(slots)])
        )
        mended = repair(change, seconds=20)
        assert (len(mended.moved), mended.fewest) == (fewest, True)


def test_a_change_that_leaves_no_timetable_says_why() -> None:
    full = Problem(n_participants=3, meetings=((0, 1), (0, 2)), n_slots=2, n_tables=1)
    out = solve(full, seconds=20, steps=1_000)
    mended = repair(lost_slot(full, out, 0), seconds=5)
    assert mended.timetable.status is Status.INFEASIBLE
    assert "slot 1 is lost" in mended.reason.en
    assert "more meetings than free slots" in mended.reason.en


def test_the_last_participant_but_one_leaving_leaves_an_empty_timetable() -> None:
    pair = Problem(n_participants=2, meetings=((0, 1),), n_slots=2, n_tables=1)
    mended = repair(no_show(pair, solve(pair, seconds=5, steps=100), 0), seconds=5)
    assert (mended.timetable.slots, mended.timetable.status) == ((), Status.OPTIMAL)


def test_a_lost_slot_of_a_full_fair_is_mended_without_a_proof() -> None:
    # 32 of 35 places are taken: what leaves the slot pushes others aside, through answers that break rules
    pairs = tuple((seller, 8 + (seller + step) % 8) for seller in range(8) for step in range(4))
    full = Problem(n_participants=16, meetings=pairs, n_slots=6, n_tables=7, fairness=6)
    out = solve(full, seconds=20, steps=100_000)
    change = lost_slot(full, out, out.slots[0])
    mended = repair(change, seconds=20, steps=1_000_000)
    _sound(change, mended)
    assert mended.timetable.slots


def test_a_late_firm_at_a_fair_of_140_moves_nobody() -> None:
    fair = day_fair()
    out = solve(fair, seconds=600, steps=2_000_000)
    free = [p for p, own in enumerate(fair.meetings_of()) if len(own) < 6]
    for change in (late_firm(fair, out, meets=free[:5]), no_show(fair, out, 3)):
        mended = repair(change, seconds=600, steps=1_000_000)
        _sound(change, mended)
        assert (mended.moved, mended.fewest) == ((), True)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_and_steps_mend_alike(out: Timetable, seed: int) -> None:
    change = lost_slot(FAIR, out, out.slots[0])
    assert repair(change, seconds=60, steps=20_000, seed=seed) == repair(change, seconds=60, steps=20_000, seed=seed)
