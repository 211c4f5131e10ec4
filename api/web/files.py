"""Files that answers carry: what kind each is, to who fetches it and in the API's description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
ICS = "text/calendar; charset=utf-8"
JSONL = "application/jsonl"
SVG = "image/svg+xml"
ZIP = "application/zip"
_BY_ENDING = {".xlsx": XLSX, ".csv": CSV, ".ics": ICS, ".jsonl": JSONL, ".zip": ZIP}
_BINARY: Any = {"schema": {"type": "string", "format": "binary"}}


def file_answer(path: Path, name: str) -> FileResponse:
    """A file under a name of its own; its ending says what kind it is."""
    return FileResponse(path, filename=name, media_type=_BY_ENDING[path.suffix])


def files(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: it answers with a file of one of these kinds.

    `application/octet-stream` stands before them: it is the one kind of file that generators of clients know.
    """
    known = ("application/octet-stream", *(kind.partition(";")[0] for kind in kinds))
    return {200: {"description": "The file.", "content": dict.fromkeys(known, _BINARY)}}
