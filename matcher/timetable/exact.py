"""The proof seen from outside: begin it, look at it now and then, stop it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import matcher
from matcher.timetable.files import problem_json
from matcher.timetable.problem import Problem

MOST_PLACES = 15_000
"""Meetings times slots up to which a proof is tried; the largest published instance has 6,644."""


def provable(problem: Problem) -> bool:
    """Whether a proof is worth trying."""
    return 0 < len(problem.meetings) * problem.n_slots <= MOST_PLACES


class Proof:
    """A running proof.

    Args:
        problem: The fair.
        implied: Which of two ways to put it, see `Encoding`; either may be the quicker by far.
        seconds: When it ends by itself.
        home: Slots that the meetings had, where moves are to be few instead of breaks.

    Attributes:
        bound: The least objective that is not yet excluded.
        done: Whether it ended by itself, so that `slots` is an answer.
        slots: An optimal timetable; None while there is none, or once `done` where none exists.
    """

    def __init__(self, problem: Problem, *, implied: bool, seconds: float, home: tuple[int, ...] | None = None) -> None:
        self.bound = 0
        self.done = False
        self.slots: tuple[int, ...] | None = None
        root = str(Path(matcher.__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "matcher.timetable.prove"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
            text=True,
            encoding="utf-8",
        )
        asked = {"fair": json.loads(problem_json(problem)), "home": home, "implied": implied, "seconds": seconds}
        self._listener = threading.Thread(target=self._listen, args=(json.dumps(asked) + "\n",), daemon=True)
        self._listener.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; whether it came."""
        self._listener.join(timeout_s)
        return not self._listener.is_alive()

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._listener.join()

    def _listen(self, asked: str) -> None:
        sink, source = self._process.stdin, self._process.stdout
        if sink is None or source is None:
            return
        try:
            with sink, source:
                sink.write(asked)
                sink.flush()
                for line in source:
                    self._hear(json.loads(line))
        except (OSError, ValueError):  # it was stopped in the middle of a word
            return

    def _hear(self, said: dict[str, object]) -> None:
        bound, slots = said.get("bound"), said.get("slots")
        if isinstance(bound, int):
            self.bound = bound
        if "slots" in said:
            self.slots = tuple(slots) if isinstance(slots, list) else None
            self.done = True
