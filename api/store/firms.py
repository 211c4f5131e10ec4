"""Firms in and out of the database: whole, each change with its log row in the same transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Table, delete, func, insert, or_, select, update
from sqlmodel import Session, SQLModel, col

from api.errors import ChangedMeanwhileError, IdTakenError, MissingError
from api.store.tables import CertificateRow, ChangeRow, FirmRow, NeedRow, OfferRow, PositionRow, now
from matcher.domain import Certificate, Firm, Need, Offer, Position, Seeking, Size, Stage
from matcher.engine.catalog import firm_digest
from matcher.exchange import as_object

CHUNK = 500
"""Ids in one question; SQLite takes 32,766 at most."""

Row = TypeVar("Row", bound=SQLModel)
_CHILDREN: tuple[type[SQLModel], ...] = (CertificateRow, PositionRow, OfferRow, NeedRow)


@dataclass(frozen=True, slots=True)
class StoredFirm:
    """A firm as it stands in the database.

    Attributes:
        version: Sequence number of its last change.
        digest: `firm_digest(firm)`.
        embedded: Fingerprint of the model whose vectors are stored for all its texts.
    """

    firm: Firm
    version: int
    digest: str
    embedded: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a caller does, as the log names it.

    Attributes:
        batch: Changes that belong together.
        by: Who: the id of a key, or `command line`.
    """

    batch: str
    by: str


def put_firms(session: Session, firms: Sequence[Firm], change: Change, *, embedded: str | None) -> list[str]:
    """Write firms that are new or differ from what is stored; the ids of those that were written.

    A firm that was changed past Khukha counts as different.

    Args:
        session: Of `Database.writing()`.
        firms: Each id at most once.
        change: For the log.
        embedded: Fingerprint of the model for which the caller stores all vectors, in this transaction.

    Raises:
        IdTakenError: an offer or need id comes twice, or belongs to a firm that is not among these.
    """
    digests = {firm.id: firm_digest(firm) for firm in firms}
    before = {one.firm.id: one for one in load_firms(session, digests)}
    sound = _sound(session, before)
    changed = [firm for firm in firms if firm.id not in sound or before[firm.id].digest != digests[firm.id]]
    if not changed:
        return []
    refuse_taken(session, changed)
    versions = _log(session, [(firm.id, "put", before.get(firm.id)) for firm in changed], change)
    ids = [firm.id for firm in changed]
    for table in _CHILDREN:
        _delete(session, table, "firm_id", [id for id in ids if id in before])
    moment = now()
    rows = [_firm_row(firm) | {"digest": digests[firm.id], "version": versions[firm.id]} for firm in changed]
    for row in rows:
        row |= {"embedded": embedded, "updated_at": moment}
    _insert(session, FirmRow, [row for row in rows if row["id"] not in before])
    if old := [row for row in rows if row["id"] in before]:
        session.execute(update(FirmRow), old)
    _insert(session, CertificateRow, _children(changed, "certificates"))
    _insert(session, PositionRow, _children(changed, "positions"))
    _insert(session, OfferRow, _children(changed, "offers"))
    _insert(session, NeedRow, _children(changed, "needs"))
    return ids


def delete_firms(session: Session, ids: Collection[str], change: Change) -> list[str]:
    """Delete firms with all that is theirs; the ids of those that were there."""
    before = list(load_firms(session, ids))
    _log(session, [(one.firm.id, "delete", one) for one in before], change)
    found = [one.firm.id for one in before]
    _delete(session, FirmRow, "id", found)
    return found


def get_firm(session: Session, id: str) -> StoredFirm:
    """One firm.

    Raises:
        MissingError: there is none of this id.
    """
    for found in load_firms(session, [id]):
        return found
    raise MissingError(kind="firm", id=id)


def expect_version(found: StoredFirm, seen: int | None) -> None:
    """Refuse a change by somebody who saw an older firm; None means that the caller did not say.

    Raises:
        ChangedMeanwhileError: it is another version now.
    """
    if seen is not None and seen != found.version:
        raise ChangedMeanwhileError(id=found.firm.id, seen=seen, found=found.version)


