"""What came of a fair's meetings, as firms and organiser tell it, and the report made of it."""

from matcher.fair.fair import Pair
from matcher.fair.outcomes.report import RULE, Difference, Group, OutcomeReport, Sums, report
from matcher.fair.outcomes.rows import as_rows
from matcher.fair.outcomes.told import OUTCOME_LABELS, Outcome, Told

__all__ = [
    "OUTCOME_LABELS",
    "RULE",
    "Difference",
    "Group",
    "Outcome",
    "OutcomeReport",
    "Pair",
    "Sums",
    "Told",
    "as_rows",
    "report",
]
