import numpy as np
import pytest

from matcher.domain import Certificate, EdgeKind, Firm, Need, Offer, Position, Seeking, Stage
from matcher.engine import Filters
from matcher.errors import EmptyTextError, InputError, TextTooLongError, UnknownIdError


def spans(match):
    shown = match.offer or match.need
    yield from ((match.firm.description, span) for span in match.evidence.described)
    if shown:
        yield from ((shown.text, span) for span in match.evidence.offered)


def test_every_quoted_span_stands_in_the_profile_at_its_place(demo):
    for need in demo.built.catalog.needs[::9]:
        for match in demo.match(need.id, limit=3).matches:
            assert all(text[span.start : span.end] == span.text for text, span in spans(match))
            assert all(need.text[span.start : span.end] == span.text for span in match.evidence.asked)
            assert match.evidence.asked


def test_a_firm_is_never_the_answer_to_its_own_need_or_offer(demo):
    catalog = demo.built.catalog
    for row in range(0, len(catalog.needs), 11):
        own = catalog.firms[catalog.need_firm[row]].id
        assert own not in [match.firm.id for match in demo.match(catalog.needs[row].id, limit=20).matches]
    for row in range(0, len(catalog.offers), 29):
        own = catalog.firms[catalog.offer_firm[row]].id
        assert own not in [m.firm.id for m in demo.buyers_for(catalog.offers[row].id, limit=20).matches]


def test_scores_are_chances_best_first_and_each_firm_comes_once(demo):
    matches = demo.search("กระเป๋าผ้า", limit=50).matches
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({match.firm.id for match in matches}) == len(matches) == 50


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(clusters=frozenset({"betta", "flowers"})),
        Filters(stages=frozenset({Stage.UPSTREAM})),
        Filters(provinces=frozenset({"เชียงใหม่", "นครปฐม"})),
        Filters(certificates=frozenset({"GMP"})),
        Filters(clusters=frozenset({"health"}), stages=frozenset({Stage.MIDSTREAM}), certificates=frozenset({"GMP"})),
        Filters(provinces=frozenset({"ไม่มีจังหวัดนี้"})),
    ],
)
def test_filtered_search_finds_just_the_firms_a_plain_loop_allows(demo, filters):
    today = demo._today()

    def allowed(firm: Firm) -> bool:
        held = demo.certificates.held(firm.certificates, on=today)
        placed = any(
            (not filters.clusters or place.cluster in filters.clusters)
            and (not filters.stages or place.stage in filters.stages)
            for place in (*firm.offers, *firm.positions)
        )
        return (
            (placed or not (filters.clusters or filters.stages))
            and (not filters.provinces or firm.province_th in filters.provinces)
            and filters.certificates <= held
        )

    expected = {firm.id for firm in demo.built.catalog.firms if allowed(firm)}
    found = demo.rank(demo.understand.words("สินค้าคุณภาพดี", filters=filters), limit=1000)
    assert {demo.built.catalog.firms[row].id for row in found.firms.tolist()} <= expected
    assert len(found.firms) >= min(len(expected), 150)


def test_the_whole_catalog_scored_at_once_gives_the_same_order_as_the_candidates(demo):
    from matcher.engine.score import score

    catalog = demo.built.catalog
    for text in ("เส้นไหมย้อมคราม", "spray drone spare parts", "ที่พักพร้อมสนามซ้อม"):
        brief = demo.understand.words(text)
        everything = score(
            brief,
            demo.built,
            np.arange(len(catalog.firms)),
            allowed_offers=np.ones(len(catalog.offers), np.bool_),
            weights=demo.weights,
        )
        assert demo.rank(brief, limit=10).firms.tolist() == everything.firms[:10].tolist()


