"""A service over half of the demo catalog, with the real model, and a key of every role."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.settings import Settings
from api.store.database import open_database
from api.store.firms import Change
from api.store.keys import Role, make_key
from api.web.app import create_app
from api.web.running import Running
from api.writing import import_firms
from matcher.domain import Firm
from matcher.exchange import as_object


@dataclass(frozen=True)
class Service:
    """A service and whoever may call it.

    Attributes:
        keys: By the caller's name: `organiser`, `reader`, `firm_a`, `firm_b`, `bad`.
    """

    app: FastAPI
    client: TestClient
    keys: dict[str, str]
    firms: tuple[Firm, ...]

    @property
    def running(self) -> Running:
        """What the process holds."""
        return self.app.state.running

    @property
    def a(self) -> Firm:
        """The firm of the key `firm_a`."""
        return self.firms[0]

    @property
    def b(self) -> Firm:
        """The firm of the key `firm_b`."""
        return self.firms[60]

    def ask(self, method: str, path: str, *, by: str | None = "organiser", **rest: Any):
        """Send a request with somebody's key; None sends none."""
        headers = dict(rest.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = f"Bearer {self.keys[by]}"
        return self.client.request(method, path, headers=headers, **rest)

    def put_back(self) -> None:
        """Bring firm, offers and needs of A and B back to what the demo catalog says."""
        for firm in (self.a, self.b):
            answer = self.ask("PUT", f"/v1/firms/{firm.id}", json=as_object(firm))
            assert answer.status_code == 200, answer.text


def opened(app: FastAPI) -> None:
    """Wait until an app's index is open."""
    running = app.state.running
    end = time.monotonic() + 120
    while running.live_or_none is None and running.failed is None and time.monotonic() < end:
        time.sleep(0.02)
    assert running.live_or_none is not None, running.failed


@pytest.fixture(scope="session")
def service(encoder, demo_firms, tmp_path_factory):
    """The service, open."""
    firms = demo_firms[::2]
    settings = Settings(data_dir=tmp_path_factory.mktemp("service"), rate="1000000/minute", _env_file=None)
    database = open_database(settings.database)
    import_firms(database, encoder, firms, Change("demo", "test"))
    database.close()
    app = create_app(settings, encoder=encoder)
    with TestClient(app, raise_server_exceptions=False) as client:
        opened(app)
        running = app.state.running
        owners = {"organiser": None, "reader": None, "firm_a": firms[0].id, "firm_b": firms[60].id}
        keys = {"bad": "k0000000000.not-a-secret"}
        with running.database.writing() as session:
            for name, firm_id in owners.items():
                role = Role.FIRM if firm_id else Role(name)
                keys[name] = make_key(session, role=role, name=name, firm_id=firm_id, pepper=running.pepper).text
        yield Service(app, client, keys, firms)


@pytest.fixture
def a_firm(service):
    """A firm of its own for a test, gone afterwards."""
    id = f"test-{uuid4().hex[:8]}"
    made = service.ask("POST", "/v1/firms", json=profile(id))
    assert made.status_code == 201, made.text
    yield made.json()
    service.ask("DELETE", f"/v1/firms/{id}")


def profile(id: str | None = None, *, said: str = "กระเป๋าผ้ากระจูดสานมือ") -> dict[str, Any]:
    """A small profile as it is sent."""
    offers = [{"cluster": "thai_textile", "stage": "downstream", "text": said, "price_thb": 350}]
    return {
        "name_th": f"กลุ่มสานกระจูด {id or uuid4().hex}",
        "province_th": "พัทลุง",
        "description": f"วิสาหกิจชุมชน {said}",
        "offers": offers,
        "needs": [{"cluster": "thai_textile", "stage_sought": "upstream", "text": "ต้นกระจูดตากแห้งย้อมสี"}],
    } | ({} if id is None else {"id": id})


PROBLEM_FIELDS = {"type", "title", "status", "code", "detail_th", "detail_en", "field", "errors"}


def is_problem(answer: Any, status: int, code: str | None = None) -> bool:
    """Whether an answer is a problem of the documented shape."""
    body = answer.json()
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert body.keys() == PROBLEM_FIELDS
    assert body["status"] == status
    assert body["type"] == f"urn:khukha:problem:{body['code']}"
    assert body["detail_th"]
    assert body["detail_en"]
    assert all(one.keys() == {"field", "code", "detail_th", "detail_en"} for one in body["errors"])
    return code is None or body["code"] == code
