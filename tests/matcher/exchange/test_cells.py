from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import Certificate
from matcher.exchange.cells import certificates, items, join_certificates, join_items
from matcher.exchange.formulas import with_guard, without_guard
from matcher.exchange.values import ValueProblem
from tests.matcher.exchange.files import LINES

NEW_YEARS_EVE = date(2026, 12, 31)


def test_offers_end_at_line_breaks_and_semicolons_but_not_at_commas():
    assert items("เมล่อน, แตงโม; กล่อง\n\nถุง ;") == ("เมล่อน, แตงโม", "กล่อง", "ถุง")


@given(st.lists(LINES, max_size=5))
def test_items_joined_in_a_cell_are_taken_apart_again(texts):
    assert list(items(join_items(texts))) == texts


def test_certificates_are_split_at_commas_and_carry_their_expiry():
    said = (
        "GAP, GMP (หมดอายุ 31/12/2569)\nHalal exp 2026-12-31; ISO 9001 หมดอายุ: ๓๑ ธ.ค. ๖๙,Export license, GI (ไหม, ฝ้าย)"
    )

    assert certificates(said) == (
        Certificate("GAP"),
        Certificate("GMP", expires=NEW_YEARS_EVE),
        Certificate("Halal", expires=NEW_YEARS_EVE),
        Certificate("ISO 9001", expires=NEW_YEARS_EVE),
        Certificate("Export license"),
        Certificate("GI (ไหม, ฝ้าย)"),
    )


def test_a_certificate_with_an_expiry_that_is_no_date_is_refused():
    with pytest.raises(ValueProblem, match="bad_date"):
        certificates("GMP (หมดอายุ ปีหน้า)")


@given(
    st.lists(st.builds(Certificate, st.sampled_from(["GMP", "a;b,c"]), st.none(), st.none() | st.just(NEW_YEARS_EVE)))
)
def test_certificates_joined_in_a_cell_are_taken_apart_again(held):
    assert list(certificates(join_certificates(held))) == held


@pytest.mark.parametrize("said", ["," * 100_000, "(" * 100_000, "(exp " * 20_000, "exp " * 5_000, "\\;" * 50_000])
def test_a_cell_made_to_be_slow_is_read_in_time(said):
    try:
        certificates(said)
        items(said)
    except ValueProblem as problem:
        assert problem.kind in {"too_long", "bad_date"}  # noqa: PT017 -- either answer will do, a hang will not


@given(st.text() | st.text("'=+-@\t\r x"))
def test_the_guard_against_formulas_is_taken_off_again(said):
    assert without_guard(with_guard(said)) == said


@given(st.text("'=+-@\t\r x"))
def test_no_guarded_text_starts_like_a_formula(said):
    assert with_guard(said)[:1] not in set("=+-@\t\r")
