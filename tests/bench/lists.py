"""How long pair scores and match lists of a fair take; prints a table.

    python tests/bench/lists.py [FOLDER]

Firms are those of the demo catalog, copied with other ids until there are enough: what is scored is
real, what is alike is more alike than at any fair. Seconds are of one process, CPU time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from datetime import time as clock
from pathlib import Path

import numpy as np

from matcher.domain import Firm, load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import load_encoder
from matcher.engine import Catalog, Engine, Sentence, open_or_build
from matcher.exchange import read_catalog
from matcher.fair import Fair, ListRules, Participant, Session, match_lists, pair_scores, reasons
from matcher.text import load_glossary

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 23)
SIZES = {120: (4, 5, 40, 10), 2_000: (4, 8, 680, 20)}
"""Firms → sessions, slots of each, tables, most meetings."""


def copies(firms: tuple[Firm, ...], count: int) -> tuple[Firm, ...]:
    """The firms again and again, each time with other ids."""
    return tuple(_renamed(firms[at % len(firms)], at // len(firms)) for at in range(count))


def _renamed(firm: Firm, round: int) -> Firm:
    return replace(
        firm,
        id=f"{firm.id}-{round}",
        offers=tuple(replace(one, id=f"{one.id}-{round}") for one in firm.offers),
        needs=tuple(replace(one, id=f"{one.id}-{round}") for one in firm.needs),
    )


@contextmanager
def timed(what: str, spent: dict[str, float]) -> Iterator[None]:
    """Print and keep what took how long."""
    start, cpu = time.perf_counter(), time.process_time()
    yield
    spent[what] = time.process_time() - cpu
    print(f"  {what:<28}{spent[what]:>8.2f} s CPU {time.perf_counter() - start:>8.2f} s", flush=True)


def measure(engine: Engine, count: int) -> dict[str, float]:
    """One fair; CPU seconds of its parts."""
    spent: dict[str, float] = {}
    sessions, slots, tables, most = SIZES[count]
    ids = [firm.id for firm in engine.built.catalog.living]
    days = [
        Session.even(
            str(at), day=DAY.replace(day=23 + at // 2), start=clock(8 + at % 2 * 5), slots=slots, slot_minutes=25
        )
        for at in range(sessions)
    ]
    people = tuple(Participant(id, max_meetings=most) for id in ids)
    fair = Fair("bench", Sentence("วัดเวลา", "bench"), tuple(days), tables, people)
    engine.search("โดรน")  # loads what a running service has loaded
    with timed("pair scores", spent):
        scores = pair_scores(engine, ids, on=DAY)
    print(f"  {len(engine.built.catalog.needs):,} needs, {len(ids) * (len(ids) - 1) // 2:,} pairs")
    for dial in (0.0, 1.0):
        with timed(f"lists, dial {dial}", spent):
            lists = match_lists(fair, scores, engine=engine, rules=ListRules(dial=dial))
        counts = np.array([len(lists.of(id)) for id in ids[:200]])
        print(
            f"    {len(lists.pairs):,} pairs, mean chance {lists.value / len(lists.pairs):.3f}, gap {lists.gap:.5f}, "
            f"price {lists.price_of_fairness:.2f} %, four or more {np.mean(counts >= 4):.1%}, unmet {len(lists.unmet)}"
        )
    with timed("reasons of 100 pairs", spent):
        sides = [len(why.matches) for why in reasons(engine, lists.pairs[:100])]
    print(f"    sides with reasons {np.mean(sides):.2f}")
    return spent


def engine_of(count: int, var: Path) -> Engine:
    """The engine over so many firms; what is slow to make is kept in a folder."""
    encoder, glossary = load_encoder("bundled", models_dir=ROOT / "var" / "models"), load_glossary()
    firms = read_catalog(ROOT / "api" / "demo_catalog" / "firms.jsonl").firms
    built = open_or_build(
        Catalog(copies(firms, count)),
        chains=load_chains(),
        encoder=encoder,
        glossary=glossary,
        root=var / f"fair-{count}",
        vectors=VectorCache(var / "vectors"),
    )
    return Engine(built, encoder=encoder, glossary=glossary)


def main() -> None:
    """Print the table."""
    var = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "bench"
    for count in SIZES:
        print(f"{count:,} firms")
        measure(engine_of(count, var), count)


if __name__ == "__main__":
    main()
