"""Headers that requests and answers carry: versions, and where something new stands."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Response

from api.errors import BadVersionError

IfMatch = Annotated[
    str | None,
    Header(max_length=40, description="The version you saw, as its ETag names it; another one is refused."),
]


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_ETAG = _header("The firm's version; send it as If-Match to change only what you saw.")
_LOCATION = _header("Where it can be read.")

Responses = dict[int | str, dict[str, Any]]
VERSIONED: Responses = {200: {"headers": {"ETag": _ETAG}}}
CREATED: Responses = {201: {"headers": {"Location": _LOCATION}}}
CREATED_VERSIONED: Responses = {201: {"headers": {"Location": _LOCATION, "ETag": _ETAG}}}
ACCEPTED: Responses = {202: {"headers": {"Location": _LOCATION}}}


def seen_version(if_match: str | None) -> int | None:
    """The version that an If-Match header names; None where it names none on purpose.

    Raises:
        BadVersionError: it is no version.
    """
    if if_match is None or if_match == "*":
        return None
    digits = if_match.removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise BadVersionError
    return int(digits)


def put_version(response: Response, version: int) -> None:
    """Say which version an answer shows."""
    response.headers["ETag"] = f'"{version}"'


def put_location(response: Response, path: str, id: str) -> None:
    """Say where something new stands."""
    response.headers["Location"] = f"{path}/{quote(id, safe='/')}"
