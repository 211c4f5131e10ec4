"""LexicalIndex is held against BM25 written out below."""

from __future__ import annotations

import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes import NOTHING, LexicalIndex, SnapshotDamagedError, VectorsError, lexical
from indexes.lexical import MAX_TERMS

FIELDS = ("words", "parts")
VOCABULARY = ["ผ้า", "ไหม", "silk", "ข้าว", "a", "กล่อง", "5", "#417", "ปลากัด", "c++"]

tokens = st.lists(st.sampled_from(VOCABULARY), max_size=12)
documents = st.lists(st.fixed_dictionaries({}, optional={"words": tokens, "parts": tokens}), min_size=1, max_size=30)
queries = st.fixed_dictionaries({"words": tokens, "parts": tokens})
weights_ = st.fixed_dictionaries({}, optional={"words": st.floats(0.1, 3), "parts": st.floats(0.1, 3)})
careful = settings(deadline=None, max_examples=40)


def bm25(rows, query, *, weights):
    """Robertson and Zaragoza's BM25, a sum over every token of the query, as the module documents it."""
    scores = np.zeros(len(rows))
    for field, weight in weights.items():
        texts = [list(row.get(field, ())) for row in rows]
        average = sum(map(len, texts)) / max(1, len(texts))
        for token in query.get(field, ()):
            found = sum(token in text for text in texts)
            idf = math.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
            for row, text in enumerate(texts):
                if tf := text.count(token):
                    scores[row] += weight * idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / average))
    return scores


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return lambda rows: LexicalIndex.build(rows, fields=FIELDS, folder=tmp_path_factory.mktemp("words"))


def assert_ranked_like(hits, scores, *, k, allowed=None):
    """The hits are the best rows by these scores, in their order; rows apart by rounding may swap."""
    found = [row for row in range(len(scores)) if scores[row] > 0 and (allowed is None or allowed[row])]
    expected = sorted((scores[row] for row in found), reverse=True)[:k]
    rows = [row for row in hits.rows[0].tolist() if row != NOTHING]
    assert len(set(rows)) == len(rows) == len(expected)
    assert set(rows) <= set(found)
    assert hits.scores[0][: len(rows)] == pytest.approx(np.array(expected), rel=1e-4, abs=2e-6)
    assert scores[rows] == pytest.approx(np.array(expected), rel=1e-4, abs=2e-6)
    assert (hits.scores[0][len(rows) :] == -np.inf).all()
    pairs = list(zip((-hits.scores[0]).tolist(), hits.rows[0].tolist(), strict=True))[: len(rows)]
    assert pairs == sorted(pairs)


@given(rows=documents, query=queries, weights=weights_, k=st.integers(1, 40))
@careful
def test_scores_equal_bm25_over_weighted_fields(build, rows, query, weights, k):
    hits = build(rows).search(query, k=k, weights=weights)
    assert_ranked_like(hits, bm25(rows, query, weights=weights), k=k)


@given(
    rows=documents,
    query=queries,
    k=st.integers(1, 40),
    seed=st.integers(0, 999),
    share=st.floats(0, 1),
    many=st.sampled_from([1, 5_000]),
)
@careful
def test_filtered_search_equals_brute_force_on_the_allowed_rows(build, rows, query, k, seed, share, many):
    allowed = np.random.default_rng(seed).random(len(rows)) < share
    with patch.object(lexical, "_MANY", many):
        hits = build(rows).search(query, k=k, allowed=allowed, weights={"words": 1.0, "parts": 0.5})
    scores = bm25(rows, query, weights={"words": 1.0, "parts": 0.5})
    assert_ranked_like(hits, scores, k=k, allowed=allowed)


