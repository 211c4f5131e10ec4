"""The tokenizer of XLM-R and its kin in a few plain tables: a sixth of the memory of `tokenizers`.

`tokenizers` keeps a vocabulary of 250,000 pieces in a trie of hash tables: 265 MB. A dict of the pieces
needs 50 MB and gives the same ids, somewhat slower; beside a model's arithmetic that is nothing.

Source: Kudo, "Subword regularization", ACL 2018; ties and unknown characters as in `tokenizers` 0.23.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

_UNKNOWN_PENALTY = 10.0
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"▁[^▁]*|[^▁]+")
_NORMALIZERS = ("NFKC", "Replace", "Strip")


@dataclass(frozen=True, slots=True)
class Unigram:
    """A tokenizer of whole texts.

    Attributes:
        pieces: Of the vocabulary, by id.
        scores: Their log chances.
        unknown: Id for a character that no piece holds.
        first: Id that begins every text; `last` ends it.
        special: Ids of words that stand for themselves wherever a text has them.
        limit: Ids of the longest text, with the first and the last.
    """

    pieces: Sequence[str]
    scores: Sequence[float]
    unknown: int
    first: int
    last: int
    special: Mapping[str, int]
    limit: int

    def reader(self) -> Reader:
        """What cuts texts."""
        return Reader(self)

    @classmethod
    def of(cls, tokenizer: Mapping[str, Any], *, limit: int) -> Self | None:
        """The same as a tokenizer of `tokenizers`, given as its JSON; None where that works otherwise."""
        model, before, after = (tokenizer.get(part) or {} for part in ("model", "pre_tokenizer", "post_processor"))
        steps = (tokenizer.get("normalizer") or {}).get("normalizers", ())
        kinds = tuple(step["type"] for step in steps)
        template = [(*one, *one.values())[:2] for one in after.get("single", ())]
        special = {one["content"]: one["id"] for one in tokenizer.get("added_tokens", ())}
        same = (
            (model.get("type"), model.get("byte_fallback")) == ("Unigram", False)
            and kinds == _NORMALIZERS
            and (steps[1]["pattern"], steps[1]["content"]) == ({"Regex": r"\s+"}, " ")
            and (steps[2]["strip_left"], steps[2]["strip_right"]) == (False, True)
            and (before.get("type"), before.get("replacement")) == ("Metaspace", "▁")
            and (before.get("prepend_scheme"), before.get("split")) == ("always", True)
            and [kind for kind, _ in template] == ["SpecialToken", "Sequence", "SpecialToken"]
            and not any(one[flag] for one in tokenizer["added_tokens"] for flag in ("lstrip", "rstrip", "normalized"))
        )
        if not same:
            return None
        first, last = (special[template[at][1]["id"]] for at in (0, 2))
        pieces, scores = zip(*model["vocab"], strict=True)
        return cls(pieces, scores, model["unk_id"], first, last, special, limit)

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ValueError: it is something else; likewise TypeError.
        """
        return cls(**json.loads(path.read_text("utf-8")))


class Reader:
    """Cuts texts into the pieces that are likeliest together.

    Args:
        table: The vocabulary.
    """

    def __init__(self, table: Unigram) -> None:
        self._table = table
        self._ids = {piece: id for id, piece in enumerate(table.pieces)}
        self._longest = max(map(len, table.pieces))
        self._unknown_score = min(table.scores) - _UNKNOWN_PENALTY
        self._special = re.compile("|".join(map(re.escape, sorted(table.special, key=len, reverse=True))) or r"(?!)")

    def ids(self, text: str) -> list[int]:
        """A text's ids between the first and the last, cut to the limit."""
        return [self._table.first, *self._inside(text)[: self._table.limit - 2], self._table.last]

    def tokens(self, text: str) -> list[str]:
        """A text's pieces."""
        return [self._table.pieces[id] for id in self._inside(text)]

    def _inside(self, text: str) -> list[int]:
        found: list[int] = []
        at = 0
        for word in self._special.finditer(text):
            found += [*self._plain(text[at : word.start()]), self._table.special[word.group()]]
            at = word.end()
        return found + self._plain(text[at:])

    def _plain(self, text: str) -> list[int]:
        spaced = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).rstrip().replace(" ", "▁")
        if not spaced:
            return []
        marked = spaced if spaced.startswith("▁") else f"▁{spaced}"
        return [id for word in _WORD.findall(marked) for id in self._cut(word)]

    def _cut(self, word: str) -> list[int]:
        """Ids of the pieces of a word whose log chances sum highest; of equal sums the one found first."""
        known, scores, unknown = self._ids, self._table.scores, self._table.unknown
        size = len(word)
        best: list[float | None] = [0.0] + [None] * size
        came: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            here = best[start] or 0.0
            single = False
            for end in range(start + 1, min(size, start + self._longest) + 1):
                id = known.get(word[start:end])
                if id is None:
                    continue
                single = single or end == start + 1
                there, value = best[end], here + scores[id]
                if there is None or value > there:
                    best[end], came[end] = value, (start, id)
            if not single:
                there, value = best[start + 1], here + self._unknown_score
                if there is None or value > there:
                    best[start + 1], came[start + 1] = value, (start, unknown)
        return self._back(came, size)

    def _back(self, came: Sequence[tuple[int, int]], end: int) -> list[int]:
        """The path that ends there; unknown characters in a row are one."""
        found: list[int] = []
        while end:
            end, id = came[end]
            if not (id == self._table.unknown and found and found[-1] == id):
                found.append(id)
        return found[::-1]
