"""Slow clients, clients that say nothing or never read, bodies without end: `/healthz` answers all the same.

Usage: python -m tests.torture.crowds [--seconds 20] [--connections 3000] [--out FILE.json]

The real service; each crowd stays for some seconds, while one client asks for /healthz, each time over a new
connection. At last all crowds have gone, and the service has let go of their connections and its memory.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.paged import arguments
from tests.torture.rows import Row, finish
from tests.torture.service import Service, service

GREAT_BYTES = 200_000_000
GROWN_MB = 300
"""What memory may grow by: eight bodies of 25 MB, as large as one may be, and what is loaded at the first search."""

PROBE_S = 60.0
"""How long an answer may take at most; on an idle machine it takes milliseconds."""

Crowd = Callable[[int, str, float, int], Awaitable[None]]


@dataclass
class Outcome:
    """What the crowds did.

    Attributes:
        slowest_ms: Slowest answer of /healthz, by crowd.
        asked: How often it was asked, by crowd.
        unanswered: Where it gave no 200, by crowd.
        grown_mb: What memory grew by.
        left: Connections that the service still held at the end.
    """

    slowest_ms: dict[str, float] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    grown_mb: float = 0.0
    connections: int = 0
    left: int = 0


def run(*, seconds: float, connections: int, scratch: Path, wait_s: float) -> Outcome:
    """One crowd after another; see the module.

    Args:
        seconds: How long each stays.
        connections: How many say nothing.
        scratch: For the service's data.
        wait_s: How long the service has to let go of those who say nothing.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    outcome = Outcome(connections=min(connections, hard - 500))
    with service(scratch, "") as (running, key):
        running.start()
        with ThreadPoolExecutor(1) as own:  # whatever loop the caller's thread runs
            own.submit(lambda: asyncio.run(_crowds(running, key, outcome, seconds, wait_s))).result()
    return outcome


async def _crowds(running: Service, key: str, outcome: Outcome, seconds: float, wait_s: float) -> None:
    port = int(running.address.rpartition(":")[2])
    before = running.memory_mb()
    for name, crowd in CROWDS.items():
        n = outcome.connections if crowd is _say_nothing else min(outcome.connections, 300)
        going = asyncio.create_task(crowd(port, key, seconds, n))
        outcome.slowest_ms[name], outcome.asked[name] = 0.0, 0
        while not going.done():
            await _probe(port, outcome, name)
            await asyncio.sleep(0.1)
        await going
    outcome.grown_mb = running.memory_mb() - before
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
    await asyncio.sleep(wait_s)
    outcome.left = sum([not await _closed(reader) for reader, _writer in silent])
    for _reader, writer in silent:
        writer.transport.abort()


async def _closed(reader: asyncio.StreamReader) -> bool:
    with suppress(TimeoutError, ConnectionError):
        return await asyncio.wait_for(reader.read(1), 0.2) == b""
    return reader.exception() is not None


