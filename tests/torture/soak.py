"""Readers and writers for a long time: no answer is untrue, and memory stays what it was.

Every answer must be so at some moment between asking and answer. In pauses nobody writes, and answers must be
those of an index built anew from the database, by exact search. Scores may be off by a little: words of firms that
changed or went weigh on until the index is built anew (see `matcher.engine.amend`).

Usage: python -m tests.torture.soak [--minutes 30] [--readers 8] [--out FILE.json]
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from api.settings import Settings
from api.store.database import Database
from api.workspace import Workspace
from matcher.encoder.cache import VectorCache
from matcher.engine import Catalog, Engine, open_or_build
from tests.paged import arguments
from tests.torture.clients import GONE, Told, Truth, until_ended, writers
from tests.torture.rows import Row, finish
from tests.torture.service import Service, client, service
from tests.torture.serving import WordEncoder

QUERIES = ("ลูกบอล", "ลูกบอล ขอนแก่น", "ร้าน ลูกบอล", "ball", "ผ้าไหม")
QUIET_S = 20.0
"""Between two moments at which nobody writes and everything is compared."""

GROWN = 0.10
"""What memory may grow by from the second quarter to the last."""

SCORE_OFF = 0.1
"""Share by which a score may differ from that of an index built anew."""

NOTHING_OFF = 0.01
"""By so much any score may: near 0, where a firm is no answer, a tenth of it is nothing."""

PAUSE_S = 0.1
"""Between two changes by one writer: sixty firms that all change faster than they are found are nobody's catalog."""


@dataclass
class Outcome:
    """What was seen.

    Attributes:
        minutes: How long it was to last.
        answers: Of searches while others wrote.
        later: Searches that were told to ask again, since firms changed faster than they were found.
        acknowledged: Changes.
        compared: Answers held against an index built anew.
        wrong: What was not so, in words.
        memory_mb: What the process held after each turn.
    """

    minutes: float = 0.0
    answers: int = 0
    later: int = 0
    acknowledged: int = 0
    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    @property
    def grown(self) -> float:
        """Share by which memory grew from the second quarter to the last."""
        quarter = len(self.memory_mb) // 4
        if not quarter:
            return 0.0
        return median(self.memory_mb[-quarter:]) / median(self.memory_mb[quarter : 2 * quarter]) - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: when it was asked for and there, and what the firms in it said."""

    asked_ns: int
    there_ns: int
    marks: dict[str, str]


def run(*, minutes: float, readers: int, scratch: Path, quiet_s: float = QUIET_S) -> Outcome:
    """Read, write and compare; see the module."""
    outcome, truth = Outcome(minutes=minutes), Truth()
    with service(scratch, "") as (running, key):
        running.start()
        until = time.monotonic() + 60 * minutes
        database = Database(f"sqlite:///{scratch / 'khukha.sqlite'}")
        turn = 0
        while time.monotonic() < until:
            seen: list[Seen] = []
            with (
                _reading(running, key, readers, seen, outcome),
                writers(running.address, key, truth, name=f"s{turn}", seed=turn, count=2, most=30, pause_s=PAUSE_S),
            ):
                time.sleep(min(quiet_s, max(1.0, until - time.monotonic())))
            outcome.wrong += [answer.text[:200] for answer in truth.refused]
            truth.refused.clear()
            outcome.wrong += list(_untrue(seen, truth.told))
            outcome.answers += len(seen)
            outcome.memory_mb.append(running.memory_mb())
            _compare(running, key, database, scratch, outcome)
            _tidy(running, key, truth)
            turn += 1
        database.close()
    outcome.acknowledged = truth.acknowledged
    return outcome


@contextmanager
def _reading(running: Service, key: str, readers: int, seen: list[Seen], outcome: Outcome) -> Iterator[None]:
    ended = threading.Event()

    def read(number: int) -> None:
        chance = random.Random(number)
        with client(running.address, key) as http:
            while not ended.is_set():
                asked_ns = time.monotonic_ns()
                answer = http.get("/v1/search", params={"q": chance.choice(QUERIES), "limit": 20})
                if answer.status_code == 503:
                    outcome.later += 1
                elif answer.status_code != 200:
                    outcome.wrong.append(f"{answer.status_code} {answer.text[:200]}")
                else:
                    seen.append(Seen(asked_ns, time.monotonic_ns(), _marks(answer)))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    with until_ended(threads, ended):
        yield


def _untrue(seen: list[Seen], told: list[Told]) -> Iterator[str]:
    """Answers that show what was so at no moment between asking and answer."""
    of_firm: dict[str, list[Told]] = {}
    for one in told:
        of_firm.setdefault(one.id, []).append(one)
    for answer in seen:
        for id, mark in answer.marks.items():
            if mark not in _possible(of_firm.get(id, []), answer):
                yield f"{id} was shown as {mark}"


def _possible(told: list[Told], answer: Seen) -> set[str | None]:
    """What a firm may have said between asking and answer: changes of one firm come one after another."""
    possible: set[str | None] = {GONE}
    for one in told:
        if one.sent_ns > answer.there_ns:
            break
        if one.said_ns is not None and one.said_ns <= answer.asked_ns:
            possible = {one.mark}
        else:
            possible.add(one.mark)
    return possible


def _compare(running: Service, key: str, database: Database, scratch: Path, outcome: Outcome) -> None:
    """While nobody writes: the service's answers against those of an index built anew from the database."""
    space = Workspace(Settings(data_dir=scratch))
    space.__dict__["database"] = database
    encoder = WordEncoder()
    with TemporaryDirectory() as folder:
        built = open_or_build(
            Catalog(space.firms()),
            chains=space.chains,
            encoder=encoder,
            glossary=space.glossary,
            root=Path(folder, "index"),
            vectors=VectorCache(Path(folder, "vectors")),
        )
        engine = Engine(built, encoder=encoder, glossary=space.glossary)
        with client(running.address, key) as http:
            for query in QUERIES:
                right = {match.firm.id: match.score for match in engine.search(query, limit=1_000).matches}
                answer = http.get("/v1/search", params={"q": query, "limit": 20}).json()["answer"]["matches"]
                outcome.compared += 1
                if differing := _differing({match["firm"]["id"]: match["score"] for match in answer}, right):
                    outcome.wrong.append(f"{query}: {differing}")


