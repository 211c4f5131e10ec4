"""What /openapi.json and /docs say of the API."""

from __future__ import annotations

import re

import pytest
from pydantic import TypeAdapter

from api.web import schemas
from api.web.problems import MEANINGS, MEDIA_TYPE
from tests.api.web.conftest import profile


@pytest.fixture(scope="module")
def spec(service):
    return service.client.get("/openapi.json").json()


def operations(spec):
    return {(method.upper(), path): call for path, calls in spec["paths"].items() for method, call in calls.items()}


def walk(node):
    yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(inner)


def test_every_reference_leads_somewhere_and_every_schema_is_used(spec):
    refs = {node["$ref"] for node in walk(spec) if isinstance(node, dict) and isinstance(node.get("$ref"), str)}
    for ref in refs:
        inner = spec
        assert ref.startswith("#/")
        for name in ref[2:].split("/"):
            inner = inner[name]
    used = {ref.removeprefix("#/components/") for ref in refs}
    there = {f"{kind}/{name}" for kind in ("schemas", "responses") for name in spec["components"][kind]}
    assert used == there


def test_every_call_has_a_pleasant_name_of_its_own_a_summary_and_a_description(spec):
    calls = operations(spec)
    names = [call["operationId"] for call in calls.values()]
    assert len(set(names)) == len(names)
    verbs = "list|read|create|replace|change|delete|end|start|search|suggestions|undo|rotate|ping|retry"
    verbs += "|register|ask|answer|pin|veto|move|mend|learn"
    verbs += "|healthz|readyz|metrics"
    for call in calls.values():
        assert re.fullmatch(rf"({verbs})(_[a-z]+)*", call["operationId"])
        assert call["summary"]
        assert call["description"].endswith(".")
        assert "x-roles" in call
        assert ("security" in call) == bool(call["x-roles"])
        assert len(call["tags"]) == 1
    assert {tag for call in calls.values() for tag in call["tags"]} == {one["name"] for one in spec["tags"]}


def test_path_parameters_are_described_and_bounded(spec):
    for (_, path), call in operations(spec).items():
        given = {one["name"]: one for one in call.get("parameters", []) if one["in"] == "path"}
        assert set(given) == set(re.findall(r"{(\w+)}", path))
        assert all(one["required"] and {"maxLength", "maximum"} & one["schema"].keys() for one in given.values())


def test_every_call_documents_its_problems_as_problems(spec):
    for call in operations(spec).values():
        assert "default" not in call["responses"]  # it would document every status, and so none
        for status, said in call["responses"].items():
            if status >= "4" and "content" not in said:
                problem = spec["components"]["responses"][said["$ref"].rpartition("/")[2]]
                assert problem["content"] == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    for meaning in MEANINGS.values():
        assert f"`{meaning.code}`" in spec["info"]["description"]


def test_what_is_created_is_documented_with_its_location(spec):
    for (method, path), call in operations(spec).items():
        for status in ("201", "202"):
            if status in call["responses"]:
                assert "Location" in call["responses"][status]["headers"], (method, path)


def test_every_example_is_a_right_one(spec):
    seen = 0
    for name, schema in spec["components"]["schemas"].items():
        for example in schema.get("examples", []):
            TypeAdapter(getattr(schemas, name)).validate_python(example, strict=False)
            seen += 1
    assert seen >= 6


def test_every_request_example_is_taken(service, spec):
    for name, path in (("FirmIn", "/v1/firms"), ("MatchRequestIn", "/v1/match-requests")):
        for example in spec["components"]["schemas"][name]["examples"]:
            answer = service.ask("POST", path, json=example)
            there = {one.id for firm in service.firms for one in (*firm.offers, *firm.needs)}
            if example.get("need_id", "") in there | {""}:
                assert answer.status_code == 201, answer.text
            if path == "/v1/firms":
                service.ask("DELETE", answer.headers["location"])


def test_answers_are_what_their_schemas_say(service, spec):
    a, calls = service.a.id, operations(spec)
    made = service.ask("POST", "/v1/firms", json=profile()).headers["location"]
    job = service.ask("POST", "/v1/exports", json={}).json()["id"]
    filed = service.ask("POST", "/v1/match-requests", json={"text": "ผ้าไหม"}).json()["id"]
    contact = service.ask("POST", "/v1/contacts", json={"firm_id": made.rpartition("/")[2], "name": "x"}).json()
    ids = {
        "/v1/firms/{id}": a,
        "/v1/offers/{id}": service.a.offers[0].id,
        "/v1/needs/{id}": service.a.needs[0].id,
        "/v1/contacts/{id}": contact["id"],
        "/v1/match-requests/{id}": filed,
        "/v1/jobs/{id}": job,
        "/v1/keys/{id}": service.keys["reader"].partition(".")[0],
    }
    told = {"name": "x", "url": "https://a.example/", "topics": ["*"]}
    ids["/v1/webhooks/{id}"] = service.ask("POST", "/v1/webhooks", json=told).json()["id"]
    ids["/v1/outbox/{id}"] = service.ask("POST", f"/v1/webhooks/{ids['/v1/webhooks/{id}']}/test").json()["id"]
    params = {"/v1/search": {"q": "ผ้าไหม"}, "/v1/suggestions": {"q": "ผ้า"}, "/v1/contacts": {"firm_id": a}}
    for (method, path), call in calls.items():
        content = call["responses"].get("200", {}).get("content", {})
        if method != "GET" or "application/json" not in content or path.startswith("/v1/fairs/"):  # asked beside those
            continue
        answer = service.ask("GET", path.replace("{id}", ids.get(path, "")), params=params.get(path))
        assert answer.status_code == 200, (path, answer.text)
        assert check(spec, content["application/json"]["schema"], answer.json()) == [], path
    service.ask("DELETE", made)


KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "object": dict,
    "array": list,
}


def check(spec, schema, value, where="$"):
    """What of a value is not as a schema says: kinds, fields, required ones, words of an enum."""
    if "$ref" in schema:
        return check(spec, spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, where)
    if "anyOf" in schema:
        tried = [check(spec, one, value, where) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "type" in schema and not isinstance(value, KINDS[schema["type"]]):
        return [f"{where}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    if isinstance(value, list):
        inner = [check(spec, schema.get("items", {}), one, f"{where}[]") for one in value]
        return [problem for problems in inner for problem in problems]
    return check_fields(spec, schema, value, where) if isinstance(value, dict) else []


def check_fields(spec, schema, value, where):
    """The same for the fields of an object."""
    known = schema.get("properties", {})
    found = [f"{where}: no {name}" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if name in known:
            found += check(spec, known[name], one, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            found.append(f"{where}: {name} is not described")
    return found


def test_the_page_of_the_api_takes_everything_from_the_service_itself(service):
    page = service.ask("GET", "/docs", by=None)
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4
    for link in links:
        assert link.startswith("/")
        assert service.ask("GET", link, by=None).status_code == 200, link
    assert not re.search(r"<script>|<style|\son\w+=", page.text)
    assert "https://" not in service.ask("GET", "/static/docs.js", by=None).text
