"""The slow texts' short form: those that were slow once, on every way."""

from __future__ import annotations

import time

from tests.torture.slow import MORE, Way, corpus, rows, slowest, ways

SOME = ("one vowel", "one digit", "marks", "commas", "expires", "hours", "a province at the end", "mixed")
LIMIT_MS = 1_000.0  # a busy machine makes processor time longer too; the long form has 250


def test_no_text_stalls_on_any_way(tmp_path):
    texts = {name: corpus()[name] for name in SOME}
    found = list(slowest(ways(tmp_path), texts, limit_ms=LIMIT_MS))
    (row,) = rows(found, texts=len(texts), limit_ms=LIMIT_MS)
    assert row.kept, row.reached


def test_a_way_that_stalls_breaks_the_promise():
    def square(text: str) -> None:
        end = time.process_time() + len(text) ** 2 / 1e9
        while time.process_time() < end:
            pass

    found = list(slowest({"square": Way(square, 20_000)}, {"dots": MORE["dots"]}, limit_ms=50))
    (row,) = rows(found, texts=1, limit_ms=50)
    assert not row.kept
    assert row.reached.startswith("square")
