"""Understanding a request: from words, a stored need or an offer to a `Brief`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from indexes import Vectors
from matcher.domain import Certificates, Need, Provinces, Seeking, Stage
from matcher.encoder.vectors import unit
from matcher.engine.brief import Brief, Reading, read
from matcher.engine.build import ROLE_SHARE, Built
from matcher.engine.catalog import Filters
from matcher.engine.roles import SOUGHT_OTHER, Chances
from matcher.engine.seeking import need_seeking
from matcher.engine.spelling import Speller, trade_words
from matcher.engine.texts import fields
from matcher.text import Glossary, normalise_query

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

EDGE_FLOOR = 0.2
"""What a role off the asking firm's chain still counts, in [0, 1]: a signal, never a wall."""


class Understanding:
    """Turns requests into briefs, over one catalog.

    Args:
        built: The catalog, indexed.
        encoder: Embeds words.
        glossary: Knows which words mean the same.
        provinces: Names that may be conditions.
        certificates: Likewise.
    """

    def __init__(
        self,
        built: Built,
        *,
        encoder: Encoder,
        glossary: Glossary,
        provinces: Provinces,
        certificates: Certificates,
    ) -> None:
        self._built = built
        self._encoder = encoder
        self._glossary = glossary
        self._provinces = provinces
        self._certificates = certificates
        self.speller: Speller | None = Speller(
            trade_words(glossary),
            glossary=glossary,
            stands=lambda word: any(index.rows_with("words", word) for index in (built.words, built.wants)),
        )

    def words(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        cluster: str | None = None,
        stage: Stage | None = None,
        seeking: Seeking | None = None,
    ) -> Brief:
        """Understand a searcher's words, with the conditions read from them.

        Args:
            text: As typed.
            filters: Conditions given beside the words; a province given counts instead of one read.
            cluster: The cluster meant, or None.
            stage: The stage sought, or None.
            seeking: Instead of what the words say.

        Raises:
            InputError: nothing to search with, too long, or unreadable.
        """
        normal = normalise_query(text)
        reading = read(normal, provinces=self._provinces, certificates=self._certificates)
        thing = (self.speller.mended(reading.thing) if self.speller else None) or reading.thing
        vector = self._encoder.queries([thing])[0]
        given = filters or Filters()
        meant = seeking or reading.seeking or Seeking.SUPPLIER
        selling = reading.selling and meant is Seeking.BUYER
        roles = self._sought(vector, cluster, None if selling else stage)
        if selling:  # the words name the goods: who buys them stands further down the chain
            roles = self._toward_chain(np.ones_like(roles), roles, Seeking.BUYER)
        return Brief(
            text=normal,
            vector=vector,
            fields=fields(thing, self._glossary),
            roles=roles,
            filters=replace(
                given,
                provinces=given.provinces or reading.provinces,
                certificates=given.certificates | reading.certificates,
            ),
            reading=reading,
            seeking=meant,
            cluster=cluster,
            stage=stage,
            by_needs=selling,
        )

    def need(self, row: int, *, filters: Filters | None = None) -> Brief:
        """Understand a stored need, with what is known of the firm behind it."""
        catalog = self._built.catalog
        need, firm = catalog.needs[row], int(catalog.need_firm[row])
        normal = normalise_query(need.text)
        reading = read(normal, provinces=self._provinces, certificates=self._certificates)
        given = filters or Filters()
        vector = self._built.needs.vectors[row]
        seeking = need_seeking(need, catalog.firms[firm].offers)
        own, _ = catalog.offers_of.of(np.array([firm]))
        own_roles = self._built.firm_roles[firm].astype(np.float32)
        return Brief(
            text=normal,
            vector=vector,
            fields=fields(normal, self._glossary),
            roles=self._toward_chain(self._role_sought(need, vector), own_roles, seeking),
            filters=replace(
                given,
                certificates=given.certificates
                | {self._certificates.canonical(code) for code in need.must_certificates},
                without_firm=catalog.firms[firm].id,
            ),
            reading=replace(
                reading,
                provinces=frozenset(),
                certificates=frozenset(),
                certificates_wanted=reading.certificates | reading.certificates_wanted,
            ),
            seeking=seeking,
            cluster=need.cluster,
            stage=need.stage_sought,
            firm=firm,
            own_offers=self._built.offers.vectors[own] if seeking is Seeking.BUYER and len(own) else None,
        )

    def offer(self, row: int, *, filters: Filters | None = None) -> Brief:
        """Understand an offer as a request for its buyers; no condition is read from its words."""
        catalog = self._built.catalog
        offer, firm = catalog.offers[row], int(catalog.offer_firm[row])
        normal = normalise_query(offer.text)
        own_roles = self._built.offer_roles[row].astype(np.float32)
        return Brief(
            text=normal,
            vector=self._encoder.queries([normal])[0],
            fields=fields(normal, self._glossary),
            roles=self._toward_chain(np.ones_like(own_roles), own_roles, Seeking.BUYER),
            filters=replace(filters or Filters(), without_firm=catalog.firms[firm].id),
            reading=Reading(thing=normal),
            seeking=Seeking.BUYER,
            cluster=offer.cluster,
            firm=firm,
            own_offers=self._built.offers.vectors[row : row + 1],
            by_needs=True,
        )

    def _role_sought(self, need: Need, vector: Vectors) -> Chances:
        """Chances of the role a need looks for: a code is certain, other words lean on the need's own."""
        roles = self._built.roles
        if known := roles.known(need.cluster, need.role_sought):
            certain = np.zeros(len(roles.all), np.float32)
            certain[roles.index(known)] = 1.0
            return certain
        if need.role_sought:
            said = self._encoder.queries([need.role_sought])[0]
            vector = unit((vector + ROLE_SHARE * said).reshape(1, -1))[0]
        return self._sought(vector, need.cluster, need.stage_sought)

    def _sought(self, vector: Vectors, cluster: str | None, stage: Stage | None) -> Chances:
        """Chances of the role sought, from the words and what is stated."""
        chances = self._built.roles.chances(
            vector.reshape(1, -1),
            clusters=[cluster],
            stages=[stage],
            other_cluster=SOUGHT_OTHER,
            other_stage=SOUGHT_OTHER,
        )
        return np.asarray(chances[0], np.float32)

    def _toward_chain(self, sought: Chances, own: Chances, seeking: Seeking) -> Chances:
        """Chances of the role sought, once it is known who asks."""
        fitted = sought * (EDGE_FLOOR + self._built.roles.partners(own, seeking=seeking))
        scaled: Chances = (fitted / fitted.sum()).astype(np.float32)
        return scaled
