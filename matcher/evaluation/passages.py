"""Passages: the retrieval part of the engine on plain text, in BEIR's format.

The same signals as for firms (dense z-scores of the whole and of its best part, BM25 of words, sub-words
and the glossary's concepts against what the query could score), without a chain. A passage is prose, where
the order of words tells more than in a list of goods: neighbouring words count as one token beside the
words themselves. Last, a passage's score takes a fifth from its nearest neighbours, since what answers a
question comes in groups.

Source of the last step: Diaz, "Regularizing ad hoc retrieval scores", CIKM 2005.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes import Fields, FlatIndex, LexicalIndex, Vectors
from matcher.engine.moments import Moments
from matcher.engine.score import lexical_scale, unknown_share
from matcher.errors import TopicsError
from matcher.evaluation.measures import ndcg, recall, reciprocal_rank, success
from matcher.evaluation.topics import read_columns, read_json_lines
from matcher.text import Glossary, normalise, sub_words, tokens

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

PART_CHARS = (300, 150)
"""Lengths of parts, beside the whole passage; the best part of each length counts."""

WORDS_WEIGHT = 0.3
GRAMS_WEIGHT = 0.05
CONCEPTS_WEIGHT = 0.2
FOREIGN_WEIGHT = 0.5
"""What concepts count more where no word of the query stands in any passage, as in another language."""

NEIGHBOURS = 10
NEIGHBOURS_SHARE = 0.2
DEPTH = 100

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PassageRun:
    """What a system answered to one query, best first, and the judged passages."""

    query: str
    ranking: tuple[tuple[str, float], ...]
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PassageGroup:
    """Means over the judged queries, each in [0, 1]."""

    ndcg10: float
    recall100: float
    mrr10: float
    success1: float
    queries: int

    @classmethod
    def of(cls, runs: Sequence[PassageRun]) -> PassageGroup:
        """Means of a run."""
        ranked = [([id for id, _ in run.ranking], run.grades) for run in runs]
        return cls(
            ndcg10=_mean(ndcg(ids, grades, k=10) for ids, grades in ranked),
            recall100=_mean(recall(ids, grades, k=100) for ids, grades in ranked),
            mrr10=_mean(reciprocal_rank(ids, grades, k=10) for ids, grades in ranked),
            success1=_mean(success(ids, grades, grade=1) for ids, grades in ranked),
            queries=len(ranked),
        )

    def numbers(self) -> dict[str, float | int]:
        """The figures under the names of the report."""
        return {
            "ndcg@10": round(self.ndcg10, 6),
            "recall@100": round(self.recall100, 6),
            "mrr@10": round(self.mrr10, 6),
            "success@1": round(self.success1, 6),
            "queries": self.queries,
        }


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Passages, indexed: each level of parts with its vectors and the passage each part is of."""

    ids: tuple[str, ...]
    levels: tuple[tuple[FlatIndex, Moments, npt.NDArray[np.int64]], ...]
    words: LexicalIndex
    glossary: Glossary
    neighbours: npt.NDArray[np.int64]


def evaluate_passages(
    folder: Path,
    *,
    encoder: Encoder,
    glossary: Glossary,
    scratch: Path,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, list[PassageRun]]:
    """Every judged query through the hybrid, BM25 alone and dense alone.

    Args:
        folder: corpus.jsonl, queries.jsonl and qrels.tsv as BEIR has them.
        encoder: Embeds passages and queries.
        glossary: Knows which words mean the same.
        scratch: An empty folder for the token index.
        progress: Called with what is done, how many, of how many.

    Raises:
        TopicsError: a file is missing or breaks the format.
    """
    passages, queries, grades = _read(folder)
    corpus = _index(passages, encoder=encoder, glossary=glossary, scratch=scratch, progress=progress)
    judged = [id for id in queries if grades.get(id)]
    vectors = encoder.queries([queries[id] for id in judged])
    runs: dict[str, list[PassageRun]] = {"hybrid": [], "bm25": [], "dense": []}
    for done, (id, vector) in enumerate(zip(judged, vectors, strict=True), 1):
        for name, scores in _systems(corpus, queries[id], vector).items():
            runs[name].append(PassageRun(id, _best(corpus, scores), grades[id]))
        if progress:
            progress("topics", done, len(judged))
    return runs


def passage_lines(runs: Sequence[PassageRun]) -> list[str]:
    """A run in TREC format."""
    return [
        f"{run.query} Q0 {id} {rank} {score:.6f} hybrid"
        for run in runs
        for rank, (id, score) in enumerate(run.ranking, 1)
    ]


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, dict[str, int]]]:
    passages = {
        _field(folder / "corpus.jsonl", line, row, "_id"): f"{row.get('title') or ''} {row.get('text') or ''}"
        for line, row in read_json_lines(folder / "corpus.jsonl")
    }
    queries = {
        _field(folder / "queries.jsonl", line, row, "_id"): _field(folder / "queries.jsonl", line, row, "text")
        for line, row in read_json_lines(folder / "queries.jsonl")
    }
    grades: dict[str, dict[str, int]] = {}
    for line, (query, passage, grade) in read_columns(folder / "qrels.tsv", count=3):
        if line > 1 and passage in passages:
            if not grade.lstrip("-").isdigit():
                raise TopicsError(path=folder / "qrels.tsv", line=line, problem=f"score {grade!r} is no number")
            if int(grade) > 0:
                grades.setdefault(query, {})[passage] = int(grade)
    return passages, queries, grades


