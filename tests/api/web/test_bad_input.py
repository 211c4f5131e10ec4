"""Whatever is sent: never a 5xx, always a problem, and what is refused changes nothing."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api.store.changes import last_sequence
from api.store.fair_tables import FairEventRow
from tests.api.web.conftest import PROBLEM_FIELDS, is_problem, profile
from tests.api.web.fairs import SET_UP

ODD: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, -(2**70), 10**400, 1e308, float("nan"), float("inf"), "", " ", "\0", "a\0b",
    "\ud800", "x\udfff", "\u200b", "\x07\x1b", "ก" * 90, "ก" * 2_001, "x" * 20_001, "=1+1", "2026-02-30", "0001-01-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", [], {}, [[]], [None], {"": 1}, {"\ud800": 1}, ["x"] * 300,
]  # fmt: skip
odd = st.sampled_from(ODD) | st.text(max_size=20) | st.integers() | st.floats() | st.lists(st.none(), max_size=3)

RIGHT: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/firms"): profile("fuzzed"),
    ("PUT", "/v1/firms/{a}"): profile(),
    ("POST", "/v1/offers"): {"firm_id": "{a}", "text": "x", "cluster": "sport", "stage": "midstream", "price_thb": 5},
    ("PUT", "/v1/offers/{a}/o1"): {"text": "x", "role": "M1", "moq": "5", "lead_time_days": 7, "capacity": "9"},
    ("POST", "/v1/needs"): {"firm_id": "{a}", "text": "x", "must_certificates": ["GMP"], "seeking": "supplier"},
    ("PUT", "/v1/needs/{a}/n1"): {"text": "x", "stage_sought": "upstream", "volume": "5", "deliver_to": "x"},
    ("POST", "/v1/contacts"): {"firm_id": "{a}", "name": "x", "email": "a@b", "phone": "1", "line_id": "x"},
    ("POST", "/v1/match-requests"): {
        "text": "ผ้า", "cluster": "sport", "provinces": ["ขอนแก่น"], "certificates": ["GMP"], "needed_by": "2027-01-01",
        "quantity": "5", "limit": 5,
    },
    ("POST", "/v1/keys"): {"role": "reader", "name": "x", "expires_at": "2020-01-01T00:00:00Z"},
    ("POST", "/v1/exports"): {"format": "csv"},
    ("POST", "/v1/webhooks"): {"name": "x", "url": "https://a.example/", "topics": ["*", "meeting.accepted"]},
    ("POST", "/v1/undo"): {"batch": "x"},
    ("POST", "/v1/fairs"): SET_UP | {"id": "fuzzed", "rules": {"only": [{"by": "side", "one": "x", "other": "*"}]}},
    ("PUT", "/v1/fairs/{f}"): SET_UP | {"rules": {"never": [], "common_language": True}, "dial": 0.5},
    ("PUT", "/v1/fairs/{f}/participants/{a}"): {
        "delegates": ["x"], "available": [0, 1], "min_meetings": 0, "max_meetings": 3, "languages": ["th", "en"],
        "side": "x", "group": "x", "address": "a@example.com", "language": "en",
    },
    ("POST", "/v1/fairs/{f}/preferences"): {"wish": "met_before", "firm_id": "{a}", "other_id": "{b}"},
    ("POST", "/v1/fairs/{f}/links"): {"firm_ids": ["{a}"]},
    ("POST", "/v1/fairs/{f}/lists"): {"keep": True},
    ("POST", "/v1/fairs/{f}/meetings/ask"): {"by": "{a}", "other": "{b}", "message": "x"},
    ("POST", "/v1/fairs/{f}/meetings/answer"): {"by": "{b}", "other": "{a}", "yes": True},
    ("POST", "/v1/fairs/{f}/meetings/pin"): {"firm_id": "{a}", "other_id": "{b}"},
    ("POST", "/v1/fairs/{f}/timetable/move"): {"firm_id": "{a}", "other_id": "{b}", "to": {"slot": 1, "table": 1}},
    ("POST", "/v1/fairs/{f}/timetable/undo"): {"to": 1},
    ("POST", "/v1/fairs/{f}/timetable/mend"): {"preview": True},
    ("POST", "/v1/fairs/{f}/timetable/absence"): {"firm_id": "{b}", "from_slot": 7, "preview": True},
    ("PUT", "/v1/fairs/{f}/outcomes"): {
        "firm_id": "{a}", "other_id": "{b}", "by": "{a}", "outcome": "informative", "expected_thb": 5, "note": "x",
    },
    ("POST", "/v1/fairs/{f}/meetings/veto"): {"firm_id": "{a}", "other_id": "{b}"},
    ("POST", "/v1/fairs/{f}/chances/learn"): {"of": []},
    ("POST", "/v1/consents"): {"fair_id": "{f}", "firm_id": "{a}", "purpose": "sharing", "given": True},
    ("POST", "/v1/privacy/people"): {"email": "nobody-at-all@example.com"},
    ("POST", "/v1/privacy/erasures"): {"email": "nobody-at-all@example.com"},
}  # fmt: skip


def paths(body: Any, before=()):
    """Where something stands in a body."""
    yield before
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inner:
        yield from paths(value, (*before, name))


@st.composite
def spoilt(draw, body):
    """A body in which up to three things are something else, or too much."""
    made = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(paths(made))))
        value = deepcopy(draw(odd))
        if not path:
            return value
        inner = made
        for name in path[:-1]:
            inner = inner[name]
        if draw(st.booleans()) or not isinstance(inner, dict):
            inner[path[-1]] = value
        else:
            inner[draw(st.text(max_size=5) | st.just("\ud800"))] = value
    return made


def sequence(service) -> tuple[int, int]:
    """Numbers of the last changes of firms and of fairs."""
    with service.running.database.reading() as session:
        return last_sequence(session), int(session.execute(select(func.max(FairEventRow.sequence))).scalar() or 0)


@pytest.fixture(scope="module")
def victim(service):
    """A firm that is fuzzed."""
    service.ask("POST", "/v1/firms", json=profile("victim"))
    yield "victim"
    for id in ("victim", "fuzzed"):
        service.ask("DELETE", f"/v1/firms/{id}")
    for one in service.ask("GET", "/v1/firms", params={"limit": 100, "province": "พัทลุง"}).json()["items"]:
        if one["id"] not in {firm.id for firm in service.firms}:
            service.ask("DELETE", f"/v1/firms/{one['id']}")


@pytest.fixture(scope="module")
def fuzzed_fair(service, victim):
    """A fair of the fuzzed firm and B; all fairs that fuzzing makes go with it."""

    def known():
        return {one["id"] for one in service.ask("GET", "/v1/fairs", params={"limit": 100}).json()["items"]}

    before = known()
    made = service.ask("POST", "/v1/fairs", json=SET_UP).json()["id"]
    for firm in (victim, service.b.id):
        assert service.ask("PUT", f"/v1/fairs/{made}/participants/{firm}", json={"min_meetings": 0}).status_code == 200
    yield made
    while after := known() - before:
        for id in after:
            assert service.ask("DELETE", f"/v1/fairs/{id}").status_code == 204


def send(service, method, path, content: bytes, kind="application/json"):
    """Send it; it must be taken, or refused with a problem that changes nothing."""
    before = sequence(service)
    answer = service.ask(method, path, content=content, headers={"Content-Type": kind})
    assert answer.status_code < 500, (answer.text[:500], content[:500])
    if answer.status_code >= 400:
        assert answer.headers["content-type"].startswith("application/problem+json"), content[:500]
        assert answer.json().keys() == PROBLEM_FIELDS
        assert len(answer.content) < 100_000
        assert sequence(service) == before, content[:500]
    return answer


@pytest.mark.parametrize(("method", "path"), RIGHT)
def test_no_body_makes_the_service_fail(service, victim, fuzzed_fair, method, path):
    def with_ids(text):
        return text.replace("{a}", victim).replace("{b}", service.b.id).replace("{f}", fuzzed_fair)

    right, target = json.loads(with_ids(json.dumps(RIGHT[method, path]))), with_ids(path)
    profiles = path.startswith(("/v1/firms", "/v1/offers", "/v1/needs"))

    @settings(
        max_examples=80, deadline=None, database=None, derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip
    @given(body=spoilt(right))
    def fuzz(body):
        answer = send(service, method, target, json.dumps(body).encode())
        if profiles and answer.status_code < 300:  # as it was, for the next one
            service.ask("PUT", f"/v1/firms/{victim}", json=profile(victim))
            service.ask("DELETE", "/v1/firms/fuzzed")

    fuzz()


RAW = [
    b"", b"{", b"null", b"NaN", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b'"\xed\xa0\x80"', b"\x00" * 100,
    b"1" * 5_000, b'{"text": ' + b"1" * 5_000 + b"}", b'{"text": 1, "text": 2}', b"{}" * 3,
    json.dumps({f"k{number}": 1 for number in range(50_000)}).encode(),
    json.dumps({"x" * 1_000_000: 1}).encode(),
    json.dumps({"name_th": "x", "offers": [{}] * 50_000}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/firms", "/v1/match-requests", "/v1/contacts"])
@pytest.mark.parametrize("content", RAW, ids=lambda content: repr(content[:20]))
def test_no_bytes_make_the_service_fail(service, path, content):
    assert send(service, "POST", path, content).status_code in {400, 422}


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x"]
)
def test_a_body_of_another_kind_is_refused(service, kind):
    for path in ("/v1/firms", "/v1/imports"):
        assert send(service, "POST", path, b"<x/>", kind).status_code in {400, 422}


@pytest.mark.parametrize("path", ["/v1/firms", "/v1/imports", "/v1/match-requests"])
def test_a_body_of_thirty_megabytes_is_refused_with_a_problem(service, path):
    def pieces():
        for _ in range(30):
            yield b"x" * 1_000_000

    kind = "multipart/form-data; boundary=x" if path == "/v1/imports" else "application/json"
    answer = send(service, "POST", path, b'{"x": "' + b"x" * 30_000_000 + b'"}', kind)
    assert is_problem(answer, 413, "too_large")
    answer = service.ask("POST", path, content=pieces(), headers={"Content-Type": kind})
    assert is_problem(answer, 413 if kind == "application/json" else answer.status_code)
    assert answer.status_code in {400, 413}


QUERIES = [
    "/v1/search?q=", "/v1/search?q=%00", "/v1/search?q=a%00b", "/v1/search?q=%ED%A0%80", "/v1/search?q=x&limit=1e9",
    "/v1/search?q=x&limit=99999999999999999999", "/v1/search?q=x&stage=y", "/v1/search?q=x&province=%00", "/v1/search",
    "/v1/search?q=x&certificate=%00", "/v1/search?q=x&cluster=%00", "/v1/firms?cursor=%00", "/v1/firms?limit=0",
    "/v1/offers?firm_id=%00", "/v1/needs?cluster=%00", "/v1/contacts", "/v1/contacts?firm_id=%00", "/v1/jobs?limit=-1",
    "/v1/firms/%00", "/v1/offers/a%00b", "/v1/contacts/%00", "/v1/jobs/%00", "/v1/jobs/%00/file", "/v1/keys/%00",
    "/v1/match-requests/%00", "/v1/firms/" + "x" * 500, "/v1/search?q=x" + "&province=ขอนแก่น" * 100,
    "/v1/fairs?cursor=x", "/v1/fairs/%00", "/v1/fairs/x/participants/%00", "/v1/fairs/x/meetings?state=x",
    "/v1/fairs/x/lists?number=0", "/v1/fairs/x/timetable?version=99999999999999999999", "/v1/fairs/x/events?cursor=YQ",
    "/v1/fairs/x/publications/0/files.zip", "/v1/fairs/x/outcomes/report?format=pdf", "/v1/chain-gaps?province=%00",
    "/v1/suggestions?q=%00", "/v1/suggestions?q=x&limit=1000", "/v1/search?q=" + "x" * 4_001,
]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path[:40])
def test_no_address_makes_the_service_fail(service, path):
    assert is_problem(service.ask("GET", path), 422)


@pytest.mark.parametrize(
    "text", ["\x07\x1b", "…", "🧵🧵🧵", "' OR 1=1 --", "า" * 4_000, "1" * 4_000, "ก\u0e48" * 1_500, "a " * 2_000]
)
def test_odd_words_are_searched_or_refused_but_never_fail(service, text):
    for path in ("/v1/search", "/v1/suggestions"):
        answer = service.ask("GET", path, params={"q": text})
        assert answer.status_code in {200, 422}, answer.text[:300]


@pytest.mark.parametrize("name", ["x.exe", "", "catalog", "../../etc/passwd", "ก.pdf"])
def test_a_file_of_no_known_kind_is_refused(service, name):
    answer = service.ask("POST", "/v1/imports", files={"file": (name, b"id,name\n")})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_an_upload_is_kept_under_a_name_of_our_own(service):
    answer = service.ask("POST", "/v1/imports", files={"file": ("../../evil.CSV", b"id,name\n")}, data={"preview": "1"})
    assert answer.status_code == 202
    assert service.ask("GET", answer.headers["location"]).json()["state"] == "waiting"
    kept = [path.name for path in service.running.settings.files_dir.iterdir()]
    assert f"{answer.json()['id']}-upload.csv" in kept
    assert is_problem(service.ask("GET", f"{answer.headers['location']}/file"), 404, "not_found")
