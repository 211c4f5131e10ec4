"""Every way out of the service, asked by everybody, before and after two firms agree to meet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from api.fairs.meetings import answer, ask
from api.fairs.people import link_paths
from api.fairs.publishing import publish, write_files
from api.pages.visiting import sign_in
from api.settings import Settings
from api.store.audit import find_audit
from api.store.contacts import add_contact
from api.store.database import Database
from api.store.fairs import Reached, load_fair, put_participants
from api.store.keys import Role, caller_of, make_key
from api.web.app import create_app
from tests.api.fairs.small import ID, ORGANISER, as_firm, place, plant, set_up
from tests.api.privacy.planted import EMAIL, LINE, NAME, PHONE
from tests.api.web.conftest import opened

DELEGATE = "ดวงพร ลับตาผู้คน"
SECRETS = (NAME, EMAIL, PHONE, LINE, DELEGATE)
A, B = "f001", "f000"
PAGES = ("/", "/search?q=ผ้าไหม", "/requests", "/firms/{firm_id}")
LINKED = ("", "/find", "/privacy", "/privacy.json", "/timetable.ics", "/timetable.xlsx")


@dataclass(frozen=True)
class Small:
    """A service over four firms and one published fair; B has a contact and a delegate.

    Attributes:
        keys: By the caller's name: `organiser`, `reader`, `firm_a`, `firm_b`.
    """

    app: Any
    client: TestClient
    keys: dict[str, str]

    @property
    def running(self):
        """What the process holds."""
        return self.app.state.running

    def ask(self, method: str, path: str, *, by: str | None = "organiser", **rest: Any):
        """Send a request with somebody's key; None sends none."""
        headers = {"Authorization": f"Bearer {self.keys[by]}"} if by else {}
        return self.client.request(method, path, headers=headers, **rest)

    def ask_for(self, other: str, by: str) -> None:
        """One firm asks another for a meeting."""
        ask(self.running.database, self.running.links, ID, by=by, other=other, deed=as_firm(by))

    def say(self, by: str, other: str, *, yes: bool) -> None:
        """One firm answers another."""
        answer(self.running.database, self.running.links, ID, by=by, other=other, yes=yes, deed=as_firm(by))


@pytest.fixture
def service(data_dir, sqlite_url, fake_encoder):
    settings = Settings(data_dir=data_dir, rate="1000000/minute", _env_file=None)
    database = Database(sqlite_url)
    fair = set_up(database, 4, reached={A: Reached("a@firm.example"), B: Reached("told@b.example")})
    people = [replace(one, delegates=(DELEGATE,)) for one in fair.participants if one.firm_id == B]
    with database.writing() as session:
        values = {"firm_id": B, "name": NAME, "email": EMAIL, "phone": PHONE, "line_id": LINE, "position": None}
        add_contact(session, values)
        put_participants(session, ID, people, {}, ORGANISER)
    plant(database, (B, A), (B, "f002"))
    place(database, {(B, A): (0, 1), (B, "f002"): (1, 1)})
    app = create_app(settings, encoder=fake_encoder)
    with TestClient(app, raise_server_exceptions=False) as client:
        opened(app)
        running, keys = app.state.running, {}
        with running.database.writing() as session:
            for name, firm_id in {"organiser": None, "reader": None, "firm_a": A, "firm_b": B}.items():
                role = Role.FIRM if firm_id else Role(name)
                keys[name] = make_key(session, role=role, name=name, firm_id=firm_id, pepper=running.pepper).text
        publish(running.database, running.links, ID, ORGANISER)
        write_files(running.database, ID, 1, files_dir=settings.files_dir)
        yield Small(app, client, keys)
    database.close()


def unpacked(content: bytes) -> str:
    """An answer as text, archives unpacked."""
    if content[:4] != b"PK\x03\x04":
        text = content.decode("utf-8", "ignore")
        return text + re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    with ZipFile(BytesIO(content)) as archive:
        return "".join(unpacked(archive.read(name)) for name in archive.namelist())


def signed_in(service, by: str) -> str:
    """The cookie of somebody who signed in with their key."""
    response = Response()
    with service.running.database.reading() as session:
        caller = caller_of(session, service.keys[by], pepper=service.running.pepper)
    sign_in(service.running, caller, response)
    return response.headers["set-cookie"].partition(";")[0]


def leaks(service, by, *, link: str = "") -> set[str]:
    """Addresses at which somebody sees any of B's people."""
    seen = {name for name, answer in calls(service, by) if names_b(answer)}
    cookie = {"Cookie": signed_in(service, by)} if by else {}
    pages = [(path.replace("{firm_id}", B), path, cookie) for path in PAGES]
    pages += [(link + path, f"/p/{{link}}{path}", {}) for path in LINKED if link]
    for at, name, headers in pages:
        for prefix in ("", "/en"):
            if names_b(service.client.get(prefix + at, headers=headers)):
                seen.add(name)
    return seen


def names_b(answer) -> bool:
    """Whether an answer names any of B's people."""
    said = unpacked(answer.content)
    return any(secret in said for secret in SECRETS)


