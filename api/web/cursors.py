"""Cursors: where the next page begins, in a form that nobody takes for a promise."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from api.errors import BadCursorError

MAX_CHARS = 440
"""Of the cursor of an id of 80 characters, of four bytes each."""

_CHECK_BYTES = 3
Item = TypeVar("Item")


def cursor_after(id: str) -> str:
    """The cursor of the page that begins after an id."""
    name = id.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(_check(name) + name).decode().rstrip("=")


def id_of(cursor: str | None) -> str:
    """The id that a cursor stands for; empty, which comes before every id, where there is none.

    Raises:
        BadCursorError: it is not one of ours.
    """
    if cursor is None:
        return ""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        check, name = data[:_CHECK_BYTES], data[_CHECK_BYTES:]
        if check != _check(name):
            raise BadCursorError
        return name.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as problem:
        raise BadCursorError from problem


def next_cursor(found: Sequence[Item], limit: int, id: Callable[[Item], str]) -> str | None:
    """The cursor after `limit` items, where more were found; None at the end."""
    return cursor_after(id(found[limit - 1])) if len(found) > limit else None


def _check(name: bytes) -> bytes:
    return hashlib.sha256(b"cursor " + name).digest()[:_CHECK_BYTES]