def refuse_present(session: Session, firms: Sequence[Firm]) -> None:
    """Refuse to write a firm anew that is there.

    Raises:
        IdTakenError: one is.
    """
    for id in versions_of(session, [firm.id for firm in firms]):
        raise IdTakenError(kind="firm", id=id)


def refuse_taken(session: Session, firms: Sequence[Firm], *, going: Collection[str] = ()) -> None:
    """Refuse firms whose offers or needs have ids of others.

    Args:
        session: Of a reading or a writing.
        firms: To be written together.
        going: Ids of firms that are deleted before.

    Raises:
        IdTakenError: an offer or need id comes twice, or belongs to a firm that is not among these.
    """
    free = {firm.id for firm in firms} | set(going)
    for table, kind, name in ((OfferRow, "offer", "offers"), (NeedRow, "need", "needs")):
        ids = [part.id for firm in firms for part in getattr(firm, name)]
        for id, times in Counter(ids).items():
            if times > 1:
                raise IdTakenError(kind=kind, id=id)
        columns = table_of(table).c
        for some in chunks(ids):
            for id, owner in session.execute(select(columns.id, columns.firm_id).where(columns.id.in_(some))):
                if owner not in free:
                    raise IdTakenError(kind=kind, id=id)


def find_firms(
    session: Session, *, after: str, limit: int, cluster: str | None = None, province: str | None = None
) -> list[StoredFirm]:
    """Firms in the order of their ids.

    Args:
        session: Of a reading.
        after: An id; the firms after it.
        limit: How many at most.
        cluster: Only those with a position, an offer or a need there.
        province: Only those in a province, by its Thai name.
    """
    query = select(col(FirmRow.id)).where(col(FirmRow.id) > after).order_by(col(FirmRow.id)).limit(limit)
    if province is not None:
        query = query.where(col(FirmRow.province_th) == province)
    if cluster is not None:
        tables: tuple[Any, ...] = (PositionRow, OfferRow, NeedRow)
        query = query.where(
            or_(*(col(FirmRow.id).in_(select(table.firm_id).where(table.cluster == cluster)) for table in tables))
        )
    ids = list(session.execute(query).scalars())
    found = {one.firm.id: one for one in load_firms(session, ids)}
    return [found[id] for id in ids if id in found]  # a server may sort otherwise than we do


def find_parts(
    session: Session,
    table: type[OfferRow] | type[NeedRow],
    *,
    after: str,
    limit: int,
    firm_id: str | None = None,
    cluster: str | None = None,
) -> list[tuple[Any, str]]:
    """Offers or needs in the order of their ids, each with its firm's id; arguments as of `find_firms`."""
    stored = table_of(table)
    columns = stored.c
    query = select(stored).where(columns.id > after)
    if firm_id is not None:
        query = query.where(columns.firm_id == firm_id)
    if cluster is not None:
        query = query.where(columns.cluster == cluster)
    make = _offer if table is OfferRow else _need
    return [(make(row), row.firm_id) for row in session.execute(query.order_by(columns.id).limit(limit))]


def owner_of(session: Session, table: type[OfferRow] | type[NeedRow], id: str) -> str:
    """The firm that an offer or a need belongs to.

    Raises:
        MissingError: there is none of this id.
    """
    found = session.execute(select(col(table.firm_id)).where(col(table.id) == id)).scalar()
    if found is None:
        raise MissingError(kind=str(table.__tablename__), id=id)
    return str(found)


def all_ids(session: Session) -> set[str]:
    """The id of every firm."""
    return set(session.execute(select(col(FirmRow.id))).scalars())


def versions_of(session: Session, ids: Collection[str]) -> dict[str, int]:
    """The version of each of these firms that is there."""
    found: dict[str, int] = {}
    for some in chunks(ids):
        found.update(
            (id, version)
            for id, version in session.execute(
                select(col(FirmRow.id), col(FirmRow.version)).where(col(FirmRow.id).in_(some))
            )
        )
    return found


