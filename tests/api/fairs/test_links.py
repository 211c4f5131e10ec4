from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LinkError
from api.fairs.links import AFTER, Links, Opened
from api.store.tables import now
from tests.api.fairs.small import LINKS, a_fair

FAIR = a_fair(["f1", "ไร่/ก"])


def ending(on: date):
    """The fair, moved to another day."""
    return replace(FAIR, sessions=tuple(replace(one, day=on) for one in FAIR.sessions))


@given(st.sampled_from(["f1", "ไร่/ก"]), st.integers(1, 10**9))
def test_a_link_says_whose_page_it_opens(firm_id, version):
    token = LINKS.token(FAIR, firm_id, version)
    assert LINKS.read(token) == Opened(FAIR.id, firm_id, version)
    assert LINKS.token(FAIR, firm_id, version) == token  # so that the same message is the same
    assert LINKS.path(FAIR, firm_id, version) == f"/p/{token}"
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()
    assert token.isascii()


def test_an_address_is_whole_only_where_it_is_known_how_the_service_is_reached():
    path = LINKS.path(FAIR, "f1", 1)
    assert Links(b"x").page(FAIR, "f1", 1) is None
    assert LINKS.page(FAIR, "f1", 1) == f"https://khukha.example{path}"


@given(st.data())
def test_a_link_with_one_character_changed_opens_nothing(data):
    token = LINKS.token(FAIR, "f1", 1)
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.sampled_from("abcXYZ019-_.ก\ud800\0 ").filter(lambda one: one != token[at]))
    changed = token[:at] + put + token[at + 1 :]
    try:
        assert LINKS.read(changed) == LINKS.read(token)  # the last bits of base64 may mean nothing
    except LinkError:
        return
    assert at in {len(token) - 1, token.rindex(".") - 1}


@given(st.text(max_size=200))
def test_what_was_never_a_link_opens_nothing(text):
    with pytest.raises(LinkError):
        LINKS.read(text)


def test_a_link_of_another_service_opens_nothing():
    token = Links(b"another", LINKS.public_url).token(FAIR, "f1", 1)
    with pytest.raises(LinkError):
        LINKS.read(token)
    token = LINKS.token(FAIR, "f1", 1)
    for short in ("", token[:-1], token.rpartition(".")[0], token.rpartition(".")[2], f"{token}.{token}"):
        with pytest.raises(LinkError):
            LINKS.read(short)


def test_a_link_ends_some_time_after_the_fair():
    today = now().date()
    still, over = today - AFTER + timedelta(days=1), today - AFTER - timedelta(days=2)
    assert LINKS.read(LINKS.token(ending(still), "f1", 1)).firm_id == "f1"
    with pytest.raises(LinkError):
        LINKS.read(LINKS.token(ending(over), "f1", 1))


def test_a_link_of_a_fair_at_the_end_of_time_still_works():
    assert LINKS.read(LINKS.token(ending(date.max), "f1", 1)).firm_id == "f1"
