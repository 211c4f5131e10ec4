"""A registration sheet read: every row is a participant or a problem that says how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matcher.domain import Firm
from matcher.errors import CatalogError
from matcher.exchange.report import Problem, file_name
from matcher.fair.fair import Fair, Participant, Preference, Wish
from matcher.fair.registration.columns import WISHES
from matcher.fair.registration.entries import Entry, Reader
from matcher.fair.registration.firms import Directory
from matcher.fair.registration.messages import Notes
from matcher.fair.registration.sheet import read_sheet


@dataclass(frozen=True, slots=True)
class Registration:
    """What a registration sheet says. A row is in whole or rejected whole.

    A fair may still refuse what the rows say together, as more firms to meet than there are slots.

    Attributes:
        participants: In the order of the sheet.
        preferences: Between participants, those from before among them, in the order of the sheet, each wish of a
            pair once.
        addresses: E-mail addresses for notices by firm id; personal, and nowhere else.
        rows_read: Rows that hold anything below the header.
        problems: Each keeps its row out; by row.
        warnings: The row goes in all the same; by row.
    """

    participants: tuple[Participant, ...]
    preferences: tuple[Preference, ...]
    addresses: Mapping[str, str] = field(repr=False)
    rows_read: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_registration(path: Path | str, *, fair: Fair, firms: Sequence[Firm]) -> Registration:
    """Read who takes part; bad rows are reported, not raised.

    Args:
        path: Ends in .xlsx or .csv; any sheet whose headers are known, as that of the template.
        fair: Whose days, sessions, slots, sides and earlier participants the sheet speaks of.
        firms: The catalog.

    Raises:
        CatalogError: the file cannot be read at all, or no row of it is a header.
    """
    path = Path(path)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise CatalogError(path=path, problem="unknown kind of file", remedy="give a .xlsx or .csv file")
    notes = Notes(file_name(path))
    sheet = read_sheet(path, notes)
    reader = Reader(fair, Directory(firms), notes, sheet.headers)
    entries: dict[str, Entry] = {}
    for row in sheet.rows:
        id = None if notes.rejects(row.number) else reader.firm(row)
        if id in entries:
            notes.reject("registered_twice", row=row.number, id=id, other=entries[id].row)
        elif id and (entry := reader.entry(row, id)):
            entries[id] = entry
    return Registration(
        participants=tuple(entry.participant for entry in entries.values()),
        preferences=_preferences(entries, sheet.headers, notes, before={one.firm_id for one in fair.participants}),
        addresses={id: entry.address for id, entry in entries.items() if entry.address},
        rows_read=len(sheet.rows),
        problems=tuple(sorted(notes.problems, key=lambda problem: problem.row)),
        warnings=tuple(sorted(notes.warnings, key=lambda warning: warning.row)),
    )


def _preferences(
    entries: Mapping[str, Entry], headers: Mapping[str, str], notes: Notes, *, before: set[str]
) -> tuple[Preference, ...]:
    """Every wish between two participants, of the sheet or from before, once; no thanks stands above must meet."""
    taking_part = entries.keys() | before
    refused = {
        Preference(Wish.NO_THANKS, id, other).pair: entry.row
        for id, entry in reversed(list(entries.items()))
        for other in entry.wishes[Wish.NO_THANKS]
        if other in taking_part
    }
    kept: dict[tuple[Wish, tuple[str, str]], Preference] = {}
    for id, entry in entries.items():
        for column, wish in WISHES.items():
            for other in entry.wishes[wish]:
                one = Preference(wish, id, other)
                if other not in taking_part:
                    notes.warn("not_registered", row=entry.row, column=headers[column], value=other)
                elif wish is Wish.MUST_MEET and one.pair in refused:
                    notes.warn(
                        "must_and_no_thanks",
                        row=entry.row,
                        column=headers[column],
                        value=other,
                        other=refused[one.pair],
                    )
                else:
                    kept.setdefault((wish, one.pair), one)
    return tuple(kept.values())
