"""One offer or need of a firm: found, read, put, taken out. A change of it is a change of its firm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api import asking
from api.errors import ChangedMeanwhileError, MissingError
from api.store.changes import new_batch
from api.store.firms import Change, StoredFirm, expect_version, find_parts, get_firm, owner_of
from api.store.keys import Caller, Role
from api.store.tables import NeedRow, OfferRow
from api.web.access import own_firm
from api.web.cursors import id_of, next_cursor
from api.web.profiles import firm_of_data, with_part
from api.web.running import Running
from api.writing import write_firms

Data = dict[str, Any]
Table = type[OfferRow] | type[NeedRow]

TRIES = 10
"""How often a change is made again upon a firm that somebody else changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Part:
    """An offer or a need as it stands.

    Attributes:
        value: The `Offer` or `Need`.
        version: Of the firm.
    """

    value: Any
    firm_id: str
    version: int


def find(
    here: Running,
    caller: Caller,
    table: Table,
    *,
    firm_id: str | None,
    cluster: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[tuple[Any, str]], str | None]:
    """A page of offers or needs, each with its firm's id, and the next cursor; a firm's key finds its own.

    Raises:
        MissingError: a firm's key asks for another firm's.
        UnknownValueError: nobody knows the cluster.
        BadCursorError: it is not one of ours.
    """
    if caller.role is Role.FIRM:
        firm_id = firm_id if firm_id is not None else caller.firm_id
        own_firm(caller, firm_id or "")
    known = asking.known_cluster(cluster, chains=here.chains)
    with here.database.reading() as session:
        found = find_parts(session, table, after=id_of(cursor), limit=limit + 1, firm_id=firm_id, cluster=known)
    return found[:limit], next_cursor(found, limit, lambda one: one[0].id)


def read(here: Running, caller: Caller, table: Table, id: str) -> Part:
    """One offer or need.

    Raises:
        MissingError: there is none of this id, or it is another firm's.
    """
    with here.database.reading() as session:
        firm_id = owner_of(session, table, id)
        own_firm(caller, firm_id, kind=_kind(table), id=id)
        return _part(get_firm(session, firm_id), table, id)


def add(here: Running, caller: Caller, table: Table, part: Data, *, firm_id: str) -> Part:
    """Add an offer or a need to a firm.

    Raises:
        MissingError: the firm is not there, or not the caller's.
        IdTakenError: there is one of this id.
        RefusedFirmError: it has problems.
    """
    own_firm(caller, firm_id)
    return _change(here, caller, table, part, firm_id=firm_id, id=None, seen=None)


def replace(here: Running, caller: Caller, table: Table, part: Data, *, id: str, seen: int | None) -> Part:
    """Put another offer or need in the place of one.

    Raises:
        MissingError: as `read`.
        RefusedFirmError: it has problems.
        ChangedMeanwhileError: the firm is another version than the caller saw.
    """
    found = read(here, caller, table, id)
    return _change(here, caller, table, part, firm_id=found.firm_id, id=id, seen=seen)


def take_out(here: Running, caller: Caller, table: Table, id: str, *, seen: int | None) -> None:
    """Take an offer or a need out of its firm; raises as `replace`."""
    found = read(here, caller, table, id)
    _write(here, caller, table, None, firm_id=found.firm_id, id=id, seen=seen)


def _change(
    here: Running, caller: Caller, table: Table, part: Data, *, firm_id: str, id: str | None, seen: int | None
) -> Part:
    written = _write(here, caller, table, part, firm_id=firm_id, id=id, seen=seen)
    with here.database.reading() as session:
        return _part(get_firm(session, firm_id), table, written)


def _write(
    here: Running, caller: Caller, table: Table, part: Data | None, *, firm_id: str, id: str | None, seen: int | None
) -> str:
    """Write the firm with one part put, replaced or taken out; the part's id."""
    for tried in range(TRIES):
        with here.database.reading() as session:
            stored = get_firm(session, firm_id)
        expect_version(stored, seen)
        firm = firm_of_data(with_part(stored.firm, f"{_kind(table)}s", part, id=id), chains=here.chains)
        change = Change(new_batch(), caller.id)
        try:
            write_firms(here.database, here.encoder, [firm], change, seen=stored.version, new=False)
        except ChangedMeanwhileError:
            if seen is not None or tried + 1 == TRIES:
                raise
            continue
        break
    here.live.wake()
    return id or str(_parts(firm, table)[-1].id)


def _part(stored: StoredFirm, table: Table, id: str) -> Part:
    for one in _parts(stored.firm, table):
        if one.id == id:
            return Part(one, stored.firm.id, stored.version)
    raise MissingError(kind=_kind(table), id=id)


def _parts(firm: Any, table: Table) -> tuple[Any, ...]:
    found: tuple[Any, ...] = firm.offers if table is OfferRow else firm.needs
    return found


def _kind(table: Table) -> str:
    return str(table.__tablename__)
