import numpy as np
import pytest

from matcher.domain import Firm, Offer, Stage
from matcher.engine import load_verdict
from matcher.engine.score import Scored
from matcher.engine.verdict import DEEP, FACTS, Verdict, facts_of


def test_a_verdict_is_a_logistic_over_its_facts_with_two_lines():
    one = Verdict(dict.fromkeys(FACTS, 0.0) | {"best": 2.0}, bias=-1.0, line=0.5, least=0.2)
    facts = np.zeros(len(FACTS))
    assert one.chance(facts) == pytest.approx(1 / (1 + np.e))
    for best, good in ((0.1, False), (0.4, False), (0.6, True)):
        facts[0] = best
        assert one.good(facts) is good
    facts[0], unsure = 0.1, Verdict(one.by_fact, bias=9.0, line=0.5, least=0.2)
    assert unsure.chance(facts) > 0.99
    assert not unsure.good(facts)


def test_only_the_best_ten_are_looked_at_and_a_single_one_will_do(demo):
    brief = demo.understand.words("ลูกประคบ ขายส่ง", cluster="health")
    scored = demo.rank(brief, limit=50)
    facts = facts_of(brief, demo.built, scored, demo.weights)
    np.testing.assert_array_equal(facts, facts_of(brief, demo.built, scored.first(DEEP), demo.weights))
    assert np.isfinite(facts_of(brief, demo.built, scored.first(1), demo.weights)).all()
    named = dict(zip(FACTS, facts, strict=True))
    assert (named["cluster"], named["stage"], named["gated"]) == (1, 0, 0)
    assert named["lead"] >= 0
    assert named["spread"] >= named["lead"]


def test_how_many_are_shown_does_not_change_the_verdict(demo):
    for text in ("ลูกประคบ", "ประกันชีวิต"):
        assert len({demo.search(text, limit=limit).good for limit in (1, 3, 20)}) == 1


def test_without_candidates_there_is_no_good_answer(demo):
    assert not demo.calls_good(demo.understand.words("ผ้าไหม"), Scored.none())


def test_the_shipped_verdict_has_a_weight_for_every_fact():
    assert set(load_verdict().by_fact) == set(FACTS)


def test_an_answer_with_everything_that_is_asked_is_called_good_and_its_absence_is_not(build):
    def firm(id: str, text: str) -> Firm:
        return Firm(id, f"ร้าน {id}", offers=(Offer(f"{id}/o1", text, "health", Stage.MIDSTREAM, "M2"),))

    others = [firm(f"f{at}", text) for at, text in enumerate(["น้ำมันไพล", "สบู่สมุนไพร", "ยาดมสมุนไพร", "ครีมขัดผิว"])]
    maker = firm("maker", "ลูกประคบสมุนไพรสด ขายส่ง ทำทุกวัน")
    assert build((*others, maker)).search("ลูกประคบสมุนไพรสด ขายส่ง").good
    assert not build(tuple(others)).search("เครื่องจักรตัดเหล็กแผ่น").good
