"""Changing the catalog: vectors first, then firm, vectors and log row in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from api.store.changes import TakenBack, before_batch, last_batch, put_back
from api.store.database import Database
from api.store.firms import (
    Change,
    all_ids,
    delete_firms,
    expect_version,
    get_firm,
    load_firms,
    put_firms,
    refuse_present,
    refuse_taken,
)
from api.store.vectors import FIRMS_AT_ONCE, put_vectors, vectors_of
from matcher.domain import Firm

if TYPE_CHECKING:
    from matcher.encoder.encoder import Encoder

Progress = Callable[[int, int], None]
"""Called with firms done and firms there are."""


def write_firms(
    database: Database,
    encoder: Encoder,
    firms: Sequence[Firm],
    change: Change,
    *,
    seen: int | None = None,
    new: bool | None = None,
) -> list[str]:
    """Write firms together with their vectors; the ids of those that were new or different.

    Args:
        database: Where.
        encoder: Of the vectors.
        firms: Each id at most once.
        change: For the log.
        seen: For a single firm with `new=False`: the version that the caller saw; another one is refused.
        new: True refuses firms that are there, False those that are not.

    Raises:
        IdTakenError: an offer or need id belongs to another firm; with `new`, a firm's id too.
        MissingError: `new` is False and a firm is not there.
        ChangedMeanwhileError: the firm is another version now.
    """
    with database.reading() as session:
        vectors = vectors_of(session, encoder, firms)
    with database.writing() as session:
        if new:
            refuse_present(session, firms)
        for firm in firms if new is False else ():
            expect_version(get_firm(session, firm.id), seen)
        written = put_firms(session, firms, change, embedded=encoder.fingerprint)
        put_vectors(session, [firm for firm in firms if firm.id in set(written)], vectors, model=encoder.fingerprint)
    return written


def remove_firm(database: Database, id: str, change: Change, *, seen: int | None = None) -> None:
    """Delete a firm with all that is its own.

    Raises:
        MissingError: there is none of this id.
        ChangedMeanwhileError: it is another version now.
    """
    with database.writing() as session:
        expect_version(get_firm(session, id), seen)
        delete_firms(session, [id], change)


def import_firms(
    database: Database,
    encoder: Encoder,
    firms: Sequence[Firm],
    change: Change,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write many firms, some at a time; broken off, it goes on where it stopped when called again.

    Args:
        database: Where.
        encoder: Of the vectors.
        firms: Each id at most once.
        change: For the log; all in one batch, so that it can be taken back.
        replace: Whether firms that are not among these go.
        progress: Told after each hundred.

    Raises:
        IdTakenError: an offer or need id comes twice or belongs to another firm; then nothing is changed.
    """
    parts = [firms[start : start + FIRMS_AT_ONCE] for start in range(0, len(firms), FIRMS_AT_ONCE)]
    with database.reading() as session:
        going = all_ids(session) - {firm.id for firm in firms} if replace else set()
        for some in (firms, *parts):
            refuse_taken(session, some, going=going)
    if replace:
        with database.writing() as session:
            delete_firms(session, all_ids(session) - {firm.id for firm in firms}, change)
    done = 0
    for some in parts:
        write_firms(database, encoder, some, change)
        done += len(some)
        if progress:
            progress(done, len(firms))


def take_back(database: Database, encoder: Encoder, *, batch: str | None = None, by: str) -> TakenBack:
    """Undo a batch of changes, the last one unless it is named; firms changed since stay as they are.

    Raises:
        MissingError: there is no such batch.
        NothingToUndoError: nothing was changed yet.
        IdTakenError: an offer or need id went to a firm that is left as it is.
    """
    with database.reading() as session:
        batch = batch or last_batch(session)
        firms, absent, left = before_batch(session, batch)
        vectors = vectors_of(session, encoder, firms)
    with database.writing() as session:
        _, _, left = before_batch(session, batch)  # somebody may have been quicker
        firms = [firm for firm in firms if firm.id not in left]
        absent = [id for id in absent if id not in left]
        undone = put_back(session, firms, absent, by=by, embedded=encoder.fingerprint)
        put_vectors(session, firms, vectors, model=encoder.fingerprint)
    return TakenBack(undone, tuple(firm.id for firm in firms) + tuple(absent), tuple(left))


def all_firms(database: Database) -> tuple[Firm, ...]:
    """Every firm, in the order of ids."""
    with database.reading() as session:
        return tuple(one.firm for one in load_firms(session))