@given(rows=documents, query=queries, seed=st.integers(0, 999))
@careful
def test_scores_of_given_rows_equal_those_of_a_search(build, rows, query, seed):
    index = build(rows)
    some = np.random.default_rng(seed).permutation(len(rows))[: max(1, len(rows) // 2)]
    hits = index.search(query, k=len(rows), weights={"words": 1.0})
    found = dict(zip(hits.rows[0].tolist(), hits.scores[0].tolist(), strict=True))
    assert index.scores(query, some, field="words").tolist() == [found.get(row, 0.0) for row in some.tolist()]
    assert index.scores(query, np.zeros(0, np.int64), field="words").shape == (0,)


def test_the_worked_example(build):
    """Two of three rows hold `silk`, of average length 2: idf = ln(1 + 1.5 / 2.5) = 0.47."""
    index = build([{"words": ["silk"]}, {"words": ["silk", "silk", "a"]}, {"words": ["a", "5"]}])
    hits = index.search({"words": ["silk"]}, k=3, weights={"words": 1.0})
    assert hits.rows.tolist() == [[0, 1, NOTHING]]
    assert hits.scores[0][0] == pytest.approx(0.470004 * 2.2 / (1 + 1.2 * (0.25 + 0.375)), rel=1e-5)
    assert index.idf("words", "silk") == pytest.approx(0.470004, rel=1e-5)
    assert [index.rows_with("words", token) for token in ("silk", "a", "5", "none")] == [2, 2, 1, 0]


def test_a_token_that_stands_twice_in_the_query_counts_twice(build):
    index = build([{"words": ["silk"]}, {"words": ["a"]}])
    once = index.search({"words": ["silk"]}, k=1, weights={"words": 1.0}).scores[0, 0]
    assert index.search({"words": ["silk"] * 2}, k=1, weights={"words": 1.0}).scores[0, 0] == pytest.approx(2 * once)
    assert index.search({"words": ["silk"]}, k=1, weights={"words": 2.0}).scores[0, 0] == pytest.approx(2 * once)


def test_ties_are_cut_by_the_smaller_row(build):
    index = build([{"words": ["silk", "ผ้า"]} for _ in range(500)])
    for k in (1, 10, 60):
        hits = index.search({"words": ["ผ้า", "silk"]}, k=k, weights={"words": 0.37})
        assert hits.rows[0].tolist() == list(range(k))


@pytest.mark.parametrize(
    ("query", "weights"),
    [
        ({}, {"words": 1.0}),
        ({"words": []}, {"words": 1.0}),
        ({"words": ["unknown"]}, {"words": 1.0}),
        ({"words": [""]}, {"words": 1.0}),
        ({"words": ["silk"]}, {}),
        ({"words": ["silk"]}, {"words": 0.0}),
        ({"words": ["silk"]}, {"parts": 1.0}),
    ],
)
def test_a_query_that_shares_no_token_finds_nothing(build, query, weights):
    hits = build([{"words": ["silk"]}, {}]).search(query, k=3, weights=weights)
    assert hits.rows.tolist() == [[NOTHING] * 3]
    assert (hits.scores == -np.inf).all()


@pytest.mark.parametrize("rows", [[], [{}], [{"words": []}, {"parts": []}]], ids=["none", "empty", "empty fields"])
def test_rows_without_tokens_are_counted_and_never_found(build, rows):
    index = build(rows)
    assert index.n_rows == len(rows)
    hits = index.search({"words": ["silk"]}, k=2, weights={"words": 1.0})
    assert hits.rows.tolist() == [[NOTHING] * 2]


def test_a_mask_that_allows_nothing_or_has_another_shape(build):
    index = build([{"words": ["silk"]}] * 3)
    hits = index.search({"words": ["silk"]}, k=2, allowed=np.zeros(3, np.bool_), weights={"words": 1.0})
    assert hits.rows.tolist() == [[NOTHING] * 2]
    with pytest.raises(VectorsError, match="mask"):
        index.search({"words": ["silk"]}, k=2, allowed=np.ones(4, np.bool_), weights={"words": 1.0})


ODD = [
    "😀", "👩\u200d🌾", '"', "'", "AND", "OR", "NOT", "+a", "-a", "(", ")", "*", "a*", "~1", "^2", "\\",
    "words:a", "[a", "Ω", "ก็่", "\0",
]  # fmt: skip


@pytest.mark.parametrize("odd", [*ODD, "x" * 60_000])
def test_every_token_means_itself_and_never_query_syntax(build, odd):
    index = build([{"words": ["a", "b"]}, {"words": [odd]}, {"words": ["A", "or", "and"]}])
    hits = index.search({"words": [odd]}, k=3, weights={"words": 1.0})
    assert hits.rows.tolist() == [[1, NOTHING, NOTHING]]


def test_a_token_too_long_to_index_is_as_if_it_were_not_there(build):
    index = build([{"words": ["x" * 70_000, "silk"]}])
    assert index.rows_with("words", "x" * 70_000) == 0
    hits = index.search({"words": ["x" * 70_000, "silk"]}, k=1, weights={"words": 1.0})
    assert hits.rows.tolist() == [[0]]


def test_of_too_many_terms_those_that_tell_most_are_kept(build):
    common = [f"common{at}" for at in range(MAX_TERMS)]
    rare = [f"rare{at}" for at in range(30)]
    index = build([{"words": [*common[at::20], *(rare if at == 7 else ())]} for at in range(20)] + [{"words": common}])
    query = {"words": [*common, *rare]}
    hits = index.search(query, k=21, weights={"words": 1.0})
    kept = {"words": [*rare, *sorted(common)[: MAX_TERMS - len(rare)]]}
    expected = index.search(kept, k=21, weights={"words": 1.0})
    assert hits.rows.tolist() == expected.rows.tolist()
    assert hits.scores == pytest.approx(expected.scores)
    assert hits.rows[0, 0] in {7, 20}


@given(rows=documents, query=queries)
@careful
def test_a_loaded_index_answers_as_the_one_built(tmp_path_factory, rows, query):
    folder = tmp_path_factory.mktemp("words")
    built = LexicalIndex.build(rows, fields=FIELDS, folder=folder)
    loaded = LexicalIndex.load(folder)
    weights = {"words": 1.0, "parts": 0.3}
    before, after = (index.search(query, k=9, weights=weights) for index in (built, loaded))
    assert after.rows.tolist() == before.rows.tolist()
    assert after.scores.tolist() == before.scores.tolist()
    assert loaded.n_rows == len(rows)


@pytest.mark.parametrize("suffix", ["meta.json", "fast", "fieldnorm", "idx", "store", "term"])
@pytest.mark.parametrize("harm", ["removed", "cut in half", "empty"])
def test_a_folder_with_a_broken_file_is_refused(tmp_path, suffix, harm):
    LexicalIndex.build([{"words": ["silk", "a"], "parts": ["si"]}] * 20, fields=FIELDS, folder=tmp_path)
    for path in tmp_path.glob(f"*{suffix}"):
        content = path.read_bytes()
        path.unlink()
        if harm != "removed":
            path.write_bytes(content[: len(content) // 2] if harm == "cut in half" else b"")
    with pytest.raises(SnapshotDamagedError, match="rebuild"):
        LexicalIndex.load(tmp_path)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(SnapshotDamagedError):
        LexicalIndex.load(tmp_path / "nowhere")
