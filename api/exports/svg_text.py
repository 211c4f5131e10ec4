"""Text on drawings: escaped, measured, and parted where it does not fit."""

from __future__ import annotations

import unicodedata
from html import escape

from api.exports.texts import clean, clipped

INK = "#1b1b1b"
_BREAK = "\u200b"
_MOST_CHARS = 300


def text_at(x: float, y: float, text: str, *, size: int, weight: int = 400, fill: str = INK, more: str = "") -> str:
    """A text that begins at a point; `more` holds further attributes."""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{bold}{more}>{escape(clean(text))}</text>'


def width_of(text: str, size: float) -> float:
    """About how wide a text is; Thai marks above and below take no room."""
    wide = sum(0 if unicodedata.category(char) == "Mn" else 0.68 if char.isupper() else 0.6 for char in text)
    return size * wide


def wrapped(text: str, size: float, width: float) -> list[str]:
    """A text on at most two lines, parted at a space or after a slash."""
    words = text.replace("/", "/" + _BREAK).replace(" ", " " + _BREAK).split(_BREAK)
    lines = [""]
    for word in words:
        if lines[-1] and len(lines) < 2 and width_of((lines[-1] + word).strip(), size) > width:
            lines.append("")
        lines[-1] += word
    return [fitted(line.strip(), size, width) for line in lines]


def fitted(text: str, size: float, width: float) -> str:
    """As much of a text as fits, with a sign where it was cut."""
    length = min(len(text), _MOST_CHARS)
    while length > 1 and width_of(clipped(text, length), size) > width:
        length -= 1
    return clipped(text, length)
