"""What a search page shows: matches by how well they fit, facets with their addresses, what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api import asking
from api.answers import answer_data
from api.pages.asked import FIRMS_A_PAGE, MANY, Asked
from api.pages.provinces_map import CELL, COLUMNS, GAP, ROWS, counts_by_province, shade
from api.pages.rendering import templates
from api.pages.visiting import Visitor
from api.pages.words import EXAMPLES, Language, label
from api.store.firms import get_firm, owner_of
from api.store.tables import NeedRow, OfferRow
from matcher.domain import Firm, Need, Offer, Position, load_certificates, load_provinces
from matcher.engine import Answer
from matcher.engine.facet_columns import FacetCount, Facets
from matcher.engine.score import load_weights

Data = dict[str, Any]

STRONG = 0.4
"""Score from which a match is called strong; below the engine's own line it is weak."""
NEAR = 3
"""Matches that fail a condition, shown however weak they are."""
SHOWN = 8
"""Values of a long facet that stand in sight."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet.

    Attributes:
        url: Of the page with it chosen, or no longer.
    """

    facet: str
    value: str
    text: str
    count: int
    chosen: bool
    url: str


def search_view(visitor: Visitor, asked: Asked) -> Data:
    """All that the result part of a search page shows."""
    brief = asked.brief(visitor)
    view: Data = {"asked": asked, "seen": None, "facets": None, "source": None, "browsed": None}
    if not asked.question:
        return view | _browse(visitor, asked, brief)
    view["source"] = source_of(visitor, asked)
    if asked.q and not view["source"]:
        answer, facets = asking.search(visitor.here.live, brief)
        meant = asking.did_you_mean(visitor.here.live, asked.q)
        shown = facets_view(visitor, asked, facets) if facets.firms or asked.chosen else None
        view |= {"facets": shown, "did_you_mean": meant}
    else:
        answer = asking.answer_brief(visitor.here.live, brief)
        view["did_you_mean"] = None
    more = not asked.more and len(answer.matches) == brief.limit < MANY
    return view | {"seen": answer_view(answer_data(answer)), "ways": ways_out(asked, answer, visitor), "more": more}


def answer_view(answer: Data) -> Data:
    """An answer's matches by how well they fit.

    Args:
        answer: As `answer_data` gives it, or as it was stored.
    """
    line = load_weights().good if answer["good"] else 2.0
    fits = [match for match in answer["matches"] if match["score"] >= line]
    rest = [match for match in answer["matches"] if match["score"] < line]
    near = [
        match for place, match in enumerate(answer["near"]) if place < NEAR or match["score"] >= load_weights().good
    ]
    return answer | {"fits": fits, "rest": rest, "near": near}


def fit(score: float) -> str:
    """How well a match fits, by the name of its text."""
    line = load_weights().good
    if score >= STRONG:
        return "fit_strong"
    return "fit_good" if score >= 2 * line else "fit_part" if score >= line else "fit_weak"


def ways_out(asked: Asked, answer: Answer, visitor: Visitor) -> list[tuple[str, str]]:
    """What may be changed where nothing fits: name of the text, and the address."""
    ways = [(f"drop_{facet}", asked.with_facet(visitor.language, facet, ())) for facet in dict(asked.chosen)]
    thing = answer.reading.thing
    if asked.q and thing and answer.reading.provinces and not asked.province:
        ways.append(("drop_province", asked.url(visitor.language, q=thing)))
    return ways


def facets_view(visitor: Visitor, asked: Asked, facets: Facets) -> Data:
    """Facets with words and addresses; provinces as a list and as a map."""

    def choices(facet: str, counts: Sequence[FacetCount]) -> list[Choice]:
        return [_choice(visitor, asked, facet, one.value, one.count) for one in counts]

    provinces = choices("province", facets.provinces)
    by_name = {choice.value: choice for choice in provinces}
    found = counts_by_province({name: choice.count for name, choice in by_name.items()})
    return {
        "groups": [
            ("cluster", choices("cluster", facets.clusters)),
            ("stage", choices("stage", facets.stages)),
            ("certificate", choices("certificate", facets.certificates)),
        ],
        "provinces": provinces,
        "chosen": [_choice(visitor, asked, facet, value, 0) for facet, value in asked.chosen],
        "map": {
            "squares": [(square, by_name.get(square.province.th), shade(count)) for square, count in found],
            "width": COLUMNS * CELL - GAP,
            "height": ROWS * CELL - GAP,
            "side": CELL - GAP,
        },
        "shown": SHOWN,
    }


