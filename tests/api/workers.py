"""Starts workers as processes of their own; it loads everything once, and each worker is a fork of it.

A line of JSON on standard input starts one: its database, data directory and job; the answer is its process id.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from api.jobs import queue, work
from api.settings import Settings
from api.store import jobs
from api.store.database import Database
from tests.api.fakes import FakeEncoder

LOST_S = 1.0


class Slow(FakeEncoder):
    """Takes a while, so that a worker can be killed meanwhile."""

    def encode(self, texts, *, prompt, progress=None):
        """As `Encoder.encode`."""
        time.sleep(0.1)
        return super().encode(texts, prompt=prompt)


class Deadly(FakeEncoder):
    """Ends the process that uses it, as a file can that eats all memory."""

    def encode(self, texts, *, prompt, progress=None):
        """As `Encoder.encode`."""
        os.kill(os.getpid(), signal.SIGKILL)


def run(url: str, data_dir: str, deadly: bool) -> None:
    """Work until killed."""
    jobs.LOST_S = queue.LOST_S = LOST_S
    jobs.BEAT_S = 0.2
    work.REPORT_EVERY_S = 0.0
    work.load_encoder = lambda *_given, **_options: Deadly() if deadly else Slow()
    settings = Settings(data_dir=Path(data_dir), database_url=url)
    database = Database(url)
    worker = work.Worker(settings, database)
    queue.Queue(database_url=settings.database, path=settings.queue_path, run=worker.run).work(database)


def main() -> None:
    """Start a worker for each line; who asks for nothing more ends it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run(**json.loads(line))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
