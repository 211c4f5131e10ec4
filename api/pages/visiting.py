"""Who visits a page: the signed cookie of a sign-in, the token in every form, how fast.

The cookie holds the id of a key and a random session, never the key itself. The key is looked up at every
request, so that revoking it ends its sessions at once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.responses import Response
from itsdangerous import BadData, URLSafeTimedSerializer

from api.errors import NotAllowedError, NotSignedInError, ServiceError
from api.pages.words import Language
from api.store.keys import Caller, Role, caller_by_id
from api.web.access import Rates, running_of
from api.web.running import Running

COOKIE = "khukha"
FORM_COOKIE = "khukha_form"
SIGNED_IN_S = 12 * 3600
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class BadFormError(ServiceError):
    """A form came without the token that its page gave it."""

    def __init__(self) -> None:
        super().__init__(th="ส่งแบบฟอร์มไม่สำเร็จ โหลดหน้าใหม่แล้วส่งอีกครั้ง", en="the form has no valid token: reload its page")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page.

    Attributes:
        caller: The key signed in with, or None.
        session: Random, of this sign-in, or of this browser before it; empty where no cookie came.
        language: Of the page, from its address.
    """

    here: Running
    caller: Caller | None
    session: str
    language: Language

    @property
    def firm_id(self) -> str | None:
        """The firm of a firm's key."""
        return self.caller.firm_id if self.caller else None

    @property
    def organiser(self) -> bool:
        """Whether an organiser is signed in."""
        return self.caller is not None and self.caller.role is Role.ORGANISER

    @property
    def token(self) -> str:
        """What this visitor's forms carry."""
        return token_of(self.here, self.session)


def language_of(path: str) -> Language:
    """The language of a page's address: Thai, unless it stands under /en."""
    return "en" if path == "/en" or path.startswith("/en/") else "th"


def visitor_of(request: Request) -> Visitor:
    """The visitor, counted against the rate once a request.

    Raises:
        TooManyRequestsError: the key, or the address, asks too fast.
    """
    if isinstance(found := getattr(request.state, "visitor", None), Visitor):
        return found
    here = running_of(request)
    rates: Rates = request.app.state.rates
    caller, session = signed_in(here, request.cookies.get(COOKIE, ""))
    rates.count(f"key {caller.id}" if caller else f"address {address_of(request)}")
    session = session or request.cookies.get(FORM_COOKIE, "")[:80]
    return Visitor(here, caller, session, language_of(request.url.path))


def reader_of(request: Request) -> Visitor:
    """A visitor who may read: anyone where pages are public, else who is signed in.

    Raises:
        NotSignedInError: nobody is.
    """
    visitor = visitor_of(request)
    if visitor.caller is None and not visitor.here.settings.public_pages:
        raise NotSignedInError
    return visitor


def member_of(request: Request) -> Visitor:
    """A visitor who is signed in; raises as `reader_of`."""
    visitor = visitor_of(request)
    if visitor.caller is None:
        raise NotSignedInError
    return visitor


def organiser_of(request: Request) -> Visitor:
    """A visitor signed in with an organiser's key.

    Raises:
        NotSignedInError: nobody is signed in.
        NotAllowedError: somebody else is.
    """
    visitor = member_of(request)
    if not visitor.organiser:
        raise NotAllowedError(role=caller_of(visitor).role)
    return visitor


visits = (visitor_of, reader_of, member_of, organiser_of)
"""What a page may ask of its visitor."""

Anyone = Annotated[Visitor, Depends(visitor_of)]
Reader = Annotated[Visitor, Depends(reader_of)]
Member = Annotated[Visitor, Depends(member_of)]
Organiser = Annotated[Visitor, Depends(organiser_of)]
Token = Annotated[str, Form(alias="token", max_length=200)]


def caller_of(visitor: Visitor) -> Caller:
    """The key of a visitor who is signed in."""
    if visitor.caller is None:
        raise NotSignedInError
    return visitor.caller


def check_token(visitor: Visitor, token: str) -> None:
    """Refuse a form that was not on a page of this visitor's.

    Raises:
        BadFormError: it was not.
    """
    if not visitor.session or not hmac.compare_digest(token.encode(), visitor.token.encode()):
        raise BadFormError


def token_of(here: Running, session: str) -> str:
    """The token of a session's forms; of an empty session none."""
    return _secret(here, f"form {session}") if session else ""


def signed_in(here: Running, cookie: str) -> tuple[Caller | None, str]:
    """The key behind a cookie and its session; None and an empty text where it holds no longer."""
    if not cookie:
        return None, ""
    try:
        said = _serializer(here).loads(cookie[:1_000], max_age=SIGNED_IN_S)
        with here.database.reading() as session:
            return caller_by_id(session, str(said["key"]), mark=str(said["mark"])), str(said["session"])
    except (BadData, KeyError, NotSignedInError):  # a cookie of an earlier version has no mark
        return None, ""


def sign_in(here: Running, caller: Caller, response: Response) -> None:
    """Give the browser a cookie for a new session of a key."""
    said = {"key": caller.id, "mark": caller.mark, "session": secrets.token_urlsafe(16)}
    _set(here, response, COOKIE, str(_serializer(here).dumps(said)), max_age=SIGNED_IN_S)


def sign_out(here: Running, response: Response) -> None:
    """Take the cookie back."""
    _set(here, response, COOKIE, "", max_age=0)


def new_form_session(here: Running, response: Response, session: str) -> None:
    """Keep the session of somebody who has not signed in, so that the sign-in form has a token."""
    _set(here, response, FORM_COOKIE, session, max_age=SIGNED_IN_S)


def local_path(path: str, *, otherwise: str) -> str:
    """The path where it leads nowhere but to this site, else another.

    Example: `local_path("//evil.example", otherwise="/") -> "/"`
    """
    return path if len(path) <= 2_000 and _LOCAL.fullmatch(path) else otherwise


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "-"


def _set(here: Running, response: Response, name: str, value: str, *, max_age: int) -> None:
    secure = here.settings.secure_cookies
    response.set_cookie(name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=secure)


def _serializer(here: Running) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret(here, "cookie"), salt="khukha sign-in")


def _secret(here: Running, label: str) -> str:
    return hmac.new(here.pepper, f"khukha pages: {label}".encode(), hashlib.sha256).hexdigest()
