"""Who asks, what they may do, and how fast. A route without declared roles is not served at all.

The key is checked before the body is read: who has none makes the service parse nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from api.errors import MissingError, NotAllowedError, NotSignedInError, TooManyRequestsError
from api.store.keys import Caller, Role, caller_of
from api.web.running import Running

_bearer = HTTPBearer(auto_error=False, description="A key as `make serve` or the organiser gives it: `id.secret`.")

ANYONE: tuple[Role, ...] = (Role.ORGANISER, Role.FIRM, Role.READER)
READERS: tuple[Role, ...] = (Role.ORGANISER, Role.READER)
OWNERS: tuple[Role, ...] = (Role.ORGANISER, Role.FIRM)
ORGANISER: tuple[Role, ...] = (Role.ORGANISER,)


class Rates:
    """Counts requests of each caller.

    Args:
        rate: As `600/minute`.
        storage: Where it is counted, as `memory://`.
    """

    def __init__(self, rate: str, *, storage: str) -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage))
        self._rate: RateLimitItem = parse(rate)

    def count(self, who: str) -> None:
        """Count one request.

        Raises:
            TooManyRequestsError: it is one too many.
        """
        if not self._limiter.hit(self._rate, who):
            window = self._limiter.get_window_stats(self._rate, who)
            raise TooManyRequestsError(retry_after_s=max(1, math.ceil(window.reset_time - time.time())))


def running_of(request: Request) -> Running:
    """What the process holds."""
    found = request.app.state.running
    assert isinstance(found, Running)
    return found


def allow(*roles: Role) -> Any:
    """A dependency that lets these roles in; it works, and says so in the API's description, on a `Keyed` route."""

    def caller(
        request: Request, _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        found = request.state.caller
        assert isinstance(found, Caller)
        return found

    caller.roles = roles  # type: ignore[attr-defined]
    return Depends(caller)


class Keyed(APIRoute):
    """A route that looks at the key before anything else, and lets in the roles that its function declares."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:
        super().__init__(path, endpoint, **rest)
        self.roles = _roles_of(self.dependant)
        self.openapi_extra = (self.openapi_extra or {}) | {"x-roles": sorted(self.roles or ())}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, behind the check."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if self.roles is not None:
                credentials = await _bearer(request)
                request.state.caller = await run_in_threadpool(_caller, request, credentials, self.roles)
            return await handle(request)

        return checked


def keyed_router(*, prefix: str = "", tags: list[str] | None = None) -> APIRouter:
    """A router of `Keyed` routes."""
    return APIRouter(prefix=prefix, tags=list(tags or ()), route_class=Keyed)


def _caller(request: Request, credentials: HTTPAuthorizationCredentials | None, roles: tuple[Role, ...]) -> Caller:
    """Whose key it is, counted; raises where there is none, or one of another role."""
    rates: Rates = request.app.state.rates
    address = f"address {request.client.host if request.client else '-'}"
    if credentials is None:
        rates.count(address)
        raise NotSignedInError
    running = running_of(request)
    try:
        with running.database.reading() as session:
            caller = caller_of(session, credentials.credentials, pepper=running.pepper)
    except NotSignedInError:
        rates.count(address)
        raise
    rates.count(f"key {caller.id}")
    if caller.role not in roles:
        raise NotAllowedError(role=caller.role)
    return caller


In = Annotated[Running, Depends(running_of)]


def own_firm(caller: Caller, firm_id: str, *, kind: str = "firm", id: str | None = None) -> None:
    """Let a firm's key pass for its own firm only; others learn nothing, not even that it is there.

    Raises:
        MissingError: it is another firm's.
    """
    if caller.role is Role.FIRM and caller.firm_id != firm_id:
        raise MissingError(kind=kind, id=id or firm_id)


def declare(app: FastAPI, *, open_to_all: frozenset[str]) -> None:
    """Refuse an app of which a described route declares no roles.

    Args:
        app: With all its routes.
        open_to_all: Paths that need no key.

    Raises:
        RuntimeError: a route declares no roles and is not open to all, or reads its body before the key.
    """
    for route in iter_route_contexts(app.routes):
        made = route.original_route
        if not isinstance(made, APIRoute) or not route.include_in_schema:
            continue
        if not isinstance(made, Keyed):
            raise RuntimeError(f"{route.path} does not look at keys: add it to a `keyed_router()`")
        if made.roles is None and route.path not in open_to_all:
            raise RuntimeError(f"{route.path} declares no roles: add `allow(…)`")


def _roles_of(dependant: Dependant) -> tuple[Role, ...] | None:
    """The roles that a route's function declares; None where it declares none."""
    for needed in dependant.dependencies:
        roles = getattr(needed.call, "roles", None)
        if roles is not None:
            return tuple(roles)
    return None
