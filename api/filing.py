"""Filing a match request: understood, answered, stored with its answer."""

from __future__ import annotations

from typing import Any

from api import asking
from api.answers import answer_data
from api.errors import MissingError
from api.live import Live
from api.store.firms import get_firm, owner_of
from api.store.keys import Caller, Role
from api.store.requests import Filed, already_filed, file_request
from api.store.tables import NeedRow, OfferRow
from matcher.exchange.citizen import masked


def file_brief(
    live: Live,
    brief: asking.Brief,
    *,
    owner: Caller,
    firm_id: str | None,
    asked: dict[str, Any],
    key: str | None = None,
) -> Filed:
    """Answer a brief and store both; with an idempotency key that was used before, what was stored then.

    Args:
        live: Answers.
        brief: As understood from `asked`.
        owner: Files it.
        firm_id: The firm that asks, or None; a firm's key always asks for its own.
        asked: The brief as it came, plain data.
        key: The caller's own name for this request.

    Raises:
        MissingError: the firm, need or offer is not there, or not the caller's.
        ReusedKeyError: the key was used with another brief.
        InputError: nothing to search with, or an unreadable text.
    """
    database, asked = live.database, masked(asked)
    with database.reading() as session:
        if (before := already_filed(session, owner=owner.id, key=key, asked=asked)) is not None:
            return before
        firm_id = firm_id or owner.firm_id
        for table, id in ((NeedRow, brief.need_id), (OfferRow, brief.offer_id)):
            if id is not None:
                firm_id = _own(owner, owner_of(session, table, id), kind=str(table.__tablename__), id=id)
        if firm_id is not None:
            get_firm(session, _own(owner, firm_id, kind="firm", id=firm_id))
    live.catch_up()  # a need that was written a moment ago can be asked for
    answer = asking.answer_brief(live, brief)
    with database.writing() as session:
        if firm_id is not None:
            get_firm(session, firm_id)  # it may have gone meanwhile
        return file_request(
            session,
            owner=owner.id,
            firm_id=firm_id,
            key=key,
            asked=asked,
            answer=masked(answer_data(answer)),
            model=live.encoder.fingerprint,
        )


def _own(owner: Caller, firm_id: str, *, kind: str, id: str) -> str:
    if owner.role is Role.FIRM and owner.firm_id != firm_id:
        raise MissingError(kind=kind, id=id)
    return firm_id
