"""Everything that organiser and participants do to a fair, in any order, on SQLite."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from api.errors import MissingError, NoTimetableError, PlaceTakenError
from api.fairs.editing import absent, look, move, pin, restore, veto
from api.fairs.meetings import answer, ask, expire_requests
from api.fairs.planning import make_timetable, mend_timetable
from api.fairs.publishing import pack_of, publish
from api.fairs.summary import summary
from api.fairs.undoing import take_back, unpin, unveto
from api.store.database import Database
from api.store.fairs import Deed, fair_row, list_events
from api.store.meetings import find_meetings
from api.store.tables import now
from api.store.timetables import get_timetable, list_timetables, places_of
from matcher.fair import FairError, Wish
from matcher.fair.errors import MeetingRefusedError
from matcher.fair.meetings import HELD, MeetingState
from tests.api.fairs.small import (
    ID,
    LINKS,
    ORGANISER,
    as_firm,
    clashes,
    deliveries,
    plant,
    set_up,
    states,
    stored,
    timetable,
)
from tests.api.fakes import some_firms

IDS = tuple(firm.id for firm in some_firms(6))
PAIRS = tuple(combinations(IDS, 2))
SLOTS, TABLES, CAP = 4, 2, 3

firms = st.sampled_from(IDS)
pairs = st.sampled_from(PAIRS)
shares = st.floats(0, 1, exclude_max=True)
some_places = st.tuples(st.integers(0, SLOTS - 1), st.integers(1, TABLES))


class AFair(RuleBasedStateMachine):
    """Six firms, four slots, two tables; each firm accepts three meetings at most.

    The model is of plain sets: who said no to whom, which meetings the organiser insisted on, which versions of the
    timetable there were, and, worked out anew from the definition, which places are free.
    """

    template: Path
    cache_dir: Path

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="khukha")
        path = Path(self.folder.name, "khukha.sqlite")
        shutil.copy(self.template, path)
        self.database = Database(f"sqlite:///{path}")
        set_up(self.database, len(IDS), slots=SLOTS, tables=TABLES, max_meetings=CAP)
        plant(self.database, *PAIRS[::4])
        self.refused = {}
        self.insisted = set()
        self.kept = {}
        self.events = 0

    def teardown(self):
        """Take the files away."""
        self.database.close()
        self.folder.cleanup()

    @rule(pair=pairs, swapped=st.booleans(), by=st.sampled_from(["link", "k-organiser"]))
    def asks(self, pair, swapped, by):
        """A firm, or the organiser for it, asks for a meeting."""
        own, other = pair[::-1] if swapped else pair
        before = states(self.database).get(pair)
        try:
            found = ask(self.database, LINKS, ID, by=own, other=other, deed=Deed(by, own)).meeting
        except MeetingRefusedError:
            return
        assert other not in self.refused.get(pair, set())
        assert found.said(own) is True
        self.refused.get(pair, set()).discard(own)
        assert before in HELD or self.placed_or_no_room(pair)

    @rule(which=shares, swapped=st.booleans(), yes=st.booleans())
    def answers(self, which, swapped, yes):
        """A firm answers something that is on its page."""
        known = states(self.database)
        if not known:
            return
        pair = picked(which, known)
        own, other = pair[::-1] if swapped else pair
        try:
            found = answer(self.database, LINKS, ID, by=own, other=other, yes=yes, deed=as_firm(own)).meeting
        except MeetingRefusedError:
            assert yes
            return
        said_no = self.refused.setdefault(pair, set())
        assert not yes or other not in said_no
        (said_no.add if found.said(own) is False else said_no.discard)(own)
        assert known[pair] in HELD or self.placed_or_no_room(pair)

    @rule(which=shares, swapped=st.booleans())
    def takes_back(self, which, swapped):
        """A firm takes back what it said; the other side's no stands."""
        if known := states(self.database):
            pair = picked(which, known)
            own, other = pair[::-1] if swapped else pair
            take_back(self.database, ID, by=own, other=other, deed=as_firm(own))
            self.refused.get(pair, set()).discard(own)

    @rule(hours=st.sampled_from([1, 100]))
    def time_passes(self, hours):
        """Requests that wait too long expire."""
        at = now() + timedelta(hours=hours)
        expire_requests(self.database, LINKS, at=at)
        with self.database.reading() as session:
            waiting = find_meetings(session, ID, states=[MeetingState.REQUESTED])
        assert all(one.meeting.expires_at > at for one in waiting)

    @rule(pair=pairs)
    def pins(self, pair):
        """The organiser says that two must meet."""
        try:
            pin(self.database, ID, pair, ORGANISER)
        except FairError:
            return
        self.refused.pop(pair, None)
        self.insisted.add(pair)
        assert states(self.database)[pair] in HELD
        assert self.placed_or_no_room(pair)

    @rule(pair=pairs)
    def unpins(self, pair):
        """The organiser insists no more; who said yes stays with it."""
        before = states(self.database).get(pair)
        try:
            unpin(self.database, ID, pair, ORGANISER)
        except MissingError:
            return
        assert before != "accepted" or states(self.database)[pair] == "accepted"

    @rule(pair=pairs)
    def vetoes(self, pair):
        """The organiser says that two do not meet."""
        veto(self.database, LINKS, ID, pair, ORGANISER)
        assert states(self.database).get(pair) not in HELD

    @rule(pair=pairs)
    def unvetoes(self, pair):
        """The organiser lets two meet again whom it had kept apart."""
        try:
            unveto(self.database, ID, pair, ORGANISER)
        except MissingError:
            return
        self.insisted.add(pair)
        assert self.refused.get(pair, set()) == set() or states(self.database)[pair] not in HELD

    @rule(which=shares, to=st.none() | some_places)
    def moves(self, which, to):
        """The organiser moves a meeting; what is refused was foretold, and what was foretold is refused."""
        held = [pair for pair, state in states(self.database).items() if state in HELD]
        if not held:
            return
        pair = picked(which, held)
        before = timetable(self.database)
        with self.database.reading() as session:
            foretold, free = look(session, ID, pair, to)
        if to is not None and not foretold and to[0] != before.get(pair, (None, 0))[0]:
            assert to[0] in free
        if foretold:
            with pytest.raises(PlaceTakenError) as raised:
                move(self.database, ID, pair, to, ORGANISER)
            assert raised.value.conflicts == foretold
            assert timetable(self.database) == before
            return
        move(self.database, ID, pair, to, ORGANISER)
        after = dict(before)
        after.pop(pair, None)
        assert timetable(self.database) == after | ({} if to is None else {pair: to})

    @precondition(lambda self: self.last > 0)
    @rule(which=shares)
    def restores(self, which):
        """The organiser brings a version back."""
        restore(self.database, ID, picked(which, range(1, self.last + 1)), ORGANISER)

    @rule(firm=firms, from_slot=st.integers(0, SLOTS - 1), preview=st.booleans())
    def stays_away(self, firm, from_slot, preview):
        """A firm does not come, or leaves early: where all had a place, no meeting of others moves."""
        before, found = timetable(self.database), states(self.database)
        all_placed = before.keys() == {pair for pair, state in found.items() if state in HELD}
        try:
            absent(
                self.database,
                LINKS,
                ID,
                firm,
                ORGANISER,
                cache_dir=self.cache_dir,
                from_slot=from_slot,
                preview=preview,
                seconds=0.5,
            )
        except NoTimetableError:
            assert self.crowded()
            return
        after = timetable(self.database)
        if preview:
            assert (after, states(self.database)) == (before, found)
        elif before and all_placed:
            assert after == {pair: at for pair, at in before.items() if firm not in pair or at[0] < from_slot}

    @rule(seed=st.integers(0, 3))
    def makes(self, seed):
        """The organiser has a timetable made from nothing: all that is held has a place."""
        try:
            make_timetable(self.database, ID, ORGANISER, cache_dir=self.cache_dir, steps=100, seed=seed)
        except NoTimetableError:
            assert self.crowded()
            return
        held = {pair for pair, state in states(self.database).items() if state in HELD}
        assert timetable(self.database).keys() == held

    @rule()
    def mends(self):
        """The organiser has the timetable mended: then all that is held has a place."""
        try:
            mend_timetable(self.database, ID, ORGANISER, cache_dir=self.cache_dir, preview=False, seconds=0.5)
        except NoTimetableError:
            assert self.crowded()
            return
        held = {pair for pair, state in states(self.database).items() if state in HELD}
        assert timetable(self.database).keys() == held

    @precondition(lambda self: self.last > 0)
    @rule()
    def publishes(self):
        """The organiser publishes what there is."""
        version = publish(self.database, LINKS, ID, ORGANISER)
        with self.database.reading() as session:
            packs = [pack_of(session, ID, at) for at in range(1, version + 1)]
        assert {one.pair: (one.slot, one.table) for one in packs[-1].meetings if one.slot is not None} == timetable(
            self.database
        )

    @property
    def last(self):
        """Number of the timetable in force."""
        with self.database.reading() as session:
            return fair_row(session, ID).timetable

    def crowded(self):
        """Whether no timetable at all can hold what is held, found by trying."""
        fair = stored(self.database)
        free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
        held = [pair for pair, state in states(self.database).items() if state in HELD]
        return not _fits(held, free, {})

    def placed_or_no_room(self, pair):
        """Whether a meeting just settled has its place; there may be no timetable yet, or no room in it."""
        with self.database.reading() as session:
            none_yet = get_timetable(session, ID) is None
        places = timetable(self.database)
        if none_yet or pair in places or states(self.database)[pair] not in HELD:
            return True
        fair = stored(self.database)
        free = {one.firm_id: fair.free_slots(one) for one in fair.participants}
        return not _fits([pair], free, {other: slot for other, (slot, _table) in places.items()})

    @invariant()
    def the_timetable_in_force_holds_together(self):
        """No clash, nobody who is away, nothing that is not held."""
        assert clashes(self.database) == []

    @invariant()
    def nobody_agreed_to_more_than_it_can_hold(self):
        """Unless it left, or the organiser insisted."""
        found = states(self.database)
        must = stored(self.database).pairs_with(Wish.MUST_MEET) | self.insisted
        for id in IDS:
            agreed = [pair for pair, state in found.items() if id in pair and state == "accepted"]
            assert len([pair for pair in agreed if pair not in must]) <= CAP

    @invariant()
    def a_no_stands(self):
        """Nothing is held that a side refused, unless the organiser insisted since."""
        found = states(self.database)
        assert not [pair for pair, said in self.refused.items() if said and found.get(pair) in HELD]

    @invariant()
    def the_log_only_grows_and_figures_add_up(self):
        """Events are numbered; the summary counts what is there."""
        with self.database.reading() as session:
            numbers = [one.sequence for one in list_events(session, ID, limit=10_000)]
            told = summary(session, ID)
        assert len(numbers) >= self.events
        self.events = len(numbers)
        found = states(self.database)
        assert told.held == sum(state in HELD for state in found.values())
        assert told.timed == len(timetable(self.database))
        assert told.waiting == sum(state == "requested" for state in found.values())

    @invariant()
    def every_version_is_kept(self):
        """They are numbered from 1, and none is ever changed."""
        with self.database.reading() as session:
            there = {row.number: places_of(row) for row in list_timetables(session, ID, limit=10_000)}
        assert sorted(there) == list(range(1, len(there) + 1))
        assert there | self.kept == there
        self.kept = there

    @invariant()
    def nobody_is_told_twice(self):
        """A firm gets one delivery of a message."""
        named = [(row.dedupe, row.firm_id) for row in deliveries(self.database)]
        assert len(named) == len(set(named))


def picked(which, known):
    """One of what is there, by its share: what is drawn must not hang on what a search found in its time."""
    found = sorted(known)
    return found[int(which * len(found))]


def _fits(left, free, places):
    """Whether the meetings that are left find places beside the others."""
    if not left:
        return True
    pair, *rest = left
    for slot in sorted(free[pair[0]] & free[pair[1]]):
        there = [other for other, at in places.items() if at == slot]
        if (
            len(there) < TABLES
            and not any(set(pair) & set(other) for other in there)
            and _fits(rest, free, places | {pair: slot})
        ):
            return True
    return False


def test_a_fair_holds_together_whatever_is_done_to_it(sqlite_template, cache_dir):
    machine = type("Machine", (AFair,), {"template": sqlite_template, "cache_dir": cache_dir})
    run_state_machine_as_test(machine, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))
