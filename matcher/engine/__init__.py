"""Understand, retrieve, fuse, fit the chain, gate, explain."""

from matcher.engine.amend import amend
from matcher.engine.answer import Answer, Evidence, Gate, Match, Sentence, Span
from matcher.engine.build import Built, Progress, VectorSource, texts_of
from matcher.engine.catalog import Catalog, Filters, firm_digest
from matcher.engine.engine import Engine
from matcher.engine.facet_columns import FacetCount, Facets
from matcher.engine.facets import Browsed
from matcher.engine.opening import open_or_build
from matcher.engine.roles import RoleGuess, Roles
from matcher.engine.score import SIGNALS, Weights, load_weights
from matcher.engine.suggest import Suggester, Suggestion
from matcher.engine.verdict import Verdict, load_verdict

__all__ = [
    "SIGNALS",
    "Answer",
    "Browsed",
    "Built",
    "Catalog",
    "Engine",
    "Evidence",
    "FacetCount",
    "Facets",
    "Filters",
    "Gate",
    "Match",
    "Progress",
    "RoleGuess",
    "Roles",
    "Sentence",
    "Span",
    "Suggester",
    "Suggestion",
    "VectorSource",
    "Verdict",
    "Weights",
    "amend",
    "firm_digest",
    "load_verdict",
    "load_weights",
    "open_or_build",
    "texts_of",
]