def calls(service, by):
    """Every call of the API that reads, with what it answers: of this fair, asked for A, for B, and for nobody."""
    ids = {"id": ID, "firm_id": B, "version": "1", "cluster": "thai_textile"}
    spec = service.client.get("/openapi.json").json()["paths"]
    for path, kinds in spec.items():
        if "get" in kinds and ("{id}" not in path or path.startswith("/v1/fairs/")):
            at = re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)
            for params in ({"firm_id": A}, {"firm_id": B}, {}, {"format": "ics"}):
                yield path, service.ask("GET", at, by=by, params=params)


def link_of(service, firm_id):
    with service.running.database.reading() as session:
        return link_paths(session, service.running.links, load_fair(session, ID), [firm_id])[firm_id]


def agree(service, firm_id, *, given=True):
    said = {"fair_id": ID, "firm_id": firm_id, "purpose": "sharing", "given": given}
    told = service.ask("POST", "/v1/consents", json=said)
    assert told.status_code == 200, told.text


def test_contacts_are_seen_after_both_agree_and_the_person_lets_them_and_nowhere_else(service):
    link = link_of(service, A)

    def seen_by_a():
        return leaks(service, "firm_a", link=link)

    assert seen_by_a() == set(), "nothing has been agreed"
    assert leaks(service, "reader") == set()
    assert leaks(service, None) == set()
    service.ask_for(B, by=A)
    agree(service, B)
    assert seen_by_a() == set(), "B lets itself be seen, but has not said that it will meet A"
    service.say(B, A, yes=True)
    assert seen_by_a() == {"/v1/fairs/{id}/contacts", "/p/{link}"}
    agree(service, B, given=False)
    assert seen_by_a() == set(), "withdrawn is withdrawn at once"
    agree(service, B)
    assert leaks(service, "reader") == set()
    service.say(B, A, yes=False)
    assert seen_by_a() == set(), "a meeting that is off hides them again"


def test_what_other_systems_and_people_are_told_holds_no_contact(service):
    found = service.ask("GET", "/v1/outbox", params={"limit": 100}).json()["items"]
    assert found
    for one in found:
        said = service.ask("GET", f"/v1/outbox/{one['id']}").text
        assert not [secret for secret in SECRETS if secret in said]


def test_every_address_at_which_an_organiser_sees_people_writes_the_trail(service):
    """Whatever shows them, and is no page that only masks them, leaves a row."""
    shown = leaks(service, "organiser")
    assert shown >= {"/v1/contacts", "/v1/fairs/{id}/participants", "/v1/fairs/{id}/publications/{version}/files.zip"}
    with service.running.database.reading() as session:
        routes = {row.route.removeprefix("GET ") for row in find_audit(session, by=None)}
    assert shown <= routes, f"shown without a trace: {shown - routes}"


def test_the_person_is_in_no_text_given_to_the_encoder_and_in_no_line_of_the_log(service, fake_encoder, caplog):
    caplog.set_level("DEBUG")
    firm = service.ask("GET", f"/v1/firms/{B}").json()
    said = {name: firm[name] for name in ("name_th", "province_th", "offers", "needs")}
    said["description"] = f"ผ้าใหม่ ติดต่อ {EMAIL} โทร {PHONE}"
    told = service.ask("PUT", f"/v1/firms/{B}", json=said)
    assert told.status_code == 200, told.text
    assert EMAIL not in told.text
    service.ask("GET", "/v1/contacts", params={"firm_id": B})
    service.ask("POST", "/v1/privacy/people", json={"email": EMAIL})
    service.ask("POST", "/v1/privacy/people", json={"email": "broken"})
    service.ask("POST", "/v1/contacts", json={"firm_id": B, "name": NAME, "email": "no address"})
    given = [text for _, text in fake_encoder.asked]
    assert any("ผ้าใหม่" in text for text in given), "the new profile was encoded"
    assert not [text for text in given for secret in SECRETS if secret in text]
    assert not [record for record in caplog.records for secret in SECRETS if secret in record.getMessage()]


def test_what_is_held_is_told_to_the_organiser_and_the_trail_says_so(service):
    held = service.ask("POST", "/v1/privacy/people", json={"phone": "+66 81 973 2046"}).json()
    sections = {one["name"]: one["rows"] for one in held["sections"]}
    assert [one["email"] for one in sections["contacts"]] == [EMAIL]
    again = service.ask("POST", "/v1/privacy/people", json={"phone": PHONE}).json()
    last = {one["name"]: one["rows"] for one in again["sections"]}["trail"][-1]
    assert (last["act"], last["route"]) == ("export", "POST /v1/privacy/people")
    said = json.dumps(service.ask("GET", "/v1/audit", params={"limit": 1000}).json(), ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in said], "the trail names nobody"
    assert service.ask("GET", "/v1/audit/check").json()["whole"]


def test_a_firm_says_and_reads_its_own_consents_and_nobody_elses(service):
    own = {"fair_id": ID, "firm_id": A}
    told = service.ask("POST", "/v1/consents", by="firm_a", json=own | {"purpose": "statistics", "given": False})
    assert told.status_code == 200
    assert told.json()["wording"] == "statistics-1"
    ledger = service.ask("GET", "/v1/consents", by="firm_a", params=own).json()
    assert [(one["purpose"], one["given"]) for one in ledger][-1] == ("statistics", False)
    others = {"fair_id": ID, "firm_id": B}
    for method, rest in (
        ("POST", {"json": others | {"purpose": "sharing", "given": True}}),
        ("GET", {"params": others}),
    ):
        assert service.ask(method, "/v1/consents", by="firm_a", **rest).status_code == 404
