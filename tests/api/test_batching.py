from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from api.batching import MAX_BATCH, BatchingEncoder
from api.errors import BusyError
from tests.api.fakes import FakeEncoder


class Gate(FakeEncoder):
    """Begins a batch only when the gate is open; `began` says that one waits before it."""

    def __init__(self):
        super().__init__()
        self.open = threading.Event()
        self.began = threading.Event()
        self.fails = False

    def encode(self, texts, *, prompt, progress=None):
        """As `Encoder.encode`."""
        self.began.set()
        assert self.open.wait(20)
        if self.fails:
            raise RuntimeError("the model broke")
        return super().encode(texts, prompt=prompt)


class Slow(FakeEncoder):
    """Takes some milliseconds a batch, as a model does, without holding the interpreter."""

    def encode(self, texts, *, prompt, progress=None):
        """As `Encoder.encode`."""
        time.sleep(0.01)
        return super().encode(texts, prompt=prompt)


@pytest.fixture
def batching():
    """Make a batching encoder; all are closed at the end."""
    made = []

    def make(encoder, **options):
        made.append(BatchingEncoder(encoder, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_many_threads_get_what_the_plain_encoder_gives(batching):
    plain, shared = FakeEncoder(), batching(Slow())
    asked = [[f"คำถาม {number} {at}" for at in range(number % 5)] for number in range(120)]
    with ThreadPoolExecutor(24) as pool:
        found = list(pool.map(shared.queries, asked))
    for texts, vectors in zip(asked, found, strict=True):
        np.testing.assert_array_equal(vectors, plain.queries(texts))
    assert shared.texts == sum(map(len, asked))
    assert shared.batches < sum(1 for texts in asked if texts) / 2  # concurrent queries did share
    assert max(shared._encoder.batches) <= MAX_BATCH
    assert (shared.dim, shared.fingerprint, shared.name) == (plain.dim, plain.fingerprint, plain.name)


def test_what_comes_while_a_batch_runs_is_encoded_together(batching):
    gate = Gate()
    shared = batching(gate)
    with ThreadPoolExecutor(16) as pool:
        first = pool.submit(shared.queries, ["หนึ่ง"])
        assert gate.began.wait(20)
        others = [pool.submit(shared.queries, [f"a{at}", f"b{at}", f"c{at}"]) for at in range(12)]
        until(lambda: shared.waiting == 36)
        gate.open.set()
        assert first.result().shape == (1, gate.dim)
        for at, one in enumerate(others):
            np.testing.assert_array_equal(one.result(), FakeEncoder().queries([f"a{at}", f"b{at}", f"c{at}"]))
    assert gate.batches == [1, 30, 6]  # at most 32, and no question is torn


def test_a_full_queue_says_when_to_come_again_and_then_takes_more(batching):
    gate = Gate()
    shared = batching(gate, max_waiting=4)
    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(shared.queries, ["x"])
        assert gate.began.wait(20)
        waiting = [pool.submit(shared.queries, [str(at), "y"]) for at in range(2)]
        until(lambda: shared.waiting == 4)
        with pytest.raises(BusyError, match="try again") as raised:
            shared.queries(["one more"])
        assert raised.value.retry_after_s >= 1
        gate.open.set()
        for one in (running, *waiting):
            one.result()
    assert shared.queries(["one more"]).shape == (1, gate.dim)
    assert shared.waiting == 0


def test_a_question_larger_than_the_queue_is_taken_when_nothing_waits(batching):
    assert batching(FakeEncoder(), max_waiting=2).queries(["a", "b", "c"]).shape[0] == 3


def test_what_breaks_the_model_is_heard_by_all_who_wait_and_the_next_batch_works(batching):
    gate = Gate()
    shared = batching(gate)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shared.queries, ["first"])]
        assert gate.began.wait(20)  # a batch of one: what comes now waits
        asked += [pool.submit(shared.queries, [str(at)]) for at in range(5)]
        until(lambda: shared.waiting == 5)
        gate.fails = True
        gate.open.set()
        for one in asked:
            with pytest.raises(RuntimeError, match="broke"):
                one.result(timeout=20)
    gate.fails = False
    np.testing.assert_array_equal(shared.queries(["ผ้า"]), FakeEncoder().queries(["ผ้า"]))
    gate.fails = True
    with pytest.raises(RuntimeError, match="broke"):
        shared.passages(["ผ้า"])
    gate.fails = False
    np.testing.assert_array_equal(shared.passages(["ผ้า"]), FakeEncoder().passages(["ผ้า"]))


def test_closing_answers_what_waits_and_takes_nothing_new():
    gate = Gate()
    shared = BatchingEncoder(gate)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shared.queries, ["first"])]
        assert gate.began.wait(20)  # a batch of one: what comes now waits
        asked += [pool.submit(shared.queries, [str(at)]) for at in range(5)]
        until(lambda: shared.waiting == 5)
        closing = pool.submit(shared.close)
        until(lambda: shared._closed)
        with pytest.raises(BusyError):
            shared.queries(["late"])
        gate.open.set()
        closing.result(timeout=20)
        assert all(one.result(timeout=20).shape == (1, gate.dim) for one in asked)
    shared.close()  # once more does no harm


def test_many_passages_go_in_parts_and_let_questions_in_between(batching):
    """An import of thousands of texts keeps no searcher waiting for its end."""
    shared = batching(Slow())
    texts = [f"ข้อความ {at}" for at in range(300 * MAX_BATCH)]
    said = []
    with ThreadPoolExecutor(2) as pool:
        job = pool.submit(shared.encode, texts, prompt="passage", progress=lambda *at: said.append(at))
        until(lambda: said)
        for number in range(10):
            shared.queries([f"คำถาม {number}"])
        assert not job.done()
        found = job.result()
    np.testing.assert_array_equal(found, FakeEncoder().passages(texts))
    assert said == [(at, len(texts)) for at in range(MAX_BATCH, len(texts) + 1, MAX_BATCH)]
    assert max(shared._encoder.batches) <= MAX_BATCH


def test_an_empty_list_gives_an_empty_array(batching):
    shared = batching(FakeEncoder())
    assert shared.queries([]).shape == shared.passages([]).shape == (0, shared.dim)
