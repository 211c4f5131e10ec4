"""With which problems each call may answer, status by status: what the description does not say does not happen.

Most of it follows from the call itself: a key is looked at, a body read, a thing looked for by its id. Only what a
call knows of itself, a conflict or a version, stands with its route, as `responses=refused(409)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.store.keys import Role
from api.web.problems import BY_STATUS, MEANINGS, MEDIA_TYPE

Data = dict[str, Any]

_PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}
_WAIT = {"description": "Seconds until it is worth trying again.", "schema": {"type": "integer", "minimum": 1}}
_HEADERS: dict[int, Data] = {
    401: {"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}},
    429: {"Retry-After": _WAIT},
    503: {"Retry-After": _WAIT},
}
_SAYS = {
    400: "The body cannot be read.",
    401: "No key, or none that holds.",
    403: "A key of another role.",
    404: "Not there, or not the caller's to see.",
    409: "It contradicts what is there.",
    412: "Somebody changed it since.",
    413: "The body is too large.",
    422: "A value that cannot be taken.",
    429: "Too many requests.",
    503: "Not just now.",
}


def refused(*statuses: int) -> dict[int | str, Data]:
    """For a route's `responses`: what it may refuse beside what follows from the call itself."""
    return {status: {"description": _SAYS[status]} for status in statuses}


def codes() -> dict[int, set[str]]:
    """Every code that a problem may have, by status."""
    found: dict[int, set[str]] = {422: {"invalid"}, 500: {"internal"}}
    for meaning in MEANINGS.values():
        found.setdefault(meaning.status, set()).add(meaning.code)
    for status, (code, _, _) in BY_STATUS.items():
        found.setdefault(status, set()).add(code)
    return found


def tell_refusals(spec: Data) -> None:
    """Put into a description what each call may refuse, and how a problem looks."""
    for path, calls in spec["paths"].items():
        for call in calls.values():
            answers = call["responses"]
            answers.pop("default", None)
            declared = {int(status) for status, said in answers.items() if status >= "4" and "content" not in said}
            for status in sorted(declared | set(_following(path, call))):
                if "content" not in answers.get(str(status), {}):
                    answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    spec["components"]["responses"] = {_name(status): _response(status) for status in _SAYS}


def _following(path: str, call: Data) -> Iterable[int]:
    """Statuses that follow from a call's key, parameters and body."""
    if call["x-roles"]:
        yield from (401, 429, 503)
        if len(call["x-roles"]) < len(Role):
            yield 403
    if "{" in path:
        yield 404
    if "parameters" in call or "requestBody" in call:
        yield 422
    if "requestBody" in call:
        yield from (400, 413)


def _response(status: int) -> Data:
    names = ", ".join(f"`{one}`" for one in sorted(codes()[status]))
    found: Data = {"description": f"{_SAYS[status]} Codes: {names}.", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    return found | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _name(status: int) -> str:
    return f"Problem{status}"
