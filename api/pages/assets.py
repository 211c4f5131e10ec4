"""Files that pages need beside the templates: the font, and static files with their time to live."""

from __future__ import annotations

import gzip
import os
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages.both import both, page_router
from api.pages.visiting import Organiser
from api.web.files import XLSX
from matcher.exchange import write_template

router = page_router()

YEAR = "public, max-age=31536000, immutable"


class Static(StaticFiles):
    """Static files; one that is asked for by its version may be kept for a year, others for an hour."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = YEAR if b"v=" in scope["query_string"] else "public, max-age=3600"
        return response


@router.get("/assets/NotoSansThai.ttf")
def font(request: Request) -> Response:
    """Noto Sans Thai (OFL), from its package."""
    headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(_font_gz(), media_type="font/ttf", headers=headers | {"Content-Encoding": "gzip"})
    return Response(_font(), media_type="font/ttf", headers=headers)


@both(router, "/jobs/template.xlsx")
def template(_visitor: Organiser) -> Response:
    """An empty sheet for exhibitors."""
    headers = {"Content-Disposition": 'attachment; filename="exhibitors.xlsx"', "Cache-Control": "private, no-cache"}
    return Response(_template(), media_type=XLSX, headers=headers)


@cache
def _font() -> bytes:
    return (files("fontpkg_noto_sans_thai") / "files" / "NotoSansThai[wdth,wght].ttf").read_bytes()


@cache
def _font_gz() -> bytes:
    return gzip.compress(_font(), mtime=0)


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exhibitors.xlsx"
        write_template(path)
        return path.read_bytes()
