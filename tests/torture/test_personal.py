from __future__ import annotations

from tests.torture.personal import clean, drill, tamper


def test_a_person_planted_at_random_is_erased_everywhere_and_stays_erased():
    found = drill(1, seed=7)
    assert found.planted > 5
    assert (found.left, found.restored) == ([], [])


def test_no_change_of_a_trail_goes_unnoticed():
    tried, missed, _ = tamper(60, seed=7)
    assert tried == 60
    assert missed == []


def test_contacts_in_texts_are_left_out_and_nothing_else_is():
    assert clean(500, seed=7) == []
