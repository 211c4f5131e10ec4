from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from matcher.fair.errors import MeetingRefusedError
from matcher.fair.meetings import (
    HELD,
    OPEN,
    Meeting,
    MeetingState,
    accept,
    cancel,
    decline,
    expire,
    overdue,
    proposed,
    relist,
    request,
    unsay,
)

NOW = datetime(2026, 12, 1, tzinfo=UTC)
TTL = timedelta(hours=72)
FIRMS = ("a", "b")
sides = st.sampled_from(FIRMS)


def other(firm):
    return "b" if firm == "a" else "a"


def asked(by="a"):
    return request(None, by=by, other=other(by), at=NOW, ttl=TTL)


def said_yes(meeting, *firms):
    for firm in firms:
        meeting = accept(meeting, by=firm, at=NOW)
    return meeting


@dataclass
class Model:
    """What two firms and the organiser did to each other, told without states.

    Attributes:
        yes: Firms that want it now; `no` those that do not.
        listed: The lists propose it.
        asking: The firm whose request waits, and until when.
        off: It was called off, and nobody took it up since.
    """

    yes: set[str]
    no: set[str]
    listed: bool = False
    asking: tuple[str, datetime] | None = None
    off: bool = False

    @property
    def held(self) -> bool:
        """Whether a timetable has to hold it."""
        agreed = self.yes == set(FIRMS) and self.asking is None
        return not self.no and not self.off and (self.listed or agreed)


