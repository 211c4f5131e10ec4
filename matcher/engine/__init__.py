"""Understand, retrieve, fuse, fit the chain, gate, explain."""

from matcher.engine.answer import Answer, Evidence, Gate, Match, Sentence, Span
from matcher.engine.build import Built, open_or_build
from matcher.engine.catalog import Catalog, Filters
from matcher.engine.engine import Engine
from matcher.engine.roles import RoleGuess, Roles
from matcher.engine.score import SIGNALS, Weights, load_weights

__all__ = [
    "SIGNALS",
    "Answer",
    "Built",
    "Catalog",
    "Engine",
    "Evidence",
    "Filters",
    "Gate",
    "Match",
    "RoleGuess",
    "Roles",
    "Sentence",
    "Span",
    "Weights",
    "load_weights",
    "open_or_build",
]
