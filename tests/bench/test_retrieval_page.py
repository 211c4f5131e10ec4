from __future__ import annotations

from tests.bench.retrieval import Choice, Size
from tests.bench.retrieval_page import aims, plot, section


def size(n_rows, *, batch_s, recall=0.99):
    shares = {"0.1%": recall, "100.0%": recall}
    return Size(
        n_rows=n_rows, kind="QuantisedIndex", build_s=1, index_mb=400, vectors_mb=700, open_s=1, open_wall_s=1,
        flat_s=n_rows / 1e7, one_s=batch_s, batch_s=batch_s, part_s=batch_s, masked_s=dict.fromkeys(shares, batch_s),
        recall={"all rows": recall, "one part": recall} | shares, add_s=0.1, add_wall_s=0.1, fold_s=0.1, take_out_s=0.1,
    )  # fmt: skip


CHOICES = [Choice(50_000, 0.01, 0.001, 0.001, 0.001, 0.99), Choice(100_000, 0.02, 0.002, 0.001, 0.001, 0.99)]


def test_the_exponent_is_that_of_the_sizes():
    text = section([size(10_000, batch_s=0.001), size(1_000_000, batch_s=0.01)], CHOICES)
    assert "plain FAISS costs as n^1.00, a query in a batch as n^0.50" in text


def test_an_aim_at_a_size_that_was_not_run_is_not_measured():
    found = {one.aim: one for one in aims([size(10_000, batch_s=0.001)], CHOICES)}
    assert found["open"].well is None
    assert found["nation"].well is None
    assert found["filtered recall"].well is True


def test_a_million_is_held_against_its_aims():
    found = {one.aim: one for one in aims([size(1_000_000, batch_s=1 / 2_000)], CHOICES)}
    assert found["open"].well
    assert found["index size"].well
    assert found["unfiltered rate"].well
    assert found["filtered rate"].well is False
    assert "recall 0.990" in found["filtered rate"].reason
    low = {one.aim: one for one in aims([size(1_000_000, batch_s=1 / 9_000, recall=0.9)], CHOICES)}
    assert low["unfiltered rate"].well is False


def test_the_picture_is_the_same_every_time():
    sizes = [size(10_000, batch_s=0.001), size(1_000_000, batch_s=0.01)]
    assert plot(sizes) == plot(sizes)
    assert "<svg" in plot(sizes)
