"""Signals that were tried beside the engine's own and dropped."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexes import LexicalIndex
from matcher.domain import Firm
from matcher.engine import Engine
from matcher.engine.brief import Brief
from matcher.engine.moments import Moments
from matcher.engine.score import Scored, lexical_scale
from matcher.engine.texts import FIELDS, fields
from matcher.text import denied

Extra = Callable[[Brief, Scored], npt.NDArray[np.float64]]
"""An extra signal of each candidate, float64 (n,)."""

_PARTS = re.compile(r"[\s,;/]+|(?<=[\u0e00-\u0e7f])(?:และ|แล้วก็|พร้อมกับ|พร้อม)(?=[\u0e00-\u0e7f])| and ")
_LEAST_PART = 10


def description(engine: Engine) -> Extra:
    """How alike the request and the description alone are."""
    firms = engine.built.catalog.firms
    vectors = engine.encoder.passages([firm.description or firm.name_th for firm in firms])
    moments = Moments.of(vectors, usual=engine.built.roles.vectors)
    return lambda brief, scored: moments.z(vectors[scored.firms] @ brief.vector, brief.vector).astype(np.float64)


class Extras:
    """Makes the extra signals; token indexes are made once, since no adapter changes them.

    Args:
        engine: Over the catalog.
        scratch: An empty folder.
    """

    def __init__(self, engine: Engine, scratch: Path) -> None:
        catalog = engine.built.catalog
        self._offers = _index(engine, [offer.text for offer in catalog.offers], scratch / "offers")
        self._denied = _index(engine, [_denied(firm) for firm in catalog.firms], scratch / "denied")

    def of(self, engine: Engine) -> dict[str, Extra]:
        """The extra signals over an engine's vectors, by name."""
        return {
            "description": description(engine),
            "parts of the request": parts(engine),
            "roles of the nearest offers": role_feedback(engine),
            "words of the best offer": lambda brief, scored: _of_rows(_lexical(self._offers, brief), scored.offers),
            "denied words": lambda brief, scored: _of_rows(_lexical(self._denied, brief), scored.firms),
        }


class NoExtras:
    """Makes none."""

    def of(self, engine: Engine) -> dict[str, Extra]:
        """None."""
        return {}


NOTHING = NoExtras()


def parts(engine: Engine) -> Extra:
    """The mean over the parts of a brief of how alike each and the firm's best offer are."""
    built = engine.built

    def extra(brief: Brief, scored: Scored) -> npt.NDArray[np.float64]:
        best = []
        for vector in engine.encoder.queries(_parts_of(brief.text)):
            likeness = built.offer_moments.z(built.offers.vectors @ vector, vector)
            of_firm = np.full(len(built.catalog.firms), -1.0)
            np.maximum.at(of_firm, built.catalog.offer_firm, likeness)
            best.append(of_firm[scored.firms])
        return np.mean(best, axis=0)

    return extra


def role_feedback(engine: Engine) -> Extra:
    """The role sought as the offers nearest to the request have it."""
    built = engine.built

    def extra(brief: Brief, scored: Scored) -> npt.NDArray[np.float64]:
        likeness = built.offer_moments.z(built.offers.vectors @ brief.vector, brief.vector) / 0.6
        near = np.exp(likeness - likeness.max())
        sought = (near / near.sum()) @ built.offer_roles
        return _of_rows(built.offer_roles @ sought, scored.offers)

    return extra


def _denied(firm: Firm) -> str:
    said = [firm.description, *(offer.text for offer in firm.offers)]
    return " ".join(text[start:end] for text in said for start, end in denied(text))


def _parts_of(text: str) -> list[str]:
    found: list[str] = []
    for part in filter(None, _PARTS.split(text)):
        if found and min(len(part), len(found[-1])) < _LEAST_PART:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found or [text]


def _index(engine: Engine, texts: list[str], folder: Path) -> LexicalIndex:
    return LexicalIndex.build((fields(text, engine.glossary) for text in texts), fields=FIELDS, folder=folder)


def _lexical(index: LexicalIndex, brief: Brief) -> npt.NDArray[np.float64]:
    rows = np.arange(index.n_rows)
    total = np.zeros(len(rows))
    for field in ("words", "concepts"):
        if (scale := lexical_scale(index, field, brief.fields.get(field, ()))) > 0:
            total += scale * index.scores(brief.fields, rows, field=field)
    return total


def _of_rows(values: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Values by row; 0 where the row is −1."""
    return np.where(rows >= 0, values[rows], 0.0).astype(np.float64)
