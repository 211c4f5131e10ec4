"""What mistyped questions lose, and how much of it mending wins back.

One letter of each question is dropped, doubled, swapped with the next or replaced by its neighbour on the
keyboard (Kedmanee for Thai, QWERTY for Latin letters), in a word of four letters or more.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matcher.engine import Engine
from matcher.evaluation import run_systems
from matcher.evaluation.measures import ndcg
from matcher.evaluation.topics import NEED, Topic
from matcher.text import tokens
from tests.quality.trials import interval

_ROWS = ("ๅ/-ภถุึคตจขช", "ๆไำพะัีรนยบลฃ", "ฟหกดเ้่าสวง", "ผปแอิืทมใฝ", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: [row[at] for at in (place - 1, place + 1) if 0 <= at < len(row)]
    for row in _ROWS
    for place, key in enumerate(row)
}
SEED = 11


def mistyped(text: str, draw: random.Random) -> str:
    """A text with one slip of the finger; itself where no word is long enough."""
    places = [
        at
        for word in tokens(text)
        if len(word.word) >= 4 and word.word.isalpha()
        for at in range(word.start + 1, word.end - 1)
    ]
    if not places:
        return text
    at = draw.choice(places)
    kind = draw.choice(("drop", "double", "swap", "beside"))
    if kind == "drop":
        return text[:at] + text[at + 1 :]
    if kind == "double":
        return text[:at] + text[at] + text[at:]
    if kind == "swap":
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + draw.choice(_BESIDE.get(text[at].lower(), [text[at]])) + text[at + 1 :]


def typos(engine: Engine, topics: Sequence[Topic]) -> list[str]:
    """A section on questions as they are, mistyped, and mistyped without mending."""
    asked = [topic for topic in topics if topic.kind != NEED and topic.grades]
    draw = random.Random(SEED)
    wrong = [replace(topic, text=mistyped(topic.text, draw)) for topic in asked]
    clean, mended = _scores(engine, asked), _scores(engine, wrong)
    speller = engine.understand.speller
    engine.understand.speller = None
    try:
        plain, unmended = _scores(engine, asked), _scores(engine, wrong)
    finally:
        engine.understand.speller = speller
    rows = [("as written", plain, clean), ("with a slip", unmended, mended)]
    lines = [
        "| questions | nothing mended | mended | difference | 95 % interval |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, before, after in rows:
        low, high = interval(after - before)
        figures = (
            f"{before.mean():.3f} | {after.mean():.3f} | {(after - before).mean():+.3f} | {low:+.3f} to {high:+.3f}"
        )
        lines.append(f"| {name} ({len(asked)}) | {figures} |")
    return lines


def _scores(engine: Engine, topics: Sequence[Topic]) -> np.ndarray:
    """NDCG@10 of each topic, float64 (n,)."""
    runs = run_systems(engine, topics)["full"]
    return np.array([ndcg([id for id, _ in run.ranking], run.topic.grades, k=10) for run in runs])
