from __future__ import annotations

import json
from dataclasses import replace

import pytest

from matcher.domain import Need
from matcher.fair import ListRules, ListRun, Manifest, Preference, Wish, diff, manifest, match_lists, pair_scores
from matcher.fair.manifest import _hash
from tests.matcher.fair.demo_fair import DAY, fair_of


def run_of(engine, ids, *, scores=None, rules=None, **wishes):
    fair = fair_of(ids, **wishes)
    scores = scores or pair_scores(engine, ids, on=DAY)
    rules = rules or ListRules()
    lists = match_lists(fair, scores, engine=engine, rules=rules)
    return ListRun(lists, manifest(engine, fair, scores, rules), scores)


@pytest.fixture(scope="module")
def before(demo, demo_ids, demo_scores):
    """Lists of all 120."""
    return run_of(demo, demo_ids, scores=demo_scores)


def of_pair(changes, *ids):
    return next(change for change in changes if {change.first, change.second} == set(ids))


def test_lists_do_not_differ_from_themselves(demo, demo_ids, before):
    again = run_of(demo, demo_ids[::-1])
    assert diff(before, again) == ()
    assert again.manifest.as_json() == before.manifest.as_json()
    assert again.lists.as_json() == before.lists.as_json()


def test_a_manifest_is_read_back_as_it_was_written(before):
    assert Manifest.from_json(before.manifest.as_json()) == before.manifest
    assert len(before.manifest.digest) == 16
    assert set(json.loads(before.manifest.as_json())["libraries"]) >= {"highspy", "numpy"}


def test_a_hash_does_not_depend_on_the_order_of_a_set():
    assert _hash({"b", "a", "c"}) == _hash({"c", "b", "a"})
    assert _hash({1: "x"}) != _hash({1: "y"})


def test_a_firm_that_left_is_the_reason_its_pairs_went(demo, demo_ids, before):
    gone = demo_ids[4]
    after = run_of(demo, [id for id in demo_ids if id != gone])
    went = [change for change in diff(before, after) if gone in (change.first, change.second)]
    assert len(went) == len(before.lists.of(gone))
    assert all(change.kind == "removed" and "no longer takes part" in change.why.en for change in went)
    back = diff(after, before)
    assert all("new to the fair" in change.why.en for change in back if gone in (change.first, change.second))


def test_wishes_are_named_and_those_who_took_the_place_too(demo, demo_ids, demo_scores, before):
    best = max(before.lists.pairs, key=lambda pair: pair.chance)
    far = (demo_ids[0], demo_ids[-1])
    wishes = [Preference(Wish.NO_THANKS, best.first, best.second), Preference(Wish.MUST_MEET, *far)]
    changes = diff(before, run_of(demo, demo_ids, scores=demo_scores, preferences=wishes))
    assert "no thanks" in of_pair(changes, best.first, best.second).why.en
    assert "must meet now" in of_pair(changes, *far).why.en
    assert {change.kind for change in changes} <= {"added", "removed"}


def test_a_changed_text_is_named_with_the_step_of_the_score(build, demo_firms, before):
    chosen = next(pair for pair in before.lists.pairs if pair.first_wants > 0.7 and pair.second_wants < 0.1)
    other = Need(f"{chosen.first}/n1", "หารถขุดดินขนาดเล็กมือสอง")
    changed = [replace(firm, needs=(other,)) if firm.id == chosen.first else firm for firm in demo_firms]
    after = run_of(build(tuple(changed)), list(before.manifest.firms))
    change = of_pair(diff(before, after), chosen.first, chosen.second)
    assert "the text of" in change.why.en
    assert f"{chosen.first}/n1" in change.why.en
    assert change.before - change.after > 0.05


def test_a_cap_that_fell_is_named(demo, demo_ids, demo_scores, before):
    busy = max(demo_ids, key=lambda id: len(before.lists.of(id)))
    plain = fair_of(demo_ids)
    fair = replace(
        plain,
        participants=tuple(replace(one, max_meetings=4) if one.firm_id == busy else one for one in plain.participants),
    )
    lists = match_lists(fair, demo_scores, engine=demo)
    after = ListRun(lists, manifest(demo, fair, demo_scores, ListRules()), demo_scores)
    went = [c for c in diff(before, after) if busy in (c.first, c.second) and c.kind == "removed"]
    assert went
    assert all("room for 4 meetings, before 10" in change.why.en for change in went)


def test_another_dial_is_named(demo, demo_ids, demo_scores, before):
    changes = diff(before, run_of(demo, demo_ids, scores=demo_scores, rules=ListRules(dial=1.0)))
    assert changes
    assert {change.why.en for change in changes} == {"the way lists are made changed"}
