"""Offers, needs and contacts over the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.web.conftest import is_problem
from tests.api.web.test_firms import at, everything

KINDS = ("offers", "needs")


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_added_read_replaced_and_taken_out(service, a_firm, kind):
    body = {"firm_id": a_firm["id"], "text": "ขายลูกฟุตบอลยางพารา", "cluster": "sport"}
    made = service.ask("POST", f"/v1/{kind}", json=body)
    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/{kind}/{made.json()['id']}"
    assert made.json().items() >= body.items()
    read = service.ask("GET", made.headers["location"])
    assert read.json() == made.json()
    assert read.headers["etag"] == made.headers["etag"]
    replaced = service.ask("PUT", made.headers["location"], json={"text": "ลูกวอลเลย์บอล"})
    assert replaced.json()["text"] == "ลูกวอลเลย์บอล"
    assert replaced.json()["cluster"] is None
    whole = service.ask("GET", f"/v1/firms/{a_firm['id']}").json()
    assert [one["text"] for one in whole[kind]] == [a_firm[kind][0]["text"], "ลูกวอลเลย์บอล"]
    assert service.ask("DELETE", made.headers["location"]).status_code == 204
    assert is_problem(service.ask("GET", made.headers["location"]), 404, "not_found")
    assert is_problem(service.ask("DELETE", made.headers["location"]), 404, "not_found")
    assert service.ask("GET", f"/v1/firms/{a_firm['id']}").json()[kind] == a_firm[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_of_ones_own_may_be_given_and_is_taken_once(service, a_firm, kind):
    id = f"ของ/{a_firm['id']}?#1"
    body = {"firm_id": a_firm["id"], "id": id, "text": "เสื่อกระจูด"}
    assert service.ask("POST", f"/v1/{kind}", json=body).json()["id"] == id
    assert service.ask("GET", at(id, kind)).json()["text"] == "เสื่อกระจูด"
    assert is_problem(service.ask("POST", f"/v1/{kind}", json=body), 409, "id_taken")
    assert len(service.ask("GET", f"/v1/firms/{a_firm['id']}").json()[kind]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_pages_hold_every_part_once_and_in_order(service, kind):
    everyones = everything(service, f"/v1/{kind}", 37)
    assert [one["id"] for one in everyones] == sorted(one.id for firm in service.firms for one in getattr(firm, kind))
    own = everything(service, f"/v1/{kind}", 1, firm_id=service.b.id)
    assert [one["id"] for one in own] == sorted(one.id for one in getattr(service.b, kind))
    sport = everything(service, f"/v1/{kind}", 50, cluster="sport")
    assert sport == [one for one in everyones if one["cluster"] == "sport"]
    assert is_problem(service.ask("GET", f"/v1/{kind}", params={"cluster": "x"}), 422, "unknown_value")


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_somebody_else_changed_is_not_changed_unseen(service, a_firm, kind):
    path = f"/v1/{kind}/{a_firm[kind][0]['id']}"
    old = {"If-Match": service.ask("GET", path).headers["etag"]}
    first = service.ask("PUT", path, json={"text": "แรก"}, headers=old)
    assert first.status_code == 200
    assert is_problem(service.ask("PUT", path, json={"text": "สอง"}, headers=old), 412, "changed_meanwhile")
    assert is_problem(service.ask("DELETE", path, headers=old), 412, "changed_meanwhile")
    assert service.ask("GET", path).json() == first.json()


def test_eight_who_add_at_once_all_succeed(service, a_firm):
    def add(number: int):
        return service.ask("POST", "/v1/offers", json={"firm_id": a_firm["id"], "text": f"ของชิ้นที่ {number}"})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(add, range(8)))
    assert [one.status_code for one in answers] == [201] * 8, [one.text for one in answers]
    made = {one.json()["id"]: one.json()["text"] for one in answers}
    assert len(made) == 8
    there = {one["id"]: one["text"] for one in service.ask("GET", f"/v1/firms/{a_firm['id']}").json()["offers"]}
    assert made.items() <= there.items()


def test_a_firm_keeps_something_to_be_matched_by(service, a_firm):
    bare = {"name_th": "ไม่มีคำอธิบาย", "offers": [{"text": "ของชิ้นเดียว"}]}
    made = service.ask("PUT", f"/v1/firms/{a_firm['id']}", json=bare).json()
    assert is_problem(service.ask("DELETE", f"/v1/offers/{made['offers'][0]['id']}"), 422, "refused")


def test_a_contact_is_added_read_replaced_and_deleted(service, a_firm):
    body = {"firm_id": a_firm["id"], "name": "คุณสมศรี", "phone": "+66 81 234-5678", "email": "somsri@example.com"}
    made = service.ask("POST", "/v1/contacts", json=body)
    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/contacts/{made.json()['id']}"
    assert service.ask("GET", made.headers["location"]).json() == made.json()
    replaced = service.ask("PUT", made.headers["location"], json={"firm_id": a_firm["id"], "name": "คุณสมชาย"})
    assert replaced.json()["name"] == "คุณสมชาย"
    assert replaced.json()["phone"] is None
    assert service.ask("DELETE", made.headers["location"]).status_code == 204
    assert is_problem(service.ask("GET", made.headers["location"]), 404, "not_found")
    assert everything(service, "/v1/contacts", 10, firm_id=a_firm["id"]) == []


def test_pages_hold_every_contact_once(service, a_firm):
    for number in range(5):
        service.ask("POST", "/v1/contacts", json={"firm_id": a_firm["id"], "name": f"คนที่ {number}"})
    listed = everything(service, "/v1/contacts", 2, firm_id=a_firm["id"])
    assert {one["name"] for one in listed} == {f"คนที่ {number}" for number in range(5)}
    assert len(listed) == 5
    for bad in ("x", "YWJj"):
        answer = service.ask("GET", "/v1/contacts", params={"firm_id": a_firm["id"], "cursor": bad})
        assert is_problem(answer, 422, "bad_cursor")


def test_contacts_go_with_their_firm_and_stand_in_no_profile_and_no_answer(service, a_firm):
    body = {"firm_id": a_firm["id"], "name": "คุณลับมาก", "phone": "0899999999"}
    contact = service.ask("POST", "/v1/contacts", json=body)
    for path in (f"/v1/firms/{a_firm['id']}", "/v1/search?q=คุณลับมาก 0899999999", "/v1/suggestions?q=คุณลับ"):
        shown = service.ask("GET", path).text.replace("คุณลับมาก 0899999999", "")
        assert "คุณลับมาก" not in shown
        assert "0899999999" not in shown
    service.ask("DELETE", f"/v1/firms/{a_firm['id']}")
    assert is_problem(service.ask("GET", contact.headers["location"]), 404, "not_found")


@pytest.mark.parametrize(
    "wrong", [{"email": "no at sign"}, {"phone": "call me"}, {"name": ""}, {"name": "a\0b"}, {"salary": 1}]
)
def test_a_contact_that_is_none_is_refused(service, a_firm, wrong):
    body = {"firm_id": a_firm["id"], "name": "x"} | wrong
    assert is_problem(service.ask("POST", "/v1/contacts", json=body), 422, "invalid")
    assert everything(service, "/v1/contacts", 10, firm_id=a_firm["id"]) == []
