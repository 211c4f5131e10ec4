import pytest

from matcher.engine.spelling import Speller, trade_words
from matcher.text import load_glossary


@pytest.fixture(scope="module")
def speller():
    glossary = load_glossary()
    return Speller(trade_words(glossary), glossary=glossary, stands={"shop", "ลูกค้า"}.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("mushroom leahter for shops", "mushroom leather for shops"), ("หากระบงเพชร", "หากระบองเพชร")],
)
def test_a_word_that_nobody_uses_becomes_the_trade_word_next_to_it(speller, typed, meant):
    assert speller.mended(typed) == meant


@pytest.mark.parametrize("text", ["leather for shops", "ลูกค้า GMP 25 ตัว", "xq", ""])
def test_what_is_known_or_like_nothing_known_is_left(speller, text):
    assert speller.mended(text) is None


def test_a_mistyped_question_is_understood_as_the_right_one(demo):
    right, wrong = (demo.understand.words(f"private label organic fragrant {word}") for word in ("rice", "ricce"))
    assert wrong.fields == right.fields
    assert (wrong.vector == right.vector).all()
    assert wrong.text.endswith("ricce")


@pytest.mark.parametrize(
    ("typed", "mended"),
    [("ปูหญาทอกี่เทว", "ปูผ้าทอกี่เทว"), ("รถดำาแปรรูปไพ้", "รถดำแปรรูปไพ้"), ("แมลักน้ำกลัน", "แมลูกน้ำกลัน")],
)
def test_of_two_mistyped_words_side_by_side_nothing_is_written_twice(typed, mended):
    glossary = load_glossary()
    assert Speller(trade_words(glossary), glossary=glossary, stands=lambda _word: False).mended(typed) == mended
