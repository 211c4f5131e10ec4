"""What can be wrong with a fair.

MatcherError
└── InputError
    ├── FairError               the organiser can mend it; lists every problem found
    └── MeetingRefusedError     a meeting cannot be asked for or accepted; says why
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
        self.en = "; ".join(problem.en for problem in problems[:_SHOWN]) + more
        super().__init__(self.en)
        more = f" และอีก {len(problems) - _SHOWN} ข้อ" if len(problems) > _SHOWN else ""
        self.th = " · ".join(problem.th for problem in problems[:_SHOWN]) + more
        self.problems = tuple(problems)


class MeetingRefusedError(InputError):
    """What is asked of a meeting cannot be, as things stand between the two firms."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.en)
        self.th, self.en = why.th, why.en
