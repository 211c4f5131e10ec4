from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.encoder.cache import VectorCache
from matcher.errors import UnreadableTextError


class CountingEncoder:
    """Encodes without a model: a vector is made of the hash of its text; counts what it encodes."""

    dim = 4

    def __init__(self, fingerprint="one"):
        self.fingerprint = fingerprint
        self.encoded = []

    def encode(self, texts, *, prompt, progress=None):
        """A vector for each text."""
        self.encoded += [(prompt, text) for text in texts]
        for done in range(1, len(texts) + 1):
            if progress:
                progress(done, len(texts))
        digests = [hashlib.sha256(f"{self.fingerprint} {prompt} {text}".encode()).digest()[:4] for text in texts]
        return np.array([list(digest) for digest in digests], np.float32).reshape(-1, 4)


def expected(texts, prompt="passage", fingerprint="one"):
    return CountingEncoder(fingerprint).encode(texts, prompt=prompt)


TEXTS = ["ผ้าไหม", "silk", "", "ปลากัด", "silk"]


def test_the_second_call_encodes_nothing_and_gives_the_same(tmp_path):
    encoder = CountingEncoder()
    first = VectorCache(tmp_path / "made").encode(encoder, TEXTS, prompt="passage")
    assert len(encoder.encoded) == 4
    second = VectorCache(tmp_path / "made").encode(encoder, TEXTS, prompt="passage")
    assert len(encoder.encoded) == 4
    assert np.array_equal(first, expected(TEXTS))
    assert np.array_equal(second, first)
    assert second.dtype == np.float32


def test_only_what_is_new_is_encoded(tmp_path):
    cache, encoder = VectorCache(tmp_path), CountingEncoder()
    cache.encode(encoder, TEXTS, prompt="passage")
    encoder.encoded.clear()
    got = cache.encode(encoder, ["ใหม่", *TEXTS, "new"], prompt="passage")
    assert encoder.encoded == [("passage", "ใหม่"), ("passage", "new")]
    assert np.array_equal(got, expected(["ใหม่", *TEXTS, "new"]))


@given(calls=st.lists(st.lists(st.sampled_from("กขคงabc"), max_size=6), max_size=5))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_calls_give_what_the_encoder_gives_and_encode_each_text_once(tmp_path_factory, calls):
    cache, encoder = VectorCache(tmp_path_factory.mktemp("cache")), CountingEncoder()
    for texts in calls:
        assert np.array_equal(cache.encode(encoder, texts, prompt="query"), expected(texts, "query"))
    assert len(encoder.encoded) == len({text for texts in calls for text in texts})


def test_the_same_text_under_two_prompts_has_two_vectors(tmp_path):
    cache, encoder = VectorCache(tmp_path), CountingEncoder()
    passage = cache.encode(encoder, ["silk"], prompt="passage")
    query = cache.encode(encoder, ["silk"], prompt="query")
    assert encoder.encoded == [("passage", "silk"), ("query", "silk")]
    assert np.array_equal(query, expected(["silk"], "query"))
    assert not np.array_equal(passage, query)


def test_two_models_do_not_share_vectors(tmp_path):
    cache = VectorCache(tmp_path)
    for fingerprint in ("one", "two", "one"):
        encoder = CountingEncoder(fingerprint)
        assert np.array_equal(cache.encode(encoder, TEXTS, prompt="passage"), expected(TEXTS, fingerprint=fingerprint))
    assert encoder.encoded == []


def test_no_texts_are_no_vectors_and_no_file(tmp_path):
    encoder = CountingEncoder()
    assert VectorCache(tmp_path).encode(encoder, [], prompt="query").shape == (0, 4)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_what_was_known_and_reaches_the_total(tmp_path):
    cache, encoder, seen = VectorCache(tmp_path), CountingEncoder(), []
    cache.encode(encoder, TEXTS[:2], prompt="passage")
    for _ in range(2):
        cache.encode(encoder, TEXTS, prompt="passage", progress=lambda done, all_: seen.append((done, all_)))
    assert seen == [(4, 5), (5, 5), (5, 5)]


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_a_file_with_a_flipped_bit_gives_the_right_vectors_all_the_same(tmp_path, where, bit):
    cache, encoder = VectorCache(tmp_path), CountingEncoder()
    cache.encode(encoder, TEXTS, prompt="passage")
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 1 << bit
    path.write_bytes(content)
    assert np.array_equal(cache.encode(encoder, TEXTS, prompt="passage"), expected(TEXTS))


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: b"",
        lambda content: content[:40],
        lambda content: content[:-30],
        lambda content: b"PK\x03\x04?" * 99,
    ],
    ids=["empty", "cut early", "cut late", "a zip that is none"],
)
def test_a_damaged_file_counts_as_empty_and_is_mended(tmp_path, harm):
    cache, encoder = VectorCache(tmp_path), CountingEncoder()
    cache.encode(encoder, TEXTS, prompt="passage")
    (path,) = tmp_path.iterdir()
    path.write_bytes(harm(path.read_bytes()))
    for _ in range(2):
        assert np.array_equal(cache.encode(encoder, TEXTS, prompt="passage"), expected(TEXTS))
    assert len(encoder.encoded) == 2 * 4
    assert list(tmp_path.iterdir()) == [path]


def test_threads_that_write_at_once_leave_a_whole_file_and_nothing_else(tmp_path):
    encoder = CountingEncoder()

    def encode(at):
        texts = [f"{at} {number}" for number in range(20)]
        return VectorCache(tmp_path).encode(encoder, texts, prompt="passage").tolist() == expected(texts).tolist()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(encode, range(60)))
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]
    encoder.encoded.clear()
    assert encode(59)
    assert len(encoder.encoded) in {0, 20}  # the last to write wins, whole


def test_the_real_encoder_is_asked_once(tmp_path, encoder):
    cache = VectorCache(tmp_path)
    first = cache.encode(encoder, TEXTS[:2], prompt="passage")
    assert np.array_equal(cache.encode(encoder, TEXTS[:2], prompt="passage"), first)
    assert (first * encoder.passages(TEXTS[:2])).sum(axis=1).min() > 0.999


def test_a_text_that_cannot_be_read_is_refused_as_the_encoder_refuses_it(tmp_path, encoder):
    with pytest.raises(UnreadableTextError):
        VectorCache(tmp_path).encode(encoder, ["\ud800"], prompt="query")
