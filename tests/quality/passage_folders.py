"""Turn classifications and directories into passage test folders for `khukha evaluate --passages`.

Usage: python -m tests.quality.passage_folders cross_references|isic|headings DATA_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path


def cross_references(data: Path, target: Path) -> None:
    """Thai to Thai: activities become passages; a cross-reference is answered by every code below its targets."""
    activities = _activities(data)
    queries = _rows(data / "tsic" / "crossref_queries.dev.jsonl")
    _write(
        target,
        passages={row["code"]: (row["name_th"], row["includes_th"] or "") for row in activities},
        queries={query["id"]: query["query_th"] for query in queries},
        answers={
            query["id"]: [row["code"] for row in activities if row["code"].startswith(tuple(query["targets"]))]
            for query in queries
        },
    )


def isic(data: Path, target: Path) -> None:
    """Thai to English: the Thai name of each activity asks for the English name of its class."""
    named = [row for row in _activities(data) if row["isic4_name_en"]]
    _write(
        target,
        passages={row["isic4_code"]: (row["isic4_name_en"], "") for row in named},
        queries={row["code"]: row["name_th"] for row in named},
        answers={row["code"]: [row["isic4_code"]] for row in named},
    )


def headings(data: Path, target: Path) -> None:
    """English to Thai: each heading of a directory asks for itself in Thai."""
    rows = _rows(data / "yellowpages" / "headings.jsonl")
    _write(
        target,
        passages={row["id"]: (row["th"], "") for row in rows},
        queries={row["id"]: row["en"] for row in rows},
        answers={row["id"]: [row["id"]] for row in rows},
    )


FOLDERS = {
    "cross_references": (cross_references, "cross-references of the classification, Thai"),
    "isic": (isic, "Thai activity → English class"),
    "headings": (headings, "English heading → Thai heading"),
}
"""What writes each folder, and what it asks."""


def _activities(data: Path) -> list[dict]:
    return [row for row in _rows(data / "tsic" / "tsic.jsonl") if row["level"] == "Activity"]


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _write(
    target: Path,
    *,
    passages: Mapping[str, tuple[str, str]],
    queries: Mapping[str, str],
    answers: Mapping[str, Iterable[str]],
) -> None:
    target.mkdir(parents=True, exist_ok=True)
    qrels = [f"{query}\t{passage}\t1" for query, found in answers.items() for passage in found]
    corpus = [{"_id": id, "title": title, "text": text} for id, (title, text) in passages.items()]
    _write_lines(target / "corpus.jsonl", [json.dumps(row, ensure_ascii=False) for row in corpus])
    asked = [{"_id": id, "text": text} for id, text in queries.items()]
    _write_lines(target / "queries.jsonl", [json.dumps(row, ensure_ascii=False) for row in asked])
    _write_lines(target / "qrels.tsv", ["query-id\tcorpus-id\tscore", *qrels])


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    FOLDERS[sys.argv[1]][0](Path(sys.argv[2]), Path(sys.argv[3]))
