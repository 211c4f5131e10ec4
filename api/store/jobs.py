"""Long work: what was asked for, how far it is, what came of it. The queue holds no more than its id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from api.errors import MissingError
from api.store.tables import JobRow, now

BEAT_S = 5.0
"""How often a worker says that it is alive."""

LOST_S = 30.0
"""Silence after which its job is given to another."""

MAX_ATTEMPTS = 3
"""A job whose worker died this often is not tried again: it may be what kills it."""


class State(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def add_job(session: Session, *, kind: str, owner: str, given: dict[str, Any]) -> JobRow:
    """A new job, waiting."""
    row = JobRow(id=f"j{uuid4().hex[:16]}", kind=kind, owner=owner, state=State.WAITING, given=given, made_at=now())
    session.add(row)
    session.flush()
    session.expunge(row)
    return row


def get_job(session: Session, id: str) -> JobRow:
    """A job.

    Raises:
        MissingError: there is none of this id.
    """
    row = session.get(JobRow, id)
    if row is None:
        raise MissingError(kind="job", id=id)
    session.expunge(row)
    return row


def list_jobs(session: Session, *, limit: int) -> Sequence[JobRow]:
    """The latest jobs, newest first."""
    rows = list(session.execute(select(JobRow).order_by(col(JobRow.made_at).desc()).limit(limit)).scalars())
    session.expunge_all()
    return rows


def take_job(session: Session, id: str) -> JobRow | None:
    """Begin a job; None where it is done, failed, or another worker is alive on it."""
    row = session.get(JobRow, id)
    if row is None or row.state in {State.DONE, State.FAILED}:
        return None
    if row.state == State.RUNNING and row.beat_at is not None and row.beat_at > now() - timedelta(seconds=LOST_S):
        return None
    row.attempts += 1
    row.beat_at = now()
    row.state = State.RUNNING if row.attempts <= MAX_ATTEMPTS else State.FAILED
    if row.state == State.FAILED:
        row.ended_at = now()
        row.problem = {
            "th": f"งานหยุดกลางคัน {MAX_ATTEMPTS} ครั้ง อาจเป็นเพราะไฟล์ ลองแบ่งไฟล์หรือบันทึกเป็น CSV",
            "en": f"the work broke off {MAX_ATTEMPTS} times, perhaps because of the file: split it, or save it as CSV",
        }
    session.flush()
    session.expunge(row)
    return row if row.state == State.RUNNING else None


def report(session: Session, id: str, *, doing: str, done: int, total: int) -> None:
    """Say how far a job is; that also says its worker is alive."""
    values = {"doing": doing, "done": done, "total": total, "beat_at": now()}
    session.execute(update(JobRow).where(col(JobRow.id) == id).values(values))


def beat(session: Session, id: str) -> None:
    """Say that a job's worker is alive."""
    session.execute(update(JobRow).where(col(JobRow.id) == id).values(beat_at=now()))


def end_job(session: Session, id: str, *, result: Any = None, problem: Any = None) -> None:
    """End a job that runs, well or with a problem in both languages; one that has ended stays as it ended."""
    state = State.FAILED if problem else State.DONE
    values = {"state": state, "result": result, "problem": problem, "ended_at": now()}
    session.execute(update(JobRow).where(col(JobRow.id) == id, col(JobRow.state) == State.RUNNING).values(values))


def unfinished(session: Session) -> list[str]:
    """Ids of jobs that wait or whose worker fell silent, oldest first."""
    lost = now() - timedelta(seconds=LOST_S)
    query = (
        select(col(JobRow.id))
        .where(
            or_(
                col(JobRow.state) == State.WAITING,
                (col(JobRow.state) == State.RUNNING) & (col(JobRow.beat_at) < lost),
            )
        )
        .order_by(col(JobRow.made_at))
    )
    return list(session.execute(query).scalars())
