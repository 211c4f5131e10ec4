"""OpenAPI links: where what one answer names can be read, changed and ended by another call.

They follow from the addresses: what `POST /v1/firms` answers with stands at `/v1/firms/{id}`, a page of
`GET /v1/firms` holds such ids too, and a job, whoever starts it, at `/v1/jobs/{id}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Data = dict[str, Any]

_JOBS = "/v1/jobs"
_NAMED = re.compile(r"/{(\w+)}")


def tell_links(spec: Data) -> None:
    """Put into a description where the things that its answers name stand."""
    paths: Data = spec["paths"]
    for path, calls in paths.items():
        for method, call in calls.items():
            if method not in {"get", "post"}:
                continue
            for status, said in call["responses"].items():
                if status < "3" and (links := dict(_links(spec, path, said))):
                    said["links"] = links


def _links(spec: Data, path: str, said: Data) -> Iterator[tuple[str, Data]]:
    """The links of one answer, by the name of the call that each leads to."""
    schema = said.get("content", {}).get("application/json", {}).get("schema", {})
    pointer, shape = _thing(spec, schema)
    base = _JOBS if shape.get("title") == "JobOut" else path
    kept = {} if base == _JOBS else {name: f"$request.path.{name}" for name in _NAMED.findall(path)}
    for other, calls in spec["paths"].items():
        rest = _NAMED.findall(other.removeprefix(base)) if other.startswith(f"{base}/{{") else []
        if len(rest) != 1 or rest[0] not in shape.get("properties", {}):
            continue
        for call in calls.values():
            yield (
                call["operationId"],
                {
                    "operationId": call["operationId"],
                    "parameters": kept | {rest[0]: f"$response.body#{pointer}/{rest[0]}"},
                },
            )


def _thing(spec: Data, schema: Data) -> tuple[str, Data]:
    """Where in an answer the thing is that has an id, and its shape: the answer itself, or the first of a list."""
    shape = _shape(spec, schema)
    if "items" in shape.get("properties", {}):
        return "/items/0", _shape(spec, shape["properties"]["items"]["items"])
    if shape.get("type") == "array":
        return "/0", _shape(spec, shape["items"])
    return "", shape


def _shape(spec: Data, schema: Data) -> Data:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Data = spec["components"]["schemas"][name] if name else schema
    return found
