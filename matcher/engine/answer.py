"""What the engine answers: matches with their evidence, or the plain statement that there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain import ChainFit, Firm, Need, Offer, Seeking
from matcher.engine.brief import Reading


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same said in Thai and in English."""

    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a profile's own words: `text == whole_text[start:end]`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why these two should meet.

    Attributes:
        asked: Spans of the request that the other side speaks to.
        offered: Spans of the offer (or need) shown that speak to the request.
        described: Spans of the firm's description that do.
        chain: The edge of the chain a deal would use.
        reason: In one sentence.
        matched: Conditions that are met.
        assumed: What was read or guessed and not stated.
        missing: What the profile does not say or have.
        next_question: What to ask first.
    """

    asked: tuple[Span, ...]
    offered: tuple[Span, ...]
    described: tuple[Span, ...]
    chain: ChainFit
    reason: Sentence
    matched: tuple[Sentence, ...]
    assumed: tuple[Sentence, ...]
    missing: tuple[Sentence, ...]
    next_question: Sentence


@dataclass(frozen=True, slots=True)
class Match:
    """A firm that should be met, by its best pair.

    Attributes:
        offer: What it sells that fits; None where it is met as a buyer.
        need: What it looks for that fits; None where it is met as a seller.
        score: In [0, 1], higher is better: the chance that an expert would call it a good answer.
        signals: What the score is made of, by name.
    """

    firm: Firm
    offer: Offer | None
    need: Need | None
    score: float
    signals: Mapping[str, float]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Gate:
    """A hard condition of the request, and how many firms of the catalog pass it."""

    condition: Sentence
    passing: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    Attributes:
        matches: Best first.
        good: Whether the best of them is a good answer; else say `advice`.
        gates: Hard conditions that were applied before the search.
        near: Where too few firms pass the gates to fill the list: the best that fail one.
        advice: What to change, where there is no good answer.
        fingerprint: Of the index that answered.
    """

    text: str
    reading: Reading
    seeking: Seeking
    matches: tuple[Match, ...]
    good: bool
    gates: tuple[Gate, ...]
    near: tuple[Match, ...]
    advice: Sentence | None
    fingerprint: str
