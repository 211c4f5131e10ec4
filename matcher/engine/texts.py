"""Which text stands for a firm, an offer, a need or a role when it is embedded or tokenised."""

from __future__ import annotations

from indexes import Fields
from matcher.domain import Firm, Role
from matcher.text import Glossary, normalise, sub_words, words

FIELDS = ("words", "grams", "concepts")
"""Token fields of the lexical indexes."""


def whole(firm: Firm) -> str:
    """A firm in one text, as it is embedded: name, description, offers."""
    return " ".join([firm.name_th, firm.description, *(offer.text for offer in firm.offers)])


def searchable(firm: Firm) -> str:
    """A firm in one text, as its words are indexed: whatever somebody might type to find it."""
    parts = [firm.name_th, firm.name_en or "", firm.description]
    parts += [offer.text for offer in firm.offers]
    parts += [position.role or "" for position in firm.positions]
    parts += [certificate.code for certificate in firm.certificates]
    return " ".join(parts)


def wanted(firm: Firm) -> str:
    """All that a firm needs in one text, as its words are indexed."""
    return " ".join(need.text for need in firm.needs)


def role_text(role: Role) -> str:
    """A role in one text: its labels and the words that name what it sells or is."""
    return " ".join([role.th, role.en, *role.words])


def fields(text: str, glossary: Glossary) -> Fields:
    """The tokens of a text in every field."""
    normal = normalise(text)
    return {"words": words(normal), "grams": sub_words(normal), "concepts": glossary.concepts(normal)}
