"""From the command line to the first answer: `khukha serve` over the demo catalog, its files warm.

Usage: python -m tests.bench.start [--out FILE.json] [--turns 3]

The service was started once before, so that the model is unpacked, the catalog written and its index made, as at
every start but the first. Each turn starts it anew; the quickest counts, since others use the machine too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from tests.bench.parts import at_most, finish
from tests.bench.serving import READY_S, family, free_port, memory_mb, own_cpu_s
from tests.bench.vectors import VAR
from tests.paged import arguments

QUERY = "ผ้าไหมมัดหมี่"
DATA = VAR / "bench" / "start"


@dataclass(frozen=True, slots=True)
class Measured:
    """One start.

    Attributes:
        wall_s: To the first answer.
        processes: What each does, its CPU seconds until then, MB resident, and MB of it that no file backs; the
            one that answers is the first.
    """

    wall_s: float
    processes: tuple[tuple[str, float, float, float], ...]

    @property
    def cpu_s(self) -> float:
        """Of all processes."""
        return sum(spent_s for _, spent_s, _, _ in self.processes)


@contextmanager
def started() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The service just started, whether it answers or not, and its port."""
    port = free_port()
    environment = os.environ | {"MATCHER_DATA_DIR": str(DATA), "MATCHER_RATE": "10000000/minute"}
    command = [sys.executable, "-m", "api.cli", "serve", "--demo", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait()


def measure() -> Measured:
    """One start, from the command line to the first answer."""
    begun = monotonic()
    with started() as (port, process):
        while not _answers(port):
            if monotonic() - begun > READY_S or process.poll() is not None:
                raise TimeoutError("the service gave no answer")
            sleep(0.02)
        wall_s = monotonic() - begun
        pids = family(process.pid)
        return Measured(wall_s, tuple((_does(pid, of=process.pid), own_cpu_s(pid), *memory_mb(pid)) for pid in pids))


def _answers(port: int) -> bool:
    """Whether a search page, which the demo shows to everybody, comes with firms."""
    with suppress(OSError):
        http = HTTPConnection("127.0.0.1", port, timeout=60)
        http.request("GET", f"/?q={quote(QUERY)}")
        answer = http.getresponse()
        body = answer.read()
        http.close()
        return answer.status == 200 and b"/firms/" in body
    return False


def _does(pid: int, *, of: int) -> str:
    """What a process is there for."""
    return "answers, with the encoder" if pid == of else "runs jobs and sends messages"


def section(found: Measured) -> str:
    """A part of docs/performance.md."""
    rows = "\n".join(
        f"| {does} | {spent_s:.1f} | {resident:.0f} | {own:.0f} |" for does, spent_s, resident, own in found.processes
    )
    return f"""## Start and memory

`khukha serve` over the demo catalog, its files warm: the first search is answered after {found.wall_s:.1f} s, \
{found.cpu_s:.1f} CPU s of all
processes. At that moment:

| process | CPU s | resident MB | of it in no file |
| --- | ---: | ---: | ---: |
{rows}

What is resident beyond that is mapped from files, the model's vocabulary and the libraries, and is given up when
memory is short."""


def main() -> None:
    """Measure and write."""
    given = arguments(__doc__)
    given.add_argument("--turns", type=int, default=3)
    asked = given.parse_args()
    Path(DATA).mkdir(parents=True, exist_ok=True)
    measure()  # unpacks, writes and indexes what is not there
    found = min((measure() for _ in range(asked.turns)), key=lambda one: one.wall_s)
    _, _, resident, own = found.processes[0]
    finish(
        section(found),
        asked,
        aims=[
            at_most("start", found.wall_s, 8, f"{found.wall_s:.1f} s, {found.cpu_s:.1f} CPU s", missed=_slow(found)),
            at_most(
                "memory",
                resident,
                600,
                f"{resident:.0f} MB, {own:.0f} of them in no file",
                missed=f"{resident - own:.0f} MB are files mapped into memory, libraries for the most, and the rest "
                "what torch, the tokenizer's pieces, the glossary and the web framework hold",
            ),
        ],
    )


def _slow(found: Measured) -> str:
    """Where the time of a start goes."""
    spent_s = found.processes[0][1]
    if spent_s <= 8:
        return f"the machine was busy: the process that answers took {spent_s:.1f} CPU s, the others the rest"
    return f"{spent_s:.1f} CPU s go into libraries, the glossary's words, the roles' vectors and the suggestions"


if __name__ == "__main__":
    main()
