"""Which text stands for a firm, an offer, a need or a role when it is embedded or tokenised."""

from __future__ import annotations

from indexes import Fields
from matcher.domain import Firm, Offer, Role
from matcher.text import Glossary, affirmed, normalise, sub_words, words

FIELDS = ("words", "grams", "concepts")
"""Token fields of the lexical indexes."""


def whole(firm: Firm) -> str:
    """A firm in one text, as it is embedded: name, description, offers."""
    return " ".join([firm.name_th, firm.description, *(offer.text for offer in firm.offers)])


def searchable(firm: Firm) -> str:
    """A firm in one text, as its words are indexed: whatever somebody might type to find it.

    What it says it does not do is left out.
    """
    parts = [firm.name_th, firm.name_en or "", affirmed(firm.description)]
    parts += [affirmed(offer.text) for offer in firm.offers]
    parts += [position.role or "" for position in firm.positions]
    parts += [certificate.code for certificate in firm.certificates]
    return " ".join(parts)


def wanted(firm: Firm) -> str:
    """All that a firm needs in one text, as its words are indexed."""
    return " ".join(need.text for need in firm.needs)


def role_text(role: Role) -> str:
    """A role in one text: its labels and the words that name what it sells or is."""
    return " ".join([role.th, role.en, *role.words])


def stated_role(firm: Firm, offer: Offer) -> str | None:
    """The role a firm states for an offer: the offer's own, else that of its position on the same stage."""
    if offer.role:
        return offer.role
    same = [p.role for p in firm.positions if p.role and (p.cluster, p.stage) == (offer.cluster, offer.stage)]
    return same[0] if len(same) == 1 else None


def fields(text: str, glossary: Glossary) -> Fields:
    """The tokens of a text in every field."""
    normal = normalise(text)
    return {"words": words(normal), "grams": sub_words(normal), "concepts": glossary.concepts(normal)}