def test_an_expired_certificate_shuts_the_gate_and_is_named(build):
    from datetime import date

    def firm(id: str, expires: date) -> Firm:
        return Firm(
            id, f"โรงงาน {id}", province_th="ตรัง", certificates=(Certificate("GHPs", expires=expires),),
            offers=(Offer(f"{id}/o1", "แปรรูปผลไม้อบแห้ง", "agritech", Stage.DOWNSTREAM),),
        )  # fmt: skip

    engine = build((firm("old", date(2020, 1, 1)), firm("new", date(2999, 1, 1))))
    answer = engine.search("โรงงานแปรรูปผลไม้อบแห้ง ต้องมี GMP")
    assert [match.firm.id for match in answer.matches] == ["new"]
    assert [match.firm.id for match in answer.near] == ["old"]
    assert [(gate.condition.en, gate.passing) for gate in answer.gates] == [("holds a valid GMP", 1)]
    assert any("2020-01-01" in missing.en for missing in answer.near[0].evidence.missing)


def test_a_need_that_asks_for_buyers_is_answered_with_buyers(build):
    def firm(id: str, offer: str, need: str, stage: Stage, sought: Stage, role: str) -> Firm:
        return Firm(
            id, f"ราย {id}", province_th="น่าน", positions=(Position("thai_textile", stage, role),),
            offers=(Offer(f"{id}/o1", offer, "thai_textile", stage, role),),
            needs=(Need(f"{id}/n1", need, "thai_textile", sought),),
        )  # fmt: skip

    weaver = firm("weaver", "ผ้าทอมือมัดหมี่ย้อมคราม", "อยากได้ร้านค้ารับไปขายต่อ", Stage.MIDSTREAM, Stage.DOWNSTREAM, "M4")
    shop = firm("shop", "ร้านผ้าไทยหน้าวัด ขายปลีก", "หาผ้าทอมือย้อมครามมาวางขาย", Stage.DOWNSTREAM, Stage.MIDSTREAM, "D1")
    rival = firm("rival", "ผ้าทอมือมัดหมี่ย้อมครามลายโบราณ", "หาเส้นฝ้าย", Stage.MIDSTREAM, Stage.UPSTREAM, "M4")
    engine = build((weaver, shop, rival))

    answer = engine.match("weaver/n1")
    assert answer.seeking is Seeking.BUYER
    assert answer.matches[0].firm.id == "shop"
    assert answer.matches[0].need.id == "shop/n1"
    chain = answer.matches[0].evidence.chain
    assert (chain.kind, chain.seller.code, chain.buyer.code) == (EdgeKind.DIRECT, "M4", "D1")
    assert engine.buyers_for("weaver/o1").matches[0].firm.id == "shop"


def test_who_asks_for_buyers_of_goods_meets_firms_that_need_them_and_no_others_that_sell_them(build):
    def firm(id: str, offer: str, need: str) -> Firm:
        return Firm(
            id, f"ราย {id}", offers=(Offer(f"{id}/o1", offer, "thai_textile"),),
            needs=(Need(f"{id}/n1", need, "thai_textile"),),
        )  # fmt: skip

    raiser = firm("raiser", "รังไหมพันธุ์ไทยพื้นบ้าน", "หาคนรับซื้อรังไหมทั้งปี")
    reeler = firm("reeler", "เส้นไหมสาวมือ", "รังไหมสดวันละ 20 กก.")
    shop = firm("shop", "ร้านผ้าไหมหน้าวัด", "ผ้าไหมมัดหมี่")
    engine = build((raiser, reeler, shop))
    answer = engine.search("ใครรับซื้อรังไหม")
    assert answer.matches[0].firm.id == "reeler"
    assert answer.matches[0].need.id == "reeler/n1"
    assert engine.built.catalog.need_sells.tolist() == [True, False, False]
    assert all(match.need is None for match in answer.matches if match.firm.id == "raiser")


