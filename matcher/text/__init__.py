"""Thai and English text: one spelling, tokens, concepts, language."""

from matcher.text.glossary import Glossary, load_glossary
from matcher.text.normalise import (
    MAX_QUERY_CHARS,
    NORMALISER_VERSION,
    check_readable,
    normalise,
    normalise_query,
)
from matcher.text.tokens import Language, Token, language_of, sub_words, tokens, words

__all__ = [
    "MAX_QUERY_CHARS",
    "NORMALISER_VERSION",
    "Glossary",
    "Language",
    "Token",
    "check_readable",
    "language_of",
    "load_glossary",
    "normalise",
    "normalise_query",
    "sub_words",
    "tokens",
    "words",
]
