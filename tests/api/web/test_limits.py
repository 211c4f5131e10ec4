"""Who asks too fast, or too early, is told when to come again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from api.live import Live
from api.settings import Settings
from api.store.keys import Role, make_key
from api.web.app import create_app
from tests.api.fakes import FakeEncoder
from tests.api.web.conftest import is_problem, opened


@pytest.fixture
def small(tmp_path):
    """An app of its own, without firms, that lets each caller ask five times a minute."""
    app = create_app(Settings(data_dir=tmp_path, rate="5/minute", _env_file=None), encoder=FakeEncoder())
    with TestClient(app, raise_server_exceptions=False) as client:
        opened(app)
        yield client


def key(client, name: str) -> dict[str, str]:
    running = client.app.state.running
    with running.database.writing() as session:
        made = make_key(session, role=Role.ORGANISER, name=name, pepper=running.pepper)
    return {"Authorization": f"Bearer {made.text}"}


def test_the_sixth_request_in_a_minute_is_refused_with_the_time_to_wait(small):
    mine, other = key(small, "mine"), key(small, "other")
    assert [small.get("/v1/clusters", headers=mine).status_code for _ in range(5)] == [200] * 5
    answer = small.get("/v1/clusters", headers=mine)
    assert is_problem(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert small.get("/v1/clusters", headers=other).status_code == 200
    assert small.get("/healthz").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer k1.guess"}])
def test_who_has_no_key_is_counted_by_address_and_whatever_the_body(small, headers):
    bad = {"headers": headers | {"Content-Type": "application/json"}, "content": b"{"}
    assert [small.post("/v1/firms", **bad).status_code for _ in range(5)] == [401] * 5
    assert is_problem(small.post("/v1/firms", **bad), 429, "too_many_requests")
    assert small.get("/v1/clusters", headers=key(small, "mine")).status_code == 200


def test_while_the_index_opens_searching_says_when_to_come_again_and_the_rest_works(tmp_path, monkeypatch):
    may_open, really = threading.Event(), Live.open
    monkeypatch.setattr(Live, "open", lambda live, **rest: may_open.wait(60) and really(live, **rest))
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), encoder=FakeEncoder())
    with TestClient(app, raise_server_exceptions=False) as client:
        mine = key(client, "mine")
        try:
            assert client.get("/healthz").json()["state"] == "alive"
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["state"] == "opening"
            for answer in (
                client.get("/v1/search", params={"q": "ผ้า"}, headers=mine),
                client.get("/v1/suggestions", params={"q": "ผ้า"}, headers=mine),
                client.post("/v1/match-requests", json={"text": "ผ้า"}, headers=mine),
                client.post("/v1/firms", json={"name_th": "x", "description": "y"}, headers=mine),
            ):
                assert is_problem(answer, 503, "not_ready")
                assert int(answer.headers["retry-after"]) >= 1
            assert client.get("/v1/firms", headers=mine).json() == {"items": [], "next_cursor": None}
            assert client.get("/metrics", headers=mine).status_code == 200
        finally:
            may_open.set()
        opened(app)
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/search", params={"q": "ผ้า"}, headers=mine).status_code == 200


def test_a_full_queue_before_the_model_says_when_to_come_again(service):
    encoder = service.running.encoder
    before, encoder._max_waiting = encoder._max_waiting, 2

    def ask(number: int):
        return service.ask("GET", "/v1/search", params={"q": f"ผ้าไหมลายที่ {number}"})

    try:
        with ThreadPoolExecutor(8) as threads:
            with encoder._model_lock:  # the model is busy
                asked = [threads.submit(ask, number) for number in range(8)]
                end = time.monotonic() + 10
                while sum(one.done() for one in asked) < 3 and time.monotonic() < end:
                    time.sleep(0.01)
            answers = [one.result() for one in asked]
    finally:
        encoder._max_waiting = before
    refused = [one for one in answers if one.status_code != 200]
    assert 3 <= len(refused) < 8
    for answer in refused:
        assert is_problem(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert ask(1).status_code == 200
