"""The proof, in a process of its own: it can be stopped at any moment, and uses a core of its own.

Reads a line of JSON, {"fair": ..., "home": [...] or null, "implied": true, "seconds": s}, and answers lines of JSON:
{"bound": n} whenever it knows more, and at its end {"slots": [...]} or {"slots": null} where there is no timetable.

Source: Ignatiev, Morgado, Marques-Silva, "RC2: an efficient MaxSAT solver", JSAT 2019 (core-guided: each
core it finds raises the bound by one).
"""

from __future__ import annotations

import json
import math
import signal
import sys

from pysat.examples.rc2 import RC2

from matcher.timetable.encoding import Encoding
from matcher.timetable.files import parse_json


class _Telling(RC2):  # type: ignore[misc]  # python-sat has no types
    """RC2 that says its bound whenever that rises."""

    said = -1

    def process_core(self) -> object:
        done: object = super().process_core()
        if self.cost > self.said:
            self.said = self.cost
            _say({"bound": self.cost})
        return done


def main() -> None:
    """Prove what standard input asks."""
    asked = json.loads(sys.stdin.readline())
    if hasattr(signal, "alarm"):  # should whoever asked be gone, the solver does not go on for hours
        signal.alarm(math.ceil(asked["seconds"]) + 5)
    encoding = Encoding(parse_json(json.dumps(asked["fair"])), asked["home"], implied=asked["implied"])
    with _Telling(encoding.formula, solver="g42", adapt=True, exhaust=True, minz=True) as solver:
        model = solver.compute()
        _say({"slots": None if model is None else encoding.slots(model)})


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
