import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.engine.suggest import Suggester
from matcher.text import load_glossary, normalise
from matcher.text.tokens import lower


@pytest.fixture(scope="module")
def suggester(demo):
    return Suggester(demo.built, glossary=load_glossary())


def key(text):
    return lower(normalise(text.replace("\0", "")))


def texts(found):
    return [one.text for one in found]


def test_every_source_is_suggested(suggester, demo):
    firm = demo.built.catalog.firms[0]
    expected = [
        ("เชียงให", "เชียงใหม่", "place"),
        ("chiang m", "Chiang Mai", "place"),
        ("gm", "GMP", "certificate"),
        ("silk ree", "silk reeler or hand spinner", "role"),
        ("ผ้าไห", "ผ้าไหม", "product"),
        ("canv", "canvas", "product"),
        (firm.name_th[:12], firm.name_th, "firm"),
    ]
    for typed, text, kind in expected:
        assert (text, kind) in [(one.text, one.kind) for one in suggester.suggest(typed, limit=20)], typed


def test_a_place_counts_its_firms_and_goods_the_offers_that_name_the_concept(suggester, demo):
    firms, glossary = demo.built.catalog.firms, load_glossary()
    place = suggester.suggest("เชียงใหม่")[0]
    assert place.count == sum(firm.province_th == "เชียงใหม่" for firm in firms)
    terms = dict(pair for start in glossary.thai.values() for pair in start)
    goods = [one for one in suggester.suggest("ผ้า", limit=50) if one.kind == "product"]
    assert goods
    for one in goods:
        wanted = set(terms[one.text])
        naming = [o for firm in firms for o in firm.offers if wanted & set(glossary.concepts(o.text))]
        assert one.count == len(naming), one.text


@pytest.mark.parametrize("typed", ["ผ้า", "ไหม", "โยคะ", "silk", "box", "ก", "c"])
def test_terms_that_begin_so_come_first_then_those_with_such_a_word_each_by_count(suggester, typed):
    found = suggester.suggest(typed, limit=10)
    begins = [one.text.lower().startswith(typed) for one in found]
    assert begins[0]
    assert begins == sorted(begins, reverse=True)
    counts = [one.count for one in found if one.text.lower().startswith(typed)]
    assert counts == sorted(counts, reverse=True)


def test_a_term_that_no_offer_uses_is_left_out_beside_one_that_means_the_same(suggester, demo):
    offers = " ".join(offer.text for offer in demo.built.catalog.offers)
    assert "กล้วยไม้" in offers
    assert "กล้วยใม้" not in offers
    assert texts(suggester.suggest("กล้วย", limit=50)).count("กล้วยไม้") == 1
    assert "กล้วยใม้" not in texts(suggester.suggest("กล้วย", limit=50))


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("ขายผ้าไห", "ขายผ้าไหม"), ("organic canv", "organic canvas"), ("GMP ผ้าไห", "GMP ผ้าไหม"), ("หาโดรน", "หาโดรนเกษตร")],
)
def test_the_last_word_is_completed_and_the_former_ones_stay(suggester, typed, completed):
    found = suggester.suggest(typed)
    assert completed in texts(found)
    assert all(one.text.startswith(typed[:3]) for one in found)


@pytest.mark.parametrize(("typed", "meant"), [("โยค่ะ", "โยคะ"), ("siilk", "silk"), ("haal", "Halal")])
def test_a_typo_suggests_what_is_spelled_alike_and_says_so(suggester, typed, meant):
    found = {one.text: one.fuzzy for one in suggester.suggest(typed)}
    assert found[meant] is True


def test_the_beginning_of_a_word_is_no_typo(suggester):
    assert set(texts(suggester.suggest("เชียง"))) == {"เชียงใหม่", "เชียงราย"}


def test_every_term_is_found_by_each_of_its_beginnings(suggester):
    keys = [key(term.text) for term in suggester._terms]
    for term in suggester._terms[::97]:
        for length in range(1, min(len(term.text), 12) + 1):
            typed = key(term.text[:length])
            if not any(char.isalnum() for char in typed):
                continue
            counts = [one.count for one, whole in zip(suggester._terms, keys, strict=True) if whole.startswith(typed)]
            first = suggester.suggest(typed, limit=1)[0]
            assert key(first.text).startswith(typed)
            assert first.count == max(counts)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_suggestion_for_a_beginning_holds_it_unless_it_is_fuzzy(suggester, data):
    term = data.draw(st.sampled_from(suggester._terms))
    typed = term.text[: data.draw(st.integers(1, len(term.text)))]
    for one in suggester.suggest(typed):
        assert one.fuzzy or key(typed) in key(one.text), (typed, one)
        assert not (one.fuzzy and key(typed) == key(term.text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="กขคผหมไใเแะาิ่้์ abs\0\n\u200b๑1.-", max_size=60), st.integers(-1, 12))
def test_whatever_is_typed_gets_suggestions_and_never_a_crash(suggester, text, limit):
    found = suggester.suggest(text, limit=limit)
    assert len(found) <= max(0, limit)
    assert len(set(map(str.lower, texts(found)))) == len(found)
    assert all(one.count > 0 for one in found)
    mended = suggester.did_you_mean(text)
    assert mended is None or mended != text


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "\ud800", "\u200b", "…!?", "ก" * 4_000, "ก็่" * 1_300, "a " * 2_000, "\u0e33" * 3_000, "x" * 100_000],
)
def test_nothing_that_can_be_completed_suggests_nothing(suggester, text):
    assert suggester.suggest(text) == ()
    assert suggester.did_you_mean(text) is None


def test_a_nul_within_a_word_does_no_harm(suggester):
    assert suggester.suggest("si\0lk") == suggester.suggest("silk")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("โยค่ะ", "โยคะ"),
        ("เสื่อโยค่ะ", "เสื่อโยคะ"),
        ("siilk scarf", "silk scarf"),
        ("Packging box", "packaging box"),
        ("ผ้าไหม", None),
        ("silk scarf", None),
        ("dental implants", None),
        ("ประกันชีวิต", None),
        ("ไวโอลิน 500 ตัว", None),
    ],
)
def test_a_word_that_stands_nowhere_is_mended_where_a_close_one_is_known(suggester, typed, meant):
    assert suggester.did_you_mean(typed) == meant


def test_a_name_the_catalog_holds_is_never_mended(suggester, demo):
    for firm in demo.built.catalog.firms[::7]:
        assert suggester.did_you_mean(firm.name_th) is None, firm.name_th


def test_threads_share_one_suggester(suggester):
    typed = ["ผ้า", "โยค่ะ", "siilk", "ขายผ้าไห", "เชียง"]
    expected = [suggester.suggest(text) for text in typed]
    seen = []

    def ask():
        seen.extend([suggester.suggest(text) for text in typed] == expected for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 80


def test_a_catalog_without_firms_suggests_nothing(build):
    empty = Suggester(build(()).built, glossary=load_glossary())
    assert empty.suggest("ผ้า") == ()
    assert empty.did_you_mean("ผ้า") is None