class TwoFirms(RuleBasedStateMachine):
    """Two firms, their answers, the lists and the clock, in any order."""

    def __init__(self):
        super().__init__()
        self.meeting: Meeting | None = None
        self.at = NOW
        self.model = Model(set(), set())

    def waits(self):
        """The request that waits now."""
        asking = self.model.asking
        return asking if asking and asking[1] > self.at else None

    @rule(by=sides)
    def ask(self, by):
        """A firm asks for the meeting."""
        was = self.model
        if other(by) in was.no:
            with pytest.raises(MeetingRefusedError, match="no thanks"):
                request(self.meeting, by=by, other=other(by), at=self.at, ttl=TTL)
            return
        after = request(self.meeting, by=by, other=other(by), at=self.at, ttl=TTL)
        waits = self.waits()
        if by in was.no and (was.listed or other(by) in was.yes):  # it takes its no back
            was.no.discard(by)
            was.yes.add(by)
        elif was.held:
            was.yes.add(by)
        elif waits and waits[0] != by:
            was.yes.add(by)
            was.asking = None
        elif not waits:
            self.model = Model({by}, set(), asking=(by, self.at + TTL))
        self.meeting = after

    @precondition(lambda self: self.meeting is not None)
    @rule(by=sides)
    def say_yes(self, by):
        """A firm accepts, once more at once."""
        was, waits = self.model, self.waits()
        wanted = by in was.no and (was.listed or other(by) in was.yes)
        if other(by) in was.no or not (was.held or waits or wanted):
            with pytest.raises(MeetingRefusedError):
                accept(self.meeting, by=by, at=self.at)
            return
        self.meeting = accept(self.meeting, by=by, at=self.at)
        assert accept(self.meeting, by=by, at=self.at) == self.meeting, "twice is once"
        if waits and waits[0] == by:
            return
        was.no.discard(by)
        was.yes.add(by)
        was.asking = None

    @precondition(lambda self: self.meeting is not None)
    @rule(by=sides)
    def say_no(self, by):
        """A firm declines or takes its request back, once more at once."""
        was = self.model
        takes_back = self.meeting.state in {MeetingState.REQUESTED, MeetingState.WITHDRAWN}
        self.meeting = decline(self.meeting, by=by)
        assert decline(self.meeting, by=by) == self.meeting, "twice is once"
        was.yes.discard(by)
        if takes_back and self.meeting.asked_by == by:
            was.asking = None
            return
        was.no.add(by)
        was.asking, was.off = None, False

    @precondition(lambda self: self.meeting is not None)
    @rule(by=sides)
    def unsay_it(self, by):
        """A firm takes its answer back."""
        was, live = self.model, self.meeting.state in OPEN or bool(self.model.no)
        answered = self.meeting.said(by) is not None
        self.meeting = unsay(self.meeting, by=by, at=self.at, ttl=TTL)
        assert unsay(self.meeting, by=by, at=self.at, ttl=TTL) == self.meeting, "twice is once"
        was.yes.discard(by)
        was.no.discard(by)
        if live and answered and not was.no:
            was.asking = (other(by), self.at + TTL) if was.yes and not was.listed else None

    @rule(hours=st.integers(1, 80))
    def wait(self, hours):
        """Time passes, and nobody looks at the clock."""
        self.at += timedelta(hours=hours)

    @precondition(lambda self: self.meeting is not None)
    @rule()
    def clock_strikes(self):
        """What is overdue expires."""
        over = self.model.asking is not None and self.waits() is None
        self.meeting = expire(self.meeting, at=self.at)
        assert (self.meeting.state is MeetingState.EXPIRED) == over

    @precondition(lambda self: self.meeting is not None and not self.model.no)
    @rule()
    def lists_propose_it(self):
        """Lists made anew have the pair."""
        self.meeting = relist(self.meeting, listed=True, at=self.at, ttl=TTL)
        self.model.listed, self.model.asking, self.model.off = True, None, False

    @precondition(lambda self: self.meeting is None)
    @rule()
    def lists_propose_strangers(self):
        """The first lists have the pair."""
        self.meeting = proposed("b", "a")
        self.model = Model(set(), set(), listed=True)

    @precondition(lambda self: self.meeting is not None)
    @rule()
    def lists_propose_it_no_more(self):
        """Lists made anew do not have the pair."""
        was = self.model
        agreed = was.yes == set(FIRMS)
        dropped = was.held and not agreed
        self.meeting = relist(self.meeting, listed=False, at=self.at, ttl=TTL)
        was.listed = False
        if dropped and was.yes:
            (willing,) = was.yes
            was.asking = (willing, self.at + TTL)
        elif dropped:
            assert self.meeting is None
            self.model = Model(set(), set())

    @precondition(lambda self: self.meeting is not None)
    @rule()
    def a_side_stays_away(self):
        """The organiser calls it off."""
        was, waits = self.model, self.meeting.state is MeetingState.REQUESTED
        self.meeting = cancel(self.meeting)
        if was.held or waits:
            was.listed, was.asking, was.off = False, None, True

    @invariant()
    def a_slot_only_for_what_both_want_or_the_lists_propose(self):
        """Held is what the model says is held."""
        assert (self.meeting is not None and self.meeting.state in HELD) == self.model.held

    @invariant()
    def the_state_agrees_with_what_was_said(self):
        """State and answers fit each other and the model."""
        if self.meeting is None:
            return
        state, said = self.meeting.state, {firm: self.meeting.said(firm) for firm in FIRMS}
        assert {firm for firm in FIRMS if said[firm] is False} == self.model.no
        assert (state is MeetingState.DECLINED) == (False in said.values())
        if state in OPEN:
            assert {firm for firm in FIRMS if said[firm]} == self.model.yes
            both = self.model.yes == set(FIRMS)
            assert (state is MeetingState.ACCEPTED) == both
            assert both or self.meeting.listed or state is MeetingState.REQUESTED
        if state is MeetingState.REQUESTED:
            assert said == {self.meeting.asked_by: True, other(self.meeting.asked_by): None}
            assert not self.meeting.listed
        assert (state is MeetingState.REQUESTED and not overdue(self.meeting, self.at)) == (self.waits() is not None)


TestTwoFirms = TwoFirms.TestCase
TestTwoFirms.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)


def test_a_request_waits_until_both_want_it():
    waiting = asked()
    assert (waiting.state, waiting.asked_by, waiting.expires_at) == (MeetingState.REQUESTED, "a", NOW + TTL)
    assert request(waiting, by="a", other="b", at=NOW + TTL / 2, ttl=TTL) == waiting  # asking again gains no time
    assert accept(waiting, by="a", at=NOW) == waiting
    settled = accept(waiting, by="b", at=NOW)
    assert (settled.state, settled.first_said, settled.second_said) == (MeetingState.ACCEPTED, True, True)
    assert request(waiting, by="b", other="a", at=NOW, ttl=TTL) == settled