def _differing(found: dict[str, float], right: dict[str, float]) -> list[str]:
    """Firms that an answer shows with another score, or leaves out though it shows worse ones; 20 are asked for."""
    off = [id for id, score in found.items() if abs(score - right.get(id, 0)) > _allowed(right.get(id, 0))]
    least = min(found.values()) + 2 * _allowed(min(found.values())) if len(found) == 20 else 0.0
    return off + [id for id, score in right.items() if id not in found and score > least]


def _allowed(score: float) -> float:
    return max(NOTHING_OFF, SCORE_OFF * score)


def _tidy(running: Service, key: str, truth: Truth) -> None:
    """Delete most of what was written, so that the catalog stays as large as it was."""
    with client(running.address, key) as http:
        living = sorted(id for id, mark in truth.marks.items() if mark is not GONE)
        for id in living[20:]:
            sent_ns = time.monotonic_ns()
            assert http.delete(f"/v1/firms/{id}").status_code == 204
            truth.told.append(Told(id, GONE, sent_ns, time.monotonic_ns()))
            truth.marks[id] = GONE


def _marks(answer: httpx.Response) -> dict[str, str]:
    matches = answer.json()["answer"]["matches"]
    return {match["firm"]["id"]: match["offer"]["text"].split()[-1] for match in matches if match["offer"]}


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    first = outcome.memory_mb[len(outcome.memory_mb) // 4] if outcome.memory_mb else 0.0
    return [
        Row(
            promise="While firms come, change and go, no answer shows what was so at no moment of it",
            tested="8 readers and 2 writers; every answer held against what the writers were told, and in pauses "
            "against exact search over the database, scores within a tenth or a hundredth",
            reached=f"{outcome.minutes:g} min, {outcome.answers:,} answers, {outcome.acknowledged:,} changes, "
            f"{outcome.later:,} searches told to ask again, {outcome.compared} answers compared with a new index: "
            f"{len(outcome.wrong)} wrong",
            kept=not outcome.wrong and outcome.answers > 0,
        ),
        Row(
            promise="Memory stays flat",
            tested="the same run; the process's resident memory, second quarter of the run against the last",
            reached=f"{first:.0f} MB, {100 * outcome.grown:+.1f} % over {len(outcome.memory_mb)} looks",
            kept=outcome.grown < GROWN if len(outcome.memory_mb) >= 8 else None,
        ),
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--minutes", type=float, default=30)
    given.add_argument("--readers", type=int, default=8)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(minutes=asked.minutes, readers=asked.readers, scratch=Path(scratch))
    print(*outcome.wrong[:20], sep="\n")
    finish(
        rows(outcome),
        asked,
        not_covered=(
            "Memory over days: the soak lasts half an hour.",
            "How fast answers are while others write: the machine decides; see docs/performance.md.",
        ),
    )


if __name__ == "__main__":
    main()
