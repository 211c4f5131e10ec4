"""What a fair learns from its answers: which answers count, who may undo what, and what the log says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api.errors import MissingError, NothingToUndoError, TooFewAnswersError
from api.fairs.learning import apply, belief_of, preview, take_back
from api.fairs.outcomes import tell
from api.privacy.consenting import say_for_participant
from api.privacy.policy import Purpose
from api.store.audit import Trail
from api.store.fair_tables import ListsRow
from api.store.fairs import fair_row, list_events
from api.store.meetings import put_listed, put_meeting
from api.store.tables import now
from matcher.domain import Need, Seeking
from matcher.fair.chance import Belief, Calibration, Readiness, load_belief
from matcher.fair.meetings import accept, decline, proposed
from matcher.fair.outcomes import Outcome, Told
from tests.api.fairs.small import ID, ORGANISER, a_listed_pair, set_up

OTHER = Belief(Calibration(1.3, -0.7), Readiness(to_sell=0.6, to_buy=0.4, to_join=0.5))


def listed(database, pairs, *, number=1, belief=None, must=()):
    """Lists of that number that propose these pairs."""
    made = [replace(a_listed_pair(*pair), first_need=None, must=pair in must) for pair in pairs]
    objects = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in made]
    manifest = {} if belief is None else {"belief": belief.as_table()}
    with database.writing() as session:
        put_listed(session, ID, made, [proposed(*pair) for pair in pairs])
        row = ListsRow(fair_id=ID, number=number, by="k", lists={"pairs": objects}, manifest=manifest, at=now())
        session.add(row)
        fair_row(session, ID).planned = number


def answered(database, said):
    """Pairs with what both sides answered."""
    with database.writing() as session:
        for pair, answers in said.items():
            meeting = proposed(*pair)
            for side, yes in zip(pair, answers, strict=True):
                if yes is not None:
                    meeting = replace(meeting, **{"first_said" if side == pair[0] else "second_said": yes})
            put_meeting(session, ID, meeting)


def seen(database, **more):
    with database.reading() as session:
        return preview(session, ID, **more)


@pytest.fixture
def fair(database):
    """Ten firms, all their pairs proposed."""
    ids = sorted(one.firm_id for one in set_up(database, 10).participants)
    pairs = [(a, b) for at, a in enumerate(ids) for b in ids[at + 1 :]]
    listed(database, pairs)
    return pairs


def test_the_usual_chances_are_in_force_until_the_organiser_says_otherwise(database, fair):
    answered(database, {pair: (at % 3 == 0, at % 2 == 0) for at, pair in enumerate(fair)})
    lesson = seen(database)
    assert (lesson.in_force, lesson.applied) == (load_belief(), 0)
    assert lesson.learnt.answers == 2 * len(fair)
    assert lesson.learnt.belief != load_belief()


def test_what_is_learned_is_put_in_force_logged_and_taken_back(database, fair):
    answered(database, {pair: (False, at % 4 == 0) for at, pair in enumerate(fair)})
    learnt = apply(database, ID, ORGANISER).learnt
    with database.reading() as session:
        assert belief_of(fair_row(session, ID)) == learnt.belief
        event = list_events(session, ID, limit=1)[0]
    assert (event.what, event.by) == ("chances.learnt", ORGANISER.by)
    assert event.said["old"] == load_belief().as_table()
    assert event.said["new"] == learnt.belief.as_table()
    assert (event.said["answers"], event.said["yes"]) == (2 * len(fair), learnt.yes)
    answered(database, {pair: (True, True) for pair in fair[:20]})
    again = apply(database, ID, ORGANISER)
    assert again.in_force == learnt.belief
    assert again.learnt.prior == load_belief()  # never from what was learned before
    assert take_back(database, ID, ORGANISER) == learnt.belief
    assert take_back(database, ID, ORGANISER) == load_belief()
    with pytest.raises(NothingToUndoError):
        take_back(database, ID, ORGANISER)
    with database.reading() as session:
        assert [one.what for one in list_events(session, ID, limit=2)] == ["chances.taken_back"] * 2


def test_too_few_answers_are_refused_and_change_nothing(database, fair):
    answered(database, {fair[0]: (True, False)})
    with pytest.raises(TooFewAnswersError) as refused:
        apply(database, ID, ORGANISER)
    assert refused.value.answers == 2
    assert seen(database).applied == 0


def test_only_what_was_proposed_for_its_chance_and_answered_by_the_asked_counts(database, fair):
    must, own, silent, plain = fair[:4]
    listed(database, [must, own, silent, plain], must=[must], number=1_000)
    with database.writing() as session:
        session.delete(session.get(ListsRow, (ID, 1)))
    answered(database, {must: (True, True), silent: (None, False), plain: (True, False)})
    with database.writing() as session:
        asked = replace(proposed(*own), asked_by=own[0], first_said=True, second_said=True)
        put_meeting(session, ID, asked)
        put_meeting(session, ID, accept(proposed(*fair[5]), by=fair[5][0], at=now()))
    lesson = seen(database)
    assert lesson.learnt.answers == 4  # silent's second, own's second, plain's two
    assert lesson.left_out == {"own_wish": 1, "silent": 2, "unlisted": 3}


def test_answers_count_with_the_scores_of_the_lists_that_first_proposed_the_meeting(database, fair):
    """Later lists hold what was agreed as a must, and what was declined not at all."""
    answered(database, {pair: (False, False) for pair in fair})
    before = seen(database).learnt
    listed(database, fair[:3], number=2, must=fair[:3], belief=OTHER)
    with database.writing() as session:
        for pair in fair:
            put_meeting(session, ID, replace(decline(proposed(*pair), by=pair[0]), listed=False, second_said=False))
    assert seen(database).learnt == before


def test_chances_made_with_something_learned_are_led_back_to_the_scores(database, fair):
    answered(database, {pair: (at % 2 == 0, at % 3 == 0) for at, pair in enumerate(fair)})
    plain = seen(database).learnt.belief
    with database.writing() as session:
        row = session.get(ListsRow, (ID, 1))
        scores = {name: load_belief().calibration.score_of(value) for name, value in (("w", 0.25), ("v", 0.75))}
        chances = {name: float(OTHER.calibration.chance(np.float32(x))) for name, x in scores.items()}
        changed = {"first_wants": chances["w"], "second_wants": chances["v"]}
        row.lists = {"pairs": [pair | changed for pair in row.lists["pairs"]]}
        row.manifest = {"belief": OTHER.as_table()}
    assert seen(database).learnt.belief.as_table() == pytest.approx(plain.as_table(), abs=1e-3)


def test_what_came_of_a_meeting_counts_before_the_answer(database, fair):
    answered(database, dict.fromkeys(fair, (True, True)))
    assert seen(database).learnt.yes == 2 * len(fair)
    pair = fair[0]
    tell(database, ID, Told(*pair, None, Outcome.INSUFFICIENT_INTEREST, now()), ORGANISER)
    tell(database, ID, Told(*pair, pair[0], Outcome.COOPERATION_POSSIBLE, now()), ORGANISER)
    assert seen(database).learnt.yes == 2 * len(fair) - 1


def test_what_was_told_of_a_firm_that_withdrew_from_statistics_is_not_learned_from(database, fair):
    """Its answers to requests are no outcomes and stay; what others told of their own meetings stays too."""
    answered(database, {pair: (True, at < 20) for at, pair in enumerate(fair)})
    wanted = seen(database).learnt.yes
    (a, b), apart = fair[0], next(pair for pair in fair if not {*pair} & {*fair[0]})
    for pair in ((a, b), apart):
        tell(database, ID, Told(*pair, None, Outcome.INSUFFICIENT_INTEREST, now()), ORGANISER)

    def say(firm, *, given):
        with database.writing() as session:
            rest = {"fair_id": ID, "firm_id": firm, "given": given, "by": "link", "route": "link"}
            say_for_participant(session, Trail(b"pepper"), Purpose.STATISTICS, **rest)

    everybody = seen(database).learnt
    assert everybody.yes == wanted - 4
    for firm in (a, b):
        say(firm, given=False)
        assert seen(database).learnt.yes == wanted - 2, "either side may withdraw"
        assert apply(database, ID, ORGANISER).learnt.belief != everybody.belief, "`khukha fair learn --apply` neither"
        say(firm, given=True)
        assert seen(database).learnt == everybody


def test_another_fairs_answers_are_learned_from_by_name(database, fair):
    answered(database, {pair: (False, at % 4 == 0) for at, pair in enumerate(fair)})
    with pytest.raises(MissingError):
        seen(database, of=["nowhere"])
    assert seen(database, of=[ID, ID]).learnt == seen(database).learnt


def test_a_need_says_what_the_asked_side_is_to_do():
    from api.fairs.learning import _seeking
    from tests.api.fakes import some_firms

    firm = replace(some_firms(1)[0], needs=(Need("x/n1", "หาตัวแทนจำหน่าย"),))
    assert _seeking(firm, "x/n1") is Seeking.BUYER
    assert _seeking(firm, None) is Seeking.SUPPLIER
    assert _seeking(firm, "x/gone") is None
