"""Trades and what belongs to them: what the model is tuned on.

`trades.jsonl` has a trade a line: names, goods, phrases of registries, everyday requests, profiles, and what
looks alike and belongs elsewhere, in Thai and English, over the whole economy. It was written for the purpose,
without a look at any classification, topic or catalog that answers are measured on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from matcher.errors import TopicsError
from matcher.evaluation.topics import read_json_lines

FILE = "trades.jsonl"
KINDS = (
    "th",
    "en",
    "goods_th",
    "goods_en",
    "formal_th",
    "formal_en",
    "ask_th",
    "ask_en",
    "profile_th",
    "looks_for_th",
    "not_th",
)


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade.

    Attributes:
        texts: By kind: names (`th`, `en`), goods, formal phrases, requests (`ask`), profiles, what its buyers look
            for, and `not_th`: what looks alike and belongs elsewhere.
    """

    texts: Mapping[str, tuple[str, ...]]


def read_trades(path: Path | None = None) -> list[Trade]:
    """The trades of a file; without a path, those that come with the project.

    Raises:
        TopicsError: the file is missing, or a line breaks the format.
    """
    if path is None:
        with as_file(files("matcher.data") / FILE) as own:
            return read_trades(own)
    trades = []
    for line, row in read_json_lines(path):
        texts = {}
        for kind in KINDS:
            found = row.get(kind, [])
            if not isinstance(found, list) or not all(isinstance(text, str) and text.strip() for text in found):
                raise TopicsError(path=path, line=line, problem=f"{kind!r} is no list of texts")
            texts[kind] = tuple(found)
        trades.append(Trade(texts))
    return trades
