"""The buyer's search: answers with facets, and suggestions while typing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api import asking
from api.answers import answer_data
from api.store.keys import Caller
from api.web.access import ANYONE, In, allow, keyed_router
from api.web.schemas import AnswerOut, FacetOut, FacetsOut, SearchOut, Str, SuggestionOut
from matcher.domain import Seeking, Stage
from matcher.engine.facet_columns import FacetCount

router = keyed_router(prefix="/v1", tags=["search"])

Anyone = Annotated[Caller, allow(*ANYONE)]
Some = Annotated[list[Annotated[Str, Query(max_length=200)]], Query(max_length=77)]


@router.get("/search")
def search(
    here: In,
    caller: Anyone,
    q: Annotated[Str, Query(max_length=4_000, description="Thai or English.", examples=["ผ้าไหมมัดหมี่ ขอนแก่น"])],
    cluster: Some = [],  # noqa: B006 - FastAPI copies defaults
    stage: Annotated[list[Stage], Query(max_length=4)] = [],  # noqa: B006
    province: Some = [],  # noqa: B006
    certificate: Some = [],  # noqa: B006
    seeking: Seeking | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> SearchOut:
    """Firms that answer the words, best first, with what may narrow the answer."""
    filters = asking.filters_of(
        chains=here.chains,
        clusters=cluster,
        stages=stage,
        provinces=province,
        certificates=certificate,
        without_firm=caller.firm_id,
    )
    answer, facets = asking.search(here.live, asking.Brief(text=q, filters=filters, seeking=seeking, limit=limit))
    return SearchOut(
        answer=AnswerOut.model_validate(answer_data(answer)),
        facets=FacetsOut(
            cluster=_counts(facets.clusters),
            stage=_counts(facets.stages),
            province=_counts(facets.provinces),
            certificate=_counts(facets.certificates),
        ),
        did_you_mean=asking.did_you_mean(here.live, q),
    )


@router.get("/suggestions")
def suggestions(
    here: In,
    _caller: Anyone,
    q: Annotated[Str, Query(max_length=4_000, examples=["ผ้าไห"])],
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> list[SuggestionOut]:
    """What the words typed so far may become."""
    found = asking.suggest(here.live, q, limit=limit)
    return [SuggestionOut(text=one.text, kind=one.kind, count=one.count) for one in found]


def _counts(counts: tuple[FacetCount, ...]) -> list[FacetOut]:
    return [FacetOut(value=one.value, count=one.count) for one in counts]
