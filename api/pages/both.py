"""Routes of pages: in both languages, and closed before a form or a file is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.pages.visiting import visits

Page = TypeVar("Page", bound=Callable[..., Any])


class PageRoute(APIRoute):
    """A route that looks at the visitor before anything else.

    FastAPI reads a body before it asks dependencies, so a stranger could make it read a large file.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, behind the look at the visitor."""
        handle = super().get_route_handler()
        calls = [needed.call for needed in self.dependant.dependencies]
        look = next((call for call in calls if call in visits), None)

        async def looked(request: Request) -> Response:
            if look is not None:
                request.state.visitor = await run_in_threadpool(look, request)
            return await handle(request)

        return looked


def page_router() -> APIRouter:
    """A router of pages, which the API's description leaves out."""
    return APIRouter(include_in_schema=False, route_class=PageRoute)


def both(router: APIRouter, path: str, *, method: str = "GET") -> Callable[[Page], Page]:
    """Serve a page at its path in Thai, and under /en in English."""

    def add(page: Page) -> Page:
        for prefix in ("", "/en"):
            router.add_api_route(prefix + path, page, methods=[method], response_model=None)
        return page

    return add
