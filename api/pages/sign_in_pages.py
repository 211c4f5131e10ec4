"""Signing in with a key, and out."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.errors import NotSignedInError
from api.pages.both import both, page_router
from api.pages.rendering import address, page
from api.pages.visiting import (
    Anyone,
    Token,
    Visitor,
    address_of,
    check_token,
    local_path,
    new_form_session,
    sign_in,
    sign_out,
    token_of,
)
from api.store.keys import caller_of, key_id
from api.web.access import Rates

router = page_router()

Next = Annotated[str, Query(max_length=4_000)]


@both(router, "/signin")
def sign_in_page(visitor: Anyone, next: Next = "") -> Response:
    """The form for a key; who is signed in goes on."""
    onward = _onward(visitor, next)
    if visitor.caller is not None:
        return RedirectResponse(onward, 303)
    return _form(visitor, onward)


@both(router, "/signin", method="POST")
def post_sign_in(
    request: Request,
    visitor: Anyone,
    token: Token = "",
    key: Annotated[str, Form(max_length=400)] = "",
    next: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Sign in; a wrong key is told from no key by nothing. Tries are counted by address and by key, right or wrong."""
    onward = _onward(visitor, next)
    check_token(visitor, token)
    rates: Rates = request.app.state.sign_in_rates
    for who in (f"sign-in address {address_of(request)}", f"sign-in key {key_id(key.strip())}"):
        rates.count(who)
    try:
        with visitor.here.database.reading() as session:
            caller = caller_of(session, key.strip(), pepper=visitor.here.pepper)
    except NotSignedInError:
        return _form(visitor, onward, wrong=True)
    response = RedirectResponse(onward, 303)
    sign_in(visitor.here, caller, response)
    return response


@both(router, "/signout", method="POST")
def post_sign_out(visitor: Anyone, token: Token = "") -> Response:
    """Sign out."""
    check_token(visitor, token)
    response = RedirectResponse(address("/signin", language=visitor.language), 303)
    sign_out(visitor.here, response)
    return response


def _form(visitor: Visitor, onward: str, *, wrong: bool = False) -> HTMLResponse:
    session = visitor.session or secrets.token_urlsafe(16)
    response = page(
        visitor,
        "signin.html",
        path="/signin",
        status=401 if wrong else 200,
        wrong=wrong,
        onward=onward,
        token=token_of(visitor.here, session),
    )
    new_form_session(visitor.here, response, session)
    return response


def _onward(visitor: Visitor, next: str) -> str:
    return local_path(next, otherwise=address("/", language=visitor.language))
