"""A firm's key sees and changes its own firm's data; of others it learns not even that they are there."""

from __future__ import annotations

import pytest

from tests.api.web.conftest import is_problem, profile

NOWHERE = "nothing-here"


@pytest.fixture(scope="module")
def things(service):
    """Ids of what firm B has, by the path under which each stands."""
    contact = service.ask("POST", "/v1/contacts", by="firm_b", json={"firm_id": service.b.id, "name": "คุณบี"}).json()
    request = service.ask("POST", "/v1/match-requests", by="firm_b", json={"text": "หาผ้าไหม"}).json()
    yield {
        "firms": service.b.id,
        "offers": service.b.offers[0].id,
        "needs": service.b.needs[0].id,
        "contacts": contact["id"],
        "match-requests": request["id"],
    }
    service.ask("DELETE", f"/v1/contacts/{contact['id']}")


def bodies(service):
    """A right body for each kind of thing."""
    return {
        "firms": profile(),
        "offers": {"text": "ผ้าไหม"},
        "needs": {"text": "เส้นไหม"},
        "contacts": {"firm_id": service.b.id, "name": "คุณเอ"},
    }


CALLS = [
    *((method, kind) for kind in ("firms", "offers", "needs", "contacts") for method in ("GET", "PUT", "DELETE")),
    ("GET", "match-requests"),
]


@pytest.mark.parametrize(("method", "kind"), CALLS)
def test_what_is_not_yours_answers_byte_for_byte_as_what_is_not_there(service, things, method, kind):
    body = {"json": bodies(service)[kind]} if method == "PUT" else {}
    for headers in ({}, {"If-Match": '"1"'}):
        theirs = service.ask(method, f"/v1/{kind}/{things[kind]}", by="firm_a", headers=headers, **body)
        nobodys = service.ask(method, f"/v1/{kind}/{NOWHERE}", by="firm_a", headers=headers, **body)
        assert is_problem(theirs, 404, "not_found")
        assert theirs.content.replace(things[kind].encode(), NOWHERE.encode()) == nobodys.content
        assert theirs.headers.keys() == nobodys.headers.keys()
    assert service.ask("GET", f"/v1/{kind}/{things[kind]}", by="firm_b").status_code == 200


@pytest.mark.parametrize("kind", ["offers", "needs", "contacts"])
def test_lists_of_another_firm_answer_as_lists_of_no_firm(service, kind):
    theirs = service.ask("GET", f"/v1/{kind}", by="firm_a", params={"firm_id": service.b.id})
    nobodys = service.ask("GET", f"/v1/{kind}", by="firm_a", params={"firm_id": NOWHERE})
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), NOWHERE.encode()) == nobodys.content


@pytest.mark.parametrize("kind", ["offers", "needs", "contacts"])
def test_nothing_can_be_added_to_another_firm(service, kind):
    body = bodies(service)[kind]
    theirs = service.ask("POST", f"/v1/{kind}", by="firm_a", json=body | {"firm_id": service.b.id})
    nobodys = service.ask("POST", f"/v1/{kind}", by="firm_a", json=body | {"firm_id": NOWHERE})
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(service.b.id.encode(), NOWHERE.encode()) == nobodys.content


@pytest.mark.parametrize("field", ["firm_id", "need_id", "offer_id"])
def test_nothing_can_be_asked_in_the_name_of_another_firm(service, things, field):
    id = things[{"firm_id": "firms", "need_id": "needs", "offer_id": "offers"}[field]]
    words = {"text": "หาผ้าไหม"} if field == "firm_id" else {}
    theirs = service.ask("POST", "/v1/match-requests", by="firm_a", json=words | {field: id})
    nobodys = service.ask("POST", "/v1/match-requests", by="firm_a", json=words | {field: NOWHERE})
    assert is_problem(theirs, 404, "not_found")
    assert theirs.content.replace(id.encode(), NOWHERE.encode()) == nobodys.content


def test_a_firms_lists_hold_its_own_things_only(service, things):
    offers = service.ask("GET", "/v1/offers", by="firm_a", params={"limit": 100}).json()["items"]
    needs = service.ask("GET", "/v1/needs", by="firm_a", params={"limit": 100}).json()["items"]
    filed = service.ask("GET", "/v1/match-requests", by="firm_a", params={"limit": 100}).json()["items"]
    assert [one["id"] for one in offers] == sorted(one.id for one in service.a.offers)
    assert [one["id"] for one in needs] == sorted(one.id for one in service.a.needs)
    assert things["match-requests"] not in {one["id"] for one in filed}


def test_an_offer_of_another_firm_cannot_be_taken_over(service):
    before = service.ask("GET", f"/v1/firms/{service.b.id}").content
    stolen = {"id": service.b.offers[0].id, "text": "ของเรา", "firm_id": service.a.id}
    assert is_problem(service.ask("POST", "/v1/offers", by="firm_a", json=stolen), 409, "id_taken")
    body = profile() | {"offers": [{"id": service.b.offers[0].id, "text": "ของเรา"}]}
    assert is_problem(service.ask("PUT", f"/v1/firms/{service.a.id}", by="firm_a", json=body), 409, "id_taken")
    assert service.ask("GET", f"/v1/firms/{service.b.id}").content == before


def test_a_contact_stays_with_its_firm(service, things):
    moved = {"firm_id": service.a.id, "name": "x"}
    answer = service.ask("PUT", f"/v1/contacts/{things['contacts']}", json=moved)
    assert is_problem(answer, 422, "unknown_value")


def test_a_firm_reads_and_changes_what_is_its_own(service):
    a = service.a
    try:
        assert service.ask("GET", f"/v1/firms/{a.id}", by="firm_a").json()["id"] == a.id
        changed = service.ask("PUT", f"/v1/offers/{a.offers[0].id}", by="firm_a", json={"text": "โดรนรุ่นใหม่"})
        assert changed.json()["text"] == "โดรนรุ่นใหม่"
        made = service.ask("POST", "/v1/needs", by="firm_a", json={"firm_id": a.id, "text": "ใบพัดสำรอง"})
        assert made.status_code == 201
        assert service.ask("DELETE", made.headers["location"], by="firm_a").status_code == 204
    finally:
        service.put_back()


def test_a_key_goes_with_its_firm(service, a_firm):
    made = service.ask("POST", "/v1/keys", json={"role": "firm", "name": "x", "firm_id": a_firm["id"]}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert service.ask("GET", f"/v1/firms/{a_firm['id']}", by=None, headers=headers).status_code == 200
    assert service.ask("DELETE", f"/v1/firms/{a_firm['id']}", by=None, headers=headers).status_code == 204
    assert is_problem(service.ask("GET", f"/v1/firms/{a_firm['id']}", by=None, headers=headers), 401)


def test_a_key_for_a_firm_that_is_not_there_is_not_made(service):
    assert is_problem(service.ask("POST", "/v1/keys", json={"role": "firm", "name": "x", "firm_id": NOWHERE}), 404)
