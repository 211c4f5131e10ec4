"""Firms over the API."""

from __future__ import annotations

import time
from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

import pytest

from api.web.profiles import firm_of
from api.web.schemas import FirmIn
from tests.api.web.conftest import is_problem, profile

ODD_IDS = [
    "มีดี/สาขา2",
    "a/b/c",
    "x?y=1&z#frag",
    "50%ลด",
    "a+b",
    "o'brien;--",
    '"quoted"',
    "ก" * 80,
    "𠀀" * 80,
    "e\u0301x",
    "/before",
    "after/",
    "a//b",
    "offers",
]


def at(id: str, kind: str = "firms") -> str:
    return f"/v1/{kind}/{quote(id, safe='')}"


def found(service, words: str, **more) -> list[str]:
    answer = service.ask("GET", "/v1/search", params={"q": words, "limit": 50} | more)
    assert answer.status_code == 200, answer.text
    return [one["firm"]["id"] for one in answer.json()["answer"]["matches"]]


def everything(service, path: str, limit: int, **params) -> list[dict]:
    """All items of a list, page after page."""
    items, cursor = [], None
    for _ in range(1_000):
        params |= {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = service.ask("GET", path, params=params).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
    raise AssertionError("no end")


def test_what_is_written_is_what_is_read(service, a_firm):
    answer = service.ask("GET", f"/v1/firms/{a_firm['id']}")
    assert answer.json() == a_firm
    read = FirmIn.model_validate({name: a_firm[name] for name in FirmIn.model_fields})
    sent = FirmIn.model_validate(profile(a_firm["id"]))
    chains = service.running.chains
    assert a_firm["offers"][0]["id"] == f"{a_firm['id']}/o1"
    assert firm_of(read, chains=chains) == firm_of(sent, chains=chains)
    assert datetime.fromisoformat(a_firm["updated_at"]).utcoffset().total_seconds() == 0


def test_an_answer_to_a_new_firm_says_where_it_stands_and_its_version(service):
    made = service.ask("POST", "/v1/firms", json=profile())
    try:
        assert made.status_code == 201
        assert made.headers["etag"] == f'"{made.json()["version"]}"'
        again = service.ask("GET", made.headers["location"])
        assert again.json() == made.json()
        assert again.headers["etag"] == made.headers["etag"]
    finally:
        service.ask("DELETE", made.headers["location"])


def test_the_same_firm_twice_is_a_conflict(service, a_firm):
    assert is_problem(service.ask("POST", "/v1/firms", json=profile(a_firm["id"])), 409, "id_taken")
    assert service.ask("GET", f"/v1/firms/{a_firm['id']}").json() == a_firm


@pytest.mark.parametrize("kind", ["offers", "needs"])
def test_one_id_for_two_things_of_a_firm_is_a_conflict(service, kind):
    body = profile() | {kind: [{"id": "same/one", "text": "ก"}, {"id": "same/one", "text": "ข"}]}
    assert is_problem(service.ask("POST", "/v1/firms", json=body), 409, "id_taken")


@pytest.mark.parametrize("id", ODD_IDS)
def test_an_id_with_odd_characters_can_be_read_changed_and_deleted(service, id):
    made = service.ask("POST", "/v1/firms", json=profile(id))
    assert made.status_code == 201, made.text
    assert made.json()["id"] == id
    assert service.ask("GET", at(id)).json() == made.json()
    assert service.ask("GET", made.headers["location"]).json() == made.json()
    offer = made.json()["offers"][0]["id"]
    assert service.ask("GET", at(offer, "offers")).json()["firm_id"] == id
    changed = service.ask("PUT", at(id), json=profile(id) | {"name_en": "Changed"})
    assert changed.json()["name_en"] == "Changed"
    listed = everything(service, "/v1/firms", 7)
    assert [one["id"] for one in listed].count(id) == 1
    assert service.ask("DELETE", at(id)).status_code == 204
    assert is_problem(service.ask("GET", at(id)), 404, "not_found")
    assert is_problem(service.ask("DELETE", at(id)), 404, "not_found")


@pytest.mark.parametrize("id", ["ก" * 81, "a b", "...", "a\u200bb", "a\x07b"])
def test_an_id_that_is_none_is_refused(service, id):
    assert is_problem(service.ask("POST", "/v1/firms", json=profile(id)), 422)


@pytest.mark.parametrize("limit", [1, 10, 100])
def test_pages_hold_every_firm_once_and_in_order(service, limit):
    ids = [one["id"] for one in everything(service, "/v1/firms", limit)]
    assert ids == sorted(ids)
    assert set(ids) == {firm.id for firm in service.firms}
    assert len(ids) == len(service.firms)


def test_lists_can_be_narrowed_to_a_cluster_and_to_a_province_by_any_of_its_names(service):
    sport = {one["id"] for one in everything(service, "/v1/firms", 100, cluster="sport")}
    used = {
        firm.id
        for firm in service.firms
        if "sport" in {part.cluster for part in (*firm.positions, *firm.offers, *firm.needs)}
    }
    assert sport == used
    everyday = everything(service, "/v1/firms", 100, province="โคราช")
    assert {one["id"] for one in everyday} == {one.id for one in service.firms if one.province_th == "นครราชสีมา"}
    assert is_problem(service.ask("GET", "/v1/firms", params={"province": "Atlantis"}), 422, "unknown_value")
    assert is_problem(service.ask("GET", "/v1/firms", params={"cluster": "x"}), 422, "unknown_value")


@pytest.mark.parametrize("path", ["/v1/firms", "/v1/offers", "/v1/needs", "/v1/match-requests"])
@pytest.mark.parametrize("cursor", ["x", "YWJj", "ก", "====", "A" * 430, "YWdyaXRlY2gtZDA0", " "])
def test_a_cursor_that_is_not_ours_is_refused(service, path, cursor):
    assert is_problem(service.ask("GET", path, params={"cursor": cursor}), 422, "bad_cursor")


def test_a_change_of_what_somebody_else_changed_is_refused(service, a_firm):
    path, old = f"/v1/firms/{a_firm['id']}", {"If-Match": f'"{a_firm["version"]}"'}
    body = profile(a_firm["id"]) | {"name_en": "First"}
    first = service.ask("PUT", path, json=body, headers=old)
    assert first.status_code == 200
    for method, more in (("PUT", {"json": body | {"name_en": "Second"}}), ("DELETE", {})):
        assert is_problem(service.ask(method, path, headers=old, **more), 412, "changed_meanwhile")
    assert service.ask("GET", path).json() == first.json()
    assert service.ask("PUT", path, json=body, headers={"If-Match": first.headers["etag"]}).status_code == 200
    assert service.ask("PUT", path, json=body, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("version", ["x", '"', "-1", "9" * 30, "1.5", '"1", "2"', "๑"])
def test_an_if_match_that_names_no_version_is_refused(service, a_firm, version):
    headers = {"If-Match": version.encode()}
    answer = service.ask("PUT", f"/v1/firms/{a_firm['id']}", json=profile(), headers=headers)
    assert is_problem(answer, 422, "bad_version")


def test_a_body_must_not_contradict_its_address(service, a_firm):
    answer = service.ask("PUT", f"/v1/firms/{a_firm['id']}", json=profile("another"))
    assert is_problem(answer, 422, "unknown_value")


def test_the_same_profile_again_changes_nothing(service, a_firm):
    again = service.ask("PUT", f"/v1/firms/{a_firm['id']}", json=profile(a_firm["id"]))
    assert again.json() == a_firm


def test_an_english_name_is_enough(service):
    made = service.ask("POST", "/v1/firms", json={"name_en": "Krajood Bags", "description": "bags"})
    assert made.status_code == 201
    assert made.json()["name_th"] == "Krajood Bags"
    service.ask("DELETE", made.headers["location"])


def test_a_new_firm_is_searchable_within_a_second_and_a_deleted_one_is_gone_at_once(service):
    said = f"เครื่องสางใยกัญชง{uuid4().hex[:6]}"
    made = service.ask("POST", "/v1/firms", json=profile(said=said))
    start = time.monotonic()
    while made.json()["id"] not in found(service, said) and time.monotonic() - start < 5:
        time.sleep(0.01)
    assert time.monotonic() - start < 1
    filed = service.ask("POST", "/v1/match-requests", json={"text": said})
    kept = f"/v1/match-requests/{filed.json()['id']}"
    assert made.json()["id"] in filed.text
    assert service.ask("DELETE", made.headers["location"]).status_code == 204
    assert made.json()["id"] not in found(service, said)
    assert made.json()["id"] not in service.ask("GET", kept).text
    assert made.json()["id"] not in service.ask("GET", "/v1/match-requests", params={"limit": 100}).text


def test_a_changed_offer_is_found_by_what_it_says_now(service, a_firm):
    old, new = "กระเป๋าผ้ากระจูดสานมือ", f"ปั๊มน้ำโซลาร์เซลล์{uuid4().hex[:6]}"
    service.ask("PUT", f"/v1/offers/{a_firm['offers'][0]['id']}", json={"text": new, "cluster": "agritech"})
    answer = service.ask("GET", "/v1/search", params={"q": new, "limit": 50}).json()["answer"]
    shown = {one["firm"]["id"]: one["offer"] for one in answer["matches"]}
    late = time.monotonic() + 1
    while a_firm["id"] not in shown and time.monotonic() < late:
        answer = service.ask("GET", "/v1/search", params={"q": new, "limit": 50}).json()["answer"]
        shown = {one["firm"]["id"]: one["offer"] for one in answer["matches"]}
    assert shown[a_firm["id"]]["text"] == new
    assert old not in [one["text"] for id, one in shown.items() if id == a_firm["id"]]
