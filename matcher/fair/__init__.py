"""A fair: who takes part, how well each pair fits, whom each firm should meet, and what the chain lacks."""

from matcher.fair.chance import Calibration, Readiness, both_accept
from matcher.fair.changes import Change, ListRun, diff
from matcher.fair.errors import FairError
from matcher.fair.fair import Fair, Participant, Preference, Session, Slot, Wish
from matcher.fair.gaps import Gaps, chain_gaps
from matcher.fair.lists import ListedPair, ListRules, MatchLists, match_lists
from matcher.fair.manifest import Manifest, manifest
from matcher.fair.pairs import PairScores, pair_scores
from matcher.fair.reasons import Reasons, reasons
from matcher.fair.rules import By, MeetingRules, Rule

__all__ = [
    "By",
    "Calibration",
    "Change",
    "Fair",
    "FairError",
    "Gaps",
    "ListRules",
    "ListRun",
    "ListedPair",
    "Manifest",
    "MatchLists",
    "MeetingRules",
    "PairScores",
    "Participant",
    "Preference",
    "Readiness",
    "Reasons",
    "Rule",
    "Session",
    "Slot",
    "Wish",
    "both_accept",
    "chain_gaps",
    "diff",
    "manifest",
    "match_lists",
    "pair_scores",
    "reasons",
]
