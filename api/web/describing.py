"""The API's description: names that make pleasant clients, and problems with their true media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.web.linking import tell_links
from api.web.refusals import codes, tell_refusals
from api.web.schemas import ProblemOut

Data = dict[str, Any]

_ABOUT = """
ใครควรได้พบใคร — who should meet whom along a Thai SME cluster's value chain.

Send your key as `Authorization: Bearer <key>`. `x-roles` says which keys a call takes: an organiser's, a firm's
(its own data only) or a reader's. What a key may not see looks as if it were not there.

Lists that grow come in pages: send `next_cursor` as `cursor` until it is null. What creates something answers with
its `Location`; a firm, offer or need carries its version as `ETag`, and a change that sends it as `If-Match` is
refused if somebody was quicker.

Errors are `application/problem+json` with a code, a sentence in Thai and in English, and the field that is meant.
With 429 and 503 comes `Retry-After`.

| Status | Codes |
|---|---|
"""

TAGS = [
    {"name": "search", "description": "The buyer's search: ranked, explained answers, facets, suggestions."},
    {"name": "match requests", "description": "Buying briefs, filed with the answer they were given."},
    {"name": "firms", "description": "Whole profiles."},
    {"name": "offers", "description": "สิ่งที่ขาย, one by one."},
    {"name": "needs", "description": "สิ่งที่ต้องการ, one by one."},
    {"name": "contacts", "description": "Personal data, apart from profiles: the firm itself and organisers only."},
    {"name": "fairs", "description": "งานเจรจาธุรกิจ: how each is set up, how it stands, what happened to it."},
    {"name": "participants", "description": "Who takes part: one by one or from a sheet, wishes, links."},
    {"name": "meetings", "description": "Match lists, and meetings asked for and answered."},
    {"name": "timetables", "description": "Times and tables: made, moved, mended, published."},
    {"name": "outcomes", "description": "ผลการเจรจา, and the report of pairs and baht."},
    {"name": "chain gaps", "description": "Links of the chains with demand and no supply, or supply and no demand."},
    {
        "name": "privacy",
        "description": "People: consents, contacts of those one meets, what is held, erasure, the trail.",
    },
    {"name": "lists", "description": "What a form offers to choose from."},
    {"name": "jobs", "description": "Imports, exports, rebuilding the index, and taking changes back."},
    {"name": "keys", "description": "Who may call."},
    {"name": "webhooks", "description": "Other systems that are told what happens (standardwebhooks.com)."},
    {"name": "outbox", "description": "What was told to people and webhooks, and what came of it."},
    {"name": "health", "description": "For whoever runs the service."},
]
PROBLEM: dict[int | str, Data] = {"default": {"model": ProblemOut}}
"""Brings the shape of problems into the description; `tell_refusals` puts it where it belongs."""


class Api(FastAPI):
    """A FastAPI app that describes problems and uploads as what they are."""

    def openapi(self) -> Data:
        """The description; made at the first call."""
        if self.openapi_schema is None:
            spec = super().openapi()
            tell_refusals(spec)
            tell_links(spec)
            for schema in spec["components"]["schemas"].values():
                for name, field in schema.get("properties", {}).items():
                    schema["properties"][name] = _told_file(field)
        return super().openapi()


def operation_id(route: APIRoute) -> str:
    """The name of a call in clients: that of its route, as `create_firm`."""
    return route.name


def about() -> str:
    """What the API is, how to call it, and every code that a problem may have."""
    known = codes()
    rows = (f"| {status} | {', '.join(f'`{one}`' for one in sorted(known[status]))} |" for status in sorted(known))
    return _ABOUT + "\n".join(rows)


def _told_file(field: Data) -> Data:
    """A field that is a file says so as most generators read it: FastAPI's `contentMediaType` makes it a text."""
    for said in (field, *field.get("anyOf", ())):
        if said.get("contentMediaType") == "application/octet-stream":
            rest = {name: value for name, value in field.items() if name not in {"anyOf", "contentMediaType"}}
            return rest | {"type": "string", "format": "binary"}
    return field
