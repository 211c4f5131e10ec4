"""What an operator sees, and what stands around every answer."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.web.around import HEADERS
from api.web.routes import search as search_routes
from tests.api.web.conftest import is_problem


def counted(service) -> dict[tuple, float]:
    text = service.ask("GET", "/metrics", by="reader").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_are_read_by_prometheus_and_count_by_route_not_by_address(service):
    before = counted(service)
    for id in ("one", "two/three"):
        service.ask("GET", f"/v1/firms/{id}")
    service.ask("GET", "/v1/nothing/at/all")
    service.ask("BREW", "/v1/firms")
    after = counted(service)
    labels = (("method", "GET"), ("route", "/v1/firms/{id:path}"), ("status", "404"))
    name = ("khukha_requests_total", *labels)
    assert after[name] == before.get(name, 0) + 2
    seconds = ("khukha_request_seconds_count", ("route", "/v1/firms/{id:path}"))
    assert after[seconds] == before.get(seconds, 0) + 2
    assert not [one for one in after if "BREW" in str(one) or "nothing" in str(one)]
    assert after[("khukha_index_firms",)] == service.running.live.engine.built.catalog.n_firms
    assert after[("khukha_encoder_texts",)] >= after[("khukha_encoder_batches",)] > 0


def test_health_is_answered_while_forty_search(service):
    def search(number: int) -> int:
        return service.ask("GET", "/v1/search", params={"q": f"ผ้าไหมลายดอกที่ {number}"}).status_code

    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(search, number) for number in range(120)]
        waits = []
        while not all(one.done() for one in asked):
            start = time.perf_counter()
            assert service.client.get("/healthz").json()["state"] == "alive"
            waits.append(time.perf_counter() - start)
        assert {one.result() for one in asked} == {200}
    assert len(waits) >= 3
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_ready_says_how_many_firms_can_be_found_and_by_which_index(service):
    said = service.client.get("/readyz").json()
    assert said["state"] == "ready"
    assert said["firms"] >= len(service.firms)
    assert said["fingerprint"] == service.running.live.engine.built.fingerprint


def has_headers(answer) -> bool:
    return all(answer.headers.get(name) == value for name, value in HEADERS.items())


@pytest.mark.parametrize(
    ("method", "path", "status", "rest"),
    [
        ("GET", "/healthz", 200, {}),
        ("GET", "/v1/clusters", 200, {}),
        ("GET", "/docs", 200, {}),
        ("GET", "/openapi.json", 200, {}),
        ("GET", "/static/docs.js", 200, {}),
        ("GET", "/v1/nothing", 404, {}),
        ("PATCH", "/v1/firms", 405, {}),
        ("POST", "/v1/firms", 422, {"json": {}}),
        ("POST", "/v1/firms", 413, {"content": b"x" * 26_000_000}),
    ],
)
def test_every_kind_of_answer_carries_security_headers(service, method, path, status, rest):
    answer = service.ask(method, path, **rest)
    assert answer.status_code == status
    assert has_headers(answer)


def test_an_error_nobody_foresaw_is_a_problem_with_headers_that_tells_nothing(service, monkeypatch, caplog):
    def fails(*_args, **_more):
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(search_routes.asking, "suggest", fails)
    with caplog.at_level(logging.ERROR):
        answer = service.ask("GET", "/v1/suggestions", params={"q": "ผ้า"})
    assert is_problem(answer, 500, "internal")
    assert has_headers(answer)
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    name = ("khukha_requests_total", ("method", "GET"), ("route", "/v1/suggestions"), ("status", "500"))
    assert counted(service)[name] >= 1


def test_no_log_holds_a_key_or_a_phone_number(service, caplog):
    with caplog.at_level(logging.DEBUG):
        body = {"firm_id": service.a.id, "name": "คุณลับ", "phone": "0812345678"}
        made = service.ask("POST", "/v1/contacts", json=body)
        service.ask("PUT", made.headers["location"], json=body | {"email": "x"})
        service.ask("DELETE", made.headers["location"])
    for secret in ("0812345678", "คุณลับ", service.keys["organiser"].partition(".")[2]):
        assert secret not in caplog.text
