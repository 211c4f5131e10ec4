"""The questions people ask, put to the live index: searching, suggesting, answering a brief.

Pages and API both come through here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from api.errors import UnknownValueError
from api.live import Live, firms_of
from matcher.domain import Chains, Seeking, Stage, load_certificates, load_provinces
from matcher.engine import Answer, Engine, Filters
from matcher.engine.facet_columns import Facets
from matcher.engine.facets import Browsed
from matcher.engine.suggest import Suggestion


@dataclass(frozen=True, slots=True)
class Brief:
    """A request as it came: words, or the id of a stored need or offer, with what is stated beside them.

    Attributes:
        cluster: The cluster meant; a strong signal and no wall.
        stage: The stage sought, likewise.
        filters: Hard conditions.
    """

    text: str = ""
    need_id: str | None = None
    offer_id: str | None = None
    cluster: str | None = None
    stage: Stage | None = None
    seeking: Seeking | None = None
    filters: Filters = field(default_factory=Filters)
    limit: int = 10


def filters_of(
    *,
    chains: Chains,
    clusters: Collection[str] = (),
    stages: Iterable[Stage] = (),
    provinces: Iterable[str] = (),
    certificates: Iterable[str] = (),
    without_firm: str | None = None,
) -> Filters:
    """Hard conditions from what a caller names, in any usual spelling.

    Raises:
        UnknownValueError: a cluster or a province is not known.
    """
    for code in clusters:
        known_cluster(code, chains=chains)
    return Filters(
        clusters=frozenset(clusters),
        stages=frozenset(stages),
        provinces=frozenset(known_province(name) or "" for name in provinces),
        certificates=frozenset(load_certificates().canonical(name) for name in certificates),
        without_firm=without_firm,
    )


def known_cluster(code: str | None, *, chains: Chains) -> str | None:
    """The code itself.

    Raises:
        UnknownValueError: no cluster has it.
    """
    if code is not None and code not in chains.clusters:
        raise UnknownValueError(field="cluster", value=code, known=tuple(chains.clusters))
    return code


def known_province(name: str | None) -> str | None:
    """The Thai name of a province that is named in any usual way.

    Raises:
        UnknownValueError: no province is called so.
    """
    if name is None:
        return None
    found = load_provinces().find(name)
    if found is None:
        raise UnknownValueError(field="province", value=name)
    return found.th


def answer_brief(live: Live, brief: Brief) -> Answer:
    """The answer to a brief; raises what `Engine.search`, `match` and `buyers_for` raise."""

    def ask(engine: Engine) -> Answer:
        if brief.need_id is not None:
            return engine.match(brief.need_id, filters=brief.filters, limit=brief.limit)
        if brief.offer_id is not None:
            return engine.buyers_for(brief.offer_id, filters=brief.filters, limit=brief.limit)
        return engine.search(
            brief.text,
            filters=brief.filters,
            cluster=brief.cluster,
            stage=brief.stage,
            seeking=brief.seeking,
            limit=brief.limit,
        )

    return live.answer(ask, firms=firms_of)


def search(live: Live, brief: Brief) -> tuple[Answer, Facets]:
    """The answer to words, with facets."""

    def ask(engine: Engine) -> tuple[Answer, Facets]:
        return engine.search_with_facets(
            brief.text,
            filters=brief.filters,
            cluster=brief.cluster,
            stage=brief.stage,
            seeking=brief.seeking,
            limit=brief.limit,
        )

    return live.answer(ask, firms=lambda found: firms_of(found[0]))


def browse(live: Live, filters: Filters, *, limit: int, after: int = 0) -> Browsed:
    """Firms by name, for who has typed nothing."""
    return live.answer(
        lambda engine: engine.browse(filters, limit=limit, after=after),
        firms=lambda found: [firm.id for firm in found.firms],
    )


def suggest(live: Live, text: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
    """What the text may become."""
    return live.suggester.suggest(text, limit=limit)


def did_you_mean(live: Live, text: str) -> str | None:
    """The query with words mended that stand in no profile; nothing either in the second before that can be known."""
    return live.suggester.did_you_mean(text) if live.suggests else None
