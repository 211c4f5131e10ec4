"""Is the evidence what the score rests on? Take the quoted words away, and the score must fall.

Source: DeYoung et al., "ERASER: a benchmark to evaluate rationalized NLP models", ACL 2020
(comprehensiveness, against random words of the same length).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from matcher.domain import Firm, Seeking
from matcher.engine import Catalog, Engine, Match, open_or_build
from matcher.engine.answer import Span
from matcher.engine.score import score
from matcher.evaluation.adapt import Recalled, Straight
from tests.quality.trials import interval

MATCHES = 200
_MOST = 0.7
"""Share of a text that may be quoted, so that others of the same length stand beside it."""


def faithfulness(engine: Engine) -> list[str]:
    """How far the scores of matches fall without the quoted words, and without random ones."""
    encoder, chance = Recalled(engine.encoder), random.Random(0)
    rounds = _rounds(engine)
    differences, falls = [], []
    with TemporaryDirectory() as folder:
        for number, matches in enumerate(rounds):
            quoted = {id: _without_quotes(match) for id, (_, match) in matches.items()}
            at_random = {id: _without_random(match, chance) for id, (_, match) in matches.items()}
            before = _scores(engine, matches)
            fell = [
                before - _scores(_rebuilt(engine, changed, encoder, Path(folder) / f"{name}-{number}"), matches)
                for name, changed in (("quoted", quoted), ("random", at_random))
            ]
            falls.append(fell)
            differences.append(fell[0] - fell[1])
    difference, fallen = np.concatenate(differences), np.concatenate(falls, axis=1).mean(axis=1)
    low, high = interval(difference)
    firms = len({id for matches in rounds for id in matches})
    return [
        f"On {len(difference)} different matches, of {firms} firms, the quoted words were taken out of offer and",
        "description, and again as many characters at random places. The sum of weighted signals falls by",
        f"**{fallen[0]:.2f}** without the quoted words and by {fallen[1]:.2f} without others (difference",
        f"{difference.mean():+.2f}, interval {low:+.2f} to {high:+.2f}); without the quoted ones it falls further in "
        f"{np.mean(difference > 0):.0%} of the matches.",
    ]


def _rounds(engine: Engine) -> list[dict[str, tuple[str, Match]]]:
    """The best matches of needs for suppliers, each firm once a round: firm id → need id and match.

    A firm's profile is changed once in a catalog, so the second match of a firm waits for the next round.
    """
    rounds: list[dict[str, tuple[str, Match]]] = []
    for need in engine.built.catalog.needs:
        answer = engine.match(need.id, limit=1)
        if answer.seeking is not Seeking.SUPPLIER or not answer.matches:
            continue
        best = answer.matches[0]
        if not best.offer or _share(best) > _MOST:
            continue
        free = next((one for one in rounds if best.firm.id not in one), None)
        if free is None:
            rounds.append(free := {})
        free[best.firm.id] = (need.id, best)
    left, kept = MATCHES, []
    for one in rounds:
        kept.append(dict(list(one.items())[:left]))
        left -= len(kept[-1])
    return [one for one in kept if one]


def _share(match: Match) -> float:
    texts = (
        (match.offer.text if match.offer else "", match.evidence.offered),
        (match.firm.description, match.evidence.described),
    )
    return max(sum(span.end - span.start for span in spans) / max(1, len(text)) for text, spans in texts)


def _without_quotes(match: Match) -> Firm:
    return _changed(
        match, _cut(match.offer.text, match.evidence.offered), _cut(match.firm.description, match.evidence.described)
    )


def _without_random(match: Match, chance: random.Random) -> Firm:
    offer, description = (
        _cut(text, _elsewhere(text, spans, chance))
        for text, spans in (
            (match.offer.text, match.evidence.offered),
            (match.firm.description, match.evidence.described),
        )
    )
    return _changed(match, offer, description)


def _changed(match: Match, offer: str, description: str) -> Firm:
    offers = tuple(replace(one, text=offer) if one.id == match.offer.id else one for one in match.firm.offers)
    return replace(match.firm, offers=offers, description=description)


def _cut(text: str, spans: Sequence[Span]) -> str:
    for span in sorted(spans, key=lambda span: -span.start):
        text = f"{text[: span.start]} {text[span.end :]}"
    return " ".join(text.split())


def _elsewhere(text: str, spans: Sequence[Span], chance: random.Random) -> list[Span]:
    """As many spans of the same lengths at random places, none over another."""
    lengths = [span.end - span.start for span in spans]
    chance.shuffle(lengths)
    free = len(text) - sum(lengths)
    gaps = sorted(chance.randint(0, free) for _ in lengths)
    found, before = [], 0
    for gap, length in zip(gaps, lengths, strict=True):
        start = gap + before
        found.append(Span(start, start + length, text[start : start + length]))
        before += length
    return found


def _rebuilt(engine: Engine, changed: dict[str, Firm], encoder: Recalled, root: Path) -> Engine:
    firms = [changed.get(firm.id, firm) for firm in engine.built.catalog.living]
    built = open_or_build(
        Catalog(firms),
        chains=engine.built.roles.chains,
        encoder=encoder,
        glossary=engine.glossary,
        root=root,
        vectors=Straight(),
    )
    return Engine(built, encoder=encoder, glossary=engine.glossary, weights=engine.weights)


def _scores(engine: Engine, matches: dict[str, tuple[str, Match]]):
    """The weighted sum of each match's signals, float64 (n,)."""
    catalog, found = engine.built.catalog, []
    everything = np.ones(len(catalog.offers), np.bool_)
    for id, (need, _) in matches.items():
        brief = engine.understand.need(catalog.need_row(need))
        rows = np.array([catalog.firm_row(id)])
        scored = score(brief, engine.built, rows, allowed_offers=everything, weights=engine.weights)
        found.append(float(scored.signals[0] @ engine.weights.vector()))
    return np.array(found)