def _field(path: Path, line: int, row: Mapping[str, object], name: str) -> str:
    if name not in row:
        raise TopicsError(path=path, line=line, problem=f"{name!r} is missing")
    return str(row[name])


def _index(
    passages: Mapping[str, str],
    *,
    encoder: Encoder,
    glossary: Glossary,
    scratch: Path,
    progress: Callable[[str, int, int], None] | None,
) -> _Corpus:
    texts = [normalise(text) for text in passages.values()]
    levels = [[(row, text) for row, text in enumerate(texts)]]
    for size in PART_CHARS:
        levels.append([(row, part) for row, text in enumerate(texts) for part in _parts(text, size)])
    total, before = sum(len(level) for level in levels), 0
    indexed = []
    for level in levels:
        report = _shifted(progress, before, total)
        vectors = encoder.encode([part for _, part in level], prompt="passage", progress=report)
        owners = np.array([row for row, _ in level], np.int64)
        indexed.append((FlatIndex(vectors), Moments.of(vectors), owners))
        before += len(level)
    whole = indexed[0][0]
    found = whole.search(whole.vectors, k=min(NEIGHBOURS + 1, len(texts))).rows
    tokenised = (_fields(text, glossary) for text in texts)
    words = LexicalIndex.build(tokenised, fields=("words", "grams", "concepts"), folder=scratch / "words")
    return _Corpus(tuple(passages), tuple(indexed), words, glossary, found[:, 1:])


def _fields(text: str, glossary: Glossary) -> Fields:
    words = [token.word for token in tokens(text)]
    pairs = [f"{one}_{other}" for one, other in pairwise(words)]
    return {"words": [*words, *pairs], "grams": sub_words(text), "concepts": glossary.concepts(text), "plain": words}


def _parts(text: str, size: int) -> list[str]:
    """The passage in parts of about `size` characters, cut at spaces; its first words stay with each."""
    head, parts, part = text[: size // 4], [], ""
    for clause in text.split(" "):
        if part and len(part) + len(clause) >= size:
            parts.append(part)
            part = head
        part = f"{part} {clause}".strip()
    return [*parts, part]


def _systems(corpus: _Corpus, query: str, vector: Vectors) -> dict[str, Scores]:
    dense = np.mean([_level_scores(level, vector, len(corpus.ids)) for level in corpus.levels], axis=0)
    fields = _fields(normalise(query), corpus.glossary)
    rows = np.arange(len(corpus.ids), dtype=np.int64)
    hybrid = dense.copy()
    concepts = CONCEPTS_WEIGHT + FOREIGN_WEIGHT * unknown_share(corpus.words, fields["plain"])
    for field, weight in (("words", WORDS_WEIGHT), ("grams", GRAMS_WEIGHT), ("concepts", concepts)):
        scale = lexical_scale(corpus.words, field, fields[field])
        hybrid += weight * scale * corpus.words.scores(fields, rows, field=field)
    if corpus.neighbours.shape[1]:
        around = hybrid[corpus.neighbours].mean(axis=1)
        hybrid = (1 - NEIGHBOURS_SHARE) * hybrid + NEIGHBOURS_SHARE * around
    whole = corpus.levels[0][0].vectors @ vector
    bm25 = corpus.words.scores({"words": fields["plain"]}, rows, field="words")
    return {"hybrid": hybrid, "bm25": np.where(bm25 > 0, bm25, -np.inf), "dense": whole}


def _level_scores(level: tuple[FlatIndex, Moments, npt.NDArray[np.int64]], vector: Vectors, n_passages: int) -> Scores:
    index, moments, owners = level
    best = np.full(n_passages, -np.inf, np.float32)
    np.maximum.at(best, owners, moments.z(index.vectors @ vector, vector))
    return best


def _best(corpus: _Corpus, scores: Scores) -> tuple[tuple[str, float], ...]:
    order = np.lexsort((np.arange(len(scores)), -np.round(scores, 6)))[:DEPTH]
    return tuple((corpus.ids[row], float(scores[row])) for row in order if np.isfinite(scores[row]))


def _mean(values: object) -> float:
    return float(np.mean(list(values)))  # type: ignore[call-overload]


def _shifted(
    progress: Callable[[str, int, int], None] | None, before: int, total: int
) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, _all: progress("vectors", before + done, total)
