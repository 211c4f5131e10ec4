"""The policy: purposes, kinds of personal data and how long each is kept, recipients, measures.

It is one TOML file, so that the switches, the clock that forgets and the record of processing (ROPA) cannot say
different things.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

from api.errors import PolicyError
from matcher.engine.answer import Sentence

BUILT_IN = Path(__file__).with_name("policy.toml")


class Purpose(StrEnum):
    """What people can agree to, and take back."""

    MATCHING = "matching"
    SHARING = "sharing"
    MESSAGES = "messages"
    STATISTICS = "statistics"


class Kind(StrEnum):
    """What is kept of people, each for a time of its own."""

    CONTACT_POSITION = "contact_position"
    CONTACT_PHONE = "contact_phone"
    CONTACT_LINE = "contact_line"
    CONTACT_EMAIL = "contact_email"
    CONTACT = "contact"
    DELEGATES = "delegates"
    ADDRESS = "address"
    MEETING_MESSAGE = "meeting_message"
    OUTCOME_NOTE = "outcome_note"
    PUBLICATION_FILES = "publication_files"
    MATCH_REQUEST = "match_request"
    JOB_FILES = "job_files"
    FORMER_PROFILES = "former_profiles"
    OUTBOX = "outbox"
    AUDIT = "audit"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """A purpose, by what right, and what is said to people.

    Attributes:
        unless_said: Whether it holds for somebody who has said nothing; None where nobody is asked.
        wording: What is shown beside the switch; `version` names it in the ledger; None where nobody is asked.
        effect: What withdrawing it does.
    """

    name: str
    label: Sentence
    basis: Sentence
    unless_said: bool | None = None
    version: str = ""
    wording: Sentence | None = None
    effect: Sentence | None = None


@dataclass(frozen=True, slots=True)
class KindRule:
    """How long a kind of personal data is kept.

    Attributes:
        purpose: Name of what it is for.
        seen_by: Who may see it.
        after: From when `days` count: the end of the last fair it is of, or its last change.
        days: 0 is for ever.
    """

    kind: Kind
    label: Sentence
    purpose: str
    seen_by: Sentence
    after: Literal["fair", "change"]
    days: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy."""

    controller: Sentence
    purposes: Mapping[str, PurposeRule]
    kinds: Mapping[Kind, KindRule]
    recipients: tuple[Sentence, ...]
    measures: tuple[Sentence, ...]

    def asked(self) -> tuple[PurposeRule, ...]:
        """The purposes that people can agree to, in the order of `Purpose`."""
        return tuple(self.purposes[name] for name in Purpose)


def load_policy(path: Path | None = None) -> Policy:
    """The policy of a file, or the one that comes with Khukha.

    Raises:
        PolicyError: it cannot be read, or lacks something; says what.
    """
    return _load(path or BUILT_IN)


@cache
def _load(path: Path) -> Policy:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        policy = Policy(
            controller=_said(data["controller"]),
            purposes={name: _purpose(name, one) for name, one in data["purposes"].items()},
            kinds={Kind(name): _kind(name, one) for name, one in data["kinds"].items()},
            recipients=tuple(map(_said, data["recipients"])),
            measures=tuple(map(_said, data["measures"])),
        )
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise PolicyError(path=path, problem=f"{type(problem).__name__}: {problem}") from problem
    if missing := [*(set(Purpose) - policy.purposes.keys()), *(set(Kind) - policy.kinds.keys())]:
        raise PolicyError(path=path, problem=f"lacks {', '.join(sorted(missing))}")
    if loose := [one.kind for one in policy.kinds.values() if one.purpose not in policy.purposes]:
        raise PolicyError(path=path, problem=f"{', '.join(loose)}: no purpose of that name")
    return policy


def _said(data: Mapping[str, Any], name: str = "") -> Sentence:
    return Sentence(str(data[f"{name}th"]), str(data[f"{name}en"]))


def _purpose(name: str, data: Mapping[str, Any]) -> PurposeRule:
    if name not in set(Purpose):
        return PurposeRule(name, _said(data), _said(data, "basis_"))
    return PurposeRule(
        name=name,
        label=_said(data),
        basis=_said(data, "basis_"),
        unless_said=_flag(data["unless_said"]),
        version=f"{name}-{data['wording']}"[:40],
        wording=_said(data, "wording_"),
        effect=_said(data, "effect_"),
    )


def _kind(name: str, data: Mapping[str, Any]) -> KindRule:
    days = data["days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 36_500:
        raise ValueError(f"{name}: days must be 0 to 36500")
    if data["after"] not in ("fair", "change"):
        raise ValueError(f"{name}: after must be fair or change")
    return KindRule(Kind(name), _said(data), str(data["purpose"]), _said(data, "seen_by_"), data["after"], days)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("unless_said must be true or false")
    return value
