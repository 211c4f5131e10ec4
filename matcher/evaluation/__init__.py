"""Judged topics and passages, and how good the rankings are."""

from matcher.evaluation.evaluate import (
    SYSTEMS,
    Group,
    Refusals,
    Run,
    refusals,
    run_systems,
    summarise,
    trec_lines,
)
from matcher.evaluation.measures import ndcg, recall, reciprocal_rank, success
from matcher.evaluation.topics import Topic, read_topics

__all__ = [
    "SYSTEMS",
    "Group",
    "Refusals",
    "Run",
    "Topic",
    "ndcg",
    "read_topics",
    "recall",
    "reciprocal_rank",
    "refusals",
    "run_systems",
    "success",
    "summarise",
    "trec_lines",
]
