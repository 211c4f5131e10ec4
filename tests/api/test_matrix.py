"""Every call of the description, as every role, upon what belongs to somebody else: no by default.

Calls come from the description; one that is new is tried without being named here, or the test says what it lacks.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.fairs.links import Links
from api.fairs.publishing import publish
from api.store.fairs import Deed
from api.store.keys import Role
from api.store.timetables import add_timetable
from matcher.engine import Sentence
from tests.api.test_pages import Site, open_site, running_site
from tests.api.web.test_bad_input import RIGHT

A, B, C = "w1", "w2", "w3"
BOTH, THEIRS = "both", "theirs"
"""A fair of A and B, and one of B and C."""

PRIVATE = "only-b-knows"
DEED = Deed("test")
NAMES_NOBODY = {
    ("GET", "/v1/search"), ("GET", "/v1/suggestions"), ("GET", "/v1/clusters"), ("GET", "/v1/roles"),
    ("GET", "/v1/provinces"), ("GET", "/v1/certificates"), ("GET", "/v1/match-requests"), ("GET", "/v1/fairs"),
}  # fmt: skip
"""Calls of a firm's key that take nobody's id."""


class Caller:
    """Somebody with a key."""

    def __init__(self, site: Site, role: Role, firm_id: str | None = None) -> None:
        self._client = TestClient(site.app, headers={"Authorization": f"Bearer {site.key(role, firm_id)}"})

    def ask(self, method: str, path: str, **rest: Any) -> Any:
        """A request."""
        return self._client.request(method, path, **rest)

    def got(self, method: str, path: str, **rest: Any) -> Any:
        """One that is taken: what it answers."""
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Three firms and two fairs."""
    app, settings, encoder = open_site(tmp_path_factory.mktemp("matrix"), rate="1000000/minute")
    with TestClient(app):
        yield running_site(app, settings, encoder)


@pytest.fixture(scope="module")
def organiser(site):
    return Caller(site, Role.ORGANISER)


@pytest.fixture(scope="module")
def firm_a(site):
    return Caller(site, Role.FIRM, A)


