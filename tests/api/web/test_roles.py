"""Who may call what: the table, the description and the service say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import APIRouter

from api.settings import Settings
from api.web.access import keyed_router
from api.web.app import OPEN_TO_ALL, create_app
from api.web.routes import health
from tests.api.web.conftest import is_problem

TABLE = Path(__file__).with_name("roles.tsv")
CALLERS = {None: None, "bad": None, "reader": "reader", "firm_a": "firm", "firm_b": "firm", "organiser": "organiser"}


def described(spec):
    """Method, path and roles of every call."""
    return [
        (method.upper(), path, " ".join(call["x-roles"]) or "-")
        for path, calls in spec["paths"].items()
        for method, call in calls.items()
    ]


def written():
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    return [tuple(row) for row in rows]


def test_the_committed_table_of_roles_is_what_the_description_says(service):
    spec = service.client.get("/openapi.json").json()
    assert sorted(written()) == sorted(described(spec)), "access changed: change roles.tsv with it"


@pytest.mark.parametrize(("method", "path", "roles"), written())
def test_a_call_lets_in_the_roles_it_declares_and_nobody_else(service, method, path, roles):
    described = service.app.openapi()["paths"][path][method.lower()]["responses"]
    for caller, role in CALLERS.items():
        answer = service.ask(method, re.sub(r"{\w+}", "nothing-here", path), by=caller, json={})
        assert str(answer.status_code) in described, (caller, answer.text)
        if roles == "-" or role in roles.split():
            assert answer.status_code not in {401, 403, 429}, (caller, answer.text)
            assert answer.status_code < 500, (caller, answer.text)
        elif role is None:
            assert is_problem(answer, 401, "not_signed_in"), caller
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert is_problem(answer, 403, "not_allowed"), caller


def test_health_and_nothing_else_is_open():
    assert {path for _, path, roles in written() if roles == "-"} == OPEN_TO_ALL == {"/healthz", "/readyz"}


@pytest.mark.parametrize("make", [keyed_router, APIRouter])
def test_an_app_with_a_route_that_declares_no_roles_is_not_made(monkeypatch, tmp_path, make):
    router = make()
    router.add_api_route("/v1/secrets", lambda: {})
    monkeypatch.setattr(health, "router", router)
    with pytest.raises(RuntimeError, match="/v1/secrets"):
        create_app(Settings(data_dir=tmp_path, _env_file=None))


def test_who_has_no_key_is_told_so_before_the_body_is_read(service):
    for body in (b"{", b"[" * 100_000, b"\xff"):
        answer = service.ask("POST", "/v1/firms", by=None, content=body, headers={"Content-Type": "application/json"})
        assert is_problem(answer, 401, "not_signed_in")
    answer = service.ask("POST", "/v1/imports", by="reader", files={"file": ("x.csv", b"x" * 1_000)})
    assert is_problem(answer, 403, "not_allowed")


@pytest.mark.parametrize("text", ["", "x", ".", "k1.", "Ω.x", "a" * 5_000, "organiser"])
def test_a_key_that_is_none_is_refused(service, text):
    headers = {"Authorization": f"Bearer {text}".encode()}
    assert is_problem(service.ask("GET", "/v1/clusters", by=None, headers=headers), 401)


def test_a_key_works_until_it_is_ended_or_out_of_date(service):
    made = service.ask("POST", "/v1/keys", json={"role": "reader", "name": "for a day"})
    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/keys/{made.json()['id']}"
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    assert service.ask("GET", "/v1/clusters", by=None, headers=headers).status_code == 200
    shown = service.ask("GET", made.headers["location"])
    assert shown.json() == {name: value for name, value in made.json().items() if name != "key"}
    assert service.ask("DELETE", made.headers["location"]).status_code == 204
    assert service.ask("GET", "/v1/clusters", by=None, headers=headers).status_code == 401
    old = {"role": "reader", "name": "old", "expires_at": "2020-01-01T00:00:00Z"}
    headers = {"Authorization": f"Bearer {service.ask('POST', '/v1/keys', json=old).json()['key']}"}
    assert service.ask("GET", "/v1/clusters", by=None, headers=headers).status_code == 401


@pytest.mark.parametrize("firm_and_role", [{"role": "firm"}, {"role": "reader", "firm_id": "agritech-d01"}])
def test_a_firms_key_names_its_firm_and_no_other_key_does(service, firm_and_role):
    answer = service.ask("POST", "/v1/keys", json={"name": "x"} | firm_and_role)
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["field"] == "firm_id"


def test_no_list_of_keys_shows_a_secret(service):
    text = service.ask("GET", "/v1/keys").text
    assert all(key.partition(".")[2] not in text for key in service.keys.values())
    assert "secret" not in text


def test_a_key_is_rotated_with_an_overlap_and_without(service):
    made = service.ask("POST", "/v1/keys", json={"role": "reader", "name": "rotated"}).json()
    address = f"/v1/keys/{made['id']}/rotate"

    def works(key):
        return service.ask("GET", "/v1/clusters", by=None, headers={"Authorization": f"Bearer {key}"}).status_code

    second = service.ask("POST", address, json={}).json()
    assert (second["id"], second["former_until"] is None) == (made["id"], False)
    assert (works(made["key"]), works(second["key"])) == (200, 200)
    third = service.ask("POST", address, json={"both_for_h": 0}).json()
    assert third["former_until"] is None
    assert (works(made["key"]), works(second["key"]), works(third["key"])) == (401, 401, 200)
    assert service.ask("DELETE", f"/v1/keys/{made['id']}").status_code == 204
    assert is_problem(service.ask("POST", address, json={}), 404, "not_found")


def test_an_address_that_does_not_take_a_method_names_every_method_it_takes(service):
    spec = service.client.get("/openapi.json").json()
    for path, calls in spec["paths"].items():
        answer = service.ask("OPTIONS", re.sub(r"{\w+}", "1", path))
        assert is_problem(answer, 405, "method_not_allowed"), path
        assert set(answer.headers["allow"].split(", ")) == {method.upper() for method in calls}, path
