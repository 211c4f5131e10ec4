"""Text that a spreadsheet would run as a formula, made harmless and read back."""

from __future__ import annotations

import re

_STARTS = r"=+\-@\t\r\n＝＋－＠"
_RISKY = re.compile(rf"'*[{_STARTS}]")
_GUARDED = re.compile(rf"'+[{_STARTS}]")


def is_risky(text: str) -> bool:
    """Whether a spreadsheet may read the text as a formula (or strip the guard of one that looks guarded)."""
    return bool(_RISKY.match(text))


def with_guard(text: str) -> str:
    """The text for a CSV cell: an apostrophe before what could be a formula.

    Example: `with_guard("=1+1") -> "'=1+1"`
    """
    return f"'{text}" if is_risky(text) else text


def without_guard(text: str) -> str:
    """The text that `with_guard` was given."""
    return text[1:] if _GUARDED.match(text) else text
