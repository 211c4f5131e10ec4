from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matcher.fair import (
    By,
    ListRules,
    MeetingRules,
    Participant,
    Preference,
    Rule,
    Wish,
    match_lists,
    pair_scores,
    reasons,
)
from tests.matcher.fair.demo_fair import DAY, fair_of


def ids_of(lists):
    return {(pair.first, pair.second) for pair in lists.pairs}


def test_of_120_demo_firms_nobody_goes_home_empty_and_nearly_all_have_four_meetings(demo_ids, demo_lists):
    counts = np.array([len(demo_lists.of(id)) for id in demo_ids])
    assert counts.min() >= 1
    assert (counts >= 4).mean() >= 0.95
    assert counts.max() <= 10
    assert demo_lists.value / len(demo_lists.pairs) > 0.35
    assert 0 <= demo_lists.price_of_fairness < 3
    assert demo_lists.gap < 1e-4


def test_whoever_has_fewer_than_its_floor_is_told_why_in_both_languages(demo_ids, demo_lists):
    short = {id for id in demo_ids if len(demo_lists.of(id)) < 4}
    assert set(demo_lists.unmet) == short
    for sentence in demo_lists.unmet.values():
        assert "จาก 4 นัด" in sentence.th
        assert "of 4 meetings" in sentence.en


def test_equal_inputs_give_equal_bytes_whatever_their_order(demo, demo_ids, demo_scores, demo_lists):
    again = match_lists(fair_of(demo_ids[::-1]), demo_scores, engine=demo)
    assert again.as_json() == demo_lists.as_json()


def test_the_dial_trades_value_for_the_poorest(demo, demo_ids, demo_scores, demo_lists):
    nash = match_lists(fair_of(demo_ids), demo_scores, engine=demo, rules=ListRules(dial=1.0))

    def poorest(lists):
        gains = sorted(sum(pair.chance for pair in lists.of(id)) for id in demo_ids)
        return float(np.mean(gains[:12]))

    assert poorest(nash) >= poorest(demo_lists)
    assert nash.price_of_fairness >= demo_lists.price_of_fairness - 1e-6
    assert nash.objective <= nash.bound
    assert nash.gap < 0.02


def test_musts_vetoes_and_those_who_met_before_are_honoured(demo, demo_ids, demo_scores, demo_lists):
    best = max(demo_lists.pairs, key=lambda pair: pair.chance)
    weak = min((a, b) for a in demo_ids[:3] for b in demo_ids[-3:] if a < b)
    listed = {best.first, best.second}
    met = next(p for p in demo_lists.pairs if 0.05 < p.chance < 0.09 and not listed & {p.first, p.second})
    lists = match_lists(
        fair_of(
            demo_ids,
            preferences=[
                Preference(Wish.NO_THANKS, best.second, best.first),
                Preference(Wish.MUST_MEET, *weak),
                Preference(Wish.MET_BEFORE, met.first, met.second),
            ],
        ),
        demo_scores,
        engine=demo,
    )
    assert (best.first, best.second) not in ids_of(lists)
    assert weak in ids_of(lists)
    assert lists.of(weak[0])[0].must
    assert all(pair.met_before == ((pair.first, pair.second) == (met.first, met.second)) for pair in lists.pairs)


def test_rules_and_absences_limit_whom_a_firm_meets(demo, demo_ids, demo_scores):
    plain = fair_of(demo_ids)
    first, second, *rest = plain.participants
    fair = replace(
        plain,
        participants=(
            replace(first, available=frozenset({0, 1})),
            replace(second, available=frozenset({18, 19}), side="guest"),
            *rest,
        ),
        rules=MeetingRules(never=(Rule(By.SIDE, "guest", "*"),)),
    )
    lists = match_lists(fair, demo_scores, engine=demo)
    assert len(lists.of(first.firm_id)) <= 2
    assert "2 free slots" in lists.unmet[first.firm_id].en
    assert not lists.of(second.firm_id)
    assert "rules leave only 0" in lists.unmet[second.firm_id].en


def test_all_meetings_fit_the_tables(demo, demo_ids, demo_scores):
    lists = match_lists(fair_of(demo_ids, tables=5), demo_scores, engine=demo)
    assert len(lists.pairs) <= 100
    assert lists.unmet
    assert any("tables" in sentence.en for sentence in lists.unmet.values())


def test_a_thin_profile_is_listed_with_nobody_and_told_what_to_add(build, demo_firms):
    thin = replace(demo_firms[0], offers=(), needs=())
    firms = (thin, *demo_firms[1:12])
    engine = build(firms)
    scores = pair_scores(engine, [firm.id for firm in firms], on=DAY)
    fair = fair_of([firm.id for firm in firms])
    lists = match_lists(fair, scores, engine=engine)
    assert not lists.of(thin.id)
    assert "ข้อมูลไม่พอ" in lists.unmet[thin.id].th
    must = replace(fair, preferences=(Preference(Wish.MUST_MEET, thin.id, firms[3].id),))
    met = match_lists(must, scores, engine=engine).of(thin.id)
    assert [pair.chance for pair in met] == [None]


def test_every_listed_pair_has_reasons_from_the_words_of_both(demo, demo_lists):
    catalog = demo.built.catalog
    texts = {one.id: one.text for one in (*catalog.offers, *catalog.needs)}
    some = demo_lists.pairs[::40]
    for pair, found in zip(some, reasons(demo, some), strict=True):
        assert found.matches
        for match, need, wants in (
            (found.for_first, pair.first_need, pair.first_wants),
            (found.for_second, pair.second_need, pair.second_wants),
        ):
            if match is not None:
                assert match.evidence.reason.th
                assert match.firm.id in (pair.first, pair.second)
                assert all(span.text in texts[need] for span in match.evidence.asked)
                assert abs(match.score - wants) < 0.1  # calibration moves it a little


def test_a_list_is_in_the_order_of_chances(demo_ids, demo_lists):
    chances = [pair.chance for pair in demo_lists.of(demo_ids[0])]
    assert chances == sorted(chances, reverse=True)


def test_a_fair_of_nobody_has_no_lists(demo, demo_scores):
    lists = match_lists(replace(fair_of(["x"]), participants=()), demo_scores, engine=demo)
    assert (lists.pairs, lists.value, lists.price_of_fairness, lists.gap) == ((), 0.0, 0.0, 0.0)


def test_one_firm_alone_is_told_that_there_is_nobody(demo, demo_ids, demo_scores):
    fair = replace(fair_of(["x"]), participants=(Participant(demo_ids[0]),))
    lists = match_lists(fair, demo_scores, engine=demo)
    assert set(lists.unmet) == {demo_ids[0]}


@pytest.mark.parametrize("dial", [-0.1, 1.5])
def test_a_dial_outside_its_range_is_refused(demo, demo_ids, demo_scores, dial):
    with pytest.raises(ValueError, match="dial"):
        match_lists(fair_of(demo_ids), demo_scores, engine=demo, rules=ListRules(dial=dial))
