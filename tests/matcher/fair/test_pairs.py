from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.domain import Firm, Need, Offer
from matcher.errors import UnknownIdError
from matcher.fair import Readiness, both_accept, pair_scores
from matcher.fair.answers import Answering
from matcher.fair.chance import brier, calibration_error, load_calibration
from matcher.fair.pairs import lacking
from tests.matcher.fair.demo_fair import DAY


def test_every_score_equals_the_engines_own_and_shows_the_same_offer(demo):
    catalog = demo.built.catalog
    answering = Answering(demo, np.arange(len(catalog.firms)), on=date.today())
    needs = range(0, len(catalog.needs), 6)
    found = answering.score(answering.briefs(needs))
    row = {firm.id: at for at, firm in enumerate(catalog.firms)}
    compared = 0
    for at, need in enumerate(needs):
        for match in demo.match(catalog.needs[need].id, limit=len(row)).matches:
            assert found.scores[at, row[match.firm.id]] == pytest.approx(match.score, abs=1e-4)
            if match.offer is not None:
                assert catalog.offers[found.offers[at, row[match.firm.id]]].id == match.offer.id
            compared += 1
    assert compared > 10_000


def test_a_score_does_not_depend_on_who_else_takes_part(demo, demo_ids, demo_scores):
    few = pair_scores(demo, demo_ids[10:30], on=DAY)
    at = [demo_scores.at(id) for id in few.firm_ids]
    np.testing.assert_allclose(few.raw, demo_scores.raw[np.ix_(at, at)], atol=2e-6)


def test_the_same_firms_in_another_order_give_the_same_bits(demo, demo_ids):
    one, other = pair_scores(demo, demo_ids[:40], on=DAY), pair_scores(demo, demo_ids[:40][::-1], on=DAY)
    assert one.firm_ids == other.firm_ids
    assert one.chance.tobytes() == other.chance.tobytes()


def test_small_blocks_give_what_one_block_gives(demo, demo_ids, demo_scores, monkeypatch):
    monkeypatch.setattr("matcher.fair.pairs._BLOCK", 3_000)
    blocks = pair_scores(demo, demo_ids, on=DAY)
    np.testing.assert_allclose(blocks.chance, demo_scores.chance, atol=3e-6)


def test_chances_are_symmetric_and_made_of_both_directions(demo_scores):
    chance, wants = demo_scores.chance, demo_scores.wants
    np.testing.assert_array_equal(chance, chance.T)
    assert np.isnan(np.diag(chance)).all()
    inside = ~np.eye(len(chance), dtype=np.bool_)
    assert ((chance[inside] >= 0) & (chance[inside] <= 1)).all()
    ready = np.full_like(wants, 1.0)
    most = both_accept(wants=wants, wanted=wants.T, asked_ready=ready, asking_ready=ready)
    assert (chance[inside] <= most[inside] + 1e-5).all()


def test_the_need_and_the_offer_kept_are_of_the_two_firms(demo, demo_scores):
    catalog = demo.built.catalog
    for a in range(0, 120, 7):
        for b in range(0, 120, 11):
            need, offer = int(demo_scores.need[a, b]), int(demo_scores.offer[a, b])
            assert (need >= 0) == (demo_scores.raw[a, b] > 0)
            if need >= 0:
                assert catalog.firms[catalog.need_firm[need]].id == demo_scores.firm_ids[a]
            if offer >= 0:
                assert catalog.firms[catalog.offer_firm[offer]].id == demo_scores.firm_ids[b]


def test_who_accepts_more_readily_meets_more(demo, demo_ids, demo_scores):
    shy = pair_scores(demo, demo_ids, on=DAY, readiness=Readiness(to_sell=0.1, to_buy=0.1, to_join=0.1))
    assert np.nansum(shy.chance) < 0.6 * np.nansum(demo_scores.chance)


def test_a_stranger_to_the_catalog_is_named(demo, demo_scores):
    with pytest.raises(UnknownIdError, match="nobody"):
        pair_scores(demo, ["nobody"], on=DAY)
    with pytest.raises(UnknownIdError, match="nobody"):
        demo_scores.at("nobody")


OFFER = Offer("x/o1", "ผ้าไหมทอมือย้อมสีธรรมชาติ หน้ากว้าง 1 เมตร", cluster="thai_textile")


@pytest.mark.parametrize(
    ("firm", "says"),
    [
        (Firm("x", "x", description="กิจการทอผ้าไหมมาสามสิบปี ส่งออกญี่ปุ่นและยุโรป"), "neither an offer nor a need"),
        (Firm("x", "x", needs=(Need("x/n1", "ผ้า"),)), "1 words together"),
        (Firm("x", "x", offers=(OFFER,)), None),
    ],
)
def test_a_thin_profile_says_what_it_lacks(firm, says):
    found = lacking(firm)
    assert found is None if says is None else says in found.en and found.th.startswith("ข้อมูลไม่พอ")


def test_of_a_thin_profile_nothing_is_said_rather_than_a_made_up_number(build, demo_firms):
    thin = replace(demo_firms[0], offers=(), needs=())
    engine = build((thin, *demo_firms[1:6]))
    scores = pair_scores(engine, [firm.id for firm in (thin, *demo_firms[1:6])], on=DAY)
    assert set(scores.thin) == {thin.id}
    at = scores.at(thin.id)
    assert np.isnan(scores.chance[at]).all()
    assert np.isnan(scores.chance[:, at]).all()
    assert not np.isnan(np.delete(np.delete(scores.chance, at, 0), at, 1)[0, 1:]).any()


def test_judges_agree_with_the_chances_as_often_as_these_say(demo, demo_folder):
    """The weights were learned on these topics: `tests/bench/chances.py` holds clusters out."""
    from matcher.evaluation import read_topics

    firms = demo.built.catalog.living
    topics = read_topics(demo_folder, firms, provinces=demo.provinces, certificates=demo.certificates)
    grades = {topic.id: topic.grades for topic in topics if topic.kind == "need"}
    scores = pair_scores(demo, [firm.id for firm in firms], on=date.today())
    chances, goods = [], []
    for firm in firms:
        if firm.needs and all(need.id in grades for need in firm.needs):
            at = scores.at(firm.id)
            good = [any(grades[need.id].get(id, 0) >= 2 for need in firm.needs) for id in scores.firm_ids]
            chances.append(np.delete(load_calibration().chance(scores.raw[at]), at))
            goods.append(np.delete(np.array(good), at))
    chance, good = np.concatenate(chances), np.concatenate(goods)
    listable = chance >= 0.01
    assert brier(chance, good) < 0.6 * good.mean() * (1 - good.mean())
    assert calibration_error(chance[listable], good[listable]) < 0.02
