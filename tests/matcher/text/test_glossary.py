from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import CatalogError
from matcher.text import load_glossary, normalise
from matcher.text.glossary import singular

BUNDLED = load_glossary()
LINES = (files("matcher.data") / "glossary.tsv").read_text("utf-8").splitlines()
TERMS = {
    f"#{number}": {normalise(term).lower() for term in ";".join(line.split("\t")[1:]).split(";") if term.strip()}
    for number, line in enumerate(LINES, 1)
    if line.count("\t") == 2 and not line.startswith(("#", "sector"))
}
SMALL = "sector\tth\ten\ngeneral\tรับผลิต;โออีเอ็ม\tOEM;private label\n\n# note\nfood\tผลิต;กล่องไม้\tbox;battery\n"


def load(tmp_path, text):
    path = tmp_path / "glossary.tsv"
    path.write_text(text, "utf-8")
    return load_glossary(path)


@pytest.fixture
def small(tmp_path):
    return load(tmp_path, SMALL)


def test_the_bundled_glossary_loads_and_is_read_once():
    assert load_glossary() is BUNDLED
    assert len(TERMS) > 2000


@given(st.lists(st.sampled_from([*(term for terms in TERMS.values() for term in terms), " ", "และ", "x"]), max_size=12))
@settings(deadline=None, max_examples=300)
def test_a_mention_lies_inside_the_text_and_names_a_term_of_its_concept(parts):
    text = " ".join(parts)
    for mention in BUNDLED.mentions(text):
        assert 0 <= mention.start < mention.end <= len(text)
        said = text[mention.start : mention.end]
        assert said in TERMS[mention.concept] or latin(said) in {latin(term) for term in TERMS[mention.concept]}


def latin(term):
    """The English words of a term in the singular, which is what counts of it."""
    kept = "".join(char if char.isascii() and char.isalnum() else " " for char in term)
    return " ".join(singular(word) for word in kept.split())


@pytest.mark.parametrize("concept", list(TERMS)[::40])
def test_every_term_names_its_own_concept(concept):
    for term in TERMS[concept]:
        if term.isascii() or len(term) >= 3:
            assert concept in BUNDLED.concepts(term), term


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("batteries", "battery"), ("boxes", "box"), ("gloves", "glove"), ("glass", "glass"), ("dishes", "dish"),
        ("benches", "bench"), ("gas", "gas"), ("oem", "oem"), ("dress", "dress"), ("jerseys", "jersey"), ("", ""),
    ],
)  # fmt: skip
def test_the_singular_of_an_english_word(plural, one):
    assert singular(plural) == one


def test_english_is_found_in_the_plural_in_capitals_and_as_a_whole_word(small):
    assert small.concepts("BOXES and batteries, private labels") == ("#5", "#5", "#2")
    assert small.concepts("Private-Label") == ("#2",)
    assert small.concepts("boxer inbox oems1") == ()


def test_a_thai_term_is_found_inside_a_compound_and_the_longest_wins(small):
    text = "โรงงานรับผลิตกล่องไม้สัก"
    assert [(one.concept, text[one.start : one.end]) for one in small.mentions(text)] == [
        ("#2", "รับผลิต"),
        ("#5", "กล่องไม้"),
    ]
    assert small.concepts("ผลิตเอง ผลิต") == ("#5", "#5")


def test_a_text_that_names_nothing_has_no_concepts(small):
    for text in ("", " ", "กล่อง", "12", "😀"):
        assert small.mentions(text) == []


def test_one_term_may_stand_for_two_concepts(tmp_path):
    glossary = load(tmp_path, "a\tแก้วน้ำ\tglass\nb\tแก้วน้ำ\tpane;glass\n")
    assert glossary.concepts("แก้วน้ำ") == glossary.concepts("glass") == ("#1", "#2")


def test_the_digest_changes_with_the_file(tmp_path, small):
    assert load(tmp_path, SMALL).digest == small.digest
    assert load(tmp_path, SMALL + "food\tข้าวสาร\trice\n").digest != small.digest


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path, small):
    path = tmp_path / "notepad.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_glossary(path).concepts("รับผลิต box") == small.concepts("รับผลิต box")


@pytest.mark.parametrize(("line", "columns"), [("food\tข้าว", 2), ("ข้าว", 1), ("food\tข้าว\trice\tmore", 4)])
def test_a_line_without_three_columns_is_named(tmp_path, line, columns):
    with pytest.raises(CatalogError, match=f"line 7 has {columns} columns; write sector"):
        load(tmp_path, SMALL + "\n" + line + "\n")


def test_a_file_that_is_missing_or_a_folder_or_not_utf8_is_refused(tmp_path):
    thai = tmp_path / "thai.tsv"
    thai.write_bytes("food\tข้าว\trice\n".encode("cp874"))
    for path in (tmp_path / "missing.tsv", tmp_path, thai):
        with pytest.raises(CatalogError, match="cannot be read"):
            load_glossary(path)
