"""What a search page's address asks, and the addresses that ask a little more or less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Query

from api import asking
from api.errors import UnknownValueError
from api.pages.rendering import address
from api.pages.visiting import Visitor
from api.pages.words import Language
from matcher.domain import Seeking, Stage, load_certificates, load_provinces

FACETS = ("cluster", "stage", "province", "certificate")
FEW, MANY = 10, 30
"""Matches on a page, and after `more`."""
FIRMS_A_PAGE = 20

Some = Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=77)]
Short = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The state of a search page; every state is an address.

    Attributes:
        need: Id of a stored need to be answered, instead of words.
        offer: Id of a stored offer that looks for buyers, instead of words.
        seeking: What the visitor says is sought; empty leaves it to the words.
        page: Of the catalog where nothing is asked, from 1.
        more: Whether more matches are shown.
    """

    q: str = ""
    cluster: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    province: tuple[str, ...] = ()
    certificate: tuple[str, ...] = ()
    need: str = ""
    offer: str = ""
    seeking: str = ""
    page: int = 1
    more: bool = False

    @property
    def question(self) -> bool:
        """Whether anything is asked, beyond looking through the catalog."""
        return bool(self.q or self.need or self.offer)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Each chosen facet and its value."""
        return [(facet, value) for facet in FACETS for value in getattr(self, facet)]

    def pairs(self) -> list[tuple[str, object]]:
        """The query of its address."""
        rest: list[tuple[str, object]] = [("need", self.need), ("offer", self.offer), ("seeking", self.seeking)]
        rest += [("page", self.page if self.page > 1 else ""), ("more", "1" if self.more else "")]
        return [("q", self.q), *self.chosen, *rest]

    def url(self, language: Language, path: str = "/", **changes: Any) -> str:
        """The address of this state, something changed."""
        first: dict[str, Any] = {"page": 1, "more": False}
        changed = replace(self, **(first | changes))
        return address(path, changed.pairs(), language=language)

    def toggled(self, language: Language, facet: str, value: str) -> str:
        """The address with a facet's value chosen, or no longer."""
        values = getattr(self, facet)
        changed = tuple(one for one in values if one != value) if value in values else (*values, value)
        return self.with_facet(language, facet, changed)

    def with_facet(self, language: Language, facet: str, values: tuple[str, ...]) -> str:
        """The address with these values of a facet."""
        changes: dict[str, Any] = {facet: values}
        return self.url(language, **changes)

    def brief(self, visitor: Visitor) -> asking.Brief:
        """The question put to the index.

        Raises:
            UnknownValueError: a facet or what is sought has a value nobody knows.
        """
        return asking.Brief(
            text=self.q,
            need_id=self.need or None,
            offer_id=self.offer or None,
            seeking=known(Seeking, self.seeking, "seeking") if self.seeking else None,
            filters=asking.filters_of(
                chains=visitor.here.chains,
                clusters=self.cluster,
                stages=[known(Stage, stage, "stage") for stage in self.stage],
                provinces=self.province,
                certificates=self.certificate,
                without_firm=visitor.firm_id if self.question else None,
            ),
            limit=MANY if self.more else FEW,
        )


def asked_of(
    q: Annotated[str, Query(max_length=20_000)] = "",
    cluster: Some = [],  # noqa: B006 - FastAPI copies defaults
    stage: Some = [],  # noqa: B006
    province: Some = [],  # noqa: B006
    certificate: Some = [],  # noqa: B006
    need: Short = "",
    offer: Short = "",
    seeking: Short = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    more: bool = False,
) -> Asked:
    """What an address asks, its values in one spelling and each once."""
    places = [found.th if (found := load_provinces().find(name)) else name for name in province]
    held = [load_certificates().canonical(name) for name in certificate]
    return Asked(
        q=" ".join(q.split()),
        cluster=_once(cluster),
        stage=_once(stage),
        province=_once(places),
        certificate=_once(held),
        need=need,
        offer=offer,
        seeking=seeking,
        page=page,
        more=more,
    )


def known(kind: Any, value: str, field: str) -> Any:
    """A value of a closed vocabulary.

    Raises:
        UnknownValueError: it is none.
    """
    try:
        return kind(value)
    except ValueError:
        raise UnknownValueError(field=field, value=value, known=tuple(kind)) from None


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))
