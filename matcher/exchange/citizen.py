"""Citizen numbers: personal data that is recognised, left out and never shown."""

from __future__ import annotations

import re
from typing import Any

from stdnum.th import pin

CITIZEN_MASK = "X-XXXX-XXXXX-XX-X"
_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-–.]?\d){12}(?!\d)")


def digits_of(text: str) -> str:
    """The decimal digits of a text, Thai ones too, as 0–9."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def is_citizen_number(digits: str) -> bool:
    """Whether 13 digits are a citizen number by first digit and checksum."""
    return bool(pin.is_valid(digits))


def masked_text(text: str) -> str:
    """The text with every citizen number in it masked, however it is spaced.

    Example: `masked_text("โทรหา 3-1006-00445-63-5") -> "โทรหา X-XXXX-XXXXX-XX-X"`
    """
    return _NUMBER.sub(_mask, text)


def masked(value: Any) -> Any:  # noqa: ANN401 -- a cell, or anything JSON can hold
    """A cell or a JSON value with the citizen numbers in it masked; equal to it where it holds none.

    Raises:
        RecursionError: it is nested deeper than Python goes.
    """
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {masked_text(key): masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e12 <= value < 1e13:
        return CITIZEN_MASK if is_citizen_number(f"{value:.0f}") else value
    return value


def _mask(found: re.Match[str]) -> str:
    return CITIZEN_MASK if is_citizen_number(digits_of(found.group())) else found.group()
