"""Clients that write to the service, and what they were told."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.torture.service import client

WRITERS = 3
GONE: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A change as a client saw it.

    Attributes:
        mark: What the firm then says; None where it was deleted.
        sent_ns: When it was sent.
        said_ns: When it was acknowledged; None where it never was.
    """

    id: str
    mark: str | None
    sent_ns: int
    said_ns: int | None


@dataclass
class Truth:
    """What was acknowledged: the mark of each firm, None where it was deleted; and what is in doubt.

    Attributes:
        told: Every change, in the order in which each client made its own.
        refused: Answers that acknowledge nothing, by their status.
    """

    marks: dict[str, str | None] = field(default_factory=dict)
    doubted: dict[str, set[str | None]] = field(default_factory=dict)
    acknowledged: int = 0
    told: list[Told] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)

    @property
    def gone(self) -> set[str]:
        """Firms that were deleted."""
        return {id for id, mark in self.marks.items() if mark is GONE}

    def lost(self, found: Mapping[str, str]) -> list[str]:
        """What is not as it was acknowledged; what was in doubt is settled by what is found.

        Args:
            found: The mark of every firm there is.
        """
        wrong = [
            f"{id}: {found.get(id)} is neither of {may_be}"
            for id, may_be in self.doubted.items()
            if found.get(id) not in may_be
        ]
        self.marks.update((id, found.get(id)) for id in self.doubted)
        self.doubted.clear()
        return wrong + [
            f"{id}: {found.get(id)}, not {mark}" for id, mark in self.marks.items() if found.get(id) != mark
        ]


@contextmanager
def until_ended(threads: Sequence[threading.Thread], ended: threading.Event) -> Iterator[None]:
    """Threads that run while the block does; then they are told to end, and waited for."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def writers(
    address: str,
    key: str,
    truth: Truth,
    *,
    name: str,
    seed: float,
    count: int = WRITERS,
    most: int = 1_000,
    pause_s: float = 0.0,
) -> Iterator[None]:
    """Clients that write until the block ends: each creates, changes and deletes firms of its own.

    Args:
        address: Of the service.
        key: Of an organiser.
        truth: What they were told is added to it.
        name: Part of their firms' ids, so that no two runs share one.
        seed: Decides what they do.
        count: How many there are.
        most: How many firms each keeps at most.
        pause_s: Between two changes by one of them.
    """
    ended = threading.Event()
    threads = [
        threading.Thread(target=_writer, args=(address, key, truth, f"{name}-{at}", seed + at, ended, most, pause_s))
        for at in range(count)
    ]
    with until_ended(threads, ended):
        yield


def _writer(
    address: str,
    key: str,
    truth: Truth,
    name: str,
    seed: float,
    ended: threading.Event,
    most: int,
    pause_s: float,
) -> None:
    """Create firms, change and delete those of one's own and of former rounds that nobody else touches."""
    chance = random.Random(seed)
    mine: list[str] = []
    with client(address, key) as http:
        for step in range(1_000_000):
            if ended.wait(pause_s):
                return
            id, mark = _choose(chance, mine, name, step, most)
            truth.doubted[id] = {truth.marks.get(id), mark}
            sent_ns = time.monotonic_ns()
            try:
                answer = _send(http, id, mark, new=id not in mine)
            except httpx.TransportError:  # killed in between: either may be
                truth.told.append(Told(id, mark, sent_ns, None))
                return
            if answer.status_code >= 400:
                truth.refused.append(answer)
                del truth.doubted[id]
                continue
            truth.told.append(Told(id, mark, sent_ns, time.monotonic_ns()))
            truth.marks[id] = mark
            truth.acknowledged += 1
            del truth.doubted[id]
            if id not in mine:
                mine.append(id)
            elif mark is GONE:
                mine.remove(id)


def _choose(chance: random.Random, mine: list[str], name: str, step: int, most: int) -> tuple[str, str | None]:
    what = chance.random()
    if len(mine) < 3 or (what < 0.5 and len(mine) < most):
        return f"f{name}-{step}", f"mark{name}x{step}".replace("-", "q")
    id = chance.choice(mine)
    return id, GONE if what > 0.75 else f"mark{name}y{step}".replace("-", "q")


def _send(http: httpx.Client, id: str, mark: str | None, *, new: bool) -> httpx.Response:
    if mark is GONE:
        return http.delete(f"/v1/firms/{id}")
    offer = {"id": f"{id}/o1", "cluster": "sport", "stage": "midstream", "text": f"ลูกบอล {mark}"}
    body = {"id": id, "name_th": f"ร้าน {id}", "province_th": "ขอนแก่น", "offers": [offer]}
    return http.post("/v1/firms", json=body) if new else http.put(f"/v1/firms/{id}", json=body)


def catalog(http: httpx.Client) -> dict[str, str]:
    """The mark of every firm of the catalog, by id."""
    marks, cursor = {}, None
    while True:
        page = http.get("/v1/firms", params={"limit": 100} | ({"cursor": cursor} if cursor else {})).json()
        marks.update({firm["id"]: firm["offers"][0]["text"].split()[-1] for firm in page["items"]})
        cursor = page["next_cursor"]
        if cursor is None:
            return marks


def search(http: httpx.Client, words: str) -> list[str]:
    answer = http.get("/v1/search", params={"q": words, "limit": 50})
    assert answer.status_code == 200, answer.text
    return [match["firm"]["id"] for match in answer.json()["answer"]["matches"]]