def load_firms(session: Session, ids: Iterable[str] | None = None) -> Iterator[StoredFirm]:
    """Firms by id, with all their children; None takes all, in the order of their ids."""
    if ids is None:
        yield from _load(session, None)
        return
    for some in chunks(sorted(set(ids))):
        yield from _load(session, some)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for questions about rows without objects."""
    table: Table = SQLModel.metadata.tables[str(model.__tablename__)]
    return table


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids, `CHUNK` at a time."""
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _sound(session: Session, stored: Mapping[str, StoredFirm]) -> set[str]:
    """Ids of the firms that stand as they were last written, by their digest and by the log."""
    newest: dict[str, int] = {}
    for some in chunks(stored):
        query = select(col(ChangeRow.firm_id), func.max(col(ChangeRow.sequence)))
        query = query.where(col(ChangeRow.firm_id).in_(some)).group_by(col(ChangeRow.firm_id))
        newest.update((id, int(sequence)) for id, sequence in session.execute(query))
    return {id for id, one in stored.items() if newest.get(id) == one.version and firm_digest(one.firm) == one.digest}


def _load(session: Session, ids: list[str] | None) -> Iterator[StoredFirm]:
    certificates, positions, offers, needs = (_grouped(session, table, ids) for table in _CHILDREN)
    query = select(table_of(FirmRow)).order_by(col(FirmRow.id))
    if ids is not None:
        query = query.where(col(FirmRow.id).in_(ids))
    for row in session.execute(query):
        firm = Firm(
            id=row.id,
            name_th=row.name_th,
            name_en=row.name_en,
            province_th=row.province_th,
            size=Size(row.size) if row.size else None,
            description=row.description,
            certificates=tuple(Certificate(one.code, one.number, one.expires) for one in certificates[row.id]),
            positions=tuple(Position(one.cluster, _stage(one.stage), one.role) for one in positions[row.id]),
            offers=tuple(_offer(one) for one in offers[row.id]),
            needs=tuple(_need(one) for one in needs[row.id]),
            juristic_id=row.juristic_id,
        )
        yield StoredFirm(firm, row.version, row.digest, row.embedded, row.updated_at)


def _grouped(session: Session, table: type[SQLModel], ids: list[str] | None) -> Mapping[str, list[Any]]:
    stored = table_of(table)
    columns = stored.c
    query = select(stored).order_by(columns.firm_id, columns.place)
    if ids is not None:
        query = query.where(columns.firm_id.in_(ids))
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        grouped[row.firm_id].append(row)
    return grouped


def _offer(row: Any) -> Offer:
    return Offer(
        id=row.id,
        text=row.text,
        cluster=row.cluster,
        stage=_stage(row.stage),
        role=row.role,
        capacity=row.capacity,
        moq=row.moq,
        price_thb=row.price_thb,
        lead_time_days=row.lead_time_days,
    )


def _need(row: Any) -> Need:
    return Need(
        id=row.id,
        text=row.text,
        cluster=row.cluster,
        stage_sought=_stage(row.stage_sought),
        role_sought=row.role_sought,
        seeking=Seeking(row.seeking) if row.seeking else None,
        must_certificates=tuple(row.must_certificates or ()),
        volume=row.volume,
        deliver_to=row.deliver_to,
        partnership=row.partnership,
    )


def _stage(name: str | None) -> Stage | None:
    return Stage(name) if name else None


def _firm_row(firm: Firm) -> dict[str, Any]:
    own = ("id", "name_th", "name_en", "province_th", "size", "description", "juristic_id")
    return {name: getattr(firm, name) for name in own}


def _children(firms: Sequence[Firm], name: str) -> list[dict[str, Any]]:
    return [
        asdict(child) | {"firm_id": firm.id, "place": place}
        for firm in firms
        for place, child in enumerate(getattr(firm, name))
    ]


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _delete(session: Session, table: type[SQLModel], column: str, ids: Collection[str]) -> None:
    for some in chunks(ids):
        session.execute(delete(table).where(table_of(table).c[column].in_(some)))


def _log(session: Session, entries: list[tuple[str, str, StoredFirm | None]], change: Change) -> dict[str, int]:
    """Write log rows; the sequence number of each firm's."""
    moment, versions = now(), {}
    for firm_id, kind, before in entries:
        row = ChangeRow(
            firm_id=firm_id,
            kind=kind,
            batch=change.batch,
            by=change.by,
            before=None if before is None else as_object(before.firm),
            at=moment,
        )
        session.add(row)
        session.flush()
        versions[firm_id] = int(row.sequence or 0)
    return versions