async def _probe(port: int, outcome: Outcome, name: str) -> None:
    began, writer = time.monotonic(), None
    try:
        async with asyncio.timeout(PROBE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
    except (TimeoutError, OSError) as problem:
        status = repr(problem).encode()
    finally:
        if writer:
            writer.transport.abort()
    outcome.asked[name] += 1
    outcome.slowest_ms[name] = max(outcome.slowest_ms[name], 1000 * (time.monotonic() - began))
    if b" 200 " not in status:
        outcome.unanswered.append(f"{name}: {status!r}")


async def _many(port: int, n: int, seconds: float, one: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
    """`n` connections at once, each doing one thing until the time is up or the service ends it."""

    async def go() -> None:
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(seconds):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
                try:
                    await one(writer)
                    await asyncio.sleep(seconds)
                finally:
                    writer.transport.abort()

    await asyncio.gather(*(go() for _ in range(n)))


async def _drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    for at in range(len(data)):
        writer.write(data[at : at + 1])
        await writer.drain()
        await asyncio.sleep(0.5)


async def _drip_headers(port: int, key: str, seconds: float, n: int) -> None:
    head = f"GET /v1/firms HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n" + "X-More: 1\r\n" * 100
    await _many(port, n, seconds, lambda writer: _drip(writer, head.encode()))


async def _drip_bodies(port: int, key: str, seconds: float, n: int) -> None:
    async def one(writer: asyncio.StreamWriter) -> None:
        writer.write(_post(key, b"Content-Length: 1000000"))
        await _drip(writer, b" " * 1_000)

    await _many(port, n, seconds, one)


async def _say_nothing(port: int, _key: str, seconds: float, n: int) -> None:
    async def one(_writer: asyncio.StreamWriter) -> None:
        return

    await _many(port, n, seconds, one)


async def _never_read(port: int, _key: str, seconds: float, n: int) -> None:
    async def one(writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /docs-assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: here\r\n\r\n" * 4)

    await _many(port, n, seconds, one)


async def _send_without_end(port: int, key: str, seconds: float, _n: int) -> None:
    block = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    async def one(writer: asyncio.StreamWriter) -> None:
        writer.write(_post(key, b"Transfer-Encoding: chunked"))
        for _ in range(GREAT_BYTES // 0x10000):
            writer.write(block)
            await writer.drain()

    await _many(port, 8, seconds, one)


async def _search(port: int, key: str, seconds: float, _n: int) -> None:
    asked = f"GET /v1/search?q={quote('ลูกบอล')} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    until = time.monotonic() + seconds

    async def one(writer: asyncio.StreamWriter) -> None:
        while time.monotonic() < until:
            writer.write(asked)
            await asyncio.sleep(0.5)

    await _many(port, 40, seconds, one)


def _post(key: str, header: bytes) -> bytes:
    lines = (b"POST /v1/firms HTTP/1.1", b"Host: here", b"Authorization: Bearer " + key.encode(), header)
    return b"\r\n".join((*lines, b"Content-Type: application/json", b"", b""))


CROWDS: dict[str, Crowd] = {
    "headers a byte at a time": _drip_headers,
    "bodies a byte at a time": _drip_bodies,
    "connections that say nothing": _say_nothing,
    "answers never read": _never_read,
    "bodies without end": _send_without_end,
    "forty searching": _search,
}


def rows(outcome: Outcome) -> list[Row]:
    """What came of it, for the page of promises."""
    slowest = ", ".join(f"{name} {ms:,.0f} ms" for name, ms in outcome.slowest_ms.items())
    return [
        Row(
            promise="Slow clients, silent ones, and bodies without end do not stop /healthz",
            tested=f"300 clients of each kind, {outcome.connections:,} silent connections, 8 bodies of "
            f"{GREAT_BYTES // 1_000_000} MB; /healthz asked over new connections meanwhile",
            reached=f"{sum(outcome.asked.values()):,} asked, {len(outcome.unanswered)} unanswered; slowest: {slowest}",
            kept=not outcome.unanswered,
        ),
        Row(
            promise="Nobody holds a connection or memory by saying nothing",
            tested="memory after all crowds; 50 silent connections, looked at again after a while",
            reached=f"memory grew by {outcome.grown_mb:.0f} MB, {outcome.left} of 50 connections still held",
            kept=outcome.left == 0 and outcome.grown_mb < GROWN_MB,
        ),
    ]


def main() -> None:
    """Run and say what came of it."""
    given = arguments(__doc__)
    given.add_argument("--seconds", type=float, default=20)
    given.add_argument("--connections", type=int, default=3_000)
    asked = given.parse_args()
    with TemporaryDirectory() as scratch:
        outcome = run(seconds=asked.seconds, connections=asked.connections, scratch=Path(scratch), wait_s=25)
    print(*outcome.unanswered[:20], sep="\n")
    finish(rows(outcome), asked, not_covered=("Floods from many machines: a reverse proxy's work.",))


if __name__ == "__main__":
    main()
