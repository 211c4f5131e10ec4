from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.text import Token, normalise, sub_words, tokens, words
from matcher.text.tokens import _dictionary, _segment_piece, is_function_word, lower

from pythainlp.tokenize import word_tokenize  # isort: skip -- after the offline settings

FRAGMENTS = [
    "ถุงมือ",
    "มวยไทย",
    "ผ้าไหม",
    "และ",
    "ที่",
    "Muay",
    "OEM",
    "the",
    "iso-9001",
    "2.5",
    "กก.",
    "İ",
    "ΑΣ",
    "ß",
    "😀",
    "가",
]
texts = st.one_of(
    st.lists(st.sampled_from([*FRAGMENTS, " ", "-", ".", "า", "่"]), max_size=30).map("".join),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
)
careful = settings(deadline=None, max_examples=300)


@given(texts)
@careful
def test_every_token_is_the_lower_case_of_its_place_in_the_text(text):
    last = 0
    for token in tokens(text):
        assert token.start >= last
        assert token.end > token.start
        assert token.word == lower(text)[token.start : token.end]
        last = token.end
    assert last <= len(text)


@given(st.text(alphabet="กาผ้ไหมAbC09 .-และthe", max_size=80))
@careful
def test_in_thai_and_english_a_token_is_the_text_itself_in_lower_case(text):
    for token in tokens(text):
        assert text[token.start : token.end].lower() == token.word


@given(texts)
@careful
def test_no_letter_or_digit_is_left_out(text):
    covered = {at for token in tokens(text) for at in range(token.start, token.end)}
    assert all(at in covered for at, char in enumerate(text) if char.isalnum() and char != "_")


@given(texts)
@careful
def test_lower_case_keeps_every_characters_place(text):
    assert len(lower(text)) == len(text)


def test_the_examples_of_the_docstrings():
    assert tokens("ถุงมือ Muay") == [Token("ถุงมือ", 0, 6), Token("muay", 7, 11)]
    assert sub_words("ผ้าไหม") == ("ผ้า", "้าไ", "าไห", "ไหม", "ผ้าไ", "้าไห", "าไหม")


@pytest.mark.parametrize("text", ["เสื้อกีฬา " * 500, "โรงงานผลิตเสื้อผ้ากีฬา" * 300, "sportswear factory " * 300])
def test_places_are_right_beyond_the_first_piece_of_a_long_text(text):
    found = tokens(text)
    assert found[-1].end > 4000
    assert all(text[token.start : token.end] == token.word for token in found)


def test_function_words_are_left_out_unless_nothing_else_stands():
    assert words("รับผลิตเสื้อ และ กางเกง for the gym") == ("ผลิต", "เสื้อ", "กางเกง", "gym")
    assert words("และ the") == ("และ", "the")
    assert words("") == words(" ... 😀") == ()


@given(texts)
@careful
def test_words_are_the_telling_tokens_in_their_order(text):
    every = [token.word for token in tokens(text)]
    telling = [word for word in every if not is_function_word(word)]
    assert words(text) == tuple(telling or every)


def test_a_decimal_number_and_a_hyphenated_word_stay_whole():
    assert [token.word for token in tokens("2.5กก. D-Mark 10.5%")] == ["2.5", "กก", "d-mark", "10.5"]


@given(st.text(alphabet="กาผ้ไAb09 -", max_size=40))
@careful
def test_sub_words_are_every_window_of_three_and_four_in_a_run(text):
    runs = []
    for char in lower(text):  # a run is all Thai or all Latin letters and digits
        kind = "thai" if char >= "\u0e00" else "latin" if char.isalnum() else None
        if kind and runs and runs[-1][0] == kind:
            runs[-1][1] += char
        else:
            runs.append([kind, char if kind else ""])
    windows = [
        run[at : at + size] for kind, run in runs if kind and len(run) >= 3 for size in (3, 4)
        for at in range(len(run) - size + 1)
    ]  # fmt: skip
    short = [run for kind, run in runs if kind and len(run) < 3]
    assert sorted(sub_words(text)) == sorted(windows + short)


def test_tokens_of_a_normalised_text_are_all_of_it_but_spaces_and_punctuation():
    text = normalise("โรงงานรับผลิต  เสื้อกีฬา ขั้นต่ำ ๑๐๐ ตัว (OEM)")
    kept = "".join(text[token.start : token.end] for token in tokens(text))
    assert kept == "โรงงานรับผลิตเสื้อกีฬาขั้นต่ำ100ตัวOEM"


@given(st.text(st.sampled_from("abz019 .,-'/&+()%°éü一\t\n:_\u200b½²ß"), max_size=30))
@settings(max_examples=500)
def test_a_text_without_thai_is_cut_as_newmm_cuts_it(text):
    newmm = word_tokenize(text, engine="newmm", custom_dict=_dictionary(), join_broken_num=False)
    assert _segment_piece(text) == tuple(newmm if "".join(newmm) == text else [text] * bool(text))