def test_the_ids_stand_in_order_whoever_asks():
    assert asked("b").pair == asked("a").pair == proposed("b", "a").pair == ("a", "b")
    assert asked("b").other("a") == "b"
    assert (asked("b").said("b"), asked("b").said("a")) == (True, None)


@pytest.mark.parametrize("moment", [NOW + TTL, NOW + TTL + timedelta(days=9)])
def test_a_request_past_its_time_is_over_even_before_the_clock_has_struck(moment):
    waiting = asked()
    with pytest.raises(MeetingRefusedError, match="expired"):
        accept(waiting, by="b", at=moment)
    anew = request(waiting, by="b", other="a", at=moment, ttl=TTL)
    assert (anew.state, anew.asked_by, anew.expires_at) == (MeetingState.REQUESTED, "b", moment + TTL)
    assert anew.said("a") is None  # its yes was to another request
    assert expire(waiting, at=NOW + TTL - timedelta(seconds=1)) == waiting
    assert expire(expire(waiting, at=moment), at=moment) == expire(waiting, at=moment)


def test_a_no_stands_against_whatever_the_other_side_does_until_it_is_taken_back():
    refused = decline(said_yes(proposed("a", "b"), "a"), by="b")
    with pytest.raises(MeetingRefusedError):
        request(refused, by="a", other="b", at=NOW, ttl=TTL)
    with pytest.raises(MeetingRefusedError):
        accept(refused, by="a", at=NOW)
    assert relist(refused, listed=True, at=NOW, ttl=TTL).state is MeetingState.DECLINED
    assert cancel(refused) == refused
    assert request(refused, by="b", other="a", at=NOW, ttl=TTL).state is MeetingState.ACCEPTED
    assert accept(refused, by="b", at=NOW).state is MeetingState.ACCEPTED


def test_withdrawing_twice_is_no_refusal():
    waiting = asked()
    once = decline(waiting, by="a")
    assert once.state is MeetingState.WITHDRAWN
    assert decline(once, by="a") == once
    assert request(once, by="b", other="a", at=NOW, ttl=TTL).state is MeetingState.REQUESTED
    with pytest.raises(MeetingRefusedError, match="withdrawn"):
        accept(once, by="b", at=NOW)


def test_taking_an_answer_back_brings_nothing_back_that_was_called_off():
    off = cancel(said_yes(asked(), "b"))
    left = unsay(off, by="b", at=NOW, ttl=TTL)
    assert (left.state, left.said("a"), left.said("b")) == (MeetingState.CANCELLED, True, None)


def test_new_lists_keep_every_answer():
    both = said_yes(asked(), "b")
    assert relist(both, listed=True, at=NOW, ttl=TTL) == replace(both, listed=True)
    assert relist(replace(both, listed=True), listed=False, at=NOW, ttl=TTL) == both
    half = said_yes(proposed("a", "b"), "b")
    becomes = relist(half, listed=False, at=NOW, ttl=TTL)
    assert (becomes.state, becomes.asked_by, becomes.second_said) == (MeetingState.REQUESTED, "b", True)
    assert relist(becomes, listed=True, at=NOW, ttl=TTL).second_said is True
    assert relist(proposed("a", "b"), listed=False, at=NOW, ttl=TTL) is None


def test_a_meeting_called_off_is_taken_up_again_by_the_lists_or_anew_by_both():
    off = cancel(said_yes(asked(), "b"))
    assert relist(off, listed=True, at=NOW, ttl=TTL).state is MeetingState.ACCEPTED
    anew = request(off, by="a", other="b", at=NOW, ttl=TTL)
    assert (anew.state, anew.said("b")) == (MeetingState.REQUESTED, None)
    with pytest.raises(MeetingRefusedError, match="withdrawn"):
        accept(off, by="a", at=NOW)
