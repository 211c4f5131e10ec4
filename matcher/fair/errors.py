"""What can be wrong with a fair.

MatcherError
└── InputError
    └── FairError        the organiser can mend it; lists every problem found
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.engine.answer import Sentence
from matcher.errors import InputError

_SHOWN = 20


class FairError(InputError):
    """A fair, its preferences or its rules contradict themselves."""

    def __init__(self, problems: Sequence[Sentence]) -> None:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        super().__init__("; ".join(problem.en for problem in problems[:_SHOWN]) + more)
        self.problems = tuple(problems)
