"""The engine: who can supply this need, who would buy this offer, and a free search.

    understand → retrieve → score (fuse, fit the chain) → explain

Gates (certificates, provinces, facets) are masks that are applied before the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from indexes import Mask, Rows, Vectors
from matcher.domain import (
    Certificates,
    ChainFit,
    EdgeKind,
    Need,
    Provinces,
    Seeking,
    Stage,
    load_certificates,
    load_provinces,
)
from matcher.engine.answer import Answer, Gate, Match, Sentence
from matcher.engine.brief import Brief
from matcher.engine.build import Built
from matcher.engine.catalog import Filters
from matcher.engine.evidence import explain
from matcher.engine.facet_columns import Facets
from matcher.engine.facets import Browsed, FacetTable, lifted
from matcher.engine.parts import parts_within
from matcher.engine.roles import SURE_ROLE
from matcher.engine.score import SIGNALS, Scored, Weights, lexical_scale, load_weights, score
from matcher.engine.texts import FIELDS
from matcher.engine.understand import EDGE_FLOOR, Understanding
from matcher.engine.verdict import DEEP, Verdict, facts_of, load_verdict
from matcher.text import Glossary

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

CANDIDATES = 200
"""Rows asked of each index; the union is scored exactly."""


class Engine:
    """Answers requests over one immutable catalog; threads may share it.

    Args:
        built: The catalog, indexed.
        encoder: Embeds requests; must be the one the catalog was embedded with.
        glossary: Knows which words mean the same.
        weights: How signals count; None takes the project's own.
        verdict: Tells a good answer from none; likewise.
        today: Gives the day on which certificates must hold.
    """

    def __init__(
        self,
        built: Built,
        *,
        encoder: Encoder,
        glossary: Glossary,
        weights: Weights | None = None,
        verdict: Verdict | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.built = built
        self.encoder = encoder
        self.glossary = glossary
        self.weights = weights or load_weights()
        self.verdict = verdict or load_verdict()
        self.provinces: Provinces = load_provinces()
        self.certificates: Certificates = load_certificates()
        self.understand = Understanding(
            built, encoder=encoder, glossary=glossary, provinces=self.provinces, certificates=self.certificates
        )
        self._today = today

    def amended(self, built: Built) -> Engine:
        """The engine over what this one's index was amended to; facets, once laid out, are amended too."""
        engine = Engine(
            built,
            encoder=self.encoder,
            glossary=self.glossary,
            weights=self.weights,
            verdict=self.verdict,
            today=self._today,
        )
        if "facet_table" in self.__dict__:
            engine.facet_table = self.facet_table.amended(built.catalog)
        return engine

    def search(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        cluster: str | None = None,
        stage: Stage | None = None,
        seeking: Seeking | None = None,
        limit: int = 10,
    ) -> Answer:
        """Firms that answer a searcher's words, in Thai or English.

        Args:
            text: A few words or a whole brief, at most 4,000 characters.
            filters: Hard conditions beside those read from the words.
            cluster: The cluster meant, a strong signal and no wall.
            stage: The stage sought, likewise.
            seeking: Read from the words unless given.
            limit: Matches at most.

        Raises:
            EmptyTextError: nothing to search with.
            TextTooLongError: more than 4,000 characters.
            UnreadableTextError: a NUL character or a lone surrogate.
        """
        brief = self.understand.words(text, filters=filters, cluster=cluster, stage=stage, seeking=seeking)
        return self._answer(brief, asked=text, limit=limit)

    def search_with_facets(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        cluster: str | None = None,
        stage: Stage | None = None,
        seeking: Seeking | None = None,
        limit: int = 10,
    ) -> tuple[Answer, Facets]:
        """As `search`, with how many relevant firms each facet value has; the words are encoded once."""
        brief = self.understand.words(text, filters=filters, cluster=cluster, stage=stage, seeking=seeking)
        chosen = filters or Filters()
        free = lifted(brief, chosen)
        everyone = self.rank(free, limit=len(self.built.catalog.firms))
        scored = everyone if free.filters == brief.filters else self.rank(brief, limit=max(limit, DEEP))
        facets = self.facet_table.count_relevant(everyone, self.weights, chosen, on=self._today())
        return self._answer(brief, asked=text, limit=limit, scored=scored), facets

    def browse(self, filters: Filters | None = None, *, limit: int = 20, after: int = 0) -> Browsed:
        """Firms by name, for who has typed nothing yet.

        Args:
            filters: What the searcher chose; a firm's positions count beside its offers.
            limit: Firms at most, at least 0.
            after: How many firms stand before these, at least 0.
        """
        firms, facets = self.facet_table.browse(filters or Filters(), on=self._today(), limit=limit, after=after)
        return Browsed(firms, facets.firms, facets, self.built.fingerprint)

    @cached_property
    def facet_table(self) -> FacetTable:
        """Facet values of all firms, laid out on first use."""
        return FacetTable(self.built.catalog, certificates=self.certificates, chains=self.built.roles.chains)

    def match(self, need_id: str, *, filters: Filters | None = None, limit: int = 10) -> Answer:
        """Firms that answer a stored need: suppliers, or buyers where it asks for buyers.

        Raises:
            UnknownIdError: there is no such need.
        """
        row = self.built.catalog.need_row(need_id)
        brief = self.understand.need(row, filters=filters)
        return self._answer(brief, asked=self.built.catalog.needs[row].text, limit=limit)

    def buyers_for(self, offer_id: str, *, filters: Filters | None = None, limit: int = 10) -> Answer:
        """Firms that would buy an offer, by what they say they need.

        Raises:
            UnknownIdError: there is no such offer.
        """
        row = self.built.catalog.offer_row(offer_id)
        brief = self.understand.offer(row, filters=filters)
        return self._answer(brief, asked=self.built.catalog.offers[row].text, limit=limit)

    def answers_of(self, need_id: str, firm_ids: Sequence[str]) -> dict[str, Match]:
        """Some firms as answers to a need, with their evidence, however far down a search would show them.

        Raises:
            UnknownIdError: there is no such need, or no such firm.
        """
        catalog = self.built.catalog
        row = catalog.need_row(need_id)
        brief = self.understand.need(row)
        firms = np.array([catalog.firm_row(id) for id in firm_ids], np.int64)
        offers = catalog.allowed_offers(Filters(), catalog.alive)
        scored = score(brief, self.built, firms, allowed_offers=offers, weights=self.weights)
        return {match.firm.id: match for match in self._matches(brief, scored, catalog.needs[row].text)}

    def rank(self, brief: Brief, *, limit: int) -> Scored:
        """Candidates of a brief, scored, best first, at most `limit`."""
        firms, offers = self._allowed(brief.filters)
        candidates = self._candidates(brief, firms, offers)
        return score(brief, self.built, candidates, allowed_offers=offers, weights=self.weights).first(limit)

    def calls_good(self, brief: Brief, scored: Scored) -> bool:
        """Whether the best of a brief's candidates, of which at least `DEEP` are given, is a good answer."""
        return bool(len(scored.firms)) and self.verdict.good(facts_of(brief, self.built, scored, self.weights))

    def rank_near(self, brief: Brief, *, limit: int) -> Scored:
        """The best that fail a gate, where the brief has gates and passes too few to fill a list."""
        filters = brief.filters
        relaxed = replace(filters, provinces=frozenset(), certificates=frozenset())
        passing, _ = self._allowed(filters)
        if limit <= 0 or relaxed == filters:
            return Scored.none()
        firms, offers = self._allowed(relaxed)
        firms = firms & ~passing  # not in place: what passes everything is kept
        offers = offers & firms[self.built.catalog.offer_firm]
        candidates = self._candidates(brief, firms, offers)
        return score(brief, self.built, candidates, allowed_offers=offers, weights=self.weights).first(limit)

    def _answer(self, brief: Brief, *, asked: str, limit: int, scored: Scored | None = None) -> Answer:
        found = self.rank(brief, limit=max(limit, DEEP)) if scored is None else scored
        good, scored = self.calls_good(brief, found), found.first(limit)
        near = self.rank_near(brief, limit=limit - len(scored.firms))
        return Answer(
            text=brief.text,
            reading=brief.reading,
            seeking=brief.seeking,
            matches=self._matches(brief, scored, asked),
            good=good,
            gates=self._gates(brief.filters),
            near=self._matches(brief, near, asked),
            advice=None if good else _advice(brief),
            fingerprint=self.built.fingerprint,
        )

    def _allowed(self, filters: Filters) -> tuple[Mask, Mask]:
        """Firms that pass a filter, bool (n_firms,), and offers, bool (n_offers,)."""
        if filters == Filters():
            return self._everything
        firms = self.facet_table.passing(filters, on=self._today())
        return firms, self.built.catalog.allowed_offers(filters, firms)

    @cached_property
    def _everything(self) -> tuple[Mask, Mask]:
        """What passes no filter at all: whatever lives."""
        return self.built.catalog.alive, self.built.catalog.allowed_offers(Filters(), self.built.catalog.alive)

    def _candidates(self, brief: Brief, firms: Mask, offers: Mask) -> Rows:
        """Firm rows found by any index, each once."""
        if not firms.any():
            return np.zeros(0, np.int64)
        built, query = self.built, brief.vector.reshape(1, -1)
        found = [self._candidates_by_words(brief, firms)]
        if not brief.by_needs:
            found.append(built.firms.search(query, k=CANDIDATES, allowed=_narrowing(firms)).rows[0])
            within = parts_within(brief.filters, built.roles.chains)
            offer_rows = built.offers.search(query, k=CANDIDATES, allowed=_narrowing(offers), within=within).rows[0]
            found.append(built.catalog.offer_firm[offer_rows[offer_rows >= 0]])
        if brief.seeking is not Seeking.SUPPLIER and len(built.catalog.needs):
            buying = firms[built.catalog.need_firm] & ~built.catalog.need_sells
            need_rows = built.needs.search(brief.goods, k=CANDIDATES, allowed=buying).rows
            found.append(built.catalog.need_firm[need_rows[need_rows >= 0]])
        rows = np.unique(np.concatenate(found))
        return rows[rows >= 0]

    def _candidates_by_words(self, brief: Brief, firms: Mask) -> Rows:
        index = self.built.wants if brief.by_needs else self.built.words
        weights = {
            field: self.weights.by_signal[field] * lexical_scale(index, field, brief.fields[field]) for field in FIELDS
        }
        hits = index.search(brief.fields, k=CANDIDATES, allowed=_narrowing(firms), weights=weights)
        return np.asarray(hits.rows[0], np.int64)

    def _matches(self, brief: Brief, scored: Scored, asked: str) -> tuple[Match, ...]:
        return tuple(
            self._match(brief, asked, int(firm), int(offer), float(value), signals)
            for firm, offer, value, signals in zip(
                scored.firms, scored.offers, scored.scores, scored.signals, strict=True
            )
        )

    def _match(self, brief: Brief, asked: str, firm: int, offer: int, value: float, signals: Vectors) -> Match:
        catalog = self.built.catalog
        need = self._best_need(brief, firm) if brief.seeking is Seeking.BUYER else None
        shown = catalog.offers[offer] if offer >= 0 and need is None else None
        chain, sureness = self._chain_fit(brief, firm, offer)
        return Match(
            firm=catalog.firms[firm],
            offer=shown,
            need=need,
            score=round(value, 4),
            signals=dict(zip(SIGNALS, (round(float(signal), 4) for signal in signals), strict=True)),
            evidence=explain(
                brief,
                asked=asked,
                firm=catalog.firms[firm],
                offer=shown,
                need=need,
                chain=chain,
                role_sureness=sureness,
                glossary=self.glossary,
                certificates=self.certificates,
                on=self._today(),
            ),
        )

    def _best_need(self, brief: Brief, firm: int) -> Need | None:
        """The firm's need that best asks for what is to be sold, if it has any."""
        rows, _ = self.built.catalog.needs_of.of(np.array([firm]))
        rows = rows[~self.built.catalog.need_sells[rows]]
        if not len(rows):
            return None
        likeness = (self.built.needs.vectors[rows] @ brief.goods.T).max(axis=1)
        return self.built.catalog.needs[int(rows[int(likeness.argmax())])]

    def _chain_fit(self, brief: Brief, firm: int, offer: int) -> tuple[ChainFit, float]:
        """The edge between the firm found and the firm that asks, and how sure the found one's role is."""
        roles = self.built.roles
        chances = self.built.offer_roles[offer] if offer >= 0 else self.built.firm_roles[firm]
        unplaced = offer >= 0 and self.built.catalog.offers[offer].cluster is None and chances.max() < SURE_ROLE
        if unplaced or not chances.any():
            return ChainFit(EdgeKind.NONE, None, None, 0.0), 0.0
        found = roles.all[int(chances.argmax())]
        sureness = round(float(chances.max()), 3)
        buying = brief.seeking is Seeking.BUYER
        if brief.firm is None:
            return ChainFit(EdgeKind.NONE, None if buying else found, found if buying else None, 0.0), sureness
        edges = roles.edges[:, roles.index(found)] if buying else roles.edges[roles.index(found)]
        own = roles.all[int((self.built.firm_roles[brief.firm] * (EDGE_FLOOR + edges)).argmax())]
        seller, buyer = (own, found) if buying else (found, own)
        return roles.chains.fit(cluster=brief.cluster, seller=seller, buyer=buyer), sureness

    def _gates(self, filters: Filters) -> tuple[Gate, ...]:
        gates = []
        if filters.provinces:
            names = sorted(filters.provinces)
            th, en = ", ".join(names), ", ".join(map(self.provinces.english, names))
            gates.append(self._gate(f"อยู่ในจังหวัด{th}", f"in {en}", Filters(provinces=filters.provinces)))
        for code in sorted(filters.certificates):
            only = Filters(certificates=frozenset({code}))
            gates.append(self._gate(f"มีใบรับรอง {code} ที่ยังไม่หมดอายุ", f"holds a valid {code}", only))
        return tuple(gates)

    def _gate(self, th: str, en: str, only: Filters) -> Gate:
        return Gate(Sentence(th, en), int(self.facet_table.passing(only, on=self._today()).sum()))


def _narrowing(allowed: Mask) -> Mask | None:
    """A mask, or None where it allows every row: no index then looks at it."""
    return None if allowed.all() else allowed


def _advice(brief: Brief) -> Sentence:
    """What to change where there is no good answer."""
    if brief.filters.provinces or brief.filters.certificates:
        return Sentence(
            "ไม่พบรายที่ตรงทุกเงื่อนไข ลองตัดเงื่อนไขจังหวัดหรือใบรับรองออกทีละข้อ",
            "Nothing meets every condition: try dropping the province or the certificate, one at a time.",
        )
    return Sentence(
        "ไม่พบรายที่ตรง ลองเรียกชื่อสินค้าแบบอื่น บอกว่าใช้ทำอะไร หรือตัดรายละเอียดออก",
        "No good answer: try another name for the product, say what it is for, or leave out details.",
    )
