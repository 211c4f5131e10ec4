"""The Thai typeface of printed packs, as two static fonts whose text can be copied out of a PDF again.

The package holds one variable font. Its marks are set a hair higher or lower from letter to letter, and
typst writes every mark that leaves the base line's grid as a text of its own, so that "ที่" would be read
out twice. Static fonts whose anchors lie at even heights print the same and read right.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "Noto Sans Thai"
WEIGHTS = (400, 700)

_VARIABLE = "files/NotoSansThai[wdth,wght].ttf"
_NEAR = 60
"""Thousandths of an em by which a mark may be moved: a tone mark over ิ rises to its height over ี."""

_MARK_TO_BASE, _MARK_TO_MARK = 4, 6


@cache
def faces() -> typst.Fonts:
    """The fonts for typst, made once in a process; for letters they lack (→, Ω), those that typst carries."""
    with TemporaryDirectory(prefix="khukha-fonts-") as folder:
        for weight in WEIGHTS:
            static_face(weight, Path(folder) / f"NotoSansThai-{weight}.ttf")
        loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
        typst.compile(_touch(), font_paths=loaded, format="pdf")  # reads the files while they are there
    return loaded


def static_face(weight: int, path: Path) -> None:
    """Write one weight of the variable font with even anchors; the same bytes every time."""
    with files("fontpkg_noto_sans_thai").joinpath(_VARIABLE).open("rb") as file:
        font = TTFont(file, recalcTimestamp=False)
        instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True)
        for table in _tables(font):
            _even(table)
        font.save(path)


def _touch() -> bytes:
    lines = (f'#text(font: "{FAMILY}", weight: {weight})[ก]' for weight in WEIGHTS)
    return "\n".join(lines).encode()


def _tables(font: TTFont) -> list[Any]:
    """Tables that attach marks."""
    lookups = font["GPOS"].table.LookupList.Lookup
    found = [getattr(table, "ExtSubTable", table) for lookup in lookups for table in lookup.SubTable]
    return [table for table in found if table.LookupType in (_MARK_TO_BASE, _MARK_TO_MARK)]


def _even(table: Any) -> None:
    """Snap the heights of anchors to those that most marks have."""
    if table.LookupType == _MARK_TO_BASE:
        marks = table.MarkArray.MarkRecord
        unders = [record.BaseAnchor for record in table.BaseArray.BaseRecord]
    else:
        marks = table.Mark1Array.MarkRecord
        unders = [record.Mark2Anchor for record in table.Mark2Array.Mark2Record]
    for number in range(table.ClassCount):
        own = [record.MarkAnchor for record in marks if record.Class == number]
        usual = [height for height, _ in Counter(anchor.YCoordinate for anchor in own).most_common()]
        for anchor in [*own, *(under[number] for under in unders if under[number])]:
            nearest = min(usual, key=lambda height: (abs(height - anchor.YCoordinate), usual.index(height)))
            close = next((height for height in usual if abs(height - anchor.YCoordinate) <= _NEAR), nearest)
            if abs(close - anchor.YCoordinate) <= _NEAR:
                anchor.YCoordinate = close
