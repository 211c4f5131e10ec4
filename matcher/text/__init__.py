"""Thai and English text: one spelling, tokens, concepts."""

from matcher.text.denial import affirmed, denied
from matcher.text.glossary import Glossary, load_glossary
from matcher.text.normalise import (
    MAX_QUERY_CHARS,
    NORMALISER_VERSION,
    check_readable,
    normalise,
    normalise_query,
)
from matcher.text.tokens import Token, sub_words, tokens, words

__all__ = [
    "MAX_QUERY_CHARS",
    "NORMALISER_VERSION",
    "Glossary",
    "Token",
    "affirmed",
    "check_readable",
    "denied",
    "load_glossary",
    "normalise",
    "normalise_query",
    "sub_words",
    "tokens",
    "words",
]
