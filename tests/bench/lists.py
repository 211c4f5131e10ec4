"""How long pair scores and match lists of a fair take, and what shortlists in bf16 would save of it.

Usage: python -m tests.bench.lists [--out FILE.json] [--firms 2000]

Firms are those of the demo catalog, copied with other ids until there are enough: what is scored is
real, what is alike is more alike than at any fair. Seconds are of one thread, CPU time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from datetime import time as clock
from pathlib import Path

import numpy as np
import torch

from matcher.domain import load_chains
from matcher.encoder.cache import VectorCache
from matcher.encoder.encoder import load_encoder
from matcher.engine import Catalog, Engine, Filters, Sentence, open_or_build
from matcher.engine.score import score
from matcher.exchange import read_catalog
from matcher.fair import Fair, ListRules, Participant, Session, match_lists, pair_scores, reasons
from matcher.text import load_glossary
from tests.bench.catalogs import copies
from tests.bench.parts import Reached, cpu_s, finish
from tests.paged import arguments

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 23)
BEST, SHORTLIST, AT_ONCE = 10, 40, 256
SIZES = {120: (4, 5, 40, 10), 2_000: (4, 8, 680, 20)}
"""Firms → sessions, slots of each, tables, most meetings."""


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


@dataclass(frozen=True, slots=True)
class Products:
    """All needs against all offers, CPU seconds, and whether a shortlist in bf16 loses anything.

    Attributes:
        fp32_s: Products in fp32, and the ten best of each need.
        bf16_s: Products in bf16, the forty best of each need, scored anew in fp32.
        recall: Of the ten best, in the shortlist's answer.
    """

    needs: int
    offers: int
    fp32_s: float
    bf16_s: float
    recall: float


def products(engine: Engine) -> Products:
    """The dense part of all pairs, both ways."""
    offers = torch.from_numpy(np.array(engine.built.offers.vectors[:]))
    needs = torch.from_numpy(np.array(engine.built.needs.vectors[:]))
    found: dict[str, torch.Tensor] = {}

    def exact() -> None:
        found["fp32"] = torch.cat([(some @ offers.T).topk(BEST).values for some in needs.split(AT_ONCE)])

    def shortlisted() -> None:
        half, scores = offers.bfloat16(), []
        for some in needs.split(AT_ONCE):
            rows = (some.bfloat16() @ half.T).topk(SHORTLIST).indices
            anew = (offers[rows] @ some[:, :, None])[:, :, 0]
            scores.append(anew.topk(BEST).values)
        found["bf16"] = torch.cat(scores)

    shortlisted()
    spent = [min(cpu_s(way) for _ in range(3)) for way in (exact, shortlisted)]
    recall = (found["bf16"] >= found["fp32"][:, -1:] - 1e-6).float().mean()
    return Products(len(needs), len(offers), *spent, float(recall))


def one_by_one(engine: Engine, *, n_needs: int = 50) -> float:
    """CPU seconds of a need that the engine answers alone, every firm scored."""
    everyone = np.arange(len(engine.built.catalog.firms))
    offers = engine.built.catalog.allowed_offers(Filters(), engine.built.catalog.alive)
    rows = range(0, len(engine.built.catalog.needs), max(1, len(engine.built.catalog.needs) // n_needs))

    def answer() -> None:
        for row in rows:
            brief = engine.understand.need(row)
            score(brief, engine.built, everyone, allowed_offers=offers, weights=engine.weights)

    return cpu_s(answer) / len(rows)


def section(spent: dict[str, float], dense: Products, alone_s: float, *, firms: int) -> str:
    """A part of docs/performance.md."""
    shortlist = (
        f"the same as a shortlist of {SHORTLIST} in bf16, scored anew in fp32 (recall of {BEST} {dense.recall:.4f})"
    )
    by_what = spent | {
        "the same pairs, one need after another through the engine (reckoned from 50)": alone_s * dense.needs,
        "of the pair scores, needs × offers in fp32": dense.fp32_s,
        shortlist: dense.bf16_s,
    }
    rows = "\n".join(f"| {what} | {seconds:.2f} |" for what, seconds in by_what.items())
    return f"""## Match lists of {firms:,} firms

{dense.needs:,} needs, {dense.offers:,} offers, {firms * (firms - 1) // 2:,} pairs; CPU seconds of one thread.

| | CPU s |
| --- | ---: |
{rows}

Pair scores are worked out in fp32: every pair is needed, with all signals, and not only the best by vector."""


def aim(spent: dict[str, float], dense: Products) -> Reached:
    """Whether bf16 would be worth it."""
    pairs_s = spent["pair scores"]
    figure = (
        f"{pairs_s:.1f} CPU s for all pairs in fp32, of which the products take {dense.fp32_s:.2f}; "
        f"a shortlist in bf16 would take {dense.bf16_s:.2f} at recall {dense.recall:.4f}"
    )
    share = (dense.fp32_s - dense.bf16_s) / pairs_s
    reason = (
        f"left in fp32: bf16 would save {share:.1%} of it" if share > 0 else "left in fp32, which is no slower here"
    )
    return Reached("lists", figure, False, reason)


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--firms", type=int, default=2_000, choices=SIZES)
    asked = given.parse_args()
    torch.set_num_threads(1)
    engine = engine_of(asked.firms, ROOT / "var" / "bench")
    spent = measure(engine, asked.firms)
    dense = products(engine)
    finish(section(spent, dense, one_by_one(engine), firms=asked.firms), asked, aims=[aim(spent, dense)])


if __name__ == "__main__":
    main()