def value_text(visitor: Visitor, facet: str, value: str) -> str:
    """A facet's value in words."""
    language = visitor.language
    if facet == "cluster":
        return cluster_text(visitor, value)
    if facet == "stage":
        return label(value, language)
    if facet == "province":
        return province_text(value, language)
    return certificate_text(value, language)


def cluster_text(visitor: Visitor, code: str) -> str:
    """A cluster's name; a code nobody knows stands for itself."""
    cluster = visitor.here.chains.clusters.get(code)
    return code if cluster is None else cluster.th if visitor.language == "th" else cluster.en


def province_text(name: str | None, language: Language) -> str:
    """A province's name."""
    found = load_provinces().by_th.get(name or "")
    return (name or "") if found is None or language == "th" else found.en


def certificate_text(code: str, language: Language) -> str:
    """A certificate's name as people say it."""
    known = load_certificates()
    names = known.labels.get(known.canonical(code))
    return code if names is None or code.isascii() else names[language == "en"]


def _choice(visitor: Visitor, asked: Asked, facet: str, value: str, count: int) -> Choice:
    return Choice(
        facet,
        value,
        value_text(visitor, facet, value),
        count,
        chosen=value in getattr(asked, facet),
        url=asked.toggled(visitor.language, facet, value),
    )


def _browse(visitor: Visitor, asked: Asked, brief: asking.Brief) -> Data:
    after = (asked.page - 1) * FIRMS_A_PAGE
    browsed = asking.browse(visitor.here.live, brief.filters, limit=FIRMS_A_PAGE, after=after)
    pages = max(1, -(-browsed.total // FIRMS_A_PAGE))
    return {
        "browsed": browsed,
        "cards": [firm_card(visitor, firm) for firm in browsed.firms],
        "facets": facets_view(visitor, asked, browsed.facets),
        "examples": [(text, Asked(text).url(visitor.language)) for text in EXAMPLES[visitor.language]],
        "pages": pages,
        "previous": asked.url(visitor.language, page=asked.page - 1) if asked.page > 1 else None,
        "next": asked.url(visitor.language, page=asked.page + 1) if asked.page < pages else None,
    }


def firm_card(visitor: Visitor, firm: Firm) -> Data:
    """A firm in a list."""
    places: list[Position | Offer | Need] = [*firm.positions, *firm.offers, *firm.needs]
    codes = dict.fromkeys(place.cluster for place in places if place.cluster)
    return {
        "id": firm.id,
        "name_th": firm.name_th,
        "name_en": firm.name_en,
        "province": province_text(firm.province_th, visitor.language),
        "clusters": [cluster_text(visitor, code) for code in codes],
        "text": firm.offers[0].text if firm.offers else firm.description,
        "own": firm.id == visitor.firm_id,
    }


def source_of(visitor: Visitor, asked: Asked) -> Data | None:
    """The stored need or offer that is asked about.

    Raises:
        MissingError: it is not there.
    """
    kind, id = ("need", asked.need) if asked.need else ("offer", asked.offer)
    if not id:
        return None
    with visitor.here.database.reading() as session:
        firm = get_firm(session, owner_of(session, NeedRow if kind == "need" else OfferRow, id)).firm
    parts = firm.needs if kind == "need" else firm.offers
    text = next(part.text for part in parts if part.id == id)
    return {"kind": kind, "id": id, "text": text, "firm": firm}


templates.globals.update(fit_of=fit, province_of=province_text)
