"""How a person is named without naming them: in the ledger of consents and in the trail of reads."""

from __future__ import annotations

MOST = 200


def contact(id: str) -> str:
    """A contact of a firm."""
    return f"contact:{id}"


def participant(fair_id: str, firm_id: str) -> str:
    """Those who come for a firm to a fair: delegates, and whoever is told."""
    return f"participant:{fair_id}/{firm_id}"


def contact_of(subject: str) -> str | None:
    """The id of the contact that is named; None where it is none."""
    kind, _, id = subject.partition(":")
    return id if kind == "contact" else None


def participant_of(subject: str) -> tuple[str, str]:
    """Fair and firm of those who are named as coming for a firm."""
    fair_id, _, firm_id = subject.removeprefix("participant:").partition("/")
    return fair_id, firm_id


def is_firm(subject: str) -> bool:
    """Whether a firm is named."""
    return subject.startswith("firm:")


def fair(id: str) -> str:
    """Everybody at a fair, as in its workbook."""
    return f"fair:{id}"


def firm(id: str) -> str:
    """A firm that is a person: a sole trader."""
    return f"firm:{id}"


def job(id: str) -> str:
    """Whoever stands in the file of a job."""
    return f"job:{id}"
