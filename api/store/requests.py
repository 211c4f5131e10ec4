"""Match requests that were filed, with what was answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import literal, select, tuple_
from sqlmodel import Session, col

from api.errors import BadCursorError, MissingError, ReusedKeyError
from api.store.firms import versions_of
from api.store.keys import Caller, Role
from api.store.tables import MatchRequestRow, MatchResultRow, UtcDateTime, now

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed request as it can be read now.

    Attributes:
        matches: Best first; those whose firm was deleted since are gone.
        near: Matches that fail a condition, likewise.
    """

    row: MatchRequestRow
    matches: tuple[Data, ...]
    near: tuple[Data, ...]


def asked_digest(asked: Data) -> str:
    """The same for the same brief."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def already_filed(session: Session, *, owner: str, key: str | None, asked: Data) -> Filed | None:
    """The request that came with this idempotency key before, if any.

    Raises:
        ReusedKeyError: that was another request.
    """
    if key is None:
        return None
    query = select(MatchRequestRow).where(
        col(MatchRequestRow.owner) == owner, col(MatchRequestRow.idempotency_key) == key
    )
    row = session.execute(query).scalar()
    if row is None:
        return None
    if row.asked_digest != asked_digest(asked):
        raise ReusedKeyError(key=key)
    return _filed(session, row)


def file_request(
    session: Session,
    *,
    owner: str,
    firm_id: str | None,
    key: str | None,
    asked: Data,
    answer: Data,
    model: str,
) -> Filed:
    """Store a request with its answer; where the idempotency key was used meanwhile, what stands there.

    Args:
        session: Of `Database.writing()`.
        owner: Id of the key that files it.
        firm_id: The firm it is for, or None.
        key: The idempotency key, or None.
        asked: The brief, plain data.
        answer: With `matches`, `near` and `fingerprint`; a match whose firm is gone is left out.
        model: Fingerprint of the model that answered.

    Raises:
        MissingError: the firm was deleted meanwhile.
    """
    if (before := already_filed(session, owner=owner, key=key, asked=asked)) is not None:
        return before
    if firm_id is not None and not versions_of(session, [firm_id]):
        raise MissingError(kind="firm", id=firm_id)
    rest = {name: value for name, value in answer.items() if name not in {"matches", "near"}}
    row = MatchRequestRow(
        id=f"m{uuid4().hex[:20]}",
        owner=owner,
        firm_id=firm_id,
        idempotency_key=key,
        asked_digest=asked_digest(asked),
        asked=asked,
        answer=rest,
        index_fingerprint=answer["fingerprint"],
        model_fingerprint=model,
        at=now(),
    )
    session.add(row)
    session.flush()
    found = [(match, near) for near in (False, True) for match in answer["near" if near else "matches"]]
    there = versions_of(session, {match["firm"]["id"] for match, _ in found})
    for place, (match, near) in enumerate(found):
        if match["firm"]["id"] in there:
            session.add(
                MatchResultRow(request_id=row.id, place=place, firm_id=match["firm"]["id"], near=near, match=match)
            )
    session.flush()
    return _filed(session, row)


def get_request(session: Session, id: str) -> Filed:
    """A filed request.

    Raises:
        MissingError: there is none of this id.
    """
    row = session.get(MatchRequestRow, id)
    if row is None:
        raise MissingError(kind="match request", id=id)
    return _filed(session, row)


def may_read(caller: Caller, row: MatchRequestRow) -> bool:
    """Whether a request is the caller's: filed with its key, or for its firm; an organiser's are all."""
    own_firm = caller.firm_id is not None and row.firm_id == caller.firm_id
    return caller.role is Role.ORGANISER or row.owner == caller.id or own_firm


def find_requests(session: Session, *, caller: Caller, after: str, limit: int) -> list[Filed]:
    """Filed requests that a caller may read, newest first.

    Args:
        session: Of a reading.
        caller: Whose; see `may_read`.
        after: The id of a request; those filed before it. Empty starts with the newest.
        limit: How many at most.
    """
    query = select(MatchRequestRow).order_by(col(MatchRequestRow.at).desc(), col(MatchRequestRow.id).desc())
    if caller.role is not Role.ORGANISER:
        own = col(MatchRequestRow.owner) == caller.id
        query = query.where(own if caller.firm_id is None else own | (col(MatchRequestRow.firm_id) == caller.firm_id))
    if after:
        last = session.get(MatchRequestRow, after)
        if last is None:
            raise BadCursorError
        query = query.where(
            tuple_(col(MatchRequestRow.at), col(MatchRequestRow.id))
            < tuple_(literal(last.at, UtcDateTime), literal(last.id))
        )
    rows = list(session.execute(query.limit(limit)).scalars())
    return [_filed(session, row) for row in rows]


def _filed(session: Session, row: MatchRequestRow) -> Filed:
    query = select(MatchResultRow).where(col(MatchResultRow.request_id) == row.id).order_by(col(MatchResultRow.place))
    found = list(session.execute(query).scalars())
    session.expunge_all()
    return Filed(
        row,
        matches=tuple(one.match for one in found if not one.near),
        near=tuple(one.match for one in found if one.near),
    )