def test_words_that_a_profile_denies_do_not_find_it_and_are_said_to_be_denied(build):
    def firm(id: str, description: str) -> Firm:
        return Firm(id, f"ราย {id}", description=description, offers=(Offer(f"{id}/o1", "ต้นกล้าดาวเรือง"),))

    engine = build((firm("a", "เพาะกล้า ไม่มีดอกดาวเรืองตัดขาย"), firm("b", "เพาะกล้า มีดอกดาวเรืองตัดขาย")))
    matches = {match.firm.id: match for match in engine.search("ดอกดาวเรืองตัด").matches}
    assert matches["a"].signals["words"] < matches["b"].signals["words"]
    assert any("ไม่มีดอกดาวเรืองตัดขาย" in gap.th for gap in matches["a"].evidence.missing)
    assert not matches["b"].evidence.missing or "เขียนไว้ว่า" not in matches["b"].evidence.missing[0].th
    assert all("ดอก" not in span.text for span in matches["a"].evidence.described)


def test_an_order_below_the_minimum_is_said(build):
    maker = Firm("maker", "โรงงานเสื้อ", offers=(Offer("maker/o1", "เสื้อบอลพิมพ์ลาย", moq="500 ตัว", price_thb=90.0),))
    evidence = build((maker,)).search("เสื้อบอล 100 ตัว").matches[0].evidence
    assert "สั่งขั้นต่ำ 500 ตัว มากกว่าที่ขอ 100 ตัว" in [gap.th for gap in evidence.missing]
    assert "ขั้นต่ำ" in evidence.next_question.th


@pytest.mark.parametrize(
    ("english", "firm"),
    [("leather made from mycelium", "bcg_fashion-d14"), ("betta jars, glass, wholesale", "betta-d14")],
)
def test_an_english_question_finds_a_thai_profile(demo, english, firm):
    assert firm in [match.firm.id for match in demo.search(english, limit=5).matches]


def test_words_of_no_language_the_catalog_knows_say_nothing(demo):
    signals = demo.search("qqzxv wwkjq zzxqv").matches[0].signals
    assert signals["words"] == signals["grams"] == signals["concepts"] == signals["foreign"] == 0


@pytest.mark.parametrize("text", ["ประกันชีวิต", "ปูนซีเมนต์ผสมเสร็จ", "kindergarten teacher"])
def test_no_good_answer_is_said_with_what_to_change(demo, text):
    answer = demo.search(text)
    assert not answer.good
    assert "ไม่พบ" in answer.advice.th


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\t", "…!?", "\0", "ผ้า\0ไหม", "\ud800", "😀😀😀", "\u200b\u200b", "\u202eไหม\u202c",
        "ก" * 50_000, "า" * 4_000,
        "NaN", "1e999", "'; DROP TABLE firms; --", "<script>alert(1)</script>", "(" * 3_000, "ก็่" * 1_300,
        "a " * 1_900, "๑๒๓",
        "\u0e33" * 3_000, "AND OR NOT \"", "ไหม" + "\u0301" * 3_000,
    ],
)  # fmt: skip
def test_thin_or_hostile_input_gets_an_answer_or_a_clear_error(demo, text):
    try:
        matches = demo.search(text).matches
    except InputError:
        return
    assert all(0 <= match.score <= 1 for match in matches)


def test_errors_name_what_is_wrong(demo):
    with pytest.raises(EmptyTextError):
        demo.search("   ")
    with pytest.raises(TextTooLongError, match="4,000"):
        demo.search("ก" * 50_000)
    with pytest.raises(UnknownIdError, match="nobody/n1"):
        demo.match("nobody/n1")
    with pytest.raises(UnknownIdError, match="nobody/o1"):
        demo.buyers_for("nobody/o1")


def test_a_thin_catalog_is_searched_too(build):
    bare = Firm("bare", "ร้านเดียว", offers=(Offer("bare/o1", "ขายผ้า"),))
    assert build((bare,)).search("ผ้า").matches[0].firm.id == "bare"
    described = Firm("words", "กลุ่มแม่บ้าน", description="ทำขนม")
    found = build((described, bare)).search("ขนม")
    assert found.matches[0].firm.id == "words"
    assert found.matches[0].offer is None