@pytest.fixture(scope="module")
def theirs(site, organiser):
    """Ids of what B has, by the path under which each stands; all of it holds words that only B knows."""
    firm_b = Caller(site, Role.FIRM, B)
    fair = {"name_th": "งาน", "tables": 3}
    session = {"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 4, "slot_minutes": 30}
    links = Links(site.running.pepper)
    for id, ids in ((BOTH, (A, B, C)), (THEIRS, (B, C))):
        organiser.got("POST", "/v1/fairs", json=fair | {"id": id, "sessions": [session]})
        for one in ids:
            said = {"delegates": [f"{PRIVATE} {one}"], "address": f"{PRIVATE}@{one}.example"} if one != A else {}
            organiser.got("PUT", f"/v1/fairs/{id}/participants/{one}", json=said | {"min_meetings": 0})
        organiser.got("POST", f"/v1/fairs/{id}/meetings/pin", json={"firm_id": B, "other_id": C})
        with site.running.database.writing() as made:
            why = Sentence("ก", "a")
            add_timetable(made, id, {(B, C): (0, 1)}, DEED, why=why, what="timetable.made")
        publish(site.running.database, links, id, DEED)
        told = {"firm_id": B, "other_id": C, "outcome": "informative", "note": PRIVATE}
        firm_b.got("PUT", f"/v1/fairs/{id}/outcomes", json=told)
    firm_b.got("POST", f"/v1/fairs/{BOTH}/meetings/ask", json={"other": A})
    contact = {"firm_id": B, "name": PRIVATE, "email": f"{PRIVATE}@b.example", "line_id": PRIVATE}
    profile = organiser.got("GET", f"/v1/firms/{B}")
    return {
        "/v1/firms": B,
        "/v1/offers": profile["offers"][0]["id"],
        "/v1/needs": profile["needs"][0]["id"],
        "/v1/contacts": firm_b.got("POST", "/v1/contacts", json=contact)["id"],
        "/v1/match-requests": firm_b.got("POST", "/v1/match-requests", json={"text": f"ผ้า {PRIVATE}"})["id"],
    }


def calls(site: Site, role: Role) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every call that a role may make."""
    found = site.app.openapi()["paths"]
    return [
        (method.upper(), path, call)
        for path, one in found.items()
        for method, call in one.items()
        if role in call["x-roles"]
    ]


def address(path: str, things: dict[str, str], *, fair: str, firm: str = B) -> str:
    """A path with somebody's ids in it."""
    id = fair if path.startswith("/v1/fairs") else next((id for at, id in things.items() if path.startswith(at)), "1")
    known = {"id": id, "firm_id": firm, "version": "1", "cluster": "thai_textile"}
    return re.sub(r"{(\w+)}", lambda name: known[name[1]], path)


def sent(method: str, path: str, call: dict[str, Any], *, fair: str, victim: str = B, other: str = A) -> dict[str, Any]:
    """Query and body in which everything is somebody's, as far as the call takes it."""
    named = {one["name"]: victim for one in call.get("parameters", []) if one["in"] == "query"}
    params = {name: victim for name in named if name in {"firm_id", "firm"}}
    params |= {"fair_id": fair} if "fair_id" in named else {}
    params |= {"q": "ผ้า"} if "q" in named else {}
    if "requestBody" not in call:
        return {"params": params}
    known = {(m, re.sub(r"{[abf]}(/[on]1)?", "{}", p)): body for (m, p), body in RIGHT.items()}
    known["PUT", "/v1/contacts/{}"] = known["POST", "/v1/contacts"]
    key = (method, re.sub(r"{\w+}", "{}", path))
    assert key in known, f"{method} {path} takes a body: put a right one into test_bad_input.RIGHT"
    body = json.loads(json.dumps(known[key]).replace("{a}", victim).replace("{b}", other).replace("{f}", fair))
    body |= {"by": victim} if "by" in body else {}
    body |= {"firm_id": victim} if "firm_id" in body or path == "/v1/match-requests" else {}
    return {"params": params, "json": body}


def of_b(site: Site) -> str:
    """All that the database holds of B and its fairs."""
    with site.running.database.reading() as session:
        names = [row[0] for row in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        rows = [(name, *map(str, row)) for name in names for row in session.execute(text(f'SELECT * FROM "{name}"'))]
    return "\n".join(sorted(repr(row) for row in rows if B in row or THEIRS in row or any(B in one for one in row)))


def test_a_firms_key_neither_reads_nor_changes_what_is_another_firms(site, firm_a, theirs):
    before, refused = of_b(site), 0
    for method, path, call in calls(site, Role.FIRM):
        answer = firm_a.ask(method, address(path, theirs, fair=BOTH), **sent(method, path, call, fair=BOTH))
        assert PRIVATE not in answer.text, (method, path)
        if (method, path) in NAMES_NOBODY or path in {"/v1/fairs/{id}", "/v1/fairs/{id}/publications"}:
            assert answer.status_code == 200, (method, path, answer.text)
        elif (method, path) in OWN_ONLY:
            assert answer.status_code == 200, (method, path, answer.text)
            assert all(A in str(one) for one in answer.json()["items"]), (method, path)
        else:
            assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
            refused += 1
    assert refused >= 20
    assert of_b(site) == before


OWN_ONLY = {("GET", "/v1/fairs/{id}/participants"), ("GET", "/v1/fairs/{id}/outcomes")}
"""Lists that hold the caller's own, whoever else is asked for."""


def test_of_a_fair_in_which_it_does_not_take_part_a_firm_learns_nothing(site, firm_a, theirs):
    before = of_b(site)
    tried = 0
    for method, path, call in calls(site, Role.FIRM):
        if not path.startswith("/v1/fairs/{id}"):
            continue
        for victim, other in ((B, C), (A, B)):
            rest = sent(method, path, call, fair=THEIRS, victim=victim, other=other)
            answer = firm_a.ask(method, address(path, theirs, fair=THEIRS, firm=victim), **rest)
            nobodys = firm_a.ask(method, address(path, theirs, fair="nowhere", firm=victim), **rest)
            assert answer.status_code == 404, (method, path, answer.text)
            assert answer.content.replace(THEIRS.encode(), b"nowhere") == nobodys.content, (method, path)
            tried += 1
    assert tried >= 18
    assert of_b(site) == before


TWO_FAIRS = {
    ("PUT", "/v1/fairs/{id}/participants/{firm_id}"),  # adds a firm to a fair: any firm may be added
}


def test_ids_of_one_fair_are_not_there_in_another(site, organiser, theirs):
    """A takes part in the one fair only; whatever names it in the other finds nothing, even for an organiser."""
    before, tried = of_b(site), 0
    for method, path, call in calls(site, Role.ORGANISER):
        if not path.startswith("/v1/fairs/{id}/") or (method, path) in TWO_FAIRS:
            continue
        rest = sent(method, path, call, fair=THEIRS, victim=A, other=B) if JSON in str(call.get("requestBody")) else {}
        if "{firm_id}" not in path and not {"firm_id", "firm_ids", "by"} & set(rest.get("json") or {}):
            continue
        answer = organiser.ask(method, address(path, theirs, fair=THEIRS, firm=A), **rest)
        assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
        tried += 1
    assert tried >= 12
    assert of_b(site) == before


JSON = "application/json"


def test_numbers_of_one_fair_are_not_there_in_another(site, organiser, theirs):
    organiser.got("POST", "/v1/fairs", json={"name_th": "ว่าง", "id": "empty", "tables": 1, "sessions": [SESSION]})
    for path in ("/lists?number=1", "/timetable?version=1", "/publications/1/files.zip", "/publications/1/firms/w1"):
        assert organiser.ask("GET", f"/v1/fairs/empty{path}").status_code == 404, path
    assert organiser.ask("POST", "/v1/fairs/empty/timetable/undo", json={"to": 1}).status_code == 404


SESSION = {"id": "am", "day": "2027-02-04", "start": "09:00", "slots": 2, "slot_minutes": 30}


def test_a_link_opens_the_page_of_its_own_participant_in_its_own_fair_alone(site, organiser, theirs):
    urls = {
        (fair, firm): organiser.got("POST", f"/v1/fairs/{fair}/links", json={"firm_ids": [firm]})[0]["url"]
        for fair, firm in ((BOTH, A), (BOTH, B), (THEIRS, B))
    }
    guest = TestClient(site.app, headers={"Accept": "text/html"}, follow_redirects=False)
    paths = {who: "/p/" + url.rpartition("/p/")[2] for who, url in urls.items()}
    assert len(set(paths.values())) == 3
    for who, one in paths.items():
        assert guest.get(one).status_code == 200
        assert who != (BOTH, A) or PRIVATE not in guest.get(one).text
    organiser.got("DELETE", f"/v1/fairs/{BOTH}/links/{B}")
    said = {who: guest.get(one).status_code for who, one in paths.items()}
    assert said == {(BOTH, A): 200, (BOTH, B): 410, (THEIRS, B): 200}
    again = organiser.got("POST", f"/v1/fairs/{BOTH}/links", json={"firm_ids": [B]})[0]["url"]
    assert guest.get("/p/" + again.rpartition("/p/")[2]).status_code == 200
