"""Turn the classification of industries into a passage test folder for `khukha evaluate --passages`.

Usage: python tests/quality/tsic_folder.py TSIC_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def write_folder(source: Path, target: Path) -> None:
    """Activities become passages; a cross-reference is answered by every code below its targets."""
    target.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (source / "tsic.jsonl").read_text("utf-8").splitlines()]
    activities = [row for row in rows if row["level"] == "Activity"]
    lines = (source / "crossref_queries.dev.jsonl").read_text("utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    corpus = [{"_id": row["code"], "title": row["name_th"], "text": row["includes_th"] or ""} for row in activities]
    qrels = ["query-id\tcorpus-id\tscore"]
    for query in queries:
        targets = tuple(query["targets"])
        qrels += [f"{query['id']}\t{row['code']}\t1" for row in activities if row["code"].startswith(targets)]
    _write(target / "corpus.jsonl", [json.dumps(row, ensure_ascii=False) for row in corpus])
    asked = [{"_id": query["id"], "text": query["query_th"]} for query in queries]
    _write(target / "queries.jsonl", [json.dumps(row, ensure_ascii=False) for row in asked])
    _write(target / "qrels.tsv", qrels)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    write_folder(Path(sys.argv[1]), Path(sys.argv[2]))
