"""Texts made to stall what takes time quadratic in a run; some milliseconds each, and a generous bound."""

from __future__ import annotations

import time

import pytest

from matcher.text import load_glossary, normalise, sub_words, words
from matcher.text.tokens import tokens

LIMIT_S = 2.0  # of this process, so that a busy machine does not count
HOSTILE = {
    "one consonant": "ก" * 50_000,
    "one vowel": "า" * 50_000,
    "one lead vowel": "เ" * 50_000,
    "one tone": "่" * 50_000,
    "one letter": "a" * 50_000,
    "one syllable": "กา" * 25_000,
    "one digit": "1" * 50_000,
    "digits": "1234567890" * 5_000,
    "numbers": "1 " * 25_000,
    "marks": "ก็่" * 20_000,
    "alternating tones": "่้" * 25_000,
    "tones and vowels": "่ิ" * 25_000,
    "nikhahit": "ํา่" * 16_000,
    "accents and tones": "\u0301่า" * 16_000,
    "accents out of order": "a" + "\u0301\u0302\u0323" * 16_000,
    "dangling": "า ่" * 16_000,
    "spaces": " " * 50_000,
    "line breaks": "\r\n" * 25_000,
    "emoji": "😀" * 50_000,
    "emoji of families": "👨\u200d👩\u200d👧" * 10_000,
    "marks of direction": "\u200f\u202e" * 25_000,
    "zero width": "ก\u200b" * 25_000,
    "words": "a " * 25_000,
    "dashes": "a-" * 25_000,
    "ligatures that grow": "\ufdfa" * 3_000,
}


@pytest.fixture(scope="module", autouse=True)
def _dictionaries():
    tokens("โหลดพจนานุกรม")
    words("อุ่นเครื่อง")
    load_glossary()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_stalls_the_way_from_text_to_tokens(text):
    start = time.process_time()
    normal = normalise(text)
    words(normal)
    sub_words(normal)
    load_glossary().concepts(normal)
    assert time.process_time() - start < LIMIT_S
    assert normalise(normal) == normal


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_stalls_the_tokens_though_it_was_not_normalised(text):
    start = time.process_time()
    words(text)
    sub_words(text)
    load_glossary().concepts(text)
    assert time.process_time() - start < LIMIT_S
