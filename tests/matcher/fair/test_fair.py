from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest

from matcher.domain import Firm, Offer, Stage
from matcher.fair import By, FairError, MeetingRules, Participant, Preference, Rule, Session, Wish
from tests.matcher.fair.demo_fair import SESSIONS, fair_of


def test_slots_are_numbered_through_all_sessions_in_the_order_of_time():
    fair = fair_of(["a", "b"])
    assert [slot.number for slot in fair.slots] == list(range(20))
    assert all(one.end <= other.start for one, other in zip(fair.slots, fair.slots[1:], strict=False))
    assert fair.slots_of("1-am") == range(10, 15)
    assert not fair.slots_of("no such session")
    assert len(fair.days) == 2


def test_a_cap_is_never_above_the_free_slots():
    fair = replace(fair_of(["a"]), participants=(Participant("a", available=frozenset({0, 3, 7}), max_meetings=9),))
    assert fair.cap(fair.participants[0]) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tables": 0}, "at least one table"),
        ({"sessions": ()}, "no slot"),
        ({"sessions": (*SESSIONS, SESSIONS[0])}, "stands twice"),
        (
            {"sessions": (Session("x", date(2026, 1, 1), ((time(9), time(10)), (time(9, 30), time(11)))),)},
            "overlaps",
        ),
        ({"participants": (Participant("a"), Participant("a"))}, "takes part twice"),
        ({"participants": (Participant("a", min_meetings=5, max_meetings=2),)}, "cannot be"),
        ({"participants": (Participant("a", available=frozenset({99})),)}, "does not exist"),
        ({"preferences": (Preference(Wish.NO_THANKS, "a", "z"),)}, "does not take part"),
        ({"preferences": (Preference(Wish.MET_BEFORE, "a", "a"),)}, "cannot meet itself"),
        (
            {"preferences": (Preference(Wish.MUST_MEET, "a", "b"), Preference(Wish.NO_THANKS, "b", "a"))},
            "take one of the two back",
        ),
        (
            {
                "participants": (Participant("a", min_meetings=0, max_meetings=0), Participant("b")),
                "preferences": (Preference(Wish.MUST_MEET, "a", "b"),),
            },
            "has room for 0",
        ),
        (
            {
                "participants": (
                    Participant("a", available=frozenset({0})),
                    Participant("b", available=frozenset({1})),
                ),
                "preferences": (Preference(Wish.MUST_MEET, "a", "b"),),
            },
            "share no free slot",
        ),
    ],
)
def test_a_fair_that_contradicts_itself_says_how(change, says):
    with pytest.raises(FairError, match=says) as raised:
        replace(fair_of(["a", "b"]), **change)
    assert all(problem.th and problem.en for problem in raised.value.problems)


def test_every_problem_is_listed_at_once():
    with pytest.raises(FairError) as raised:
        fair_of(["a", "a", "b", "b"], tables=0)
    assert len(raised.value.problems) == 3


PEOPLE = [
    Participant("a", side="buyer", languages=frozenset({"th", "en"})),
    Participant("b", side="seller", group="new"),
    Participant("c", side="seller", languages=frozenset({"en"})),
]
FIRMS = [
    Firm("a", "a", offers=(Offer("a/1", "x", cluster="sport", stage=Stage.DOWNSTREAM),)),
    Firm("b", "b", offers=(Offer("b/1", "x", cluster="sport", stage=Stage.UPSTREAM),)),
    Firm("c", "c", offers=(Offer("c/1", "x", cluster="betta", stage=Stage.UPSTREAM),)),
]


@pytest.mark.parametrize(
    ("rules", "meet"),
    [
        (MeetingRules(), {"ab", "ac", "bc"}),
        (MeetingRules(only=(Rule(By.SIDE, "seller", "buyer"),)), {"ab", "ac"}),
        (MeetingRules(never=(Rule(By.GROUP, "new", "*"),)), {"ac"}),
        (MeetingRules(only=(Rule(By.CLUSTER, "sport", "sport"),)), {"ab"}),
        (MeetingRules(never=(Rule(By.STAGE, "upstream", "upstream"),)), {"ab", "ac"}),
        (MeetingRules(common_language=True), {"ab", "ac"}),
        (MeetingRules(only=(Rule(By.SIDE, "*", "*"),), never=(Rule(By.CLUSTER, "sport", "betta"),)), {"ab"}),
    ],
)
def test_rules_say_who_may_meet_whom(rules, meet):
    mask = rules.allowed(PEOPLE, FIRMS)
    assert (mask == mask.T).all()
    assert not np.diag(mask).any()
    assert {"abc"[a] + "abc"[b] for a in range(3) for b in range(a + 1, 3) if mask[a, b]} == meet
